"""Input and output of notify's operations, and the body of a webhook."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from contracts.events.casework import CaseResult
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.limits import CountedKind
from contracts.numbers import OfCase
from kit.http import Body
from notify.domain.notices import NoticeKind
from regulations.model import Confidence, Title

MAX_LIMIT = 200
MAX_URL = 500
RESULT = "Of kind `outcome`, to the office that reported the case or to the hotline: what became of the case."
CONFIDENCE = "How sure the limit is that is about to end or has ended; null for verified text."
Url = Annotated[str, StringConstraints(min_length=9, max_length=MAX_URL)]
DeliveryState = Literal["pending", "delivered", "failed", "dropped"]


class Page(Body):
    """How much, and from where: `cursor` is the `next` of the page before."""

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(default=None, max_length=200)


class InboxQuery(Page):
    """Narrower: only what the caller has not read."""

    unread: bool = False


class NoticeView(OfCase):
    """A notice that there is work: when it came, and who read it when. What the work is about is in the case."""

    notice_id: OpaqueId
    case_id: OpaqueId | None = Field(description="None while the office is only asked to take the case over.")
    amendment_id: OpaqueId | None = Field(description="Of kind `dates_moved`: the amendment; no one case.")
    count: int | None = Field(
        description="Of kind `dates_moved`: how many due dates moved, and lanes, work and rights came to it. Of kind "
        "`unusual_use`: the amount that the limit allows."
    )
    kind: NoticeKind
    result: CaseResult | None = Field(default=None, description=RESULT)
    about_office: OfficeRef | None = Field(default=None, description="Of kind `unusual_use`: whose use it was.")
    person: Code | None = Field(
        default=None,
        description="Of kind `unusual_use`: opaque id of the person or system; null: the office as a whole.",
    )
    unusual: CountedKind | None = Field(default=None, description="Of kind `unusual_use`: what was counted.")
    lane: Code | None
    rule: Code | None
    title: Title = None
    confidence: Confidence | None = Field(default=None, description=CONFIDENCE)
    due_at: AwareDatetime | None
    at: AwareDatetime = Field(description="When it happened.")
    told_at: AwareDatetime = Field(description="When it came into this inbox.")
    read: bool = Field(description="Whether anybody of the office has read it.")
    read_at: AwareDatetime | None
    read_by: Code | None = Field(description="Opaque id of the person or system of the office that read it first.")
    read_by_me: bool = Field(description="Whether the caller has marked it as read.")


class InboxPage(BaseModel):
    """Newest first."""

    items: list[NoticeView]
    next: str | None = None


class NoticeRead(BaseModel):
    """Who read it first, and when."""

    notice_id: OpaqueId
    read_at: AwareDatetime
    read_by: Code


class WebhookIn(Body):
    """Where to call, and for which kinds of notices (none named: all)."""

    url: Url = Field(description="`https://…`, to a public address.")
    kinds: list[NoticeKind] = Field(default_factory=list[NoticeKind], max_length=20)


class SecretView(BaseModel):
    """When a secret was made and until when it signs; never the secret."""

    created_at: AwareDatetime
    retires_at: AwareDatetime | None = Field(description="Until when it still signs beside the newer one.")


class WebhookView(BaseModel):
    """A webhook of the office."""

    webhook_id: OpaqueId
    url: str
    kinds: list[NoticeKind]
    created_at: AwareDatetime
    created_by: Code
    state: Literal["waiting", "active", "disabled"] = Field(
        description="`waiting`: a second person has not confirmed it, so it is not called."
    )
    confirmed_at: AwareDatetime | None
    disabled_at: AwareDatetime | None
    disabled_reason: Code | None
    pending: int = Field(description="Messages that wait to be delivered.")
    secrets: list[SecretView]


class WebhookRegistered(BaseModel):
    """The secret is shown in this answer only; a repetition by Idempotency-Key has none."""

    webhook_id: OpaqueId
    created_at: AwareDatetime
    state: Literal["waiting", "active"] = Field(
        default="active", description="`waiting`: it is called when a second person has confirmed it."
    )
    secret: str | None = Field(default=None, description="`whsec_…`; base64 of the HMAC key follows the prefix.")


class WebhookToConfirm(BaseModel):
    """A webhook of another office that somebody of this office may confirm."""

    webhook_id: OpaqueId
    office: OfficeRef
    url: str
    kinds: list[NoticeKind]
    created_at: AwareDatetime


class WebhookList(BaseModel):
    """The office's webhooks, and those of other offices that wait for a confirmation of this one; oldest first."""

    items: list[WebhookView]
    to_confirm: list[WebhookToConfirm]


class WebhookConfirmation(BaseModel):
    """The webhook is called from now on."""

    webhook_id: OpaqueId
    confirmed_at: AwareDatetime


class RotateIn(Body):
    """Rotation."""

    revoke_previous: bool = Field(default=False, description="The old secret stops at once: when it has leaked.")


class SecretRotated(BaseModel):
    """The new secret is shown in this answer only; a repetition by Idempotency-Key has none."""

    webhook_id: OpaqueId
    secret: str | None = None
    previous_until: AwareDatetime | None = Field(description="Until when both secrets sign.")


class WebhookDeleted(BaseModel):
    """Gone, with its secrets; messages that waited for it are dropped."""

    webhook_id: OpaqueId
    dropped: int


class DeliveryQuery(Page):
    """Narrower: one state."""

    state: DeliveryState | None = None


class AttemptView(BaseModel):
    """One try: an HTTP status, or why there was none."""

    at: AwareDatetime
    status: int | None
    error: Code | None
    millis: int


class DeliveryView(BaseModel):
    """One message to one webhook. `delivery_id` is its `webhook-id` in every try."""

    delivery_id: OpaqueId
    notice_id: OpaqueId
    case_id: OpaqueId | None
    kind: NoticeKind
    state: DeliveryState
    created_at: AwareDatetime
    next_at: AwareDatetime | None
    done_at: AwareDatetime | None
    attempts: list[AttemptView]


class DeliveryPage(BaseModel):
    """Newest first."""

    items: list[DeliveryView]
    next: str | None = None


class WorkData(BaseModel):
    """All that a webhook contains. A receiver that needs more asks the services, within its rights."""

    model_config = ConfigDict(frozen=True)

    case_id: OpaqueId | None = None
    kind: NoticeKind
    lane: Code | None = None
    at: AwareDatetime
    due_at: AwareDatetime | None = None
    confidence: Confidence | None = Field(default=None, description=CONFIDENCE)
    result: CaseResult | None = Field(default=None, description=RESULT)


class WorkEvent(BaseModel):
    """The body of a webhook: a CloudEvents 1.0 envelope in structured JSON; members without a value are left out."""

    model_config = ConfigDict(frozen=True)

    specversion: str = "1.0"
    id: OpaqueId
    source: str = "/services/notify"
    type: str = "vn.neove.notify.work.v1"
    subject: OpaqueId | None = None
    time: AwareDatetime
    datacontenttype: str = "application/json"
    data: WorkData
