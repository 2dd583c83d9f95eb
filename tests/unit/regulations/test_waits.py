"""The complete set of waits of a case: legal limits escalate, the rest reminds, nothing is silent."""

from datetime import date, timedelta

import pytest

from regulations import OpenHandover, waits
from regulations.model import VERIFIED
from regulations.waits import ladder

COMMUNE, HEALTH = "commune/lang-son", "health_authority/lang-son"
ID = "identification"
NOTIFIED = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-05T09:00", COMMUNE)


@pytest.fixture
def opening(cases):
    return cases.opening(COMMUNE, "self_report", "2026-10-05T08:00")


def armed(cases, state, handovers=(), now="2026-10-05T12:00"):
    return waits(cases.pack, cases.world, state, handovers, cases.at(now))


def stages(found, **where):
    return {
        wait.stage: (wait.at, wait.office)
        for wait in found
        if all(getattr(wait, name) == value for name, value in where.items())
    }


def test_legal_limit_warns_breaches_and_climbs(cases, opening):
    found = stages(armed(cases, cases.told(opening, NOTIFIED)), rule="B-SELF-04")
    due_at = cases.at("2026-10-09")
    length = due_at - cases.at("2026-10-05T09:00")
    assert found == {
        "warning": (cases.at("2026-10-05T09:00") + length * 0.75, HEALTH),
        "breach": (due_at, HEALTH),
        "escalate-1": (due_at + timedelta(hours=24), "steering_committee/lang-son"),
        "escalate-2": (due_at + timedelta(hours=72), "steering_committee/ha-noi"),
    }


def test_late_entry_escalates_from_its_entry_and_does_not_warn(cases, opening):
    fact = cases.fact(1, NOTIFIED, recorded_at=cases.at("2026-11-01T09:00"))
    found = stages(armed(cases, cases.fold(opening, [fact])), rule="B-SELF-04")
    assert "warning" not in found
    assert found["breach"][0] == cases.at("2026-10-09")
    assert found["escalate-1"][0] == cases.at("2026-11-02T09:00")


def test_immediate_duty_has_an_operational_alert_and_no_breach(cases, opening):
    assert stages(armed(cases, cases.told(opening)), rule="B-SELF-02") == {
        "immediate": (cases.at("2026-10-05T10:00"), COMMUNE)
    }


def test_unverified_limit_only_reminds(cases):
    report = cases.opening(HEALTH, "self_returned", "2026-10-05T08:00")
    found = [wait for wait in armed(cases, cases.told(report)) if wait.rule == "B-SRT-01"]
    assert [(wait.kind, wait.stage, wait.at) for wait in found] == [("reminder", "reminder", cases.at("2026-10-09"))]


def test_duty_without_number_is_recalled_after_a_while(cases):
    report = cases.opening("provincial_police/lang-son", "rescued", "2026-10-05T08:00")
    found = [wait for wait in armed(cases, cases.told(report)) if wait.rule == "B-RES-02"]
    assert [(wait.kind, wait.at) for wait in found] == [("reminder", cases.at("2026-10-12T08:00"))]


def test_new_holder_is_asked_to_acknowledge_and_its_silence_climbs(cases, opening):
    found = armed(cases, cases.told(opening, NOTIFIED))
    asked = [wait for wait in found if wait.lane == ID and wait.kind in ("acknowledge", "escalation") and not wait.rule]
    assert [(wait.stage, wait.office) for wait in asked] == [
        ("acknowledge", HEALTH),
        ("escalate-1", "steering_committee/lang-son"),
        ("escalate-2", "steering_committee/ha-noi"),
    ]
    assert asked[0].at == cases.at("2026-10-06T09:00")


