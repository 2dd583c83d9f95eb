"""Whether an office may state a step, as far as a standing tells: the local twin of casework's own decision.

A service asks before it stores anything, so that no step is accepted that casework would put aside.
"""

from collections.abc import Iterator
from datetime import date

from contracts.standing import Standing
from regulations.directory import Directory
from regulations.model import HOLDER, REPORTER
from regulations.pack import Pack
from regulations.speakers import known_state, role_of


def may_state_by(
    pack: Pack, directory: Directory, standing: Standing, office: str, lane: str, state: str, on: date
) -> bool:
    """Whether the pack lets this office state `state` of `lane` on a day.

    The role must be one that the pack names for the step. The office must hold the lane, or serve, on that day, the
    territory of the lane, or of any lane of the case where this one is not open yet.

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
    if found is not None and found.holder == office:
        return True
    return any(directory.resolve(role_of(office), place, on) == office for place in _places(standing, lane))


def _voices(pack: Pack, standing: Standing, lane: str, state: str) -> set[str]:
    voices = set(pack.graphs[lane].speakers(state))
    if REPORTER in voices:
        voices.add(role_of(standing.reporter))
    if HOLDER in voices and lane in standing.lanes:
        holder = standing.lanes[lane].holder
        voices.update(role_of(office) for office in (*standing.past, *((holder,) if holder else ())))
    return voices


def _places(standing: Standing, lane: str) -> Iterator[str]:
    if lane in standing.lanes:
        yield standing.lanes[lane].territory
    else:
        yield standing.reporter.partition("/")[2]
        yield from (other.territory for other in standing.lanes.values())
