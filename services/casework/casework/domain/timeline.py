"""The timeline: the lines that a change adds, found by comparing the new state with the stored one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from casework.domain.case_file import CaseFile, Change
from casework.domain.records import FactRecord, FiredWait, TimelineEntry, TransferRecord
from casework.domain.standing import flags_of
from regulations import CaseState, Lane
from regulations.legal_time import legal_date


def changes(
    file: CaseFile, state: CaseState, change: Change, clocks: dict[str, dict[str, Any]], now: datetime
) -> list[TimelineEntry]:
    """Lines for a change, in the order of reading: what was stated, lanes, clocks, flags, status.

    Args:
        file: as stored. state: the fold with the change. change: what is added.
        clocks: new rows of the clocks by id. now: instant of recording.
    """
    lines = _Lines(file, now)
    return [
        *lines.stated(change),
        *lines.signings(change),
        *lines.restrictions(change),
        *lines.break_glass(change),
        *lines.handovers(change),
        *lines.transfers(change),
        *lines.passed_transfers(change),
        *change.timeline,
        *lines.lanes(state),
        *lines.clocks(state, clocks),
        *lines.flags(state),
        *lines.status(state),
    ]


class _Lines:
    """Makes lines of one case at one instant."""

    def __init__(self, file: CaseFile, now: datetime) -> None:
        self._file, self._now = file, now

    def line(self, kind: str, **what: Any) -> TimelineEntry:
        return TimelineEntry(case_id=self._file.case.case_id, recorded_at=self._now, kind=kind, **what)

    def stated(self, change: Change) -> Iterator[TimelineEntry]:
        for fact in change.facts:
            kind = "fact" if fact.kind == "state" else f"fact_{fact.kind}"
            yield self.line(
                kind,
                occurred_at=fact.occurred_at,
                lane=fact.lane or None,
                state=fact.state or None,
                office=fact.office,
                ref=fact.fact_id,
                details=_stated_details(fact),
            )
        for correction in change.corrections:
            old = self._file.fact(correction.fact_id)
            yield self.line(
                "fact_withdrawn" if correction.withdrawn else "fact_corrected",
                occurred_at=correction.occurred_at,
                lane=old.lane if old else None,
                state=old.state if old else None,
                office=correction.office,
                ref=correction.fact_id,
                details={"reason": correction.reason_ref} if correction.reason_ref else {},
            )

    def signings(self, change: Change) -> Iterator[TimelineEntry]:
        """A line for each step that is asked to be signed by a second person, and for each answer."""
        before = {one.signing_id: one for one in self._file.stored.countersignings}
        for one in change.countersignings:
            was = before.get(one.signing_id)
            if was is not None and was.state == one.state and was.asked == one.asked:
                continue
            asked = one.state == "waiting"
            details = {"operation": one.operation, "counts": one.counts, "to": one.asked, "reason": one.reason}
            yield self.line(
                f"sign_{'passed' if was else 'asked'}" if asked else f"sign_{one.state}",
                lane=one.lane or None,
                state=one.step,
                office=one.office if asked else one.answered_office or one.office,
                ref=one.signing_id,
                details={name: value for name, value in details.items() if value is not None},
            )

    def restrictions(self, change: Change) -> Iterator[TimelineEntry]:
        """A line for each restriction that begins or ends. It says that there is one, and never against whom."""
        for one in change.restrictions:
            lifted = one.lifted_at is not None
            yield self.line(
                "restriction_lifted" if lifted else "restricted",
                office=one.lifted_office if lifted else one.office,
                ref=one.restriction_id,
                details={"closes": one.closes, "documents": one.documents[-1:]},
            )

    def break_glass(self, change: Change) -> Iterator[TimelineEntry]:
        """A line for each step of a break-glass: asked, opened by the second person, reviewed."""
        for one in change.break_glass:
            opened = {"until": one.until.isoformat()} if one.until is not None else {}
            yield self.line(
                "break_glass_reviewed" if one.result else "break_glass_opened" if opened else "break_glass_asked",
                state=one.result,
                office=one.reviewed_office or one.office,
                ref=one.break_glass_id,
                details={"documents": one.documents, **opened},
            )

    def handovers(self, change: Change) -> Iterator[TimelineEntry]:
        asked = {one.handover_id: one.to_office for one in self._file.stored.handovers}
        for one in change.handovers:
            lapsed = one.state == "proposed" and one.lapsed_at is not None
            passed = one.state == "proposed" and asked.get(one.handover_id, one.to_office) != one.to_office
            yield self.line(
                "handover_passed" if passed else "handover_lapsed" if lapsed else f"handover_{one.state}",
                occurred_at=one.answered_at or one.occurred_at,
                lane=one.lane,
                office=one.to_office if one.state in ("accepted", "declined") else one.from_office,
                ref=one.handover_id,
                details={"from": one.from_office, "to": one.to_office, "reason": one.answer_reason or one.reason},
            )

    def transfers(self, change: Change) -> Iterator[TimelineEntry]:
        for one in moved(self._file, change):
            step = one.steps[-1]
            yield self.line(
                f"transfer_{one.state}",
                occurred_at=step.occurred_at,
                office=step.office,
                ref=one.transfer_id,
                details={
                    "from": one.from_office,
                    "to": one.to_office,
                    "lanes": one.lanes,
                    "reason": step.reason or one.reason,
                },
            )

    def passed_transfers(self, change: Change) -> Iterator[TimelineEntry]:
        """A line for each transfer that goes on between other offices, because a side of it ended."""
        before = {one.transfer_id: one for one in self._file.stored.transfers}
        for one in change.transfers:
            old = before.get(one.transfer_id, one)
            if old.state == one.state and (old.from_office, old.to_office) != (one.from_office, one.to_office):
                yield self.line(
                    "transfer_passed",
                    ref=one.transfer_id,
                    details={"from": one.from_office, "to": one.to_office, "lanes": one.lanes},
                )

    def lanes(self, state: CaseState) -> Iterator[TimelineEntry]:
        for code, lane in state.lanes.items():
            before = self._file.stored.lanes.get(code, {})
            if before.get("state") != lane.state:
                yield self._moved(code, lane, before)
            if before.get("holder") != lane.holder:
                yield self.line(
                    "holder", lane=code, state=lane.state, office=lane.holder, details=_was(before.get("holder"))
                )
        for code in self._file.stored.lanes.keys() - state.lanes.keys():
            yield self.line("lane_gone", lane=code)

    def _moved(self, code: str, lane: Lane, before: dict[str, Any]) -> TimelineEntry:
        return self.line("lane", lane=code, state=lane.state, occurred_at=lane.since, details=_was(before.get("state")))

    def clocks(self, state: CaseState, rows: dict[str, dict[str, Any]]) -> Iterator[TimelineEntry]:
        old = self._file.stored.clocks
        for clock in state.clocks:
            row = rows[clock.clock_id]["body"]
            before = old.get(clock.clock_id)
            kind = _clock_change(before, row)
            if kind:
                yield self.line(
                    kind,
                    occurred_at=clock.met_at or clock.void_at or clock.opened_at,
                    lane=clock.lane,
                    rule=clock.rule,
                    office=clock.office,
                    ref=clock.clock_id,
                    details=_clock_details(before, row, late=clock.late_at(self._now)),
                )
        for clock_id in old.keys() - rows.keys():
            yield self.line("clock_gone", lane=old[clock_id]["lane"], rule=old[clock_id]["rule"], ref=clock_id)

    def flags(self, state: CaseState) -> Iterator[TimelineEntry]:
        old, new = self._file.case.flags, flags_of(self._file, state, legal_date(self._now))
        for flag in new:
            if flag not in old:
                yield self.line("flag_raised", details={"flag": flag})
        for flag in old:
            if flag not in new:
                yield self.line("flag_cleared", details={"flag": flag})

    def status(self, state: CaseState) -> Iterator[TimelineEntry]:
        case = self._file.case
        if case.version == 0 or case.status != state.status:
            yield self.line("status", state=state.status, details=_was(case.status if case.version else None))


def moved(file: CaseFile, change: Change) -> tuple[TransferRecord, ...]:
    """The transfers of a change that took a step since the file was stored."""
    before = {one.transfer_id: one.state for one in file.stored.transfers}
    return tuple(one for one in change.transfers if before.get(one.transfer_id) != one.state)


def _stated_details(fact: FactRecord) -> dict[str, Any]:
    """References of sealed text, and to whom a lane was assigned."""
    details: dict[str, Any] = {"documents": fact.documents} if fact.documents else {}
    return {**details, "to": fact.receiver} if fact.kind == "assign" else details


def _was(old: str | None) -> dict[str, str]:
    return {"from": old} if old else {}


def _clock_change(before: dict[str, Any] | None, now: dict[str, Any]) -> str | None:
    """What happened to a clock since it was stored; the most important change where there are several."""
    if before is None:
        return "clock_void" if now["void_at"] else "clock_met" if now["met_at"] else "clock_started"
    changed = [name for name, _ in _KINDS_OF_CHANGE if before.get(name) != now[name]]
    for name, (set_kind, unset_kind) in _KINDS_OF_CHANGE:
        if name in changed:
            return set_kind if now[name] else unset_kind
    return None


_KINDS_OF_CHANGE: tuple[tuple[str, tuple[str, str]], ...] = (
    ("void_at", ("clock_void", "clock_reopened")),
    ("met_at", ("clock_met", "clock_reopened")),
    ("paused_at", ("clock_paused", "clock_resumed")),
    ("due_at", ("clock_moved", "clock_moved")),
    ("office", ("clock_passed", "clock_passed")),
)


def _clock_details(before: dict[str, Any] | None, now: dict[str, Any], *, late: bool) -> dict[str, Any]:
    """Due instant now and before, local pack, the fact that met it and whether it was late, the basis of a pause."""
    details: dict[str, Any] = {"due_at": now["due_at"]} if now["due_at"] else {}
    details |= _local_details(now["local"]) if before is None else {}
    if before and before.get("due_at") != now["due_at"]:
        details["due_was"] = before.get("due_at")
    if now["met_by"]:
        details |= {"by": now["met_by"], "late": late}
    if before and before.get("paused_at") != now["paused_at"] and now["pauses"]:
        newest = now["pauses"][-1]
        details |= {"basis": newest["basis"]} | ({"decision": newest["decision"]} if newest["decision"] else {})
    if now["void_reason"]:
        details |= {"reason": now["void_reason"]} | ({"late": True} if late else {})
    return details


def _local_details(local: dict[str, Any] | None) -> dict[str, Any]:
    """The version of the local pack that a new clock is of."""
    return {"local_pack": local["pack"], "local_hash": local["content_hash"]} if local else {}


def of_fired_waits(fired: Iterable[FiredWait], now: datetime) -> list[TimelineEntry]:
    """Lines for waits that fired, whose office was notified, or that were withdrawn."""
    return [
        TimelineEntry(
            case_id=one.case_id,
            recorded_at=now,
            occurred_at=one.at,
            kind="withdrawn" if one.withdrawn_at else "raised" if one.told_at else "noted",
            lane=one.lane,
            rule=one.rule,
            office=one.office,
            ref=one.clock_id or one.wait_id,
            details=_fired_wait_details(one),
        )
        for one in fired
    ]


def _fired_wait_details(one: FiredWait) -> dict[str, Any]:
    details: dict[str, Any] = {"kind": one.kind, "stage": one.stage}
    if one.due_at:
        details["due_at"] = one.due_at.isoformat()
    if one.withdrawn_at:
        details |= {"by": one.withdrawn_by, "was_told": one.told_at is not None}
    return details
