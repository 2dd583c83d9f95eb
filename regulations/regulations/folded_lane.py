"""A lane while it is folded: what each fact adds to it. Also the order in which facts are folded."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from regulations.case import OPENING_FACT, Fact, Gap, Lane
from regulations.model import StateSpec
from regulations.pack import Pack


def in_order(pack: Pack, facts: list[Fact]) -> list[Fact]:
    """By (occurred_at, seq); states of one instant in the usual order of their lane, the opening before all of them."""
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
    """A lane while it is folded."""

    code: str
    state: str
    holder: str | None
    territory: str
    since: datetime
    last_recorded_at: datetime
    ack_due_from: datetime | None = None
    holders: list[str] = field(default_factory=list[str])
    done: list[str] = field(default_factory=list[str])
    seen: dict[str, list[Fact]] = field(default_factory=dict[str, list[Fact]])
    attributes: dict[str, str | bool | int] = field(default_factory=dict[str, str | bool | int])
    gaps: dict[str, Gap] = field(default_factory=dict[str, Gap])

    def held(self) -> set[str]:
        """Facts and attributes that hold, for ways that require one."""
        return self.seen.keys() | {name for name, value in self.attributes.items() if value is True}

    def note(self, fact: Fact, spec: StateSpec) -> None:
        """Remembers that this state was reached or this duty done."""
        self.seen.setdefault(spec.code, []).append(fact)
        self.done.append(spec.code)
        self.attributes.update(spec.sets)
        self.attributes.update(fact.attributes)
        self.last_recorded_at = max(self.last_recorded_at, fact.recorded_at)

    def pass_to(self, holder: str | None, fact: Fact) -> None:
        """Changes the holder; a new one must acknowledge unless the fact is its own. Any own fact acknowledges."""
        changed = holder != self.holder
        self.holder = holder
        if holder is not None and holder not in self.holders:
            self.holders.append(holder)
        if fact.office == holder:
            self.ack_due_from = None
        elif changed:
            self.ack_due_from = fact.recorded_at

    def value(self, pack: Pack) -> Lane:
        """The lane as it stands, with what its pack says of its state."""
        return Lane(
            state=self.state,
            holder=self.holder,
            territory=self.territory,
            since=self.since,
            ack_due_from=self.ack_due_from,
            terminal=pack.lanes[self.code].by_code[self.state].terminal,
            last_recorded_at=self.last_recorded_at,
            may_act=pack.graphs[self.code].may_act(self.state),
            done=tuple(self.done),
            holders=tuple(self.holders),
        )
