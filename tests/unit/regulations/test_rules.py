"""Every rule that has a number, from a case that makes it run: when it is due, and that its stop meets it in time."""

from datetime import timedelta

import pytest

from regulations.model import BINDING
from tests.unit.regulations.usual_steps import (
    ADULT,
    ASKED,
    ASSESSED,
    ASSIGNED,
    AT_HOME,
    CHILD,
    CLASSIFIED,
    COMMUNE,
    COMPLEX,
    DECIDED,
    DEPARTMENT,
    DRAFTED,
    EMERGENCY,
    EXTENDED,
    GUARD,
    HEALTH,
    LONGER,
    MINOR,
    MISSION,
    OWN_DATA,
    PLACED,
    POLICE,
    PROCURACY,
    PROLONGED,
    RECEIVED,
    RECEIVER,
    RECEIVER_LONGER,
    RESOLVED,
    RESUMED,
    SEPARATED,
    SUSPENDED,
    VERIFIES,
    VILLAGE,
    running,
)

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
    binding = not clock.reminder
    assert clock.state_at(cases.at("2027-01-01")) == ("met_late" if late and binding else "met")
    assert clock.reminder is (clock.confidence not in BINDING or cases.pack.rules[rule].conditional)
    assert clock.over_at(cases.at("2027-01-01")) is late
    assert clock.late_at(cases.at("2027-01-01")) is (late and binding)
