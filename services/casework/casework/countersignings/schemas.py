"""Bodies and answers of the operations on second signatures."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from casework.domain.records import SigningState
from contracts.codes import SigningReason
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.numbers import OfCase
from kit.http import Body

COUNTS = "It counts already, without its second signature: it was due at once, or another service had recorded it."


class SigningRefusalIn(Body):
    """Why the second person does not sign."""

    reason: SigningReason


class SigningDone(BaseModel):
    """What became of the step."""

    version: int = Field(description="The new version of the case.")
    state: SigningState = Field(description="`void`: it did not fit any more, so it was not done.")
    reason: Code | None = Field(default=None, description="Why it is void: the slug of the refusal.")


class SigningOut(OfCase):
    """A step that needs a second signature."""

    signing_id: OpaqueId
    case_id: OpaqueId
    operation: Code = Field(description="`<service>.<operationId>` with which it was stated.")
    office: OfficeRef = Field(description="The office of its author.")
    asked: OfficeRef = Field(description="The office in whose queue it stands.")
    lane: Code | None = Field(description="Null for a closing.")
    step: Code = Field(description="State of the lane, or outcome of the closing.")
    fact_id: OpaqueId = Field(description="The fact, or the correction, that it makes or made.")
    about: OpaqueId | None = Field(description="The fact that it withdraws.")
    state: SigningState
    counts: bool = Field(description=COUNTS)
    occurred_at: datetime | None = Field(description="When it happened, as the author stated it; null: a withdrawal.")
    documents: list[OpaqueId] = Field(description="References of its sealed texts, for example of the reason.")
    stated_at: datetime
    due_at: datetime = Field(description="From then on the signature is asked for again (ours, not the law's).")
    answered_at: datetime | None
    answered_by: OfficeRef | None
    reason: Code | None


class SigningQuery(Body):
    """Steps that wait for the office's signature (`incoming`), or that it stated itself (`outgoing`)."""

    direction: Literal["incoming", "outgoing"]
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=200)


class SigningPage(BaseModel):
    """A page, newest first. `next` is null on the last one."""

    items: list[SigningOut]
    next: str | None
