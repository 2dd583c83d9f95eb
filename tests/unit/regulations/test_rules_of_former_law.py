"""Every rule of the former law that has a clock, from a case that makes it run; shared norms are the same there.

The shared norms (`C-…`) have their own tables under the present law; here they must not differ from it.
"""

import re
from datetime import timedelta

import pytest

from tests.library import LIBRARY

COMMUNE, LABOUR, HEALTH = "commune/lao-cai", "labour_authority/lao-cai", "health_authority/lao-cai"
DISTRICT, PROVINCE, GUARD = "district_police/lao-cai", "provincial_police/lao-cai", "border_guard/lao-cai"
MISSION, DEPARTMENT, GATE = "mission/abroad", "immigration_department/ha-noi", "immigration/lao-cai"
FACILITY, CONSULAR = "facility/lao-cai", "consular/ha-noi"
ID, BACK, HOUSE, JOBS, CARE = "identification", "return", "shelter", "support:vocational", "support:medical"


def on(lane, state, when, office, **stated):
    """A step of March 2025 (`04T10:00`), or of another month (`04-04T10:00`)."""
    return (lane, state, f"2025-{when if '-' in when else f'03-{when}'}", office, stated)


ABROAD = {"province": "abroad"}
MINOR, FOREIGN = {"age_band": "under_16"}, {"foreign": True}
NOTICE = on(ID, "SUPPORT_AGENCY_NOTIFIED", "03T09:00", COMMUNE)
CHECKED = on(ID, "INITIAL_CHECK_DONE", "04T09:00", LABOUR)
ASKED = on(ID, "POLICE_VERIFICATION", "05T09:00", LABOUR)
TAKEN = on(ID, "SUPPORT_AGENCY_RECEIVED", "03T12:00", LABOUR)
TOLD = on(ID, "IMMIGRATION_POLICE_NOTIFIED", "03T15:00", LABOUR)
LONGER = on(ID, "POLICE_VERIFICATION_EXTENDED", "20T09:00", DISTRICT)
DIRECTED = on(ID, "PROVINCE_DIRECTS_VERIFICATION", "21T09:00", PROVINCE)
UNDECIDED = on(ID, "SIGNS_REVIEW", "20T09:00", DISTRICT)
REFUTED = on(ID, "NOT_CONFIRMED", "20T09:00", DISTRICT)
DOUBTED = on(BACK, "VERIFICATION_REQUESTED_BY_MISSION", "04T09:00", MISSION)
GIVEN = on(BACK, "VERIFICATION_ASSIGNED", "04T10:00", DEPARTMENT)
REPORTED = on(BACK, "VERIFICATION_REPORTED", "10T10:00", DEPARTMENT)
ANSWERED = on(BACK, "VERIFICATION_ANSWERED", "11T10:00", DEPARTMENT)
AGREED = on(BACK, "RETURN_APPROVED", "12T10:00", MISSION)
ANNOUNCED = on(BACK, "ENTRY_ANNOUNCED", "13T10:00", MISSION, entry_on="2025-03-28")
SENT = on(BACK, "REPORTED_TO_QLXNC", "06T10:00", GATE)
WRITTEN = on(BACK, "SENT_TO_CONSULAR_DEPT", "07T10:00", DEPARTMENT)
NOTED = on(BACK, "EMBASSY_NOTE_SENT", "10T10:00", CONSULAR)
WELCOME = on(BACK, "RETURN_AGREED_BY_FOREIGN_STATE", "20T10:00", CONSULAR)
PAPERS = on(BACK, "EXIT_DOCUMENTS_ISSUED", "21T10:00", DEPARTMENT)
HOUSED = on(HOUSE, "IN_FACILITY", "03T10:00", FACILITY)
APPLIED = on(JOBS, "SUPPORT_REQUESTED", "03T10:00", COMMUNE)
PASSED = on(JOBS, "SUPPORT_FORWARDED", "05T10:00", COMMUNE)
APPRAISED = on(JOBS, "SUPPORT_APPRAISED", "10T10:00", LABOUR)
PROVED = on(ID, "VICTIM_CONFIRMED", "20T09:00", DISTRICT)
HOME = (COMMUNE, "self_report", {})
ALONE = (COMMUNE, "self_returned", {})
FREED = (PROVINCE, "rescued", {})
STRANGER = (PROVINCE, "foreign_victim", FOREIGN)
OUTSIDE = (MISSION, "returned_via_mission", ABROAD)

