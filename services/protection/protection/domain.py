"""How a protection advances, and which states of the lanes follow from a step. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from regulations.rights import Relation

LANE, SHELTER = "protection", "shelter"
SHELTER_MEASURE = "shelter"
RECEIVED = frozenset({Relation.HOLDER, Relation.REPORTER, Relation.PAST})
"""Relations of an office that has received the person at some time."""

Outcome = Literal["granted", "refused", "refused_by_person"]


class State(StrEnum):
    """States and duties of the lanes that are stated here, by the codes of the packs."""

    REQUESTED = "PROTECTION_REQUESTED"
    DECIDED = "PROTECTION_DECIDED"
    ACTIVE = "PROTECTION_ACTIVE"
    CHANGED = "PROTECTION_CHANGED"
    PAPER_FILED = "PROTECTION_PAPER_FILED"
    ENDED = "PROTECTION_ENDED"
    REFUSED = "PROTECTION_REFUSED"
    REFUSED_BY_PERSON = "PROTECTION_REFUSED_BY_PERSON"
    IN_FACILITY = "IN_FACILITY"


class Status(StrEnum):
    """Where a protection stands."""

    REQUESTED = "requested"
    GRANTED = "granted"  # decided, not in force yet
    ACTIVE = "active"
    REFUSED = "refused"
    REFUSED_BY_PERSON = "refused_by_person"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # nobody asked: the request was taken back in the case's timeline


OPEN = frozenset({Status.REQUESTED, Status.GRANTED, Status.ACTIVE})


class Kind(StrEnum):
    """Kinds of step in a protection."""

    REQUEST = "request"
    PAPER = "paper"
    START = "start"
    DECISION = "decision"
    CHANGE = "change"
    END = "end"
    PLACEMENT = "placement"


@dataclass(frozen=True)
class Order:
    """A protection as far as the order of its steps is concerned."""

    status: Status
    decided: bool
    urgent: bool

    @property
    def may_be_decided(self) -> bool:
        """True while nobody decided; what is in force because it was urgent is decided afterwards."""
        return not self.decided and self.status in OPEN

    @property
    def in_hand(self) -> bool:
        """True when measures are ordered or in force, and so can be changed."""
        return self.status in (Status.GRANTED, Status.ACTIVE)

    @property
    def may_act(self) -> bool:
        """True when measures may be carried out: decided, or urgent and not decided against."""
        return self.status in (Status.GRANTED, Status.ACTIVE) or (self.status is Status.REQUESTED and self.urgent)


def after_decision(before: Status, outcome: Outcome, *, in_force: bool) -> tuple[Status, tuple[State, ...]]:
    """Status after a decision, and the states that it states.

    What was urgently in force goes on when it is granted, and its lane has nothing to move; refused, it has ended.
    """
    if outcome == "refused_by_person":
        return Status.REFUSED_BY_PERSON, (State.REFUSED_BY_PERSON,)
    if before is Status.ACTIVE:
        return (Status.ACTIVE, ()) if outcome == "granted" else (Status.ENDED, (State.ENDED,))
    if outcome == "refused":
        return Status.REFUSED, (State.REFUSED,)
    return (Status.ACTIVE, (State.DECIDED, State.ACTIVE)) if in_force else (Status.GRANTED, (State.DECIDED,))


@dataclass(frozen=True)
class Done:
    """One step of a protection. `facts`: what it stated, in order; `void`: which of them was taken back."""

    kind: str
    office: str
    occurred_at: datetime
    outcome: Outcome | None
    measures: tuple[str, ...]
    facts: tuple[str, ...]
    void: frozenset[str] = frozenset()

    @property
    def withdrawn(self) -> bool:
        """The step did not happen. Of a decision that was carried out at once the decision alone decides that."""
        return bool(self.facts) and self.facts[0] in self.void

    @property
    def in_force(self) -> bool:
        """Of a decision: whether it was carried out at once."""
        return len(self.facts) > 1 and self.facts[1] not in self.void


@dataclass(frozen=True)
class Recounted:
    """How a protection stands by its steps alone."""

    status: Status
    decided: bool
    decided_by: str | None
    measures: tuple[str, ...]
    paper_due: bool
    requested_at: datetime


def recount(urgent: bool, acts: Sequence[Done]) -> Recounted:
    """How a protection stands when the steps that were taken back are left out; `acts` begins with the request."""
    asked = acts[0]
    found = Recounted(Status.REQUESTED, False, None, asked.measures, urgent, asked.occurred_at)
    if asked.withdrawn:
        return replace(found, status=Status.WITHDRAWN, paper_due=False)
    for act in acts[1:]:
        if not act.withdrawn:
            found = _after(found, act)
    return found


def _after(found: Recounted, act: Done) -> Recounted:
    if act.kind == Kind.DECISION and act.outcome is not None:
        status, _ = after_decision(found.status, act.outcome, in_force=act.in_force)
        measures = act.measures or found.measures
        return replace(found, status=status, decided=True, decided_by=act.office, measures=measures)
    if act.kind == Kind.CHANGE:
        return replace(found, measures=act.measures)
    if act.kind == Kind.PAPER:
        return replace(found, paper_due=False)
    after = {Kind.START: Status.ACTIVE, Kind.END: Status.ENDED}
    return replace(found, status=after.get(Kind(act.kind), found.status))


def received(role: str, relations: Collection[Relation], receiving_roles: Collection[str]) -> bool:
    """Whether an office may order measures for this person at all, as far as its part in the case decides that.

    Args:
        role: of the office.
        relations: of the office to the case.
        receiving_roles: roles that order measures only for persons whom they received, by the pack of the case.
    """
    return role not in receiving_roles or bool(RECEIVED & set(relations))
