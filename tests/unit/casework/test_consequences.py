"""The consequences of a change: rows as in the tables, the queue, fired waits; only changed rows are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from casework import models
from casework.domain import fired_waits, records
from casework.domain.case_file import CaseFile, Change, Stored
from casework.domain.consequences import Consequences, consequences_of
from casework.domain.standing import is_acted_on
from casework.domain.who_may_record import may_record
from casework.domain.work import END_OF_TIME, work_lines
from contracts.standing import LaneStanding, Standing
from regulations import Contradiction, waits
from regulations.composed import Composed
from regulations.legal_time import legal_date
from regulations.stating import may_state_by
from tests.library import LIBRARY

CASE = "case_" + "a" * 26
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
GUARD, COMMUNE, HEALTH = "border_guard/lao-cai", "commune/lao-cai", "health_authority/lao-cai"


def opened(**more: Any) -> CaseFile:
    """A file as it is before its first change."""
    pack = LIBRARY.pack("law-53-2024")
    usual: dict[str, Any] = {
        "case_id": CASE,
        "report_id": "report_" + "a" * 26,
        "route": "self_report",
        "channel": "in_person",
        "reporter": GUARD,
        "actor": "actor-1",
        "province": "lao-cai",
        "commune": None,
        "occurred_at": "2026-11-16T09:00:00+07:00",
        "recorded_at": NOW,
        "age_band": "adult",
        "foreign": False,
        "urgent": False,
        "reporter_known": True,
        "accompanies": None,
        "needs": [],
        "linked": [],
        "marks": [],
        "flags": [],
        "pack_id": pack.id,
        "pack_hash": pack.content_hash,
    }
    return CaseFile(records.CaseRecord.model_validate({**usual, **more}), Stored(), pack, LIBRARY.world)


def fact(file: CaseFile, office: str, state: str, at: str, **more: Any) -> Change:
    """A change that states one step."""
    row = {"fact_id": f"fact_{state}", "case_id": CASE, "seq": file.case.next_seq, "kind": "state", "state": state}
    row |= {"lane": "identification", "occurred_at": at, "recorded_at": NOW, "office": office, "actor": "actor-1"}
    return Change(facts=(records.FactRecord.model_validate({**row, **more}),))


def written(after: Consequences) -> CaseFile:
    """The file as the next change finds it."""
    old, rows = after.file.stored, after.rows
    keys = {"lanes": "lane", "clocks": "clock_id", "waits": "wait_id", "work": "work_id"}
    derived: dict[str, Any] = {"standing": after.standing}
    for name, key in keys.items():
        kept = {one: body for one, body in getattr(old, name).items() if one not in rows[f"old_{name}"]}
        derived[name] = kept | {row[key]: row["body"] for row in rows[name]}
    derived["fired_waits"] = (*old.fired_waits, *(records.FiredWait.model_validate(row) for row in rows["claims"]))
    return CaseFile(after.file.case, old.model_copy(update=derived), after.file.pack, after.file.world)


def walked(*steps: tuple[str, str, str]) -> CaseFile:
    """A file after these steps of (office, state, occurred_at)."""
    file = written(consequences_of(opened(), Change(), NOW))
    for step in steps:
        file = written(consequences_of(file, fact(file, *step), NOW))
    return file


AT_COMMUNE = (COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00")
NOTIFIED = (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T11:00:00+07:00")


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (records.CaseRecord, models.Cases),
        (records.FactRecord, models.Facts),
        (records.CorrectionRecord, models.Corrections),
        (records.PauseRecord, models.Pauses),
        (records.HandoverRecord, models.Handovers),
        (records.FiredWait, models.Claims),
        (records.TimelineEntry, models.Journal),
    ],
)
def test_a_record_has_the_columns_of_its_table(record: type[records.Record], table: type[SQLModel]) -> None:
    assert set(record.model_fields) == set(table.model_fields) - {"seq"} | (set(record.model_fields) & {"seq"})


def test_a_change_without_effect_writes_no_derived_row() -> None:
    file = walked(AT_COMMUNE, NOTIFIED)
    again = consequences_of(file, Change(), NOW + timedelta(minutes=1))
    parts = ("lanes", "clocks", "waits", "work", "claims", "projections", "journal", "old_waits", "old_work")
    assert {name: again.rows[name] for name in parts} == {name: [] for name in parts}
    assert (again.standing_changed, again.arms) == (False, False)


def test_the_first_fold_of_a_fact_writes_what_the_next_one_finds() -> None:
    """Whatever offset an instant came with, else every clock would be written twice."""
    given = walked((COMMUNE, "AT_COMMUNE", "2026-11-16T12:00:00+09:00"))
    stored = Stored.model_validate_json(given.stored.model_dump_json())
    fresh = CaseFile(given.case, stored, given.pack, given.world)
    assert consequences_of(fresh, Change(marks=("other",)), NOW).rows["clocks"] == []


def test_a_contradiction_is_raised_before_anything_is_made() -> None:
    file = walked(AT_COMMUNE, NOTIFIED)
    with pytest.raises(Contradiction) as refusal:
        consequences_of(file, fact(file, COMMUNE, "AT_COMMUNE", "2026-11-17T10:00:00+07:00", fact_id="fact_other"), NOW)
    assert refusal.value.slug == "out-of-order"


def test_the_queue_has_clocks_by_due_and_no_line_for_a_lane_where_something_runs() -> None:
    file = walked(AT_COMMUNE, NOTIFIED)
    lines = work_lines(file.state, waits(file.pack, file.world, file.state, [], NOW))
    mine = sorted((line for line in lines if line.office == HEALTH), key=lambda line: (line.order_at, line.work_id))
    assert [line.rule for line in mine if line.rule] == ["B-SELF-03", "B-SELF-04"]
    assert [line.kind for line in mine if not line.rule] == ["acknowledge"]
    limit = next(line for line in mine if line.rule == "B-SELF-04")
    assert (limit.state, limit.state_at(limit.order_at)) == ("running", "breached")
    immediate = next(line for line in mine if line.rule == "B-SELF-03")
    assert immediate.state_at(END_OF_TIME) == "running"


def test_every_open_lane_stands_in_its_holder_s_queue() -> None:
    file = walked(AT_COMMUNE)
    lines = work_lines(file.state, [])
    assert {(lane.holder, code) for code, lane in file.state.lanes.items() if not lane.terminal} <= {
        (line.office, line.lane) for line in lines
    }


def test_a_breach_that_appears_in_the_past_is_claimed_untold_and_its_escalation_waits_for_the_telling() -> None:
    file = walked(AT_COMMUNE, NOTIFIED)
    untold = [one for one in file.stored.fired_waits if one.rule == "B-SELF-04"]
    assert [(one.stage, one.told_at) for one in untold] == [("breach", None)]
    open_now = {row["stage"]: row for row in file.stored.waits.values() if row["rule"] == "B-SELF-04"}
    assert set(open_now) == {"tell", "escalate-1", "escalate-2"}
    assert datetime.fromisoformat(open_now["tell"]["at"]) == NOW + timedelta(minutes=30)
    assert datetime.fromisoformat(open_now["escalate-1"]["at"]) > NOW + timedelta(minutes=30)


def test_a_fired_wait_is_withdrawn_by_the_fact_that_shows_it_was_in_time() -> None:
    file = walked(AT_COMMUNE, NOTIFIED)
    met = fact(file, HEALTH, "INITIAL_CHECK_DONE", "2026-11-18T11:00:00+07:00")
    after = consequences_of(file, met, NOW)
    withdrawn = [row for row in after.rows["claims"] if row["rule"] == "B-SELF-04"]
    assert [(row["withdrawn_by"], row["told_at"]) for row in withdrawn] == [("fact_INITIAL_CHECK_DONE", None)]
    lines = [line for line in after.rows["journal"] if line["kind"] == "withdrawn" and line["rule"] == "B-SELF-04"]
    assert [line["details"]["by"] for line in lines] == ["fact_INITIAL_CHECK_DONE"]


def test_the_fold_after_the_last_claim_of_a_closed_case_sends_nothing() -> None:
    closed = fact(walked(AT_COMMUNE), HEALTH, "withdrawn", "2026-11-18T09:00:00+07:00", kind="close", lane="")
    file = written(consequences_of(walked(AT_COMMUNE), closed, NOW))
    stored = file.stored.model_copy(update={"waits": {"w": {"claimed": True}}})
    after = consequences_of(replace(file, stored=stored), Change(), NOW)
    assert (after.state.is_over, after.rows["old_waits"], after.arms) == (True, ["w"], False)


def test_a_wait_that_fired_is_open_no_more() -> None:
    file = walked(AT_COMMUNE)
    everything = waits(file.pack, file.world, file.state, [], NOW)
    fired = fired_waits.fired_wait(CASE, everything[0], NOW, notified=True)
    still = fired_waits.open_waits(file.pack, file.world.directory, file.state, everything, [fired])
    assert everything[0].wait_id not in {wait.wait_id for wait in still}


@pytest.mark.parametrize(
    ("office", "state", "allowed"),
    [
        (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", True),
        ("commune/tay-ninh", "SUPPORT_AGENCY_NOTIFIED", False),  # the role is named, the place is another
        (HEALTH, "SUPPORT_AGENCY_RECEIVED", True),
        (COMMUNE, "VICTIM_CONFIRMED", False),
        ("provincial_police/lao-cai", "VICTIM_CONFIRMED", True),
        ("labour_authority/lao-cai", "SUPPORT_AGENCY_RECEIVED", False),
    ],
)
def test_who_may_state_a_step(office: str, state: str, allowed: bool) -> None:
    file = walked(AT_COMMUNE)
    assert may_record(file, office, "identification", state, NOW) is allowed


def test_the_office_that_owes_a_gap_may_fill_it_although_its_part_is_over() -> None:
    file = walked(NOTIFIED)
    [gap] = [gap for gap in file.state.gaps if gap.state == "AT_COMMUNE"]
    assert gap.office is not None
    assert may_record(file, gap.office, "identification", "AT_COMMUNE", NOW)


@pytest.mark.parametrize(
    ("reporter", "may"),
    [("border_guard/lang-son", True), ("commune/ha-noi", False), ("health_authority/thai-nguyen", False)],
)
@pytest.mark.parametrize(
    ("lane", "state"), [("protection", "PROTECTION_REQUESTED"), ("support:medical", "SUPPORT_NEED_ASSESSED")]
)
def test_a_reporter_of_another_province_opens_a_lane_only_while_it_carries_the_case(
    reporter: str, may: bool, lane: str, state: str
) -> None:
    """Another service and casework decide the same; the border post holds the identification lane."""
    file = written(consequences_of(opened(reporter=reporter), Change(), NOW))
    assert file.stored.standing is not None
    directory, on = file.world.directory, legal_date(NOW)
    assert may_state_by(file.pack, directory, file.stored.standing, reporter, lane, state, on) is may
    assert may_record(file, reporter, lane, state, NOW) is may


def accepted(file: CaseFile, to: str, at: str) -> Change:
    """A change by which an office takes over what the commune proposed."""
    row: dict[str, Any] = {
        "handover_id": "hand_" + "a" * 26,
        "case_id": CASE,
        "lane": "identification",
        "from_office": COMMUNE,
        "to_office": to,
        "reason": "returns_home",
        "state": "accepted",
        "occurred_at": at,
        "recorded_at": NOW,
        "answer_by": None,
        "actor": "actor-1",
    }
    taken = fact(file, to, "", at, kind="handover", fact_id=f"fact_{at}")
    return Change(facts=taken.facts, handovers=(records.HandoverRecord.model_validate(row),))


def test_who_accepts_holds_the_lane_or_is_refused() -> None:
    """The commune's later step would take the lane back, and the commune believe that it had handed it over."""
    other, elsewhere = "facility/lao-cai", "commune/lang-son"
    file = written(consequences_of(opened(route="hotline", reporter="hotline_111/ha-noi"), Change(), NOW))
    passed_on = fact(file, "hotline_111/ha-noi", "FORWARDED_TO_HANDLER", "2026-11-16T10:00:00+07:00")
    file = written(consequences_of(file, passed_on, NOW))
    file = written(consequences_of(file, fact(file, COMMUNE, "PERSON_PRESENT", "2026-11-16T12:00:00+07:00"), NOW))
    assert file.state.lanes["identification"].holder == COMMUNE
    with pytest.raises(Contradiction) as refusal:
        consequences_of(file, accepted(file, other, "2026-11-16T11:00:00+07:00"), NOW)
    assert refusal.value.slug == "out-of-order"
    after = consequences_of(file, accepted(file, other, "2026-11-16T13:00:00+07:00"), NOW)
    assert after.state.lanes["identification"].holder == other
    after = consequences_of(file, accepted(file, elsewhere, "2026-11-16T11:30:00+07:00"), NOW)
    assert after.state.lanes["identification"].holder == elsewhere  # the commune takes no lane of another province


