"""Every rule that has a number, from a case that makes it run: when it is due, and that its stop meets it in time."""

from datetime import timedelta

import pytest

from regulations.model import AS_ENACTED, BINDING

POLICE, COMMUNE, HEALTH = "provincial_police/lang-son", "commune/lang-son", "health_authority/lang-son"
GUARD, PROCURACY, VILLAGE = "border_guard/lang-son", "procuracy/lang-son", "commune_police/lang-son"
ADULT, MINOR, CHILD = {"age_band": "adult"}, {"age_band": "under_18"}, {"age_band": "under_16"}
MISSION, DEPARTMENT = "mission/abroad", "immigration_department/ha-noi"
RECEIVED = ("identification", "SUPPORT_AGENCY_RECEIVED", "2026-03-02T12:00", HEALTH)
CHECKED = ("identification", "INITIAL_CHECK_DONE", "2026-03-03T09:00", HEALTH)
VERIFIES = ("identification", "POLICE_VERIFICATION", "2026-03-03T09:00", HEALTH)
COMPLEX = ("identification", "POLICE_VERIFICATION_EXTENDED", "2026-03-20T09:00", POLICE)
PROLONGED = ("identification", "POLICE_VERIFICATION_PROLONGED", "2026-04-28T09:00", POLICE)
AT_HOME = ("identification", "HOME_VERIFICATION_REQUESTED", "2026-03-03T09:00", MISSION)
RECEIVER = ("identification", "RECEIVER_VERIFICATION", "2026-03-03T09:00", GUARD)
RECEIVER_LONGER = ("identification", "RECEIVER_VERIFICATION_EXTENDED", "2026-03-20T09:00", GUARD)
OWN_DATA = ("identification", "DATA_REQUEST_RECEIVED", "2026-03-03T09:00", HEALTH)
CLASSIFIED = ("crime", "CRIME_INFO_CLASSIFIED", "2026-03-02T12:00", POLICE)
ASSIGNED = ("crime", "CRIME_INFO_ASSIGNED", "2026-03-03T09:00", POLICE)
EXTENDED = ("crime", "CRIME_INFO_EXTENDED_1", "2026-03-20T09:00", POLICE)
ASKED = ("crime", "EXTENSION_ASKED", "2026-04-20T09:00", POLICE)
DECIDED = ("crime", "EXTENSION_DECIDED", "2026-04-22T09:00", PROCURACY)
LONGER = ("crime", "CRIME_INFO_EXTENDED_2", "2026-04-22T10:00", POLICE)
SUSPENDED = ("crime", "CRIME_INFO_SUSPENDED", "2026-03-10T09:00", POLICE)
RESUMED = ("crime", "CRIME_INFO_RESUMED", "2026-03-31T09:00", POLICE)
RESOLVED = ("crime", "CRIME_INFO_RESOLVED", "2026-03-10T09:00", POLICE)
ASSESSED = ("child", "CHILD_RISK_ASSESSED", "2026-03-02T15:00", COMMUNE)
EMERGENCY = ("child", "CHILD_EMERGENCY", "2026-03-02T12:00", COMMUNE)
SEPARATED = ("child", "CHILD_SEPARATED", "2026-03-02T15:00", COMMUNE)
DRAFTED = ("child", "CHILD_PLAN_DRAFTED", "2026-03-05T15:00", COMMUNE)
PLACED = ("child", "CHILD_ALT_CARE_DECIDED", "2026-03-04T15:00", COMMUNE)