# All reports are of Monday 3 March 2025, 08:00. 7 April is a day off (Hùng kings' day), as are 30 April to 2 May.
TABLE = {
    # rule: report, steps, due at (first instant too late), what meets it, whose clock
    "A-SELF-03": (HOME, [NOTICE], "2025-03-07", (ID, "INITIAL_CHECK_DONE", LABOUR), LABOUR),
    # beside the check, not after it
    "A-SELF-04": (HOME, [NOTICE], "2025-03-07", (ID, "POLICE_VERIFICATION", LABOUR), LABOUR),
    "A-SELF-05": (HOME, [NOTICE, CHECKED, ASKED], "2025-03-26", (ID, "VICTIM_CONFIRMED", DISTRICT), DISTRICT),
    # two calendar months from the request of 5 March, not sixty days
    "A-SELF-06": (HOME, [NOTICE, CHECKED, ASKED, LONGER], "2025-05-06", (ID, "NOT_CONFIRMED", DISTRICT), DISTRICT),
    "A-SELF-07": (HOME, [NOTICE, CHECKED, ASKED, DIRECTED], "2025-05-21", (ID, "NOT_CONFIRMED", DISTRICT), PROVINCE),
    "A-SRT-01": (ALONE, [NOTICE], "2025-03-07", (ID, "INITIAL_CHECK_DONE", LABOUR), LABOUR),
    "A-SRT-02": (ALONE, [NOTICE, CHECKED, ASKED], "2025-03-26", (ID, "VICTIM_CONFIRMED", DISTRICT), DISTRICT),
    "A-RES-03": (FREED, [TAKEN, CHECKED, ASKED], "2025-03-26", (ID, "VICTIM_CONFIRMED", DISTRICT), DISTRICT),
    "A-FOR-05": (STRANGER, [TAKEN, TOLD], "2025-03-07", (ID, "INITIAL_CHECK_DONE", GATE), GATE),
    "A-FOR-06": (STRANGER, [TAKEN, TOLD, CHECKED, ASKED], "2025-03-26", (ID, "NOT_CONFIRMED", PROVINCE), PROVINCE),
    "A-ABR-02": (OUTSIDE, [], "2025-03-07", (BACK, "VERIFICATION_REQUESTED_BY_MISSION", MISSION), MISSION),
    "A-ABR-04": (OUTSIDE, [DOUBTED, GIVEN], "2025-03-15", (BACK, "VERIFICATION_REPORTED", DEPARTMENT), DEPARTMENT),
    "A-ABR-05": (
        OUTSIDE,
        [DOUBTED, GIVEN, REPORTED],
        "2025-03-14",
        (BACK, "VERIFICATION_ANSWERED", DEPARTMENT),
        DEPARTMENT,
    ),
    "A-ABR-06": (
        OUTSIDE,
        [DOUBTED, GIVEN, REPORTED, ANSWERED],
        "2025-03-15",
        (BACK, "RETURN_APPROVED", MISSION),
        MISSION,
    ),
    # three days before Friday 28 March: the 25th
    "A-MIS-01": (
        OUTSIDE,
        [DOUBTED, GIVEN, REPORTED, ANSWERED, AGREED, ANNOUNCED],
        "2025-03-26",
        (BACK, "BORDER_RECEPTION_PLANNED", DEPARTMENT),
        DEPARTMENT,
    ),
    "A-MIS-03": (
        OUTSIDE,
        [AGREED, ANNOUNCED],
        "2025-03-26",
        (BACK, "BORDER_RECEPTION_PLANNED", DEPARTMENT),
        DEPARTMENT,
    ),
    "A-FOR-07": (STRANGER, [SENT], "2025-03-11", (BACK, "SENT_TO_CONSULAR_DEPT", DEPARTMENT), DEPARTMENT),
    "A-FOR-08": (STRANGER, [SENT, WRITTEN], "2025-03-11", (BACK, "EMBASSY_NOTE_SENT", CONSULAR), CONSULAR),
    "A-FOR-01": (
        STRANGER,
        [SENT, WRITTEN, NOTED, WELCOME],
        "2025-03-26",
        (BACK, "EXIT_DOCUMENTS_ISSUED", DEPARTMENT),
        DEPARTMENT,
    ),
    "A-SUP-02": (HOME, [APPLIED], "2025-03-07", (JOBS, "SUPPORT_FORWARDED", COMMUNE), COMMUNE),
    "A-SUP-03": (HOME, [APPLIED, PASSED], "2025-03-13", (JOBS, "SUPPORT_APPRAISED", LABOUR), LABOUR),
    "A-SUP-04": (HOME, [APPLIED, PASSED, APPRAISED], "2025-03-14", (JOBS, "SUPPORT_DECIDED", LABOUR), LABOUR),
    # the sixtieth day is Friday 2 May, a day off: with the weekend it moves to Monday 5 May
    "A-SUP-05": (HOME, [HOUSED], "2025-05-06", (HOUSE, "FACILITY_LEFT", FACILITY), FACILITY),
    # twenty days before Monday 5 May is 15 April
    "A-MIN-02": (
        (COMMUNE, "self_report", MINOR),
        [HOUSED],
        "2025-04-16",
        (HOUSE, "RELATIVES_NOTIFIED", FACILITY),
        FACILITY,
    ),
}
# Its stop names the date, so it cannot be in a table of clocks that wait for one.
BY_ITS_STOP = {"A-ABR-07"}
IMMEDIATE = {
    "A-SELF-01": ((GUARD, "self_report", {}), []),
    "A-SELF-02": (HOME, []),
    "A-RES-02": (FREED, []),
    "A-FOR-02": (("hotline_111/ha-noi", "foreign_victim", {**FOREIGN, "province": "lao-cai"}), []),
    "A-FOR-03": (STRANGER, []),
    "A-FOR-04": (STRANGER, [TAKEN]),
    "A-ABR-01": ((MISSION, "abroad", ABROAD), []),
    "A-ABR-03": (OUTSIDE, [DOUBTED]),
    "A-MIS-02": ((GUARD, "returned_via_mission", {}), []),
}
WITHOUT_NUMBER = {
    "A-RES-01": (FREED, []),
    "A-RES-04": (FREED, [TAKEN, CHECKED, ASKED, REFUTED]),
    "A-SRT-03": ((GUARD, "self_returned", {}), []),
    "A-SIG-01": (HOME, [NOTICE, CHECKED, ASKED, UNDECIDED]),
    "A-MIS-04": (
        (GUARD, "returned_via_mission", {}),
        [on(BACK, "RETURN_CERTIFIED", "03T12:00", GATE)],
    ),
    "A-MIS-05": (
        OUTSIDE,
        [AGREED, ANNOUNCED, on(BACK, "BORDER_ARRIVED", "28T12:00", GUARD)],
    ),
    "A-MIS-06": (
        (GUARD, "returned_via_mission", {}),
        [on(BACK, "PLACEMENT_NEEDED", "03T12:00", GUARD)],
    ),
    "A-MIN-01": ((GUARD, "returned_via_mission", MINOR), [on(BACK, "SUPPORT_AGENCY_RECEIVED", "03T12:00", LABOUR)]),
    "A-FOR-09": (STRANGER, [SENT, WRITTEN, NOTED, WELCOME, PAPERS]),
    "A-PRO-01": (HOME, [on("protection", "PROTECTION_REQUESTED", "03T10:00", COMMUNE)]),
    "A-PRO-05": (
        HOME,
        [
            on("protection", "PROTECTION_REQUESTED", "03T10:00", COMMUNE),
            on("protection", "PROTECTION_ACTIVE", "03T11:00", COMMUNE),
        ],
    ),
    "A-REF-01": (
        HOME,
        [
            on(CARE, "SUPPORT_NEED_ASSESSED", "03T10:00", LABOUR),
            on(CARE, "SUPPORT_REFERRED", "03T11:00", LABOUR),
        ],
    ),
}