def test_what_a_dissolved_office_held_stands_in_its_successor_s_queue() -> None:
    former = LIBRARY.pack("law-66-2011")
    old = {"pack_id": former.id, "pack_hash": former.content_hash, "reporter": COMMUNE}
    file = replace(opened(**old, occurred_at="2025-05-12T09:00:00+07:00"), pack=former)
    file = written(consequences_of(file, Change(), NOW))
    file = written(
        consequences_of(file, fact(file, COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2025-05-12T10:00:00+07:00"), NOW)
    )
    assert file.state.lanes["identification"].holder == "labour_authority/lao-cai"
    offices = {row["office"] for row in file.stored.work.values() if row["lane"] == "identification"}
    assert HEALTH in offices
    assert "labour_authority/lao-cai" not in offices


@pytest.mark.parametrize(
    ("change", "acted_on"),
    [
        ({}, False),
        ({"lanes": {"identification": {"state": "AT_COMMUNE"}}}, False),
        ({"lanes": {"identification": {"holder": COMMUNE}}}, True),
        ({"lanes": {"identification": {"acting": (COMMUNE,)}}}, False),
        ({"lanes": {"support:medical": {"state": "SUPPORT_REQUESTED"}}}, False),
        ({"lanes": {"support:medical": {"state": "SUPPORT_ENDED"}}}, True),
        ({"proposed": (COMMUNE,)}, True),
        ({"supervisors": (COMMUNE,)}, False),
        ({"status": "victim"}, False),
        ({"status": "closed"}, True),
        ({"pack_hash": "0" * 64}, True),
    ],
    ids=str,
)
def test_an_event_tells_what_another_service_acts_on(change: dict[str, Any], acted_on: bool) -> None:
    pack = LIBRARY.pack("law-53-2024")
    lane = {"state": "SUPPORT_AGENCY_RECEIVED", "holder": HEALTH, "place": "lao-cai", "acting": ()}
    lanes = {"identification": lane, "support:medical": {**lane, "state": "SUPPORT_DECIDED"}}
    usual: dict[str, Any] = {"reporter": GUARD, "regime_procedure": pack.id, "route": "self_report", "lanes": lanes}
    changed_lanes = {code: one | change.get("lanes", {}).get(code, {}) for code, one in lanes.items()}
    before, after = Standing(**usual), Standing(**{**usual, **change, "lanes": changed_lanes})
    assert is_acted_on(Composed(pack, LIBRARY.world), before, after) is acted_on
    assert is_acted_on(Composed(pack, LIBRARY.world), None, after)


def test_an_end_that_is_moved_is_acted_on() -> None:
    pack = LIBRARY.pack("law-53-2024")
    ended = {"state": "SUPPORT_ENDED", "holder": HEALTH, "place": "lao-cai", "acting": ()}
    usual: dict[str, Any] = {"reporter": GUARD, "regime_procedure": pack.id, "route": "self_report"}
    first, moved = (LaneStanding(**ended, since=NOW + timedelta(days=days)) for days in (0, 1))
    one, other = (Standing(**usual, lanes={"support:medical": lane}) for lane in (first, moved))
    assert is_acted_on(Composed(pack, LIBRARY.world), one, other)
