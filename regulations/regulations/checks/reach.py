"""Whether every clock of a pack can start and can end: compares the states of a lane with what its rules need."""

from collections.abc import Iterator

from regulations.checks.found import Found, file_of
from regulations.graph import LaneGraph
from regulations.model import Rule
from regulations.pack import Pack

NOTHING_BRINGS = "no state sets and no [[attribute]] of the lane may state"


def reach_findings(pack: Pack) -> Iterator[Found]:
    """Rules whose start no state gives, whose end cannot follow, or whose condition nothing can meet."""
    found: dict[Found, None] = {}
    for lane, graph in pack.graphs.items():
        producible = _producible(graph)
        for rule in pack.rules_of[lane]:
            if rule.has_clock:
                found.update(dict.fromkeys(_of_rule(graph, rule, producible)))
        found.update(dict.fromkeys(_of_states(pack, graph)))
        found.update(dict.fromkeys(_of_conditions(graph)))
    yield from found


def _producible(graph: LaneGraph) -> set[str]:
    """Every state of the lane, because a pack loads only if each is reached, and the duties that can follow one."""
    found = {state.code for state in graph.lane.states if state.moves}
    duties = [state.code for state in graph.lane.states if not state.moves]
    while more := [code for code in duties if code not in found and not found.isdisjoint(graph.after(code))]:
        found.update(more)
    return found


def _of_rule(graph: LaneGraph, rule: Rule, producible: set[str]) -> Iterator[Found]:
    if lost := [code for code in rule.starts if code not in producible]:
        level = "error" if len(lost) == len(rule.starts) else "warning"
        yield level, f"{rule.id}: starts on {', '.join(lost)}, which nothing produces"
    if rule.counts_from and not rule.counts_from.startswith("@"):
        origin = rule.counts_from
        if origin not in producible:
            yield "error", f"{rule.id}: counts from {origin}, which nothing produces"
        elif not any(_may_follow(graph, origin, start) for start in rule.starts):
            yield "error", f"{rule.id}: counts from {origin}, which never comes before {', '.join(rule.starts)}"
    endless = [start for start in rule.starts if not any(_may_follow(graph, start, stop) for stop in rule.stops)]
    if endless:
        level = "error" if len(endless) == len(rule.starts) else "warning"
        yield level, f"{rule.id}: starts on {', '.join(endless)}, after which none of {', '.join(rule.stops)} can come"


def _may_follow(graph: LaneGraph, first: str, then: str) -> bool:
    states = graph.lane.by_code
    if first == then or not states[then].moves or not states[first].moves:
        return True
    return then in graph.reach(first)


def _of_states(pack: Pack, graph: LaneGraph) -> Iterator[Found]:
    opened = {rule.state for rule in pack.openings if rule.lane == graph.lane.code}
    for state in graph.lane.states:
        if state.code not in opened and not graph.stated_by(state.code):
            yield "error", f"{file_of(graph.lane.code)}: {state.code}: nobody may state it"


def _of_conditions(graph: LaneGraph) -> Iterator[Found]:
    states = graph.lane.by_code
    for word in sorted({word for edge in graph.edges for word in edge.requires}):
        if word.isupper() and word not in states:
            yield "error", f"{file_of(graph.lane.code)}: a transition requires {word}, which is no state of the lane"
        elif word.islower() and word not in graph.lane.flags:
            yield "error", f"{file_of(graph.lane.code)}: a transition requires {word}, which {NOTHING_BRINGS}"
    for rule in graph.rules:
        for word in rule.unless:
            if word.islower() and word not in graph.lane.flags:
                yield "error", f"{rule.id}: falls away with {word}, which {NOTHING_BRINGS}"
