"""Bodies and answers of the operations on transfers."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.codes import HandoverReason
from contracts.events.casework import TransferState
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.numbers import OfCase
from contracts.times import Instant
from kit.http import Body

PLACE = (
    "Place to which this goes: commune, border post, province or country, one that the receiver serves. Without it "
    "the place stays where the receiver serves it, and else becomes that of the receiver."
)


class TransferIn(Body):
    """The receiver elsewhere, the lanes that go to it together, and why."""

    to: OfficeRef
    lanes: list[Code] = Field(min_length=1, max_length=30, description="All held by the proposer.")
    reason: HandoverReason
    occurred_at: Instant
    place: Code | None = Field(default=None, description=PLACE)


class TransferProposed(BaseModel):
    """The transfer, and until when it should be answered (operational)."""

    transfer_id: OpaqueId
    answer_by: datetime | None


class TransferStepIn(Body):
    """When the step happened."""

    occurred_at: Instant


class TransferCloseIn(Body):
    """`completed` at the end, or `cancelled` with a reason before the person has moved."""

    outcome: Literal["completed", "cancelled"] = "completed"
    reason: HandoverReason | None = None
    occurred_at: Instant

    @model_validator(mode="after")
    def _cancelling_has_a_reason(self) -> Self:
        if self.outcome == "cancelled" and self.reason is None:
            raise ValueError("cancelling needs a reason")
        return self


class TransferStepOut(BaseModel):
    """A step of a transfer. `office` is the one that stated it."""

    state: Code
    occurred_at: datetime
    office: OfficeRef
    reason: Code | None


class TransferOut(OfCase):
    """A transfer as one of its two offices, or an office of the case, sees it."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    transfer_id: OpaqueId
    case_id: OpaqueId | None = Field(default=None, description="Hidden from the receiver until it accepts.")
    from_: OfficeRef = Field(validation_alias="from", serialization_alias="from")
    to: OfficeRef
    lanes: list[Code]
    reason: Code
    state: TransferState
    owed: Code | None = Field(description="The next step; null at the end.")
    owed_by: OfficeRef | None
    next_at: datetime | None = Field(description="When an office is notified next (operational).")
    steps: list[TransferStepOut]
    place: Code | None = Field(default=None, description="The place to which it goes, if the sender named it.")
    age_band: Code | None = None
    needs: list[Code] | None = None


class TransferPage(BaseModel):
    """A page of transfers, newest first."""

    items: list[TransferOut]
    next: str | None
