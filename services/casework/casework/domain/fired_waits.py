"""Which waits have fired, which of those are unfounded, and which waits are still open.

A breach may already be past when it appears, for example by a late entry or a correction. It is recorded at once, but
its office is notified only after the pack's quiet time, by a wait of the stage `NOTIFY`. If a fact that meets the clock
is entered in this time, nobody is notified.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from casework.domain.records import FiredWait
from contracts.events.casework import AttentionRaised
from contracts.ids import new_id
from regulations import CaseState, Clock, Pack, Wait
from regulations.case import UNKNOWN_DAYS
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.model import VERIFIED
from regulations.openings import begins_at

NOTIFY = "tell"
"""Stage of the wait at whose instant the office of a fired wait is notified. Stored waits carry this value."""


def fired_wait(case_id: str, wait: Wait, now: datetime, *, notified: bool) -> FiredWait:
    """The record that a wait fired at `now`."""
    return FiredWait(
        claim_id=new_id("claim"),
        case_id=case_id,
        wait_id=wait.wait_id,
        stage=wait.stage,
        kind=wait.kind,
        lane=wait.lane,
        rule=wait.rule,
        clock_id=wait.clock_id,
        office=wait.office,
        at=wait.at,
        due_at=wait.due_at,
        claimed_at=now,
        told_at=now if notified else None,
    )


def past_at_entry(
    state: CaseState,
    waits: Iterable[Wait],
    known: Iterable[str],
    fired: Iterable[FiredWait],
    withdrawn: Iterable[FiredWait],
    now: datetime,
) -> list[FiredWait]:
    """Records of breaches that are already past when their wait appears.

    Args:
        waits: all waits of the case now. known: ids of the waits that were stored before. fired: active fired waits.
        withdrawn: fired waits that were withdrawn after their office was notified. One that holds again becomes active
            again without a second notice.
    """
    settled = {*known, *(one.wait_id for one in fired)}
    again = {one.wait_id: one for one in withdrawn}
    return [
        again[wait.wait_id].model_copy(update={"withdrawn_at": None, "withdrawn_by": None})
        if wait.wait_id in again
        else fired_wait(state.case_id, wait, now, notified=False)
        for wait in waits
        if wait.stage == "breach" and wait.at <= now and wait.wait_id not in settled
    ]


def unfounded(fired: Iterable[FiredWait], state: CaseState, act: str | None, now: datetime) -> list[FiredWait]:
    """The active fired waits of breaches that no longer hold, each with its withdrawal.

    Args:
        act: what is being recorded; where it is nothing, the fact that meets the clock is named.
    """
    found: list[FiredWait] = []
    for one in fired:
        if one.stage == "breach" and not any(_holds(one, clock, now) for clock in _missed(one, state)):
            met = [clock.met_by for clock in _missed(one, state) if clock.met_by]
            by = act or (met[-1] if met else None)
            found.append(one.model_copy(update={"withdrawn_at": now, "withdrawn_by": by}))
    return found


def undone_unseen(
    stored: Mapping[str, Mapping[str, Any]],
    fired: Iterable[FiredWait],
    state: CaseState,
    act: str | None,
    now: datetime,
) -> list[FiredWait]:
    """Records of breaches that no wait recorded and that an act undoes, each with its withdrawal.

    The wait had not fired yet, or the clock was met too late by the step that showed it.

    Args:
        stored: clock id → row, as stored. fired: all fired waits. act: what is being recorded.
    """
    known = {limit_of(one) for one in fired if one.stage == "breach"}
    known |= {limit_of(clock) for clock in state.clocks if clock.late_at(now)}
    late = [(row, due_at) for row in stored.values() if (due_at := _missed_in(row, now)) is not None]
    return [
        FiredWait(
            claim_id=new_id("claim"),
            case_id=state.case_id,
            wait_id=row["clock_id"],
            stage="breach",
            kind="breach",
            lane=row["lane"],
            rule=row["rule"],
            clock_id=row["clock_id"],
            office=_missed_by(row, due_at),
            at=due_at,
            due_at=due_at,
            claimed_at=now,
            told_at=None,
            withdrawn_at=now,
            withdrawn_by=act,
        )
        for row, due_at in late
        if (row["lane"], row["rule"], due_at) not in known
    ]


def _missed_in(row: Mapping[str, Any], now: datetime) -> datetime | None:
    """The limit that a stored clock had missed at `now`; None if it had missed none (`Clock.late_at`)."""
    if row["due_at"] is None or row["reminder"] or row["immediate"] or UNKNOWN_DAYS in row.get("unsure", ()):
        return None
    ends = [datetime.fromisoformat(at) for at in (row["met_at"], row["void_at"], row.get("lapses_at")) if at]
    due_at = datetime.fromisoformat(row["due_at"])
    return due_at if min(ends, default=now) >= due_at else None


def _missed_by(row: Mapping[str, Any], due_at: datetime) -> str | None:
    """The office that owed a stored clock when its limit ran out (`Clock.missed_by`)."""
    past = (one["office"] for one in row.get("held", ()) if datetime.fromisoformat(one["until"]) >= due_at)
    return next(past, row["office"])


def _missed(one: FiredWait, state: CaseState) -> list[Clock]:
    """The clocks that a fired wait is about. Lane, rule and due instant find them: late entries change their ids."""
    return [clock for clock in state.clocks if limit_of(clock) == limit_of(one)]


def _holds(one: FiredWait, clock: Clock, now: datetime) -> bool:
    """Whether it is still true. Of a duty that was done meanwhile, although too late, nobody need be told any more."""
    return clock.late_at(now) and (clock.met_at is None or one.told_at is not None)


def limit_of(one: Clock | FiredWait | Wait) -> tuple[str, str | None, datetime | None]:
    """Lane, rule and due instant: what was missed and when."""
    return one.lane, one.rule, one.due_at


def open_waits(
    pack: Pack, directory: Directory, state: CaseState, waits: Sequence[Wait], fired: Sequence[FiredWait]
) -> list[Wait]:
    """The open waits: not those that fired nor warnings after their breach, but with the notices that are still due."""
    done = {one.wait_id for one in fired}
    breached = {limit_of(one) for one in fired if one.stage == "breach"}
    still = [
        wait
        for wait in waits
        if wait.wait_id not in done and not (limit_of(wait) in breached and wait.kind == "warning")
    ]
    notifying = [
        _notifying(pack, directory, state, one) for one in fired if one.stage == "breach" and one.told_at is None
    ]
    earliest = {limit_of(wait): wait.at for wait in notifying}
    return [_not_before(wait, earliest.get(limit_of(wait))) for wait in still] + notifying


def _not_before(wait: Wait, notified: datetime | None) -> Wait:
    """An escalation of a breach comes after the notice of it, however long ago the breach was."""
    return wait if notified is None else wait.model_copy(update={"at": max(wait.at, notified)})


def _notifying(pack: Pack, directory: Directory, state: CaseState, one: FiredWait) -> Wait:
    lane = state.lanes.get(one.lane)
    place = lane.place if lane else begins_at(directory, state.opening)
    numbers = pack.operational.of(directory.chain(place, legal_date(one.claimed_at)))
    return Wait(
        wait_id=notify_id(one),
        kind="breach",
        stage=NOTIFY,
        at=one.claimed_at + timedelta(minutes=numbers.late_entry_quiet_minutes),
        lane=one.lane,
        rule=one.rule,
        office=one.office,
        clock_id=one.clock_id,
        due_at=one.due_at,
        confidence=next((clock.confidence for clock in _missed(one, state) if clock.confidence != VERIFIED), None),
    )


def attention(case_id: str, wait: Wait, now: datetime) -> AttentionRaised:
    """The notice to the office of a wait at its instant."""
    assert wait.office is not None
    return AttentionRaised(
        case_id=case_id,
        kind=wait.kind,
        office=wait.office,
        lane=wait.lane,
        rule=wait.rule,
        wait_id=wait.wait_id,
        stage=wait.stage,
        due_at=wait.due_at,
        confidence=wait.confidence,
        raised_at=now,
    )


def notify_id(one: FiredWait) -> str:
    """Id of the wait that ends the quiet time of a fired wait."""
    return f"{one.wait_id}:{NOTIFY}"