@pytest.fixture(scope="module")
def told(former):
    """Folds a report with its steps: lane, state, instant, office, attributes."""

    def tell(report, steps):
        reporter, route, more = report
        facts = [former.fact(seq, step[:4], attributes=step[4]) for seq, step in enumerate(steps, start=1)]
        return former.fold(former.opening(reporter, route, "2025-03-03T08:00", **more), facts)

    return tell


def running(pack, unit):
    own = (rule for rule in pack.rules.values() if rule.id.startswith("A-") and rule.has_clock)
    return {rule.id for rule in own if (rule.unit == unit if unit else rule.amount)}


def test_tables_hold_every_rule_of_the_law_that_has_a_clock(former):
    assert running(former.pack, None) == TABLE.keys() | BY_ITS_STOP
    assert running(former.pack, "immediate") == IMMEDIATE.keys()
    assert running(former.pack, "none") == WITHOUT_NUMBER.keys()


@pytest.mark.parametrize("rule", TABLE)
def test_is_due_as_the_text_says(former, told, rule):
    report, steps, due_at, _, office = TABLE[rule]
    clock = told(report, steps).newest()[rule]
    assert (clock.due_at, clock.office, clock.confidence) == (former.at(due_at), office, "verified text")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("rule", TABLE)
def test_is_met_until_the_last_instant_and_met_late_after_it(former, told, rule, late):
    report, steps, due_at, (lane, stop, office), _ = TABLE[rule]
    edge = former.at(due_at) - timedelta(minutes=0 if late else 1)
    last = (lane, stop, edge.replace(tzinfo=None).isoformat(timespec="minutes"), office, {})
    clock = told(report, [*steps, last]).newest()[rule]
    assert clock.state_at(former.at("2027-01-01")) == ("met_late" if late else "met")