def test_gap_is_recalled_to_the_office_that_owes_it(cases, opening):
    state = cases.told(opening, (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-05T11:00", HEALTH))
    gaps = [wait for wait in armed(cases, state) if wait.kind == "gap"]
    assert [(wait.office, wait.at) for wait in gaps] == [(COMMUNE, cases.at("2026-10-06T11:00"))]


def test_proposal_without_answer_climbs_and_names_the_fallback(cases, opening):
    proposal = OpenHandover(
        handover_id="handover_a",
        lane=ID,
        sender=COMMUNE,
        receiver="commune/thai-nguyen",
        recorded_at=cases.at("2026-10-05T09:00"),
    )
    found = stages(armed(cases, cases.told(opening), [proposal]), handover_id="handover_a")
    lapse = cases.at("2026-10-07T09:00")
    assert found == {
        "answer": (lapse, "commune/thai-nguyen"),
        "fallback": (lapse, "health_authority/thai-nguyen"),
        "escalate-1": (lapse + timedelta(hours=24), "health_authority/thai-nguyen"),
        "escalate-2": (lapse + timedelta(hours=72), "steering_committee/lang-son"),
    }


def test_attention_goes_to_holder_supervisor_coordinating_and_again(cases, opening):
    for now, again, place in (("2026-10-05T12:00", 60, 4), ("2027-01-05T12:00", 120, 6)):
        found = stages(armed(cases, cases.told(opening), now=now), kind="attention")
        start = cases.at("2026-10-05T08:00")
        assert found == {
            "attention-1": (start + timedelta(days=7), COMMUNE),
            "attention-2": (start + timedelta(days=14), HEALTH),
            "attention-3": (start + timedelta(days=30), "steering_committee/lang-son"),
            f"attention-{place}": (start + timedelta(days=again), "steering_committee/lang-son"),
        }


def test_no_office_is_told_twice_unless_no_office_is_above_it(cases):
    directory = cases.world.directory
    for today in (date(2024, 1, 1), date(2025, 5, 1), date(2026, 11, 20)):
        for office in directory.offices():
            first, second = ladder(directory, office.ref, office.place, today)
            assert first is not None
            assert first != second or directory.supervisor(first, today) is None, office.ref


def test_case_whose_lanes_have_all_ended_still_asks_for_attention(cases, opening):
    steps = [NOTIFIED, (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-05T10:00", HEALTH)]
    steps += [(ID, "INITIAL_CHECK_DONE", "2026-10-06T09:00", HEALTH)]
    steps += [(ID, "POLICE_VERIFICATION", "2026-10-06T10:00", HEALTH)]
    steps += [(ID, "NOT_CONFIRMED", "2026-10-12T09:00", "provincial_police/lang-son")]
    state = cases.told(opening, *steps)
    assert state.lanes[ID].terminal
    assert {wait.lane for wait in armed(cases, state) if wait.kind == "attention"} == {ID}


def test_closed_case_waits_for_nothing_and_a_paused_clock_neither(cases, pausable, opening):
    close = cases.fact(1, ("", "withdrawn", "2026-10-06T09:00", COMMUNE), kind="close")
    assert armed(cases, cases.fold(opening, [close])) == []
    clock = cases.told(opening, NOTIFIED).newest()["B-SELF-04"]
    at = cases.at("2026-10-06T09:00")
    paused = pausable.fold(opening, cases.facts(NOTIFIED), [cases.pause(clock, at)])
    assert stages(armed(pausable, paused), rule="B-SELF-04") == {}


def test_ids_are_stable_opaque_and_unique_and_change_with_the_instant(cases, opening):
    first, again = armed(cases, cases.told(opening, NOTIFIED)), armed(cases, cases.told(opening, NOTIFIED))
    assert first == again
    assert len({wait.wait_id for wait in first}) == len(first)
    assert all(wait.wait_id.startswith("wait_") and len(wait.wait_id) == 31 for wait in first)
    moved = armed(cases, cases.told(opening, (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-06T09:00", COMMUNE)))
    breaches = [next(wait.wait_id for wait in found if wait.stage == "breach") for found in (first, moved)]
    assert breaches[0] != breaches[1]


def test_zone_of_an_instant_does_not_change_an_id(cases, opening):
    utc = opening.model_copy(update={"recorded_at": opening.recorded_at.astimezone(None)})
    left, right = armed(cases, cases.told(opening)), armed(cases, cases.told(utc))
    assert [wait.wait_id for wait in left] == [wait.wait_id for wait in right]


def test_a_wait_says_how_sure_its_limit_is_where_it_is_not_verified_text(cases):
    """So a notice can say it: a limit as enacted, whose amended wording was not seen, breaches as well."""
    check = (ID, "INITIAL_CHECK_DONE", "2026-10-06T09:00", HEALTH)
    asked = (ID, "POLICE_VERIFICATION", "2026-10-07T09:00", HEALTH)
    state = cases.told(cases.opening(COMMUNE, "self_report", "2026-10-05T08:00"), NOTIFIED, check, asked)
    sure = {clock.clock_id: clock.confidence for clock in state.clocks}
    found = [wait for wait in armed(cases, state) if wait.clock_id]
    assert {wait.confidence for wait in found if wait.rule == "B-SELF-06"} == {"as enacted, amended wording not seen"}
    assert {wait.stage for wait in found if wait.rule == "B-SELF-06"} >= {"warning", "breach", "escalate-1"}
    assert all(wait.confidence == (None if sure[wait.clock_id] == VERIFIED else sure[wait.clock_id]) for wait in found)
