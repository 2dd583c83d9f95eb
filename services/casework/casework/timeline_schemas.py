"""What the timeline of a case takes and answers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from contracts.ids import Code, OfficeRef
from kit.http import Body
from regulations.model import Title


class EntryOut(BaseModel):
    """One line of the timeline."""

    seq: int
    recorded_at: datetime
    occurred_at: datetime | None
    kind: Code
    lane: Code | None
    state: Code | None
    rule: Code | None
    title: Title = None
    office: OfficeRef | None
    ref: str | None
    details: dict[str, Any]


class TimelineQuery(Body):
    """Size and start of a page. `cursor` is the `next` of the page before."""

    limit: int = Field(default=1000, ge=1, le=1000)
    cursor: int | None = Field(default=None, ge=0)


class TimelineOut(BaseModel):
    """What happened in a case, oldest first. `next` is the cursor of the next page; null on the last."""

    items: list[EntryOut]
    next: int | None
