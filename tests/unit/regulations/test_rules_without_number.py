"""Every rule that is due at once or has no number, from a case that makes it run; and when a rule does not apply."""

import pytest

from regulations.model import AS_ENACTED, BINDING
from tests.unit.regulations.usual_steps import (
    ADULT,
    ASSIGNED,
    CHECKED,
    CHILD,
    CLASSIFIED,
    COMMUNE,
    GUARD,
    HEALTH,
    MINOR,
    POLICE,
    RECEIVED,
    VERIFIES,
    VILLAGE,
    running,
)

IMMEDIATE = {
    "B-SELF-01": (GUARD, "self_report", ADULT, [], "verified text"),
    "B-SELF-02": (COMMUNE, "self_report", ADULT, [], "verified text"),
    "B-SELF-03": (
        COMMUNE,
        "self_report",
        ADULT,
        [("identification", "SUPPORT_AGENCY_NOTIFIED", "2026-03-02T09:00", COMMUNE)],
        "verified text",
    ),
    "B-SELF-09": (
        HEALTH,
        "self_report",
        ADULT,
        [VERIFIES, ("identification", "VERIFICATION_RESULT", "2026-03-10T09:00", POLICE)],
        AS_ENACTED,
    ),
    "B-RES-01": (POLICE, "rescued", ADULT, [], AS_ENACTED),
    "B-FOR-02": (
        "hotline_111/ha-noi",
        "foreign_victim",
        {**ADULT, "province": "lang-son", "foreign": True},
        [("identification", "FOREIGN_VICTIM_REPORTED_UNRESCUED", "2026-03-02T09:00", "hotline_111/ha-noi")],
        "verified text",
    ),
    "B-PAP-01a": (
        HEALTH,
        "self_report",
        ADULT,
        [VERIFIES, ("identification", "NOT_CONFIRMED", "2026-03-20T09:00", POLICE)],
        AS_ENACTED,
    ),
    "B-HOT-02": ("hotline_111/ha-noi", "hotline", {**ADULT, "province": "lang-son"}, [], "secondary summary"),
    "C-CHD-02": (POLICE, "rescued", MINOR, [], "verified text"),
    "C-CHP-01": (POLICE, "rescued", CHILD, [], "verified text"),
}


def test_table_holds_every_immediate_rule(pack):
    """Without what is due at once at the end of a limit: `test_verification_limits.py`."""
    found = {rule.id for rule in running(pack) if rule.unit == "immediate" and rule.kind != "lead_time"}
    assert found == IMMEDIATE.keys()


@pytest.mark.parametrize("rule", IMMEDIATE)
def test_immediate_is_due_at_its_start_and_never_breached(cases, rule):
    reporter, route, more, steps, confidence = IMMEDIATE[rule]
    clock = cases.told(cases.opening(reporter, route, "2026-03-02T08:00", **more), *steps).newest()[rule]
    assert clock.due_at == clock.started_at
    assert clock.confidence == confidence
    assert clock.state_at(cases.at("2027-01-01")) == ("running" if confidence in BINDING else "reminder")
    assert not clock.late_at(cases.at("2027-01-01"))


WITHOUT_NUMBER = {
    "B-SELF-05": (HEALTH, "self_report", ADULT, [CHECKED]),
    "B-SIG-01": (
        HEALTH,
        "self_report",
        ADULT,
        [VERIFIES, ("identification", "SIGNS_REVIEW", "2026-03-20T09:00", POLICE)],
    ),
    "B-RES-02": (POLICE, "rescued", ADULT, []),
    "B-RES-02a": (HEALTH, "rescued", ADULT, []),
    "B-FOR-03": (POLICE, "foreign_victim", ADULT, []),
    "B-FOR-03a": (POLICE, "foreign_victim", ADULT, [RECEIVED, VERIFIES]),
    "B-FOR-04": (POLICE, "foreign_victim", ADULT, []),
    "B-FOR-04a": (POLICE, "foreign_victim", ADULT, [RECEIVED]),
    "B-MIN-01a": (HEALTH, "self_report", CHILD, []),
    "B-PAP-03": (
        HEALTH,
        "self_report",
        ADULT,
        [
            VERIFIES,
            ("identification", "VICTIM_CONFIRMED", "2026-03-20T09:00", POLICE),
            ("identification", "CERTIFICATE_CANCELLED", "2026-03-25T09:00", POLICE),
        ],
    ),
    "C-IPT-01": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, ("crime", "VERIFICATION_DELEGATED", "2026-03-04T09:00", POLICE)],
    ),
}


