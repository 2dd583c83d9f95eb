"""Why a step does not follow in a lane, which states the lane could take instead, and which steps are missing."""

from collections.abc import Iterable

from contracts.ids import role_of
from regulations.case import Fact
from regulations.directory import Directory
from regulations.folded_lane import FoldedLane
from regulations.legal_time import legal_date
from regulations.model import StateSpec
from regulations.pack import Pack
from regulations.refusals import AfterTheEnd, AlreadyThere, Contradiction, NotAskedFor, OutOfOrder


def why_not(pack: Pack, lane: FoldedLane, code: str) -> type[Contradiction]:
    """The kind of contradiction of a step to the state `code`, which no way of the lane leads to."""
    if code == lane.state:
        return AlreadyThere
    if pack.lanes[lane.code].by_code[lane.stood].terminal:
        return AfterTheEnd
    graph = pack.graphs[lane.code]
    ahead = graph.reach(lane.stood)
    if code in lane.seen or code in lane.gaps or (code not in ahead and lane.stood in graph.reach(code)):
        return OutOfOrder
    return NotAskedFor


def contradiction(kind: type[Contradiction], pack: Pack, lane: FoldedLane | None, fact: Fact) -> Contradiction:
    """The refusal of a fact, with the states that its lane could take instead; `lane`: None while it is not open."""
    if lane is not None:
        expected = [edge.end for edge in pack.graphs[lane.code].ways_out(lane.stood)]
    elif fact.lane in pack.lanes:
        expected = [state.code for state in pack.lanes[fact.lane].states if state.entry]
    else:
        expected = []
    expected = list(dict.fromkeys(expected))
    return kind(lane=fact.lane, state=fact.state, fact_id=fact.fact_id, expected=expected)


def skipped(pack: Pack, lane: FoldedLane, fact: Fact, spec: StateSpec) -> tuple[str, ...] | None:
    """The states skipped on the way to a state; None if there is no way. A new round or a repetition skips none."""
    if lane.state == spec.code:
        return () if spec.repeatable else None
    if spec.again and pack.lanes[lane.code].by_code[lane.state].terminal:
        return None if spec.after and lane.seen.keys().isdisjoint(spec.after) else ()
    own = {name for name, value in fact.attributes.items() if value is True}
    return pack.graphs[lane.code].path(lane.stood, spec.code, lane.held() | own)


def lacks_own_step(directory: Directory, lane: FoldedLane, fact: Fact, spec: StateSpec) -> bool:
    """Whether the pack asks that the office stated an earlier step itself (`StateSpec.own_step`), and it did not."""
    codes = spec.own_step.get(role_of(fact.office))
    if codes is None:
        return False
    on = legal_date(fact.occurred_at)
    stated = (one.office for code in codes for one in lane.seen.get(code, ()))
    return all(directory.living(office, on) != directory.living(fact.office, on) for office in stated)


def missing_before(pack: Pack, lane: FoldedLane, before: Iterable[str]) -> tuple[str, ...] | None:
    """The steps that must have happened before a duty, if the pack lets them be skipped; `before`: one of these."""
    states = pack.lanes[lane.code].by_code
    for code in before:
        if states[code].skippable and states[code].moves:
            path = pack.graphs[lane.code].path(lane.stood, code, lane.held())
            if path is not None:
                return (*path, code)
    return None
