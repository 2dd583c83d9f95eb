"""Bodies, queries and answers of the operations."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from casework.countersignings.schemas import SigningOut
from casework.domain.records import HandoverState
from casework.restrictions.schemas import RestrictionOut
from casework.transfer_schemas import PLACE, TransferOut
from contracts.codes import HandoverReason
from contracts.events.intake import Nationality
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.numbers import OfCase
from contracts.times import Instant
from contracts.writing import Prose
from kit.http import Body
from regulations.model import Title

MAX_LIMIT = 200
DecisionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-zÀ-ỹ][0-9A-Za-zÀ-ỹ./:-]{0,59}$")]
"""Number of a decision, for example `15/QĐ-CSĐT`. It has no space, so that it is no sentence about a person."""


class FactIn(Body):
    """A step that an office did. `note` is sealed before anything is stored."""

    lane: Code
    state: Code = Field(description="State that the lane reached, or the duty that was done.")
    occurred_at: Instant = Field(description="When it happened; at most five minutes from now.")
    note: Prose | None = None
    attributes: dict[Code, Code | bool | int] = Field(default_factory=dict, max_length=20)


SIGNING = "The step needs a second signature: its signing. Unless it was due at once, it is done when it is signed."


class FactOut(BaseModel):
    """The stored step."""

    fact_id: OpaqueId
    signing_id: OpaqueId | None = Field(default=None, description=SIGNING)


class CorrectionIn(Body):
    """Either another instant or `withdraw`. `reason` is sealed."""

    occurred_at: Instant | None = None
    withdraw: bool = False
    reason: Prose

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.occurred_at is not None) == self.withdraw:
            raise ValueError("either occurred_at or withdraw")
        return self


class AckIn(Body):
    """The lane that its new holder has seen."""

    lane: Code


class ProposalIn(Body):
    """The lane, the office that should take it over, and why."""

    lane: Code
    to: OfficeRef
    reason: HandoverReason
    occurred_at: Instant
    place: Code | None = Field(default=None, description=PLACE)


class AssignmentIn(Body):
    """A lane that no office holds, the office that gets it, and when the authority decided it."""

    lane: Code
    to: OfficeRef
    occurred_at: Instant


class StepProposalIn(Body):
    """The lane, the step that should open it, why, and when the reason for it arose."""

    lane: Code
    state: Code
    reason: HandoverReason
    occurred_at: Instant


class ProposalOut(BaseModel):
    """The proposal, and until when it should be answered (operational)."""

    handover_id: OpaqueId
    answer_by: datetime | None


class AnswerIn(Body):
    """Whether the receiver accepts. A refusal needs a reason."""

    accept: bool
    reason: HandoverReason | None = None
    occurred_at: Instant

    @model_validator(mode="after")
    def _refusal_has_a_reason(self) -> Self:
        if not self.accept and self.reason is None:
            raise ValueError("a refusal needs a reason")
        return self


class _ClockChoice(Body):
    """Either `clock_id` or `rule`; a rule must have exactly one open clock."""

    clock_id: Code | None = None
    rule: Code | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.clock_id is None) == (self.rule is None):
            raise ValueError("either clock_id or rule")
        return self


class PauseIn(_ClockChoice):
    """The clock to pause, the basis, the instant, and the decision: its number or its document, which is sealed."""

    basis: Code
    occurred_at: Instant
    decision: DecisionNumber | None = None
    document: Prose | None = None


class ResumeIn(_ClockChoice):
    """The clock to resume, and the instant. The basis may be repeated for the record."""

    basis: Code | None = None
    occurred_at: Instant


class ClockQuery(_ClockChoice):
    """The clock to explain. A rule means its newest clock."""


class CloseIn(Body):
    """How the case ends. `reason` is sealed."""

    outcome: Code
    reason: Prose | None = None
    occurred_at: Instant


class ReopenIn(Body):
    """Why the case is opened again. `reason` is sealed."""

    reason: Prose
    occurred_at: Instant


class Done(BaseModel):
    """The new version of the case."""

    version: int
    signing_id: OpaqueId | None = Field(default=None, description=SIGNING)


class LaneOut(BaseModel):
    """State and holder of a lane."""

    state: Code
    holder: OfficeRef | None
    since: datetime
    territory: Code = Field(
        description="Code of the place where the lane is: commune, border post, province or country."
    )
    acknowledged: bool = Field(description="Whether the holder has acknowledged.")
    ended: bool


class BreachOut(BaseModel):
    """A breach that was recorded, and the act after which it no longer holds: null as long as it holds.

    Who may not know that act sees only when the breach was changed.
    """

    clock_id: Code | None = Field(description="Id that the clock had then.")
    rule: Code | None
    lane: Code
    office: OfficeRef | None
    due_at: datetime | None = Field(description="The limit that was breached: the first instant that was too late.")
    recorded_at: datetime
    told: bool = Field(description="Whether the office was notified of it.")
    changed_at: datetime | None
    act: Code | None = Field(description="`fact` (entered late), `correction`, `withdrawal`, `pause`, `amendment`.")
    changed_by: Code | None = Field(description="Id of that act.")
    changed_office: OfficeRef | None


class ClockOut(BaseModel):
    """A clock as it stands now. `due_at` is the first instant that is too late."""

    clock_id: Code
    rule: Code
    title: Title = None
    lane: Code
    kind: Code
    office: OfficeRef | None
    state: Code
    started_at: datetime
    started_by: Code
    due_at: datetime | None
    met_at: datetime | None
    met_by: Code | None
    citation: str
    confidence: str
    late: bool
    missed_by: OfficeRef | None = Field(
        default=None,
        description="Of a late clock: the office that owed the duty when the limit ran out. `office` is the one that "
        "owes it now, or owed it last.",
    )
    immediate: bool
    unsure: list[Code] = Field(
        description="What nobody knows here; with `unknown_days` the limit needs a day that is not in the calendar."
    )
    breaches: list[BreachOut] = Field(description="Its recorded breaches, also those that a later act changed.")


class HandoverOut(OfCase):
    """A hand-over as one of its two offices, or an office of the case, sees it."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    handover_id: OpaqueId
    case_id: OpaqueId | None = Field(default=None, description="Hidden from the receiver until it accepts.")
    from_: OfficeRef = Field(validation_alias="from", serialization_alias="from")
    to: OfficeRef | None = Field(
        description="The receiver; null for a proposed step if the part of the proposer in the case is over."
    )
    lane: Code
    reason: Code
    step: Code | None = Field(
        default=None, description="The proposed step, if the proposal is to open the lane and not to hand it over."
    )
    state: HandoverState
    answer_by: datetime | None
    lapsed: bool = Field(default=False, description="Not answered in time; it can still be answered.")
    answer_reason: Code | None = None
    age_band: Code | None = None
    needs: list[Code] | None = None
    transfer_id: OpaqueId | None = Field(default=None, description="The transfer that it is part of.")
    place: Code | None = Field(default=None, description="The place to which the lane goes, if the sender named it.")


