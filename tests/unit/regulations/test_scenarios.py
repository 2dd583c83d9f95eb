"""The dates of the demo's stories, told with the fold alone."""

import pytest

from regulations import Contradiction, NoPack, explain, may_state
from tests.library import LIBRARY

ID = "identification"
LATER = "2027-01-01"


def dues(state):
    return {rule: clock.due_at for rule, clock in state.newest().items()}


def test_self_report_at_a_border_post(cases):
    guard, commune, health = "border_guard/lao-cai", "commune/lao-cai", "health_authority/lao-cai"
    report = cases.opening(guard, "self_report", "2026-10-09T14:05", commune="bat-xat")
    first = cases.told(report)
    assert (first.lanes[ID].state, first.lanes[ID].holder, first.status) == ("PERSON_PRESENT", guard, "in_process")
    clock = first.newest()["B-SELF-01"]
    assert (clock.state_at(cases.at(LATER)), clock.due_at) == ("running", cases.at("2026-10-09T14:05"))
    state = cases.told(
        report,
        (ID, "AT_COMMUNE", "2026-10-09T15:10", commune),
        (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-09T15:25", commune),
        (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-09T17:40", health),
        (ID, "INITIAL_CHECK_DONE", "2026-10-12T10:00", health),
        (ID, "POLICE_VERIFICATION", "2026-10-12T11:00", health),
    )
    assert {state.newest()[rule].state_at(cases.at(LATER)) for rule in ("B-SELF-01", "B-SELF-02", "B-SELF-03")} == {
        "met"
    }
    check = state.newest()["B-SELF-04"]
    assert (check.due_at, check.state_at(cases.at(LATER))) == (cases.at("2026-10-13"), "met")
    verification = state.newest()["B-SELF-06"]
    # asked on Monday 12 October: the twentieth day is Sunday 1 November, so Monday 2 November is the last
    assert (verification.state_at(cases.at(LATER)), verification.due_at) == ("breached", cases.at("2026-11-03"))
    assert state.lanes[ID].holder == "provincial_police/lao-cai"
    assert not may_state(cases.pack, state, ID, "VICTIM_CONFIRMED", "commune")
    assert may_state(cases.pack, state, ID, "VICTIM_CONFIRMED", "provincial_police")


def test_three_days_that_end_inside_tet(cases):
    commune, health = "commune/lang-son", "health_authority/lang-son"
    report = cases.opening(commune, "self_report", "2026-02-13T08:30", commune="dong-dang")
    state = cases.told(
        report,
        (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-02-13T09:00", commune),
        (ID, "SUPPORT_AGENCY_RECEIVED", "2026-02-13T10:00", health),
        (ID, "INITIAL_CHECK_DONE", "2026-02-23T15:00", health),
    )
    clock = state.newest()["B-SELF-04"]
    assert (clock.state_at(cases.at(LATER)), clock.due_at) == ("met", cases.at("2026-02-24"))
    told = explain(cases.pack, cases.world, state, clock.clock_id)
    assert "148" in (told.rolled_by or "")
    assert (told.started_by, told.due_at) == ("fact_1", clock.due_at)
    assert told.calendar_version == cases.world.calendar.version


def test_rescued_girl_has_three_lanes_and_the_woman_two(cases):
    police, commune = "provincial_police/quang-ngai", "commune/quang-ngai"
    more = {"commune": "duc-pho", "reporter_known": False}
    woman = cases.told(cases.opening(police, "rescued", "2026-10-16T22:30", **more))
    assert "child" not in woman.lanes
    girl = cases.opening(police, "rescued", "2026-10-16T22:30", age_band="under_16", **more)
    first = cases.told(girl)
    assert {lane: found.state for lane, found in first.lanes.items()} == {
        ID: "RESCUED",
        "crime": "CRIME_INFO_RECEIVED",
        "child": "INFO_RECEIVED",
    }
    assert first.lanes[ID].holder == police
    assert dues(first)["C-INF-02"] == cases.at("2026-10-17T22:30")
    assert first.newest()["C-CHP-01"].state_at(cases.at(LATER)) == "running"
    state = cases.told(
        girl,
        ("child", "SENT_TO_COMMUNE", "2026-10-16T23:00", police),
        ("child", "CHILD_EMERGENCY", "2026-10-17T06:00", commune),
        ("child", "CHILD_SEPARATED", "2026-10-17T08:00", commune),
        ("crime", "CRIME_INFO_CLASSIFIED", "2026-10-17T10:00", police),
        ("crime", "CRIME_INFO_ASSIGNED", "2026-10-18T10:00", police),
    )
    assert state.lanes["child"].holder == commune
    assert dues(state)["C-CHP-02"] == cases.at("2026-10-17T11:00")
    assert dues(state)["C-CHP-06"] == cases.at("2026-11-03")
    assert dues(state)["C-INF-13"] == cases.at("2026-11-06")
    assert {state.newest()[rule].state_at(cases.at(LATER)) for rule in ("C-CHP-02", "C-INF-02")} == {"met"}


def test_return_by_oneself_begins_at_the_health_authority_and_moves_province(cases):
    report = cases.opening("health_authority/lao-cai", "self_returned", "2026-11-16T09:00", commune="sa-pa")
    state = cases.told(report)
    assert state.lanes[ID].state == "SUPPORT_AGENCY_RECEIVED"
    clock = state.newest()["B-SRT-01"]
    assert (clock.due_at, clock.state_at(cases.at(LATER))) == (cases.at("2026-11-20"), "reminder")
    moved = cases.fact(1, (ID, "", "2026-11-19T10:00", "health_authority/thai-nguyen"), kind="handover")
    assert cases.fold(report, [moved]).lanes[ID].holder == "health_authority/thai-nguyen"


def test_report_before_july_2025_falls_under_the_former_law(cases):
    assert LIBRARY.world.regime_for(cases.at("2025-05-12T09:00")) == "law-66-2011"
    with pytest.raises(NoPack) as caught:
        LIBRARY.world.regime_for(cases.at("2001-01-01"))
    assert (caught.value.slug, caught.value.status) == ("no-pack-for-this-date", 422)
    with pytest.raises(NoPack):
        LIBRARY.pack("law-that-is-not-installed")


def test_decision_that_nobody_asked_for_leaves_the_case_as_it_was(cases):
    report = cases.opening("commune/tay-ninh", "self_report", "2026-11-20T09:00", commune="moc-bai")
    assert cases.told(report).lanes[ID].state == "AT_COMMUNE"
    with pytest.raises(Contradiction) as caught:
        cases.told(report, (ID, "VICTIM_CONFIRMED", "2026-11-20T10:00", "provincial_police/tay-ninh"))
    assert caught.value.slug == "not-asked-for"
