"""Bodies, queries and answers of the operations on amendments of the law."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

from casework.schemas import Page
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.times import Day
from contracts.writing import Line, Prose, line
from kit.http import Body
from regulations.calendar import DayKind
from regulations.model import Label, Title
from regulations.office_changes import Founded, OfficeChange

MAX_ROWS = 400
"""More than a year of days."""
MAX_CHANGES = 200
"""Of offices in one amendment."""
MAX_REASON = 400
MAX_PREVIEW = 100
ContentHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
AmendmentKind = Literal["calendar", "pack", "offices"]
AmendmentState = Literal["proposed", "signed", "withdrawn"]
Effect = Literal["later", "earlier", "breaches", "no_longer_breached", "starts", "ends", "keeps"]


class DayIn(Body):
    """One day of the calendar. `plain`: the day is no exception any more, so its weekday decides."""

    date: Day
    kind: DayKind
    name: Line = Field(min_length=2, max_length=160)
    status: Literal["computed", "confirmed"]


class AmendmentIn(Body):
    """The change after the signature: days of the calendar, an installed version of a pack, or the offices.

    `decision` and `reason` are about the law, never about a person. They are stored as plain text, and shown.
    """

    kind: AmendmentKind
    decision: Line = Field(min_length=3, max_length=160, description="Number of the decision that orders it.")
    reason: Prose = Field(min_length=3, max_length=MAX_REASON, description="Why; plain text that names no person.")
    rows: list[DayIn] = Field(default_factory=list[DayIn], max_length=MAX_ROWS, description="Of kind `calendar`.")
    pack_id: Code | None = Field(default=None, description="Of kind `pack`.")
    pack_hash: ContentHash | None = Field(default=None, description="Content hash of the installed version.")
    changes: list[OfficeChange] = Field(
        default_factory=list[OfficeChange], max_length=MAX_CHANGES, description="Of kind `offices`."
    )

    @field_validator("changes")
    @classmethod
    def _names_are_written(cls, changes: list[OfficeChange]) -> list[OfficeChange]:
        """The names of new offices as `contracts.writing` leaves a line. Names that are stored are read as they are."""
        return [_written(one) for one in changes]

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        of_pack = self.pack_id is not None and self.pack_hash is not None
        some_of_pack = self.pack_id is not None or self.pack_hash is not None
        if self.kind == "pack" and (not of_pack or self.rows):
            raise ValueError("a pack needs pack_id and pack_hash, and no rows")
        if self.kind == "calendar" and (some_of_pack or not self.rows):
            raise ValueError("a calendar needs rows, and no pack")
        if (self.kind == "offices") != bool(self.changes) or (self.changes and (some_of_pack or self.rows)):
            raise ValueError("offices need changes, and no rows and no pack; nothing else has changes")
        if len({row.date for row in self.rows}) != len(self.rows):
            raise ValueError("a date stands twice")
        return self


def _written(change: OfficeChange) -> OfficeChange:
    if not isinstance(change, Founded) or change.name is None:
        return change
    name = Label(vi=line(change.name.vi), en=line(change.name.en))
    return change.model_copy(update={"name": name})


class SignIn(Body):
    """The hash of the content that the signer has read."""

    content_hash: ContentHash


class ByWhom(BaseModel):
    """Who did it, and when."""

    office: OfficeRef
    actor: str
    at: datetime


class DayOut(BaseModel):
    """One day of the calendar."""

    date: date
    kind: DayKind
    name: str
    status: Code


class AmendmentOut(BaseModel):
    """An amendment. `content_hash` covers kind, content, decision and reason; the signer states it."""

    amendment_id: OpaqueId
    kind: AmendmentKind
    state: AmendmentState
    content_hash: ContentHash
    decision: str
    reason: str
    rows: list[DayOut]
    changes: list[OfficeChange]
    pack_id: Code | None
    pack_hash: ContentHash | None
    pack_version: str | None
    proposed: ByWhom
    signed: ByWhom | None
    withdrawn: ByWhom | None
    effective_seq: int | None = Field(description="Grows with each signature; null until it is signed.")
    applied_at: datetime | None = Field(description="When every open case had been folded under it.")


class AmendmentProgress(AmendmentOut):
    """An amendment, and how far its re-fold is. A case that was folded later under a newer one counts there."""

    cases_open: int
    cases_behind: int = Field(description="Open cases that are not yet folded under it; 0 unless it is signed.")
    cases_moved: int = Field(description="Cases in which a clock moved, or something came to another office.")
    clocks_moved: int = Field(description="Clocks that moved, and all that came to another office.")


class ChainOut(BaseModel):
    """Whether the signed amendments are unchanged since their signature."""

    ok: bool
    signed: int
    broken_at: OpaqueId | None = Field(description="The first signed amendment that was changed after its signature.")


class AmendmentList(BaseModel):
    """Every amendment, in the order of the proposals."""

    items: list[AmendmentOut]
    chain: ChainOut


class PreviewQuery(Page):
    """A page of open cases in the order of their ids."""

    limit: int = Field(default=50, ge=1, le=MAX_PREVIEW)


class MoveOut(BaseModel):
    """One clock that the amendment moves.

    With `keeps` there is no clock: the case cannot be folded with the amended pack and keeps its own version. A clock
    of a protective lane is shown without its case: the national office may not know which persons are protected.
    """

    case_id: OpaqueId | None
    lane: Code | None
    rule: Code | None
    title: Title = None
    clock_id: Code | None
    office: OfficeRef | None
    from_at: datetime | None
    to_at: datetime | None
    effect: Effect
    why: list[str]


class OfficeMoveOut(BaseModel):
    """What comes to another office: a `lane`, a line of `work`, an open `clock`, the `right` of a role to act, or a
    `proposal` (of a hand-over or transfer) that waits for an answer; without `to_office` nobody is left to answer,
    or its two offices became one.

    What is in a protective lane is shown without its case.
    """

    case_id: OpaqueId | None
    lane: Code
    what: Literal["lane", "work", "clock", "right", "proposal"]
    ref: str = Field(description="Id of the clock, the line of work or the hand-over, or the role.")
    from_office: OfficeRef | None
    to_office: OfficeRef | None


class PreviewOut(BaseModel):
    """What the amendment would move in one page of open cases; nothing is stored."""

    cases: int = Field(description="Cases looked at on this page.")
    cases_moved: int
    items: list[MoveOut]
    offices: list[OfficeMoveOut] = Field(description="Of an amendment of the offices, as of the day on which it holds.")
    next: str | None
