"""Use cases: pausing, resuming and explaining a clock."""

from datetime import UTC, datetime

from casefile.errors import CaseIsClosed
from casework.domain.case_file import CaseFile, Change, pause_of
from casework.domain.records import PauseRecord
from casework.errors import ClockNotPaused, ClockNotRunning, UnknownClock, UnknownCode
from casework.schemas import ClockQuery, PauseIn, ResumeIn
from casework.service.author import Author, holder_only
from casework.service.writing import apply
from contracts.ids import new_id
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import CaseState, Clock, Explanation, explain


async def pause(tx: Tx, file: CaseFile, author: Author, given: PauseIn) -> int:
    """Pause a clock on a legal basis. Gives the new version of the case.

    Raises:
        UnknownClock, UnknownCode, Invalid: 422. Forbidden: the office has neither the clock nor its lane, 403.
        CaseIsClosed, ClockNotRunning: 409; only a clock that is not due yet can be paused.
    """
    clock = _open_clock(file.state, given.clock_id, given.rule)
    holder_only(file, author, clock.lane, tx.now, clock.office)
    if given.basis not in file.pack.pause_bases:
        raise UnknownCode(errors=[{"loc": "basis", "msg": "not a basis of the pack"}])
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file, clock.lane)
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
    )
    after = await apply(tx, file, Change(pauses=(record,)))
    return after.file.case.version


async def resume(tx: Tx, file: CaseFile, author: Author, given: ResumeIn) -> int:
    """Resume a paused clock. Gives the new version of the case. Raises as `pause` does, and `ClockNotPaused`, 409."""
    clock = _open_clock(file.state, given.clock_id, given.rule)
    holder_only(file, author, clock.lane, tx.now, clock.office)
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file, clock.lane)
    standing_still = [one for one in file.stored.pauses if one.resumed_at is None and pause_of(one) in clock.pauses]
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


def _runs_at(clock: Clock, instant: datetime) -> bool:
    return clock.runs_from <= instant and (clock.due_at is None or instant < clock.due_at)


def _refuse_closed(file: CaseFile, lane: str) -> None:
    if file.state.has_ended(lane):
        raise CaseIsClosed
