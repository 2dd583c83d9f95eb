"""A lane during the fold, and the order in which facts are folded."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from contracts.ids import role_of
from contracts.standing import Tenure
from regulations.case import OPENING_FACT, Fact, Gap, Lane
from regulations.directory import Directory
from regulations.lane_law import LaneLaw
from regulations.local import LocalState
from regulations.model import StateSpec
from regulations.pack import Pack

IMPLIED = "implied"
"""Attribute of a fact that no office has stated: it follows from a fact of the identification lane."""


def in_order(pack: Pack, facts: list[Fact]) -> list[Fact]:
    """Sort facts by (`occurred_at`, `seq`).

    States of one instant stand in the usual order of their lane. The facts of the opening come first.
    """
    facts.sort(key=lambda fact: (fact.occurred_at, fact.seq))
    ordered: list[Fact] = []
    for _, together in groupby(facts, key=lambda fact: (fact.occurred_at, fact.kind, fact.fact_id == OPENING_FACT)):
        ordered.extend(sorted(together, key=lambda fact: (fact.lane, _rank(pack, fact), fact.seq)))
    return ordered


def _rank(pack: Pack, fact: Fact) -> int:
    lane = pack.lanes.get(fact.lane)
    return lane.rank.get(fact.state, 0) if lane and fact.kind == "state" else 0


@dataclass
class FoldedLane:
    """A lane during the fold; it changes from fact to fact."""

    code: str
    state: str
    holder: str | None
    place: str
    since: datetime
    last_recorded_at: datetime
    law: LaneLaw
    reached_by: str | None = None
    stood: str = ""  # the state from which it goes on: its own, or the last one before the person left
    ack_due_from: datetime | None = None
    holders: list[str] = field(default_factory=list[str])
    tenures: list[Tenure] = field(default_factory=list[Tenure])
    last_of: dict[str, str] = field(default_factory=dict[str, str])  # role → the office of it that held the lane last
    done: list[str] = field(default_factory=list[str])
    seen: dict[str, list[Fact]] = field(default_factory=dict[str, list[Fact]])
    attributes: dict[str, str | bool | int] = field(default_factory=dict[str, str | bool | int])
    gaps: dict[str, Gap] = field(default_factory=dict[str, Gap])
    cancelled: frozenset[str] = frozenset()  # stated before the cancelled certificate, and not since

    def copy(self) -> "FoldedLane":
        """The same lane, to go on from here."""
        return replace(
            self,
            holders=[*self.holders],
            tenures=[*self.tenures],
            done=[*self.done],
            seen={code: [*facts] for code, facts in self.seen.items()},
            attributes={**self.attributes},
            gaps={**self.gaps},
        )

    def held(self) -> set[str]:
        """Facts and attributes that hold in the lane; some ways require one."""
        return self.seen.keys() | {name for name, value in self.attributes.items() if value is True}

    def holds(self, word: str) -> bool:
        """Whether an attribute holds, or a step was stated: since the certificate was cancelled, if one was."""
        return (word in self.seen and word not in self.cancelled) or self.attributes.get(word) is True

    @property
    def implied(self) -> bool:
        """Whether no office has stated the state in which it is, because it followed from another lane."""
        return any(fact.attributes.get(IMPLIED) is True for fact in self.seen[self.state][-1:])

    def enter(self, fact: Fact, spec: StateSpec, law: LaneLaw) -> None:
        """Be in a state from this fact on. After a step with which the person leaves, the lane keeps its place."""
        self.law = law
        self.state, self.since, self.reached_by = spec.code, fact.occurred_at, fact.fact_id
        self.stood = self.stood if spec.keeps_place else spec.code

    def note(self, fact: Fact, spec: StateSpec) -> None:
        """Note that this state was reached or this duty was done."""
        self.cancelled = frozenset(self.seen) if spec.cancels else self.cancelled - {spec.code}
        self.seen.setdefault(spec.code, []).append(fact)
        self.done.append(spec.code)
        self.attributes.update(spec.sets)
        if not isinstance(spec, LocalState):  # a local pack changes no condition of the law
            self.attributes.update(fact.attributes)
        self.last_recorded_at = max(self.last_recorded_at, fact.recorded_at)

    def pass_to(self, holder: str | None, fact: Fact) -> None:
        """Change the holder. A new holder must acknowledge, unless the fact is its own; each own fact acknowledges."""
        changed = holder != self.holder
        self.holder = holder
        self._keep_tenure(holder, fact.recorded_at)
        if holder is not None and holder not in self.holders:
            self.holders.append(holder)
        if holder is not None:
            self.last_of[role_of(holder)] = holder
        if fact.office == holder:
            self.ack_due_from = None
        elif changed:
            self.ack_due_from = fact.recorded_at

    def _keep_tenure(self, holder: str | None, recorded_at: datetime) -> None:
        """Note that this office holds the lane. A late entry never makes a tenure end before it began."""
        last = self.tenures[-1] if self.tenures else None
        if last is not None and last.until is None:
            if last.office == holder:
                return
            self.tenures[-1] = last.model_copy(update={"until": max(last.since, recorded_at)})
        if holder is not None:
            self.tenures.append(Tenure(office=holder, since=recorded_at))

    def mission(self, directory: Directory, role: str) -> str | None:
        """The office of a country that had the lane last; once the lane is at home its place does not say which."""
        known = directory.roles.get(role)
        return self.last_of.get(role) if known is not None and known.level == "country" else None

    def value(self, pack: Pack) -> Lane:
        """The lane as a value, with what the pack says about its state."""
        return Lane(
            state=self.state,
            holder=self.holder,
            place=self.place,
            since=self.since,
            reached_by=self.reached_by,
            stood=self.stood if self.stood != self.state else None,
            ack_due_from=self.ack_due_from,
            terminal=pack.lanes[self.code].by_code[self.state].terminal,
            last_recorded_at=self.last_recorded_at,
            may_act=self._may_act(pack),
            done=tuple(self.done),
            holders=tuple(self.holders),
            tenures=tuple(self.tenures),
        )

    def _may_act(self, pack: Pack) -> tuple[str, ...]:
        graph = pack.graphs[self.code]
        if self.state == self.stood:
            return graph.may_act(self.state)
        return tuple(sorted({*graph.may_act(self.state), *graph.may_act(self.stood)}))
