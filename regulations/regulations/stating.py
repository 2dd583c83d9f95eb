"""Who may state what: which office may record a step of a lane, by the pack and by how it is related to the case.

There are two questions. `may_state` asks the folded case and looks at the role alone; casework uses it, and looks at
place and date itself. `may_state_by` asks a `Standing` and looks at role, place and date; the other services
use it before they store anything, so that they accept no step that casework would set aside later.
"""

from collections.abc import Iterable
from datetime import date

from contracts.ids import role_of
from contracts.problems import CaseIsElsewhere, Forbidden
from contracts.standing import Standing
from regulations.case import CaseState
from regulations.directory import Directory
from regulations.model import HOLDER, REPORTER
from regulations.pack import Pack


def known_state(pack: Pack, lane: str, state: str) -> bool:
    """Whether the pack has this lane, and this state or duty in it."""
    return lane in pack.lanes and state in pack.lanes[lane].by_code


def opens(pack: Pack, lane: str, at: str | None, state: str) -> bool:
    """Whether a step opens a lane, or a new round of a lane that has ended.

    Such a step belongs where the case is now, not where the lane was before.

    Args:
        pack: the pack that the case is pinned to; it must know `lane` and `state`.
        lane: lane of the step.
        at: state of the lane now; None while the lane is not open.
        state: the state that the step reaches.
    """
    spec = pack.lanes[lane].by_code
    return at is None or (spec[state].again and spec[at].terminal)


def may_state(pack: Pack, case: CaseState, lane: str, state: str, role: str) -> bool:
    """Whether an office of this role may state this state or duty in this case.

    This is only about the role. The fold checks the order: for example, it refuses a decision that nobody asked for.

    Args:
        pack: the pack that the case is pinned to.
        case: the folded case.
        lane: lane of the step; for an unknown lane the answer is False.
        state: state or duty; for an unknown one the answer is False.
        role: role of the office, for example `commune`.
    """
    holders = case.lanes[lane].holders if lane in case.lanes else ()
    return role in _roles_that_state(pack, lane, state, case.opening.reporter, holders)


def may_state_by(
    pack: Pack, directory: Directory, standing: Standing, office: str, lane: str, state: str, on: date
) -> bool:
    """Whether the pack lets this office state `state` of `lane` on a day.

    The pack must name the role of the office for the step, and the office must hold the lane or act at its place on
    that day. A step that opens a lane, or a new round of it, belongs where the case is: only an office that holds the
    identification lane, or acts at its place, may state it.

    Args:
        pack: the pack that the case is pinned to.
        directory: the office directory.
        standing: how offices are related to the case, as far as it is known here.
        office: the office that states it.
        lane: lane of the step; for an unknown lane the answer is False.
        state: state or duty; for an unknown one the answer is False.
        on: legal date of the step.
    """
    if role_of(office) not in _roles_by(pack, standing, lane, state):
        return False
    found = standing.lanes.get(lane)
    if opens(pack, lane, found.state if found else None, state):
        found = standing.lanes.get(pack.identification_lane)
    if found is not None and found.holder == office:
        return True
    place = found.place if found else directory.place_of(standing.reporter)
    return place is not None and directory.acts_at(office, place, on)


def check_may_state(
    pack: Pack, directory: Directory, standing: Standing, office: str, lane: str, state: str, on: date
) -> None:
    """Raise where `may_state_by` is false; the arguments are the same.

    Raises:
        CaseIsElsewhere: the step would open a lane, the pack lets the role state it, but the case is elsewhere.
        Forbidden: in every other case.
    """
    if not may_state_by(pack, directory, standing, office, lane, state, on):
        raise refusal(pack, standing, office, lane, state)


def refusal(pack: Pack, standing: Standing, office: str, lane: str, state: str) -> Forbidden:
    """The refusal for an office that may not state a step.

    It is `CaseIsElsewhere` where only the place stands in the way, because then the office may propose the step.
    """
    if may_propose(pack, standing, office, lane, state):
        return CaseIsElsewhere()
    return Forbidden()


def may_propose(pack: Pack, standing: Standing, office: str, lane: str, state: str) -> bool:
    """Whether a step would open a lane, or a new round of it, and the pack lets an office of this role state it."""
    if role_of(office) not in _roles_by(pack, standing, lane, state):
        return False
    found = standing.lanes.get(lane)
    return opens(pack, lane, found.state if found else None, state)


def _roles_by(pack: Pack, standing: Standing, lane: str, state: str) -> set[str]:
    holders: tuple[str, ...] = ()
    if lane in standing.lanes:
        holder = standing.lanes[lane].holder
        holders = (*standing.past, *((holder,) if holder else ()))
    return _roles_that_state(pack, lane, state, standing.reporter, holders)


def _roles_that_state(pack: Pack, lane: str, state: str, reporter: str, holders: Iterable[str]) -> set[str]:
    """Roles that may state a step; `@reporter` and `@holder` become the roles of these offices."""
    if not known_state(pack, lane, state):
        return set()
    roles = set(pack.graphs[lane].stated_by(state))
    if REPORTER in roles:
        roles.add(role_of(reporter))
    if HOLDER in roles:
        roles.update(role_of(office) for office in holders)
    return roles
