"""The graph of one lane: the ways between its states, the states that may be skipped, and who may state a step."""

from collections import deque
from collections.abc import Iterable, Set
from dataclasses import dataclass

from regulations.model import ANY, HOLDER, REPORTER, LaneSpec, Rule, StateSpec

MOVING_KINDS = ("transition", "extension", "ceiling", "lead_time")


@dataclass(frozen=True)
class Edge:
    """One way between two states. With `requires` it is open only after one of these facts or attributes."""

    start: str
    end: str
    requires: tuple[str, ...] = ()
    rule: str | None = None


class LaneGraph:
    """The ways of one lane, what each state can lead to, and who may state it; built once for each pack."""

    def __init__(self, lane: LaneSpec, rules: Iterable[Rule]) -> None:
        self.lane = lane
        self.rules = tuple(rule for rule in rules if not rule.is_local)
        self.edges = tuple(dict.fromkeys((*self._from_rules(), *self._from_transitions())))
        self._out: dict[str, list[Edge]] = {state.code: [] for state in lane.states}
        for edge in self.edges:
            self._out[edge.start].append(edge)
        self._reach = {state.code: self._closure(state.code) for state in lane.states if state.moves}
        self._stated_by = {state.code: self._roles_that_state(state) for state in lane.states}
        self._after = {state.code: self._after_of(state) for state in lane.states if not state.moves}
        self._may_act = {state: self._acting_from(state) for state in self._reach}

    def _from_rules(self) -> Iterable[Edge]:
        states = self.lane.by_code
        for rule in self.rules:
            if rule.kind in MOVING_KINDS:
                ends = [end for end in rule.to if states[end].moves]
                yield from (
                    Edge(start, end, (), rule.id) for start in rule.from_ for end in ends if states[start].moves
                )

    def _from_transitions(self) -> Iterable[Edge]:
        for way in self.lane.transitions:
            for start in self._starts(way.from_):
                yield from (Edge(start, end, way.requires) for end in way.to if end != start)

    def _starts(self, named: tuple[str, ...]) -> tuple[str, ...]:
        if named == (ANY,):
            return tuple(state.code for state in self.lane.states if state.moves and not state.terminal)
        return named

    def ways_out(self, state: str) -> tuple[Edge, ...]:
        """The ways that leave a state."""
        return tuple(self._out[state])

    def reach(self, state: str) -> frozenset[str]:
        """Every state that can come after this one."""
        return self._reach[state]

    def _closure(self, state: str) -> frozenset[str]:
        seen: set[str] = set()
        queue = deque([state])
        while queue:
            for edge in self._out[queue.popleft()]:
                if edge.end not in seen:
                    seen.add(edge.end)
                    queue.append(edge.end)
        return frozenset(seen)

    def path(self, start: str, end: str, held: Set[str]) -> tuple[str, ...] | None:
        """The states that are skipped when the lane goes from `start` to `end`; None if there is no such way.

        Args:
            start: state of the lane.
            end: state reached.
            held: facts and attributes that hold in the lane, for ways that require one.
        """
        before: dict[str, str] = {}
        queue = deque([start])
        while queue:
            at = queue.popleft()
            for edge in self._out[at]:
                if edge.requires and held.isdisjoint(edge.requires):
                    continue
                if edge.end == end:
                    return self._walked(before, start, at)
                if edge.end not in before and edge.end != start and self.lane.by_code[edge.end].skippable:
                    before[edge.end] = at
                    queue.append(edge.end)
        return None

    @staticmethod
    def _walked(before: dict[str, str], start: str, last: str) -> tuple[str, ...]:
        walked: list[str] = []
        while last != start:
            walked.append(last)
            last = before[last]
        return tuple(reversed(walked))

    def stated_by(self, state: str) -> tuple[str, ...]:
        """Roles (or `@reporter`, `@holder`) that may state this state or duty."""
        return self._stated_by[state]

    def _roles_that_state(self, state: StateSpec) -> tuple[str, ...]:
        if state.stated_by:
            return state.stated_by
        if state.moves:
            before = [edge.start for edge in self.edges if edge.end == state.code]
        else:
            before = list(self._after_of(state))
        roles = [self._named(self.lane.by_code[start].holder) for start in before]
        own = [state.holder] if not state.holder.startswith("@") else []
        owed = [rule.holder_role for rule in self.rules if state.code in rule.stops and rule.holder_role]
        return tuple(dict.fromkeys((*roles, *own, *owed)))

    @staticmethod
    def _named(holder: str) -> str:
        return holder if holder == REPORTER or not holder.startswith("@") else HOLDER

    def after(self, duty: str) -> tuple[str, ...]:
        """States or duties; one of them must come before this duty."""
        return self._after[duty]

    def _after_of(self, state: StateSpec) -> tuple[str, ...]:
        if state.after:
            return state.after
        starts = [start for rule in self.rules if state.code in rule.stops for start in (*rule.from_, *rule.starts)]
        return tuple(dict.fromkeys(starts))

    def may_act(self, state: str) -> tuple[str, ...]:
        """Roles that may state a later step, or that hold this state or a later one. Sorted."""
        return self._may_act[state]

    def _acting_from(self, state: str) -> tuple[str, ...]:
        ahead = [self.lane.by_code[code] for code in (state, *self.reach(state))]
        always = [spec for spec in self.lane.states if not spec.moves or spec.again]
        stating = {role for spec in (*ahead[1:], *always) for role in self._stated_by[spec.code]}
        holders = {spec.holder for spec in ahead}
        return tuple(sorted(role for role in stating | holders if not role.startswith("@")))
