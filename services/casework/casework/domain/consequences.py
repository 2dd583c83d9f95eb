"""The consequences of a change: the fold, and every row to write because of it. Pure; unchanged rows are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter

from casework.domain import (
    countersigning,
    fired_waits,
    for_reporter,
    sight_gained,
    succession,
    timeline,
    transfers,
    wakes,
)
from casework.domain.announcements import announcements
from casework.domain.case_file import CaseFile, Change, replaced
from casework.domain.records import CaseRecord, FiredWait, TimelineEntry, TransferRecord
from casework.domain.standing import flags_of, is_acted_on, standing_of
from casework.domain.work import assignments, reviews, signatures, work_lines
from contracts.events.casework import AttentionRaised
from contracts.standing import Standing
from regulations import CaseState, OutOfOrder, Wait
from regulations import waits as waits_of
from regulations.legal_time import legal_date

Rows = dict[str, dict[str, Any]]
_WAITS = TypeAdapter(list[Wait])


@dataclass(frozen=True)
class Consequences:
    """What follows from a change of a case.

    Attributes:
        file: the file with the change. standing: how each office is related to the case now.
        standing_changed: compared with the stored one.
        arms: whether the workflow must be sent the waits (`domain.wakes`).
        moved: transfers that took a step or ended.
        notices: what offices are told of the change, for example that nobody can answer their proposal any more.
        columns, rows: arguments of `repository.write_file`.
    """

    file: CaseFile
    standing: Standing
    standing_changed: bool
    arms: bool
    moved: tuple[TransferRecord, ...]
    notices: tuple[AttentionRaised, ...]
    columns: dict[str, Any]
    rows: dict[str, list[Any]]

    @property
    def state(self) -> CaseState:
        """The state of the case after the change."""
        return self.file.state

    @property
    def acted_on(self) -> bool:
        """Whether a service besides casework acts on the change."""
        return self.standing_changed and is_acted_on(self.file.law, self.file.stored.standing, self.standing)


def consequences_of(file: CaseFile, change: Change, now: datetime) -> Consequences:
    """Fold a file with a change, and find everything that follows.

    Args:
        file: as stored. change: what is added. now: instant of recording (aware, UTC).

    Raises:
        Contradiction: the facts cannot all be true; nothing may be stored.
        PartIsOver: an office would look at the case again by undoing something.
    """
    asked = file.with_change(change)
    state, today = asked.state, legal_date(now)
    _check_taken_over(change, state)
    change, merged, notices = _followed(file, asked, change, now)
    everything = waits_of(merged.pack, merged.world, state, merged.open_handovers, now, merged.open_signings)
    written, active = _fired_waits(file, merged, state, change, everything, now)
    waits = fired_waits.open_waits(merged.pack, merged.world.directory, state, everything, active)
    wakes_at, arms = wakes.after(file.case.wakes_at, _finished(file), state.is_over, waits, now)
    case, standing = _case(merged, state, wakes_at, today), standing_of(merged, state, today)
    is_new = standing != file.stored.standing
    sight_gained.check_regains_nothing(file, change, standing)
    looking = sight_gained.gained(file, change, standing)
    lines = [*sight_gained.lines(file, looking, standing, now)]
    stated, derived = _stated(file, state, change, written, lines, now), _derived(merged, state, waits, today)
    others = announcements(file, change, state, now)
    told = sight_gained.notices(file, looking, standing, case.version, now)
    return Consequences(
        file=replace(merged, case=case),
        standing=standing,
        standing_changed=is_new,
        arms=arms,
        moved=timeline.moved(file, change),
        notices=(*notices, *told, *for_reporter.with_report(file, change, state, standing, others, now)),
        columns=_columns(case),
        rows={**stated, **derived, "projections": [_standing_row(case, standing, now)] if is_new else []},
    )


def _followed(
    file: CaseFile, asked: CaseFile, change: Change, now: datetime
) -> tuple[Change, CaseFile, tuple[AttentionRaised, ...]]:
    """What a change brings to open proposals, transfers and signings: the whole change, the file with it, the notices.

    Args:
        file: as stored. asked: with the change.
    """
    merged, state = asked, asked.state
    settled = succession.settled(merged, state, now)
    if settled:
        change = replace(change, handovers=replaced(change.handovers, settled, "handover_id"))
        merged = file.with_change(change)
    moved = _moved_transfers(merged, state, now)
    if moved:
        change = replace(change, transfers=replaced(change.transfers, moved, "transfer_id"))
        merged = file.with_change(change)
    signings = countersigning.settled(merged, state, now)
    if signings:
        change = replace(change, countersignings=replaced(change.countersignings, signings, "signing_id"))
        merged = file.with_change(change)
    void = [] if state.closed else [one for one in moved if one.state == "void"]
    told = (*succession.notices(merged, [*settled, *void], now), *countersigning.ended(merged, signings, now))
    return change, merged, (*change.notices, *told)


def _moved_transfers(file: CaseFile, state: CaseState, now: datetime) -> list[TransferRecord]:
    """The open transfers that go on with the successor of a side, or that can no longer go on and become void."""
    today = legal_date(now)
    passed = succession.passed(file, today)
    everything = replaced(file.stored.transfers, passed, "transfer_id")
    void = [
        transfers.stepped(
            file.pack, file.world, one, "void", occurred_at=now, now=now, office=one.from_office, actor="casework"
        )
        for one in everything
        if transfers.is_open(one) and not succession.goes_on(file, one, state.closed, today)
    ]
    return [*replaced(passed, void, "transfer_id")]


def _stated(
    file: CaseFile,
    state: CaseState,
    change: Change,
    written: Sequence[FiredWait],
    more: Sequence[TimelineEntry],
    now: datetime,
) -> dict[str, list[Any]]:
    """The rows of what was stated, of the waits that fired, of the clocks, and of the lines of the timeline."""
    clocks = _clock_rows(state)
    lines = [*timeline.changes(file, state, change, clocks, now), *timeline.of_fired_waits(written, now), *more]
    return {
        "facts": _dump(change.facts),
        "corrections": _dump(change.corrections),
        "pauses": _dump(change.pauses),
        "handovers": _dump(change.handovers),
        "transfers": _dump(change.transfers),
        "countersignings": _dump(change.countersignings),
        "restrictions": _dump(change.restrictions),
        "break_glass": _dump(change.break_glass),
        "claims": _dump(written),
        "journal": _dump(lines),
        **_changed("clocks", file.stored.clocks, clocks),
    }


def _derived(file: CaseFile, state: CaseState, waits: Sequence[Wait], today: date) -> dict[str, list[Any]]:
    """Changed rows of lanes, waits and queues.

    The work lines of a dissolved office go to the queue of its successor; a lane without a holder stands in the queue
    of the authority that assigns it.
    """
    directory = file.world.directory
    lines = [
        line
        if (office := directory.living(line.office, today) or line.office) == line.office
        else line.model_copy(update={"office": office})
        for line in work_lines(state, waits)
    ]
    lines += [*assignments(file, state, today), *signatures(file), *reviews(file, today)]
    wait_rows = {
        body["wait_id"]: {"case_id": state.case_id, "wait_id": body["wait_id"], "at": body["at"], "body": body}
        for body in _WAITS.dump_python([*waits], mode="json")  # a case has twenty; all at once take half the time
    }
    work_rows = {line.work_id: _work_row(line.model_dump(mode="json")) for line in lines}
    return {
        **_changed("lanes", file.stored.lanes, _lane_rows(state)),
        **_changed("waits", file.stored.waits, wait_rows),
        **_changed("work", file.stored.work, work_rows),
    }


def _finished(file: CaseFile) -> bool:
    """Whether a stored case is closed and waits for nothing, so that its workflow has ended or will."""
    return file.case.closed and not file.stored.open_waits


_CASE_COLUMNS = (
    "case_id",
    "version",
    "next_seq",
    "regime_support",
    "status",
    "closed",
    "outcome",
    "linked",
    "marks",
    "flags",
    "pack_hash",
    "beside_hash",
    "law_seq",
)


def _columns(case: CaseRecord) -> dict[str, Any]:
    return {**{name: getattr(case, name) for name in _CASE_COLUMNS}, "wakes_at": case.wakes_at and _json(case.wakes_at)}


def _check_taken_over(change: Change, state: CaseState) -> None:
    """Raise `OutOfOrder` if an office that accepts, or that a lane is assigned to, would not hold it afterwards because
    of a later step.
    """
    accepted = {one.lane for one in change.handovers if one.step is None and one.state == "accepted"}
    for fact in change.facts:
        lane = state.lanes.get(fact.lane)
        given = fact.kind == "assign" or (fact.kind == "handover" and fact.lane in accepted)
        if given and (lane is None or lane.holder != fact.receiver):
            raise OutOfOrder(lane=fact.lane, state="", fact_id=fact.fact_id, expected=[])


def _fired_waits(
    file: CaseFile, merged: CaseFile, state: CaseState, change: Change, everything: Sequence[Wait], now: datetime
) -> tuple[list[FiredWait], list[FiredWait]]:
    """(fired waits to write, fired waits that are active afterwards)."""
    held = [one for one in merged.stored.fired_waits if one.withdrawn_at is None]
    known = [one for one in merged.stored.fired_waits if one.withdrawn_at is not None and one.told_at is not None]
    withdrawn = fired_waits.unfounded(held, state, change.act, now)
    unseen = fired_waits.undone_unseen(file.stored.clocks, merged.stored.fired_waits, state, change.act, now)
    gone = {one.claim_id for one in withdrawn}
    active = [one for one in held if one.claim_id not in gone]
    quiet = fired_waits.past_at_entry(state, everything, file.stored.waits, active, known, now)
    brought = [one for one in change.fired_waits if one.claim_id not in gone]
    return [*brought, *withdrawn, *unseen, *quiet], [*active, *quiet]


def _case(file: CaseFile, state: CaseState, wakes_at: datetime | None, on: date) -> CaseRecord:
    return file.case.model_copy(
        update={
            "version": file.case.version + 1,
            "regime_support": state.regime_support,
            "status": state.status,
            "closed": state.is_over,
            "outcome": state.outcome,
            "flags": list(flags_of(file, state, on)),
            "wakes_at": wakes_at,
        }
    )


def _lane_rows(state: CaseState) -> Rows:
    return {
        code: _row(state.case_id, lane, lane=code, state=lane.state, holder=lane.holder, place=lane.place)
        for code, lane in state.lanes.items()
    }


def _clock_rows(state: CaseState) -> Rows:
    return {
        clock.clock_id: _row(
            state.case_id, clock, clock_id=clock.clock_id, rule=clock.rule, lane=clock.lane, office=clock.office
        )
        for clock in state.clocks
    }


def _standing_row(case: CaseRecord, standing: Standing, now: datetime) -> dict[str, Any]:
    """The row that the relay brings into the bucket. It is written with its case, so it never replaces a newer one."""
    body = standing.model_dump(mode="json")
    return {"kind": "standing", "key": case.case_id, "version": case.version, "body": body, "updated_at": _json(now)}


def _row(case_id: str, body: BaseModel, **columns: Any) -> dict[str, Any]:
    return {"case_id": case_id, **columns, "body": body.model_dump(mode="json")}


def _work_row(body: dict[str, Any]) -> dict[str, Any]:
    columns = ("work_id", "case_id", "office", "lane", "order_at", "overdue_from")
    return {**{name: body[name] for name in columns}, "body": body}


def _changed(name: str, old: Mapping[str, dict[str, Any]], new: Rows) -> dict[str, list[Any]]:
    """Rows to write and ids to delete, under the keys `<name>` and `old_<name>`."""
    return {
        name: [row for key, row in new.items() if not same_row(old.get(key), row["body"])],
        f"old_{name}": sorted(old.keys() - new.keys()),
    }


def same_row(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    """Whether a row is unchanged. A new version of the calendar with the same due instant is not a change."""
    if old is None or old == new:
        return old is not None
    calendars = {"calendar_version": new.get("calendar_version")}
    return "calendar_version" in new and {**old, **calendars} == new


def _dump(records: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [record.model_dump(mode="json") for record in records]


def _json(instant: datetime) -> str:
    return instant.isoformat()
