"""Who may state what, as far as the pack says it. Offices, territories and cases are the caller's concern."""

from regulations.case import CaseState
from regulations.model import HOLDER, REPORTER
from regulations.pack import Pack


def known_state(pack: Pack, lane: str, state: str) -> bool:
    """Whether the pack has this lane and this state (or duty) in it."""
    return lane in pack.lanes and state in pack.lanes[lane].by_code


def may_state(pack: Pack, case: CaseState, lane: str, state: str, role: str) -> bool:
    """Whether an office of this role may state this state or duty in this case.

    The pack's word, not a judgement of order: a decision that nobody asked for is refused by the fold.
    False for a lane or state that the pack does not know.
    """
    if not known_state(pack, lane, state):
        return False
    voices = set(pack.graphs[lane].speakers(state))
    if REPORTER in voices:
        voices.add(role_of(case.opening.reporter))
    if HOLDER in voices and lane in case.lanes:
        voices.update(role_of(office) for office in case.lanes[lane].holders)
    return role in voices


def role_of(office: str) -> str:
    """The role of an office written `role/territory`."""
    return office.partition("/")[0]


def territory_of(office: str) -> str:
    """The territory of an office written `role/territory`. It tells where the office is, not where a case is."""
    return office.partition("/")[2]


def opens(pack: Pack, lane: str, at: str | None, state: str) -> bool:
    """Whether a step opens a lane or a new round of it after its end.

    Then it belongs where the case is, not where the lane once was.

    Args:
        pack: that the case is pinned to; it knows `lane` and `state`.
        lane: of the step.
        at: state of the lane; None while it is not open.
        state: that is stated.
    """
    spec = pack.lanes[lane].by_code
    return at is None or (spec[state].again and spec[at].terminal)
