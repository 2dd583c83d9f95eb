"""Why a step does not follow in a lane, which states the lane could take instead, and which steps are missing."""

from collections.abc import Iterable

from regulations.case import Fact
from regulations.folded_lane import FoldedLane
from regulations.pack import Pack
from regulations.refusals import AfterTheEnd, AlreadyThere, Contradiction, NotAskedFor, OutOfOrder


def why_not(pack: Pack, lane: FoldedLane, code: str) -> type[Contradiction]:
    """The kind of contradiction of a step to the state `code`, which no way of the lane leads to."""
    spec = pack.lanes[lane.code].by_code[lane.state]
    if code == lane.state:
        return AlreadyThere
    if spec.terminal:
        return AfterTheEnd
    graph = pack.graphs[lane.code]
    ahead = graph.reach(lane.state)
    if code in lane.seen or code in lane.gaps or (code not in ahead and lane.state in graph.reach(code)):
        return OutOfOrder
    return NotAskedFor


def contradiction(kind: type[Contradiction], pack: Pack, lane: FoldedLane | None, fact: Fact) -> Contradiction:
    """The refusal of a fact, with the states that its lane could take instead; `lane`: None while it is not open."""
    if lane is not None:
        expected = [edge.end for edge in pack.graphs[lane.code].ways_out(lane.state)]
    elif fact.lane in pack.lanes:
        expected = [state.code for state in pack.lanes[fact.lane].states if state.entry]
    else:
        expected = []
    expected = list(dict.fromkeys(expected))
    return kind(lane=fact.lane, state=fact.state, fact_id=fact.fact_id, expected=expected)


def missing_before(pack: Pack, lane: FoldedLane, before: Iterable[str]) -> tuple[str, ...] | None:
    """The steps that must have happened before a duty, if the pack lets them be skipped; `before`: one of these."""
    states = pack.lanes[lane.code].by_code
    for code in before:
        if states[code].skippable and states[code].moves:
            path = pack.graphs[lane.code].path(lane.state, code, lane.held())
            if path is not None:
                return (*path, code)
    return None