# All reports are of Monday 2 March 2026, 08:00; until 25 April no day differs from the plain week.
TABLE = {
    # rule: reporter, route, more of the opening, steps before, due at (first instant too late), what meets it
    "B-SELF-04": (
        HEALTH,
        "self_report",
        ADULT,
        [],
        "2026-03-06",
        ("identification", "INITIAL_CHECK_DONE", HEALTH),
    ),
    "B-SRT-01": (
        HEALTH,
        "self_returned",
        ADULT,
        [],
        "2026-03-06",
        ("identification", "INITIAL_CHECK_DONE", HEALTH),
    ),
    "B-SELF-06": (
        HEALTH,
        "self_report",
        ADULT,
        [VERIFIES],
        "2026-03-24",
        ("identification", "VICTIM_CONFIRMED", POLICE),
    ),
    # two months end on Sunday 3 May and move to Monday 4 May
    "B-SELF-07": (
        HEALTH,
        "self_report",
        ADULT,
        [VERIFIES, COMPLEX],
        "2026-05-05",
        ("identification", "NOT_CONFIRMED", POLICE),
    ),
    # four months end on Friday 3 July
    "B-SELF-08": (
        HEALTH,
        "self_report",
        ADULT,
        [VERIFIES, COMPLEX, PROLONGED],
        "2026-07-04",
        ("identification", "VICTIM_CONFIRMED", POLICE),
    ),
    "B-RES-03": (
        POLICE,
        "rescued",
        ADULT,
        [RECEIVED, VERIFIES],
        "2026-03-24",
        ("identification", "NOT_CONFIRMED", POLICE),
    ),
    "B-ABR-03": (
        MISSION,
        "abroad",
        ADULT,
        [("identification", "ABROAD_RESCUED", "2026-03-02T10:00", MISSION), AT_HOME],
        "2026-03-24",
        ("identification", "VICTIM_PAPER_ISSUED", DEPARTMENT),
    ),
    # counted from the reception on 2 March: the twentieth day, 22 March, is a Sunday
    "B-MIS-02": (
        GUARD,
        "returned_via_mission",
        ADULT,
        [RECEIVER],
        "2026-03-24",
        ("identification", "NOT_VICTIM_PAPER_ISSUED", GUARD),
    ),
    # two months end on Saturday 2 May and move to Monday 4 May, four on Thursday 2 July
    "B-MIS-02a": (
        GUARD,
        "returned_via_mission",
        ADULT,
        [RECEIVER, RECEIVER_LONGER],
        "2026-05-05",
        ("identification", "VICTIM_PAPER_ISSUED", GUARD),
    ),
    "B-MIS-02b": (
        GUARD,
        "returned_via_mission",
        ADULT,
        [RECEIVER, RECEIVER_LONGER, ("identification", "RECEIVER_VERIFICATION_PROLONGED", "2026-04-28T09:00", GUARD)],
        "2026-07-03",
        ("identification", "VICTIM_PAPER_ISSUED", GUARD),
    ),
    "C-DAT-03a": (
        HEALTH,
        "self_report",
        ADULT,
        [OWN_DATA],
        "2026-03-06",
        ("identification", "DATA_REQUEST_DONE", HEALTH),
    ),
    "C-DAT-03b": (
        HEALTH,
        "self_report",
        ADULT,
        [OWN_DATA],
        "2026-03-14",
        ("identification", "DATA_REQUEST_DONE", HEALTH),
    ),
    "C-DAT-03c": (
        HEALTH,
        "self_report",
        ADULT,
        [OWN_DATA, ("identification", "DATA_REQUEST_TO_LIMIT", "2026-03-04T09:00", HEALTH)],
        "2026-03-19",
        ("identification", "DATA_REQUEST_DONE", HEALTH),
    ),
    "C-DAT-03d": (
        HEALTH,
        "self_report",
        ADULT,
        [OWN_DATA, ("identification", "DATA_REQUEST_TO_ERASE", "2026-03-04T09:00", HEALTH)],
        "2026-03-24",
        ("identification", "DATA_REQUEST_DONE", HEALTH),
    ),
    "C-INF-02": (POLICE, "rescued", ADULT, [], "2026-03-03T08:00", ("crime", "CRIME_INFO_CLASSIFIED", POLICE)),
    "C-INF-03": (GUARD, "rescued", ADULT, [], "2026-03-03T08:00", ("crime", "CRIME_INFO_CLASSIFIED", GUARD)),
    "C-INF-04": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ("crime", "COMPETENCE_LACKING", "2026-03-02T14:00", POLICE)],
        "2026-03-03T14:00",
        ("crime", "CRIME_INFO_TRANSFERRED", POLICE),
    ),
    "C-INF-05": (PROCURACY, "rescued", ADULT, [], "2026-03-03T08:00", ("crime", "CRIME_INFO_TRANSFERRED", PROCURACY)),
    "C-INF-06": (
        VILLAGE,
        "self_report",
        {**ADULT, "urgent": True, "commune": "ky-lua"},
        [],
        "2026-03-03T08:00",
        ("crime", "CRIME_INFO_TRANSFERRED", VILLAGE),
    ),
    "C-INF-07": (
        VILLAGE,
        "self_report",
        {**ADULT, "urgent": True, "commune": "mau-son"},
        [],
        "2026-03-04T08:00",
        ("crime", "CRIME_INFO_TRANSFERRED", VILLAGE),
    ),
    "C-INF-08": (VILLAGE, "self_report", ADULT, [], "2026-03-10", ("crime", "CRIME_INFO_TRANSFERRED", VILLAGE)),
    "C-INF-10": (POLICE, "rescued", ADULT, [], "2026-03-06", ("crime", "REPORTER_NOTIFIED_OF_INTAKE", POLICE)),
    "C-INF-11": (POLICE, "rescued", ADULT, [CLASSIFIED], "2026-03-06", ("crime", "CRIME_INFO_ASSIGNED", POLICE)),
    "C-INF-12": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED],
        "2026-03-07",
        ("crime", "PROSECUTOR_ASSIGNED", PROCURACY),
    ),
    # the twentieth day, 22 March, is a Sunday and stays the last day
    "C-INF-13": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED],
        "2026-03-23",
        ("crime", "CRIME_INFO_RESOLVED", POLICE),
    ),
    # two months end on Saturday 2 May and move to Monday 4 May
    "C-INF-14": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, EXTENDED],
        "2026-05-05",
        ("crime", "CRIME_INFO_RESOLVED", POLICE),
    ),
    # five days before Monday 4 May: 29 April
    "C-INF-15": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, EXTENDED],
        "2026-04-30",
        ("crime", "EXTENSION_ASKED", POLICE),
    ),
    "C-INF-16": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, EXTENDED, ASKED],
        "2026-04-24",
        ("crime", "EXTENSION_DECIDED", PROCURACY),
    ),
    # two further months from 2 May, the unmoved end of the first extension
    "C-INF-17": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, EXTENDED, ASKED, DECIDED, LONGER],
        "2026-07-03",
        ("crime", "CRIME_INFO_RESOLVED", POLICE),
    ),
    "C-INF-18": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, RESOLVED],
        "2026-03-14",
        ("crime", "REPORTER_NOTIFIED_OF_RESULT", POLICE),
    ),
    "C-INF-19": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, SUSPENDED],
        "2026-03-11T09:00",
        ("crime", "SUSPENSION_SENT", POLICE),
    ),
    # one month from 31 March ends on 30 April, a day off: with 1 May and the weekend it moves to 4 May
    "C-INF-20": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, SUSPENDED, RESUMED],
        "2026-05-05",
        ("crime", "CRIME_INFO_RESOLVED", POLICE),
    ),
    # seven days before 22 March is Sunday 15 March: it stays, no text moves it to Friday 13 March
    "C-INF-21": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED],
        "2026-03-16",
        ("crime", "VERIFICATION_REPORT_FILED", POLICE),
    ),
    "C-INF-22": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, RESOLVED],
        "2026-04-11",
        ("crime", "FILE_ARCHIVED", POLICE),
    ),
    "C-INF-23": (
        POLICE,
        "rescued",
        ADULT,
        [CLASSIFIED, ASSIGNED, RESOLVED, ("crime", "ADMIN_VIOLATION_INDICATED", "2026-03-11T09:00", POLICE)],
        "2026-03-14",
        ("crime", "ADMIN_SANCTION_FILE_SENT", POLICE),
    ),
    "C-CHD-01": (VILLAGE, "self_report", MINOR, [], "2026-03-03T08:00", ("crime", "CRIME_INFO_TRANSFERRED", VILLAGE)),
    "C-CHD-03": (POLICE, "rescued", MINOR, [], "2026-03-06", ("crime", "CRIME_INFO_ASSIGNED", POLICE)),
    "C-CHD-04": (
        POLICE,
        "rescued",
        MINOR,
        [CLASSIFIED, ASSIGNED, RESOLVED],
        "2026-03-14",
        ("crime", "REPORTER_NOTIFIED_OF_RESULT", POLICE),
    ),
    "C-CHP-02": (COMMUNE, "self_report", CHILD, [], "2026-03-02T20:00", ("child", "CHILD_EMERGENCY", COMMUNE)),
    "C-CHP-03": (COMMUNE, "self_report", CHILD, [ASSESSED], "2026-03-10", ("child", "CHILD_PLAN_DRAFTED", COMMUNE)),
    "C-CHP-04": (
        COMMUNE,
        "self_report",
        CHILD,
        [ASSESSED, DRAFTED],
        "2026-03-10",
        ("child", "CHILD_PLAN_APPROVED", COMMUNE),
    ),
    "C-CHP-05": (
        COMMUNE,
        "self_report",
        CHILD,
        [EMERGENCY],
        "2026-03-02T20:00",
        ("child", "CHILD_SEPARATED", COMMUNE),
    ),
    "C-CHP-06": (
        COMMUNE,
        "self_report",
        CHILD,
        [EMERGENCY, SEPARATED],
        "2026-03-18",
        ("child", "SEPARATION_ENDED", COMMUNE),
    ),
    "C-CHP-07": (
        COMMUNE,
        "self_report",
        CHILD,
        [EMERGENCY, SEPARATED, PLACED],
        "2026-03-26",
        ("child", "CHILD_ALT_CARE", COMMUNE),
    ),
}


