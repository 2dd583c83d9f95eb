"""The queue of each office: its work lines in a case, in the order in which they are due."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from casework.domain.breaking_glass import reviewing, waiting
from casework.domain.case_file import CaseFile
from casework.domain.standing import unheld
from regulations import CaseState, Wait

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts a line without a due instant last."""
_BEFORE_ALL = datetime(1, 1, 2, tzinfo=UTC)


class WorkLine(BaseModel):
    """A line of the queue. `state`: of its clock, or `gap`, `acknowledge`, `assign`, `sign`, `review` or `open` for a
    line with none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    work_id: str
    case_id: str
    office: str
    lane: str
    order_at: datetime = END_OF_TIME
    overdue_from: datetime | None = None
    kind: Literal["clock", "gap", "acknowledge", "lane", "assign", "sign", "review"]
    rule: str | None = None
    clock_id: str | None = None
    due_at: datetime | None = None
    state: str
    confidence: str | None = None

    def state_at(self, now: datetime) -> str:
        """State of the line at an instant; from `overdue_from` on it is `breached`."""
        return "breached" if self.overdue_from and self.overdue_from <= now else self.state

    @property
    def signing_id(self) -> str | None:
        """The step that is to be signed, for a line of kind `sign`."""
        return self.work_id.removeprefix(f"{self.case_id}:sign:") if self.kind == "sign" else None

    @property
    def break_glass_id(self) -> str | None:
        """The break-glass that is to be reviewed, for a line of kind `review`."""
        return self.work_id.removeprefix(f"{self.case_id}:review:") if self.kind == "review" else None


def work_lines(state: CaseState, waits: Sequence[Wait]) -> list[WorkLine]:
    """The lines of a case: open clocks, gaps, acknowledgements, and lanes without any of these.

    Args:
        state: the fold. waits: the open waits of the case.
    """
    lines = [*_clocks(state), *_gaps(state), *_acknowledgements(state, waits)]
    busy = {(line.office, line.lane) for line in lines}
    return lines + [line for line in _lanes(state) if (line.office, line.lane) not in busy]


def assignments(file: CaseFile, state: CaseState, on: date) -> list[WorkLine]:
    """A line for each lane without a living holder, for the authority that is to assign it to an office.

    It stands in the order of the first limit that runs in the lane.
    """
    lines: list[WorkLine] = []
    for code in unheld(file, state, on):
        authority = file.world.directory.coordinating(state.lanes[code].place, on)
        limits = (clock.due_at for clock in state.clocks if clock.open and clock.lane == code)
        due_at = min((due_at for due_at in limits if due_at), default=None)
        if authority is not None:
            lines.append(
                WorkLine(
                    work_id=f"{state.case_id}:assign:{code}",
                    case_id=state.case_id,
                    office=authority,
                    lane=code,
                    order_at=due_at or END_OF_TIME,
                    kind="assign",
                    due_at=due_at,
                    state="assign",
                )
            )
    return lines


def signatures(file: CaseFile) -> list[WorkLine]:
    """A line for each step without its second signature, for the office that is to sign it."""
    return [
        WorkLine(
            work_id=f"{one.case_id}:sign:{one.signing_id}",
            case_id=one.case_id,
            office=one.asked,
            lane=file.lane_of(one),
            order_at=one.due_at,
            kind="sign",
            due_at=one.due_at,
            state="sign",
        )
        for one in file.waiting
    ]


def reviews(file: CaseFile, on: date) -> list[WorkLine]:
    """A line for each break-glass that nobody has reviewed, also of a closed case. It goes with the review alone."""
    return [
        WorkLine(
            work_id=f"{one.case_id}:review:{one.break_glass_id}",
            case_id=one.case_id,
            office=reviewing(file, one, on),
            lane=file.pack.identification_lane,
            order_at=one.recorded_at,
            kind="review",
            state="review",
        )
        for one in waiting(file)
    ]


def _clocks(state: CaseState) -> Iterator[WorkLine]:
    for clock in state.clocks:
        if clock.open and clock.office:
            shown = clock.state_at(_BEFORE_ALL)
            lapses = clock.lapses_at is not None and clock.due_at is not None and clock.lapses_at <= clock.due_at
            yield WorkLine(
                work_id=clock.clock_id,
                case_id=state.case_id,
                office=clock.office,
                lane=clock.lane,
                order_at=clock.due_at or END_OF_TIME,
                overdue_from=clock.due_at if shown == "running" and not (clock.immediate or lapses) else None,
                kind="clock",
                rule=clock.rule,
                clock_id=clock.clock_id,
                due_at=clock.due_at,
                state=shown,
                confidence=clock.confidence,
            )


def _gaps(state: CaseState) -> Iterator[WorkLine]:
    for gap in state.gaps:
        if gap.office:
            yield WorkLine(
                work_id=f"{state.case_id}:{gap.flag}",
                case_id=state.case_id,
                office=gap.office,
                lane=gap.lane,
                kind="gap",
                state="gap",
            )


def _acknowledgements(state: CaseState, waits: Sequence[Wait]) -> Iterator[WorkLine]:
    asked = {wait.lane: wait.at for wait in waits if wait.stage == "acknowledge"}
    for code, lane in state.lanes.items():
        if lane.ack_due_from and lane.holder and not state.has_ended(code):
            yield WorkLine(
                work_id=f"{state.case_id}:acknowledge:{code}",
                case_id=state.case_id,
                office=lane.holder,
                lane=code,
                order_at=asked.get(code, END_OF_TIME),
                kind="acknowledge",
                due_at=asked.get(code),
                state="acknowledge",
            )


def _lanes(state: CaseState) -> Iterator[WorkLine]:
    for code, lane in state.lanes.items():
        if lane.holder and not lane.terminal and not state.has_ended(code):
            yield WorkLine(
                work_id=f"{state.case_id}:lane:{code}",
                case_id=state.case_id,
                office=lane.holder,
                lane=code,
                kind="lane",
                state="open",
            )
