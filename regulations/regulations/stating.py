"""Whether an office may state a step, as far as a standing tells: the local twin of casework's own decision.

A service asks before it stores anything, so that no step is accepted that casework would put aside.
"""

from datetime import date

from contracts.problems import CaseIsElsewhere, Forbidden
from contracts.standing import Standing
from regulations.directory import Directory
from regulations.model import HOLDER, REPORTER
from regulations.pack import Pack
from regulations.speakers import known_state, opens, role_of, territory_of


def may_state_by(
    pack: Pack, directory: Directory, standing: Standing, office: str, lane: str, state: str, on: date
) -> bool:
    """Whether the pack lets this office state `state` of `lane` on a day.

    The role must be one that the pack names for the step. The office must hold the lane, or serve its territory on that
    day. A lane opens only where the case is: its first step is stated by an office that serves, or holds, the
    identification lane there; so is the first step of a new round after the lane's end.

    Args:
        pack: that the case is pinned to.
        directory: of offices.
        standing: of the case, as far as it is known here.
        office: `role/territory`.
        lane: and `state`: unknown ones may be stated by nobody.
        on: legal date of the step.
    """
    if not known_state(pack, lane, state) or role_of(office) not in _voices(pack, standing, lane, state):
        return False
    found = standing.lanes.get(lane)
    if opens(pack, lane, found.state if found else None, state):
        found = standing.lanes.get(pack.identification_lane)
    if found is not None and found.holder == office:
        return True
    place = found.territory if found else territory_of(standing.reporter)
    return directory.resolve(role_of(office), place, on) == office


def check_may_state(
    pack: Pack, directory: Directory, standing: Standing, office: str, lane: str, state: str, on: date
) -> None:
    """Raise where `may_state_by` is false; the arguments are the same.

    Raises:
        CaseIsElsewhere: the step would open a lane, the pack lets the role state it, and the case is elsewhere.
        Forbidden: all else.
    """
    if not may_state_by(pack, directory, standing, office, lane, state, on):
        raise refusal(pack, standing, office, lane, state)


def refusal(pack: Pack, standing: Standing, office: str, lane: str, state: str) -> Forbidden:
    """What an office is told that may not state a step: to propose it where only its territory stands against it."""
    if may_propose(pack, standing, office, lane, state):
        return CaseIsElsewhere()
    return Forbidden()


def may_propose(pack: Pack, standing: Standing, office: str, lane: str, state: str) -> bool:
    """Whether a step would open a lane, or a new round of one, and the pack lets an office of this role state it."""
    if not known_state(pack, lane, state) or role_of(office) not in _voices(pack, standing, lane, state):
        return False
    found = standing.lanes.get(lane)
    return opens(pack, lane, found.state if found else None, state)


def _voices(pack: Pack, standing: Standing, lane: str, state: str) -> set[str]:
    voices = set(pack.graphs[lane].speakers(state))
    if REPORTER in voices:
        voices.add(role_of(standing.reporter))
    if HOLDER in voices and lane in standing.lanes:
        holder = standing.lanes[lane].holder
        voices.update(role_of(office) for office in (*standing.past, *((holder,) if holder else ())))
    return voices
