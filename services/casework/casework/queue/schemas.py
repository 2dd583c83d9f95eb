"""Bodies, queries and answers of the operations on the queue."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, model_validator

from casework.queue.giving import Outcome
from casework.schemas import Page
from contracts.ids import Code, OpaqueId
from contracts.numbers import OfCase
from kit.http import Body
from regulations.model import Title

MAX_GIVEN = 200
"""Lines that one call gives: as many as a page of the queue has at most."""
TEAM, MINE, UNASSIGNED = "team", "mine", "unassigned"
WHOSE = "`team`: every line of the office; `mine`: what is for the caller; `unassigned`; or the subject of a member."


class WorkQuery(Page):
    """A page of the queue, of one lane only, of overdue lines only, or of what is for one member."""

    overdue: bool = False
    lane: Code | None = None
    whose: Code = Field(default=TEAM, description=WHOSE)


class WorkOut(OfCase):
    """One line of the queue. `state` of a line without a rule: `gap`, `acknowledge`, `assign`, `sign`, `review` or
    `open` (no clock runs).

    A line of kind `assign` is a lane that no office holds: the reader is to assign it to an office. A line of kind
    `sign` is a step of a colleague, or of an office below, that waits for a second signature. A line of kind `review`
    is a case that an office below opened for danger to life; it stays until it is reviewed.
    """

    case_id: OpaqueId
    lane: Code
    rule: Code | None
    title: Title = None
    clock_id: Code | None
    kind: Code
    due_at: datetime | None
    state: Code
    confidence: str | None
    signing_id: OpaqueId | None = Field(default=None, description="The step to sign, for a line of kind `sign`.")
    break_glass_id: OpaqueId | None = Field(default=None, description="What to review, for a line of kind `review`.")
    assignee: Code | None = Field(description="Opaque subject of the member who has it; null: nobody.")
    for_me: bool = Field(
        description="Whether it is for the caller: its own, that of an absent member whose deputy it is, that of "
        "somebody who is not there and has no deputy, and what nobody has where the caller is the only one there."
    )


class WorkPage(BaseModel):
    """A page of the queue, in the order in which its lines are due. `next` is null on the last page."""

    items: list[WorkOut]
    next: str | None
    whose: Code = Field(
        description="Whose lines these are: as asked, but `team` where `mine` was asked and nothing in the whole queue "
        "is for the caller."
    )


class Count(BaseModel):
    """How many lines, and how many of them are overdue."""

    total: int = 0
    overdue: int = 0


class AssigneeCount(Count):
    """The lines of one member; `assignee` is null for those that nobody has."""

    assignee: Code | None
    for_me: bool


class LaneCount(Count):
    """The lines of one lane."""

    lane: Code
    unassigned: int = 0


class WorkCount(Count):
    """The whole queue of the office, counted by assignee and by lane."""

    mine: Count = Field(description="What is for the caller.")
    by_assignee: list[AssigneeCount]
    by_lane: list[LaneCount]


class AssigneeOut(BaseModel):
    """Who has the work of the office in a lane of a case now."""

    case_id: OpaqueId
    lane: Code
    assignee: Code | None = Field(description="Null: nobody.")


class WorkIn(Body):
    """The work of the office in one lane of a case."""

    case_id: OpaqueId
    lane: Code


class LineIn(WorkIn):
    """The work of the office in one lane of a case, and who had it when the caller looked (null: nobody)."""

    expected: Code | None = Field(description="`assignee` of the line in the queue that the caller saw.")


class GiveIn(Body):
    """To whom work is given (null: nobody, it goes back to the team), and which."""

    to: Code | None
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_GIVEN, description="Each case and lane once.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({(one.case_id, one.lane) for one in self.lines}) < len(self.lines):
            raise ValueError("a case and lane is named twice")
        return self


class GivenLine(AssigneeOut):
    """What became of one line, and who has it now."""

    outcome: Outcome = Field(
        description="`given`; `changed`: somebody else has it than the caller saw, and nothing was done; "
        "`gone`: the office has no work there any more."
    )


class GivenOut(BaseModel):
    """What became of each line, in the order of the request."""

    items: list[GivenLine]