@pytest.mark.parametrize("rule", IMMEDIATE)
def test_immediate_is_due_at_its_start_and_never_breached(former, told, rule):
    clock = told(*IMMEDIATE[rule]).newest()[rule]
    assert clock.due_at == clock.started_at
    assert clock.state_at(former.at("2027-01-01")) == "running"


@pytest.mark.parametrize("rule", WITHOUT_NUMBER)
def test_rule_without_number_is_a_reminder_and_never_late(former, told, rule):
    clock = told(*WITHOUT_NUMBER[rule]).newest()[rule]
    assert (clock.due_at, clock.state_at(former.at("2027-01-01"))) == (None, "reminder")


@pytest.mark.parametrize(("when", "state"), [("2025-03-21T23:59", "met"), ("2025-03-22T00:00", "met_late")])
def test_entry_is_announced_five_days_before_the_date_that_it_names(former, told, when, state):
    """Five days before Wednesday 26 March is Friday the 21st."""
    said = (BACK, "ENTRY_ANNOUNCED", when, MISSION, {"entry_on": "2025-03-26"})
    clock = told(OUTSIDE, [AGREED, said]).newest()["A-ABR-07"]
    assert (clock.due_at, clock.state_at(former.at("2027-01-01"))) == (former.at("2025-03-22"), state)


BY_AIR, BY_LAND = {"entry_by_air": True}, {"entry_by_land_or_sea": True}
EARLY = on(BACK, "RETURN_APPROVED", "12T10:00", MISSION, entry_on="2025-03-26")
SAID_SO = on(BACK, "ENTRY_ANNOUNCED", "13T10:00", MISSION)
MOVED = on(BACK, "ENTRY_ANNOUNCED", "13T10:00", MISSION, entry_on="2025-04-10", **BY_AIR)
PLANNED = on(BACK, "BORDER_RECEPTION_PLANNED", "27T10:00", DEPARTMENT)
ENTRY = [
    # steps, rule, due at (first instant too late), state on 24 March. Three days before 26 March is a Sunday, before
    # 10 April a day off, five days before it a Saturday: they stay, because only an inference moves them back.
    ([AGREED], "A-ABR-07", None, "running"),
    ([EARLY], "A-ABR-07", "2025-03-22", "breached"),
    ([EARLY, SAID_SO], "A-ABR-07", "2025-03-22", "met"),
    ([EARLY, MOVED], "A-ABR-07", "2025-04-06", "met"),
    ([EARLY, SAID_SO], "A-MIS-01", "2025-03-24", "breached"),
    ([EARLY, SAID_SO], "A-MIS-03", "2025-03-24", "breached"),
    ([AGREED, ANNOUNCED], "A-MIS-01", "2025-03-26", "running"),
    ([AGREED, ANNOUNCED, PLANNED], "A-MIS-01", "2025-03-26", "met_late"),
    ([AGREED, MOVED], "A-MIS-03", "2025-04-08", "running"),
]


@pytest.mark.parametrize(("steps", "rule", "due_at", "state"), ENTRY)
def test_date_of_entry_sets_the_lead_times_from_the_step_that_names_it_on(former, told, steps, rule, due_at, state):
    clock = told(OUTSIDE, steps).newest()[rule]
    assert clock.due_at == (former.at(due_at) if due_at else None)
    assert clock.state_at(former.at("2025-03-24T12:00")) == state