def running(pack):
    """The rules of the lanes that a report opens; those of the others have a table of their own.

    Not of rules that hold for facts of earlier years only (`test_verification_limits.py` has one).
    """
    rules = [rule for lane in ("identification", "crime", "child") for rule in pack.rules_of[lane]]
    return [rule for rule in rules if rule.has_clock and rule.valid_to is None]


def test_table_holds_every_rule_that_has_a_number(pack):
    assert {rule.id for rule in running(pack) if rule.amount} == TABLE.keys()


@pytest.mark.parametrize("rule", TABLE)
def test_is_due_as_the_text_says(cases, rule):
    reporter, route, more, steps, due_at, _ = TABLE[rule]
    state = cases.told(cases.opening(reporter, route, "2026-03-02T08:00", **more), *steps)
    assert state.newest()[rule].due_at == cases.at(due_at)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("rule", TABLE)
def test_is_met_until_the_last_instant_and_met_late_after_it(cases, rule, late):
    reporter, route, more, steps, due_at, (lane, stop, office) = TABLE[rule]
    opening = cases.opening(reporter, route, "2026-03-02T08:00", **more)
    edge = cases.at(due_at) - timedelta(minutes=0 if late else 1)
    edge = edge.replace(tzinfo=None).isoformat(timespec="minutes")
    clock = cases.told(opening, *steps, (lane, stop, edge, office)).newest()[rule]
    binding = clock.confidence in BINDING
    assert clock.state_at(cases.at("2027-01-01")) == ("met_late" if late and binding else "met")
    assert clock.late_at(cases.at("2027-01-01")) is late


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