class CaseOut(OfCase):
    """A case as it stands now."""

    case_id: OpaqueId
    version: int
    status: Code
    regime_procedure: Code
    regime_support: Code | None
    route: Code = Field(description="The route by which rules apply to the person now; at first that of the report.")
    nationality: Nationality = Field(description="What is known of it now.")
    age_band: Code
    opened_at: datetime
    received_at: datetime | None = Field(
        default=None, description="When it was entered that another office than who reported the case has it."
    )
    outcome: Code | None
    lanes: dict[Code, LaneOut]
    clocks: dict[Code, ClockOut] = Field(description="Newest clock of each rule.")
    all_clocks: list[ClockOut]
    breaches: list[BreachOut] = Field(
        description="Every recorded breach, also of clocks that are gone; `changed_at` says that one no longer holds."
    )
    handovers: list[HandoverOut]
    transfers: list[TransferOut]
    signings: list[SigningOut] = Field(description="Steps that need a second signature, with its answer.")
    flags: list[str]
    linked: list[OpaqueId] = Field(description="Linked cases that the asking office may open.")
    linked_hidden: int = Field(description="How many linked cases it may not open.")
    standing: list[Code] = Field(description="How the asking office is related to the case.")
    restrictions: list[RestrictionOut] = Field(
        default=[],
        description="For a caller of the office that carries the case, or of one that supervises it, whom they do not "
        "shut out: the restrictions of the case.",
    )


class Page(Body):
    """Size and start of a page. `cursor` is the `next` of the page before."""

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(default=None, max_length=200)


class HandoverQuery(Page):
    """Hand-overs (or transfers) to the office, or from it."""

    direction: Literal["incoming", "outgoing"]


class HandoverPage(BaseModel):
    """A page of hand-overs, newest first."""

    items: list[HandoverOut]
    next: str | None


class PauseOut(BaseModel):
    """One entry of the pause ledger."""

    basis: Code
    paused_at: datetime
    resumed_at: datetime | None
    decision: str | None = Field(default=None, description="Number of the decision that orders it.")


class CountedOut(BaseModel):
    """One date, and whether it counted."""

    date: str
    counts: bool
    why: str


class LocalOut(BaseModel):
    """The version of a local pack that a clock is of."""

    pack: Code
    since: date = Field(description="The version: the first day on which its clocks start.")
    content_hash: Code


class GoverningLaw(BaseModel):
    """The law of the country that governs a clock, and why."""

    pack: Code
    ground: Code
    citation: str
    confidence: str
    since: datetime


class ExplanationOut(BaseModel):
    """Why a clock is due when it is."""

    clock_id: Code
    rule: Code
    title: Title = None
    started_by: Code
    started_at: datetime
    amount: int | None
    unit: Code
    counted: list[CountedOut]
    pauses: list[PauseOut]
    rolled_by: str | None
    due_at: datetime | None
    citation: str
    confidence: str
    calendar_version: str
    note: str
    unsure: list[Code]
    breaches: list[BreachOut]
    local: LocalOut | None = Field(
        default=None, description="The local pack that the clock is of, as the case keeps it; null: of the law itself."
    )
    told: list[OfficeRef] = Field(
        default=[], description="Offices that the local pack says are to be told, at the place where the clock started."
    )
    law: GoverningLaw