def test_lead_before_a_date_that_nobody_named_only_reminds(former, told):
    clock = told(OUTSIDE, [AGREED]).newest()["A-ABR-07"]
    assert (clock.due_at, clock.state_at(former.at("2027-01-01"))) == (None, "running")
    unreadable = (BACK, "ENTRY_ANNOUNCED", "2025-03-20T10:00", MISSION, {"entry_on": "tomorrow"})
    assert told(OUTSIDE, [AGREED, unreadable]).newest()["A-MIS-01"].due_at is None


@pytest.mark.parametrize(
    ("gate", "rules"),
    [
        ("entry_by_air", {"A-MIS-03"}),
        ("entry_by_land_or_sea", {"A-MIS-01"}),
        ("entry_on_foot", {"A-MIS-01", "A-MIS-03"}),
    ],
)
def test_kind_of_gate_decides_who_is_told(told, gate, rules):
    said = on(BACK, "ENTRY_ANNOUNCED", "13T10:00", MISSION, entry_on="2025-03-28", **{gate: True})
    assert {"A-MIS-01", "A-MIS-03"} & told(OUTSIDE, [AGREED, said]).newest().keys() == rules


def test_both_ceilings_of_a_complex_case_run_and_the_twenty_days_are_replaced(told):
    clocks = told(HOME, [NOTICE, CHECKED, ASKED, LONGER, DIRECTED]).newest()
    assert clocks["A-SELF-05"].replaced_by == clocks["A-SELF-06"].clock_id
    assert clocks["A-SELF-06"].open
    assert clocks["A-SELF-07"].open


def test_foreign_case_has_no_extension(told):
    clocks = told(STRANGER, [TAKEN, TOLD, CHECKED, ASKED, LONGER, DIRECTED]).newest()
    assert clocks["A-FOR-06"].open
    assert not {"A-SELF-05", "A-SELF-06", "A-SELF-07"} & clocks.keys()


def test_paper_makes_the_request_fall_away(told):
    held = on(ID, "INITIAL_CHECK_DONE", "04T09:00", LABOUR, holds_paper=True)
    clocks = told(HOME, [NOTICE, held]).newest()
    assert clocks["A-SELF-04"].void_reason == "no-longer-applies"
    assert clocks["A-SELF-03"].met_at is not None


def test_review_on_fall_back_grounds_does_not_stop_the_twenty_days(told):
    assert told(HOME, [NOTICE, CHECKED, ASKED, UNDECIDED]).newest()["A-SELF-05"].open


def test_steps_of_the_application_may_be_missing_and_are_owed(told):
    decided = on(JOBS, "SUPPORT_DECIDED", "21T10:00", LABOUR)  # the person is a victim since the day before
    state = told(HOME, [NOTICE, CHECKED, ASKED, PROVED, APPLIED, decided])
    assert set(state.flags) == {f"gap:{JOBS}:SUPPORT_FORWARDED", f"gap:{JOBS}:SUPPORT_APPRAISED"}


SAME = (
    "kind",
    "amount",
    "unit",
    "profile",
    "confidence",
    "citation",
    "counts_from",
    "replaces",
    "before",
    "alternatives",
)


def test_shared_norms_are_the_same_under_both_laws(former, pack):
    """But for the offices, and for what the one law adds to a norm (a filter, a further stop)."""
    shared = {rule for rule in former.pack.rules if rule.startswith("C-")}
    assert shared == {rule for rule in pack.rules if rule.startswith("C-")}
    for rule in shared:
        ours, theirs = former.pack.rules[rule], pack.rules[rule]
        assert [getattr(ours, name) for name in SAME] == [getattr(theirs, name) for name in SAME], rule
        assert (ours.from_, ours.to, ours.starts, ours.stops) == (theirs.from_, theirs.to, theirs.starts, theirs.stops)
    assert former.pack.risks.keys() == pack.risks.keys()
    assert former.pack.measures.keys() == pack.measures.keys()


def test_no_rule_of_the_other_law_is_in_a_pack(former, pack):
    assert not [rule for rule in former.pack.rules if re.match("B-", rule)]
    assert not [rule for rule in pack.rules if re.match("A-", rule)]
    assert former.pack is LIBRARY.packs()["law-66-2011"]