def test_table_holds_every_rule_without_number(pack):
    assert {rule.id for rule in running(pack) if rule.unit == "none"} == WITHOUT_NUMBER.keys()


@pytest.mark.parametrize("rule", WITHOUT_NUMBER)
def test_rule_without_number_is_a_reminder_and_never_late(cases, rule):
    reporter, route, more, steps = WITHOUT_NUMBER[rule]
    clock = cases.told(cases.opening(reporter, route, "2026-03-02T08:00", **more), *steps).newest()[rule]
    assert clock.due_at is None
    assert clock.state_at(cases.at("2027-01-01")) == "reminder"
    assert not clock.late_at(cases.at("2027-01-01"))


@pytest.mark.parametrize(
    ("reporter", "route", "more", "absent"),
    [
        (POLICE, "rescued", {"reporter_known": False}, "C-INF-10"),
        (POLICE, "rescued", {}, "C-CHD-02"),
        (POLICE, "rescued", {}, "C-INF-03"),
        (GUARD, "rescued", {}, "C-INF-02"),
        (VILLAGE, "self_report", {"urgent": True}, "C-INF-08"),
        (VILLAGE, "self_report", {}, "C-INF-06"),
        (VILLAGE, "self_report", {"age_band": "under_18"}, "C-INF-08"),
        (VILLAGE, "self_report", {}, "C-INF-13"),
        (HEALTH, "self_returned", {}, "B-SELF-04"),
        (HEALTH, "rescued", {}, "B-SELF-04"),
        (HEALTH, "self_report", {}, "B-SRT-01"),
    ],
)
def test_rule_that_does_not_apply_does_not_start(cases, reporter, route, more, absent):
    assert absent not in cases.told(cases.opening(reporter, route, "2026-03-02T08:00", **more)).newest()


def test_minor_at_remote_commune_police_has_48_hours(cases):
    opening = cases.opening(VILLAGE, "self_report", "2026-03-02T08:00", age_band="under_18", commune="mau-son")
    clock = cases.told(opening).newest()["C-CHD-01"]
    assert (clock.amount, clock.due_at) == (48, cases.at("2026-03-04T08:00"))


def test_unknown_age_counts_as_minor_in_the_crime_lane_and_opens_the_child_lane(cases):
    state = cases.told(cases.opening(POLICE, "rescued", "2026-03-02T08:00", age_band="unknown"))
    assert "C-CHD-02" in state.newest()
    assert state.lanes["child"].state == "INFO_RECEIVED"


def test_urgent_grounds_end_the_seven_days_and_start_the_24_hours(cases):
    opening = cases.opening(VILLAGE, "self_report", "2026-03-02T08:00", commune="ky-lua")
    clocks = cases.told(opening, ("crime", "URGENT_GROUNDS_FOUND", "2026-03-04T10:00", VILLAGE)).newest()
    assert clocks["C-INF-08"].void_reason == "no-longer-applies"
    assert clocks["C-INF-06"].due_at == cases.at("2026-03-05T10:00")


def test_route_by_analogy_shows_the_rule_as_inferred(cases):
    clock = cases.told(cases.opening(GUARD, "self_returned", "2026-03-02T08:00")).newest()["B-SELF-01"]
    assert (clock.confidence, clock.reminder) == ("inferred", True)
