"""Bodies and answers of support's operations."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts.codes import ImmediateNeed, SupportKind
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.times import Instant
from contracts.writing import Prose
from kit.http import Body
from regulations.catalogue import Entitled
from regulations.model import Confidence, Title, Unit
from support.domain import Outcome, ReferralState, RequestState

MAX_PAGE = 200


def _once_each(named: list[str]) -> list[str]:
    if len(set(named)) < len(named):
        raise ValueError("named twice")
    return named


Kinds = Annotated[list[SupportKind], Field(min_length=1, max_length=len(SupportKind)), AfterValidator(_once_each)]


class NeedsIn(Body):
    """Which kinds of support the person needs, with or without a right to them."""

    needs: Kinds
    occurred_at: Instant
    note: Prose | None = None


class RequestIn(Body):
    """A request of the person, or for the person."""

    kind: SupportKind
    occurred_at: Instant
    note: Prose | None = None


class DecisionIn(Body):
    """The decision on a request. A refusal is in writing: its reason is needed."""

    outcome: Outcome
    occurred_at: Instant
    reason: Prose | None = None


class ReferralIn(Body):
    """Ask a provider. The provider sees this body and the age band, and nothing else of the case."""

    kind: SupportKind
    provider: Code
    occurred_at: Instant
    needs: Annotated[list[ImmediateNeed], AfterValidator(_once_each)] = Field(
        default_factory=list[ImmediateNeed], max_length=len(ImmediateNeed), description="What the service must meet."
    )
    contact_allowed: bool = Field(default=False, description="Whether the provider may contact the person directly.")


class AnswerIn(Body):
    """A provider's answer. A refusal is in writing: its reason is needed."""

    accept: bool
    occurred_at: Instant
    reason: Prose | None = None


class _Target(Body):
    """One of: a request, a referral, or (for support that was given directly) a case and a kind."""

    request_id: OpaqueId | None = None
    referral_id: OpaqueId | None = None
    case_id: OpaqueId | None = None
    kind: SupportKind | None = None
    occurred_at: Instant

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        named = [self.request_id is not None, self.referral_id is not None, self.case_id is not None]
        if sum(named) != 1 or (self.case_id is None) != (self.kind is None):
            raise ValueError("give one of request_id, referral_id, or case_id with kind")
        return self


class DeliveryIn(_Target):
    """Support was given."""

    note: Prose | None = None


class EndIn(_Target):
    """Support ends, or a referral is withdrawn before anything was given on it."""

    reason: Prose | None = None


class Amount(BaseModel):
    """A limit of the regulations."""

    rule: Code
    title: Title = None
    amount: int | None
    unit: Unit
    citation: str
    confidence: Confidence


class EntitlementView(BaseModel):
    """Whether the person may have one kind of support, and on what ground."""

    entitled: Entitled
    citation: str
    confidence: Confidence
    note: str
    ceiling: Amount | None


class EntitlementsView(BaseModel):
    """The entitlements of one person, by the regulations of the support package."""

    case_id: OpaqueId
    regime: Code
    status: Code
    entitlements: dict[SupportKind, EntitlementView]


class NeedsTaken(BaseModel):
    """`stated`: kinds for which a fact was stated. The lane of a kind whose support is under way stays where it is."""

    case_id: OpaqueId
    needs: list[SupportKind]
    stated: list[SupportKind]


class RequestTaken(BaseModel):
    """A request after this step."""

    request_id: OpaqueId
    case_id: OpaqueId
    kind: SupportKind
    state: RequestState
    entitled: Entitled


class ReferralTaken(BaseModel):
    """A referral after this step."""

    referral_id: OpaqueId
    kind: SupportKind
    provider: Code
    state: ReferralState


class Given(BaseModel):
    """A delivery was recorded."""

    delivery_id: OpaqueId
    kind: SupportKind


class Ended(BaseModel):
    """What ended. `lane_ended` is false where only a referral was withdrawn."""

    kind: SupportKind
    lane_ended: bool


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class NeedView(_View):
    """A need as assessed."""

    kind: SupportKind
    office: OfficeRef
    occurred_at: datetime = Field(description="As corrected.")
    withdrawn: bool = Field(description="True if the step was withdrawn in the case's timeline and no longer counts.")


class RequestView(_View):
    """A request, as the offices of the case see it."""

    request_id: OpaqueId
    kind: SupportKind
    state: RequestState
    regime: Code
    entitled: Entitled
    office: OfficeRef
    occurred_at: datetime
    decided_by: OfficeRef | None
    decided_at: datetime | None
    decision_ref: OpaqueId | None = Field(description="Reference of the sealed reason.")


class DeliveryView(_View):
    """A delivery."""

    delivery_id: OpaqueId
    kind: SupportKind
    request_id: OpaqueId | None
    referral_id: OpaqueId | None
    office: OfficeRef
    occurred_at: datetime = Field(description="As corrected.")
    withdrawn: bool = Field(description="True if the step was withdrawn in the case's timeline and no longer counts.")


class SentReferral(_View):
    """A referral, as the office that sent it and the offices that support the person see it."""

    referral_id: OpaqueId
    case_id: OpaqueId
    kind: SupportKind
    provider: Code
    state: ReferralState
    office: OfficeRef
    occurred_at: datetime
    answered_at: datetime | None
    answer_ref: OpaqueId | None = Field(description="Reference of the sealed reason.")


class ReceivedReferral(_View):
    """A referral, as the provider sees it: what the support must meet, and nothing else of the case."""

    referral_id: OpaqueId
    kind: SupportKind
    provider: Code
    state: ReferralState
    office: OfficeRef = Field(
        description="The office that asks. The provider contacts the person through it, unless contact is allowed."
    )
    age_band: Code
    needs: list[ImmediateNeed]
    contact_allowed: bool
    occurred_at: datetime
    answered_at: datetime | None


class RequestsView(BaseModel):
    """The support of one person. Offices that do not give support see requests and their state only."""

    case_id: OpaqueId
    items: list[RequestView]
    needs: list[NeedView]
    referrals: list[SentReferral]
    deliveries: list[DeliveryView]


class ReferralsQuery(Body):
    """Which referrals: those that the office's own providers received, or those that the office sent."""

    direction: Literal["incoming", "outgoing"] = "incoming"
    state: ReferralState | None = None
    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    cursor: OpaqueId | None = None


class ReferralsView(BaseModel):
    """Newest first; `next` is the cursor of the next page, if there is one."""

    items: list[ReceivedReferral | SentReferral]
    next: OpaqueId | None


class ProvidersQuery(Body):
    """Which providers."""

    territory: Code | None = Field(default=None, description="The province in which they are.")
    kind: SupportKind | None = None


class PlacesView(BaseModel):
    """Places for one kind; `free` is never below zero."""

    capacity: int
    free: int


class Name(BaseModel):
    """What people read."""

    vi: str
    en: str


class ProviderView(BaseModel):
    """A provider and its places by kind."""

    provider: Code
    name: Name
    sort: Code
    territory: Code = Field(description="The province in which it is.")
    office: OfficeRef
    places: dict[SupportKind, PlacesView]


class ProvidersView(BaseModel):
    """Providers in use, by province."""

    items: list[ProviderView]
