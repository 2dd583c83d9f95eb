"""Bodies and answers of the operations on break-glass."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, model_validator

from casework.domain.breaking_glass import Result, State
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.numbers import OfCase
from contracts.writing import Line, Prose
from kit.http import Body


class BreakGlassIn(Body):
    """Either `case_id`, for example of a possible duplicate of the own report, or the `number` that somebody says."""

    case_id: OpaqueId | None = None
    number: Line | None = Field(default=None, max_length=40, examples=["4RM7-HX92-F"])
    reason: Prose = Field(description="The danger to life, in words; sealed.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.case_id is None) == (self.number is None):
            raise ValueError("either case_id or number")
        return self


class BreakGlassAsked(BaseModel):
    """It waits for a second person of the office. Nothing may be read yet."""

    break_glass_id: OpaqueId
    confirm_by: datetime = Field(description="After this instant it can no longer be confirmed.")


class BreakGlassOpened(OfCase):
    """The two persons may read now. The holders of the case have been told, and the review is asked."""

    break_glass_id: OpaqueId
    case_id: OpaqueId
    until: datetime = Field(description="From this instant on nobody reads by it.")


class ReviewIn(Body):
    """What the office above finds. `note` is sealed."""

    result: Result
    note: Prose | None = None


class BreakGlassReviewed(BaseModel):
    """The review is recorded. If it was still open, it has ended."""

    version: int = Field(description="The new version of the case.")
    result: Result


class WhatSavesALife(OfCase):
    """What the two persons see of the case, besides identity and contact in `vault.read_identity`."""

    case_id: OpaqueId
    status: Code
    age_band: Code
    urgent: bool
    needs: list[Code] = Field(description="Immediate needs, as reported.")
    flags: list[Code] = Field(description="`protection:active` if she is protected or sheltered now; never where.")
    call: OfficeRef | None = Field(description="The office that carries the case: call it.")


class BreakGlassOut(BaseModel):
    """A break-glass, for the office that opened the case, for who reviews it, and for who may see the case."""

    break_glass_id: OpaqueId
    case_id: OpaqueId | None = Field(description="Null for the office that opened it, until it is confirmed.")
    office: OfficeRef
    state: State
    asked_at: datetime
    confirm_by: datetime
    opened_at: datetime | None
    until: datetime | None
    reviewer: OfficeRef | None
    result: Code | None
    documents: list[OpaqueId] = Field(description="References of the sealed reason, and of the note of the review.")
    case: WhatSavesALife | None = Field(description="For the two persons, while it is open.")
