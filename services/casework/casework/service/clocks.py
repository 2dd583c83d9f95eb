"""Use cases: pausing, resuming and explaining a clock."""

from collections.abc import Sequence
from datetime import UTC, datetime

from casefile.errors import CaseIsClosed
from casework.domain.case_file import CaseFile, Change, pause_of
from casework.domain.records import PauseRecord
from casework.errors import (
    BreachedAlready,
    ClockNotPaused,
    ClockNotRunning,
    NotDecided,
    NoTextStopsIt,
    UnknownClock,
    UnknownCode,
)
from casework.schemas import ClockQuery, PauseIn, ResumeIn
from casework.service.author import Author, holder_only
from casework.service.writing import apply
from contracts.ids import new_id
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import CaseState, Clock, Explanation, explain
from regulations.pausing import may_stop

NO_TEXT = (
    "Không có văn bản nào đã đọc cho phép dừng thời hạn này theo căn cứ đó. "
    "No text that was read says that this basis stops this limit."
)
NEEDS_DECISION = (
    "Ghi số quyết định hoặc văn bản quyết định tạm dừng. "
    "Name the decision that orders the pause: its number or its document."
)
BREACHED = (
    "Thời hạn đã bị vi phạm trước khi nhập việc tạm dừng. "
    "The limit was breached before the pause was entered; a pause does not undo a breach."
)


async def pause(tx: Tx, file: CaseFile, author: Author, given: PauseIn, documents: Sequence[str]) -> int:
    """Pause a clock by a decision, on a basis that stops this limit. Gives the new version of the case.

    Args:
        documents: references of the sealed document of the decision.

    Raises:
        UnknownClock, UnknownCode, NotDecided, Invalid: 422.
        Forbidden: the office has neither the clock nor its lane, 403.
        CaseIsClosed, ClockNotRunning, NoTextStopsIt, BreachedAlready: 409; only a clock that is not due yet can be
            paused, whenever the pause began.
    """
    clock = stoppable(file, author, given, tx.now)
    if given.decision is None and not documents:
        raise NotDecided(NEEDS_DECISION)
    if clock.over_at(tx.now):
        raise BreachedAlready(BREACHED, rule=clock.rule, citation=clock.citation)
    if not clock.pausable or clock.paused_at is not None or not _runs_at(clock, given.occurred_at):
        raise ClockNotRunning(rule=clock.rule, citation=clock.citation)
    record = PauseRecord(
        pause_id=new_id("pause"),
        case_id=file.case.case_id,
        clock_id=clock.clock_id,
        rule=clock.rule,
        lane=clock.lane,
        started_by=clock.started_by,
        basis=given.basis,
        paused_at=given.occurred_at,
        recorded_at=tx.now,
        office=author.office,
        decision=given.decision,
        documents=list(documents) or None,
    )
    after = await apply(tx, file, Change(pauses=(record,)))
    return after.file.case.version


def stoppable(file: CaseFile, author: Author, given: PauseIn, now: datetime) -> Clock:
    """The clock that an office wants to pause, if a text says that the basis stops it. Raises as `pause` does."""
    clock = _open_clock(file.state, given.clock_id, given.rule)
    holder_only(file, author, clock.lane, now, clock.office)
    if given.basis not in file.pack.pause_bases:
        raise UnknownCode(errors=[{"loc": "basis", "msg": "not a basis of the pack"}])
    check_occurred_at(given.occurred_at, now)
    _refuse_closed(file, clock.lane)
    pack = file.law.pack(clock.law.pack if clock.law else None)
    if not may_stop(pack, given.basis, clock.rule):
        text = file.pack.pause_texts.get(given.basis)
        raise NoTextStopsIt(NO_TEXT, rule=clock.rule, basis=given.basis, citation=text.citation if text else "")
    return clock


async def resume(tx: Tx, file: CaseFile, author: Author, given: ResumeIn) -> int:
    """Resume a paused clock. Gives the new version of the case. Raises as `pause` does, and `ClockNotPaused`, 409."""
    clock = _open_clock(file.state, given.clock_id, given.rule)
    holder_only(file, author, clock.lane, tx.now, clock.office)
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file, clock.lane)
    standing_still = [one for one in file.stored.pauses if one.resumed_at is None and _is_of(file, clock, one)]
    if not standing_still or given.occurred_at < standing_still[0].paused_at:
        raise ClockNotPaused(rule=clock.rule)
    ended = standing_still[0].model_copy(
        update={
            "resumed_at": given.occurred_at.astimezone(UTC),
            "resumed_recorded_at": tx.now,
            "resumed_by": author.office,
        }
    )
    after = await apply(tx, file, Change(pauses=(ended,)))
    return after.file.case.version


def explanation(file: CaseFile, query: ClockQuery) -> tuple[Clock, Explanation]:
    """A clock and the explanation of its due instant; for a rule, its newest clock. Raises `UnknownClock`, 422."""
    clock = file.state.clock(query.clock_id) if query.clock_id else file.state.newest().get(query.rule or "")
    if clock is None:
        raise UnknownClock
    return clock, explain(file.pack, file.world, file.state, clock.clock_id, file.beside)


def _open_clock(state: CaseState, clock_id: str | None, rule: str | None) -> Clock:
    """The clock with this id, or the open clock of this rule, which must have exactly one. Raises `UnknownClock`."""
    if clock_id is not None:
        found = [clock for clock in state.clocks if clock.clock_id == clock_id]
    else:
        found = [clock for clock in state.clocks if clock.rule == rule and clock.open]
    if len(found) != 1:
        raise UnknownClock(errors=[{"loc": "clock_id" if clock_id else "rule", "msg": f"{len(found)} such clocks"}])
    return found[0]


def _is_of(file: CaseFile, clock: Clock, record: PauseRecord) -> bool:
    """Whether a pause is of this clock, or of its rule and lane and stops no clock: then only its entry is ended."""
    pause = pause_of(record)
    if pause is None or (pause.rule, pause.lane) != (clock.rule, clock.lane):
        return False
    return pause in clock.pauses or not any(pause in one.pauses for one in file.state.clocks)


def _runs_at(clock: Clock, instant: datetime) -> bool:
    return clock.runs_from <= instant and (clock.due_at is None or instant < clock.due_at)


def _refuse_closed(file: CaseFile, lane: str) -> None:
    if file.state.has_ended(lane):
        raise CaseIsClosed
