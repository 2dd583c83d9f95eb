"""How a protection advances, and which states of the lanes follow from a step. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from regulations.rights import Relation

LANE, SHELTER = "protection", "shelter"
SHELTER_MEASURE = "shelter"
FREE = "free_of_pressure"
"""Attribute of a refusal by the person, where the law of the case asks for it."""
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
    """The status of a protection."""

    REQUESTED = "requested"
    GRANTED = "granted"  # decided, not in force yet
    ACTIVE = "active"
    REFUSED = "refused"
    REFUSED_BY_PERSON = "refused_by_person"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # the request was withdrawn in the case's timeline


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
    """A protection: only what the order of its steps depends on."""

    status: Status
    decided: bool
    urgent: bool

    @property
    def may_be_decided(self) -> bool:
        """True until a decision. An urgent protection can be in force first and decided afterwards."""
        return not self.decided and self.status in OPEN

    @property
    def in_hand(self) -> bool:
        """True when measures are ordered or in force, so that they can be changed."""
        return self.status in (Status.GRANTED, Status.ACTIVE)

    @property
    def may_act(self) -> bool:
        """True when measures may be carried out: decided, or urgent and not decided against."""
        return self.status in (Status.GRANTED, Status.ACTIVE) or (self.status is Status.REQUESTED and self.urgent)


def after_decision(before: Status, outcome: Outcome, *, in_force: bool) -> tuple[Status, tuple[State, ...]]:
    """Status after a decision, and the states that it states.

    A protection that is in force already, because it was urgent, continues when it is granted, and no fact is stated.
    When it is refused, it ends.
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
    """One step of a protection. `facts`: the facts that it stated, in order. `void`: the withdrawn ones."""

    kind: str
    office: str
    occurred_at: datetime
    outcome: Outcome | None
    measures: tuple[str, ...]
    facts: tuple[str, ...]
    void: frozenset[str] = frozenset()

    @property
    def withdrawn(self) -> bool:
        """Whether the step did not happen. Its first fact alone decides that, for example the decision of a grant."""
        return bool(self.facts) and self.facts[0] in self.void

    @property
    def in_force(self) -> bool:
        """Whether a decision put the measures into force at once."""
        return len(self.facts) > 1 and self.facts[1] not in self.void


@dataclass(frozen=True)
class Recounted:
    """The state of a protection, computed from its steps alone."""

    status: Status
    decided: bool
    decided_by: str | None
    measures: tuple[str, ...]
    paper_due: bool
    requested_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the protection goes on."""
        return self.status in OPEN


def recount(urgent: bool, acts: Sequence[Done]) -> Recounted:
    """Compute the state of a protection without the withdrawn steps; `acts` begins with the request."""
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


def only_newest_open(counted: Mapping[str, Recounted]) -> dict[str, Recounted]:
    """The protections of one case (id → state). If several would be open, the newest request is; the others ended."""
    newest_first = sorted(counted, key=lambda one: (counted[one].requested_at, one), reverse=True)
    newest = next((one for one in newest_first if counted[one].is_open), None)
    return {
        one: replace(found, status=Status.ENDED) if found.is_open and one != newest else found
        for one, found in counted.items()
    }


def received(role: str, relations: Collection[Relation], receiving_roles: Collection[str]) -> bool:
    """Whether the part that an office has in the case lets it order measures for this person.

    Args:
        role: the role of the office.
        relations: how the office is related to the case.
        receiving_roles: roles that order measures only for persons whom they received, by the pack of the case.
    """
    return role not in receiving_roles or bool(RECEIVED & set(relations))
