"""The rules of the lanes that a step opens (support, protection, shelter, fund) or a journey does (return), as the
table of the other lanes: every rule that has a clock, from a case that makes it run.
"""

from datetime import timedelta

import pytest

POLICE, COMMUNE, HEALTH = "provincial_police/lang-son", "commune/lang-son", "health_authority/lang-son"
GUARD, AID, FACILITY = "border_guard/lang-son", "legal_aid/lang-son", "facility/lang-son"
MISSION, DEPARTMENT, CONSULAR = "mission/abroad", "immigration_department/ha-noi", "consular/ha-noi"
OTHERS = ("identification", "crime", "child")
JOBS, NEEDS, LEGAL, LOAN = "support:vocational", "support:essential_needs", "support:legal_aid", "support:loan"
MIND = "support:psychological"


def on(lane, state, when, office):
    return (lane, state, f"2026-03-{when}", office)


ASKED = on(JOBS, "SUPPORT_REQUESTED", "02T10:00", HEALTH)
TALKED = on(MIND, "SUPPORT_DELIVERED", "02T09:00", FACILITY)
FED = on(NEEDS, "SUPPORT_DELIVERED", "02T09:00", GUARD)
AT_CENTRE = on(LEGAL, "SUPPORT_REQUESTED", "02T10:00", AID)
TAKEN = on(LEGAL, "SUPPORT_DECIDED", "02T11:00", AID)
SENT = on(LEGAL, "SUPPORT_REFERRED", "02T11:00", HEALTH)
ACCEPTED = on(LEGAL, "REFERRAL_ACCEPTED", "02T12:00", AID)
ADVICE = on(LEGAL, "LEGAL_AID_ADVICE_ONLY", "03T09:00", AID)
COMPLEX = on(LEGAL, "LEGAL_AID_COMPLEX", "04T09:00", AID)
HOUSED = on("shelter", "IN_FACILITY", "02T10:00", FACILITY)
HOSTED = on("shelter", "COMMUNITY_CARE", "02T10:00", COMMUNE)
MONEY = on("fund", "FUND_REQUESTED", "02T10:00", HEALTH)
VALID = on("fund", "FUND_DOSSIER_COMPLETE", "02T12:00", HEALTH)
APPRAISED = on("fund", "FUND_APPRAISED", "03T10:00", HEALTH)
PAYS = on("fund", "FUND_DECIDED", "03T12:00", HEALTH)

# All reports are of Monday 2 March 2026, 08:00: a self-report to the health authority, urgent, in a plain commune.
TABLE = {
    # rule: steps, due at (first instant too late), what meets it, whose clock
    "B-SUP-01": ([ASKED], "2026-03-14", (JOBS, "SUPPORT_DECIDED", HEALTH), HEALTH),
    "B-SUP-02": ([FED], "2026-07-01", (NEEDS, "SUPPORT_ENDED", GUARD), GUARD),
    "B-SUP-07": ([TALKED], "2026-06-03", (MIND, "SUPPORT_ENDED", FACILITY), FACILITY),
    "C-LA-01": (
        [on(LEGAL, "SUPPORT_REQUESTED", "02T10:00", POLICE)],
        "2026-03-03T10:00",
        (LEGAL, "SUPPORT_REFERRED", POLICE),
        POLICE,
    ),
    "C-LA-03": ([AT_CENTRE, TAKEN], "2026-03-10", (LEGAL, "LEGAL_AID_PROOF_SUPPLIED", AID), AID),
    "C-LA-04": ([AT_CENTRE, TAKEN], "2026-03-06", (LEGAL, "LEGAL_AID_ASSIGNED", AID), AID),
    # ten and thirty days are both counted from the acceptance
    "C-LA-05": (
        [on(LEGAL, "SUPPORT_REQUESTED", "02T10:00", HEALTH), SENT, ACCEPTED, ADVICE],
        "2026-03-13",
        (LEGAL, "LEGAL_AID_ANSWERED", AID),
        AID,
    ),
    "C-LA-05a": (
        [on(LEGAL, "SUPPORT_REQUESTED", "02T10:00", HEALTH), SENT, ACCEPTED, ADVICE, COMPLEX],
        "2026-04-02",
        (LEGAL, "LEGAL_AID_ANSWERED", AID),
        AID,
    ),
    "C-SOC-02": ([HOUSED], "2026-03-17", ("shelter", "FACILITY_DOSSIER_COMPLETE", FACILITY), FACILITY),
    "C-SOC-03": ([HOUSED], "2026-06-03", ("shelter", "FACILITY_LEFT", FACILITY), FACILITY),
    "C-SOC-04": ([HOSTED], "2026-06-03", ("shelter", "COMMUNITY_CARE_ENDED", COMMUNE), COMMUNE),
    "B-FND-01": ([MONEY], "2026-03-05", ("fund", "FUND_COMPLETION_ASKED", POLICE), POLICE),
    "B-FND-02": ([MONEY, VALID], "2026-03-06", ("fund", "FUND_APPRAISED", POLICE), POLICE),
    "B-FND-02a": (
        [MONEY, VALID, on("fund", "FUND_CASE_COMPLEX", "03T09:00", POLICE)],
        "2026-03-10",
        ("fund", "FUND_APPRAISED", POLICE),
        POLICE,
    ),
    "B-FND-03": ([MONEY, VALID, APPRAISED], "2026-03-05", ("fund", "FUND_DECIDED", POLICE), POLICE),
    "B-FND-04": ([MONEY, VALID, APPRAISED, PAYS], "2026-03-06", ("fund", "FUND_PAID", HEALTH), HEALTH),
}
PROTECTED = on("protection", "PROTECTION_REQUESTED", "02T10:00", COMMUNE)
IMMEDIATE = {
    # rule: reporter, route, steps, whose clock, confidence
    "B-ABR-01": (MISSION, "abroad", [], MISSION, "verified text"),
    "B-ABR-02": (
        MISSION,
        "returned_via_mission",
        [on("return", "VERIFICATION_REQUESTED_BY_MISSION", "03T09:00", MISSION)],
        DEPARTMENT,
        "verified text",
    ),
    "B-MIS-01": (GUARD, "returned_via_mission", [], GUARD, "verified text"),
    "C-LA-02": (HEALTH, "self_report", [AT_CENTRE], AID, "verified text"),
    "C-SOC-01": (
        HEALTH,
        "self_report",
        [on("shelter", "EMERGENCY_NEED", "02T09:00", COMMUNE)],
        COMMUNE,
        "verified text",
    ),
    "C-PRO-01": (
        HEALTH,
        "self_report",
        [PROTECTED, on("protection", "PROTECTION_DECIDED", "02T12:00", POLICE)],
        POLICE,
        "verified text",
    ),
    "C-PRO-01a": (
        HEALTH,
        "self_report",
        [PROTECTED, on("protection", "PROTECTION_DECIDED", "02T12:00", COMMUNE)],
        COMMUNE,
        "inferred",
    ),
}
WITHOUT_NUMBER = {
    "B-PRO-01": (HEALTH, "self_report", [PROTECTED], POLICE),
    "C-PRO-02": (HEALTH, "self_report", [PROTECTED, on("protection", "PROTECTION_ACTIVE", "02T12:00", GUARD)], GUARD),
    "B-ABR-02a": (
        MISSION,
        "returned_via_mission",
        [on("return", "VERIFICATION_REQUESTED_BY_MISSION", "03T09:00", MISSION)],
        DEPARTMENT,
    ),
    "B-MIN-01": (HEALTH, "returned_via_mission", [], HEALTH),
    "B-FOR-05": (
        FACILITY,
        "foreign_victim",
        [
            on("return", "RETURN_AGREED_BY_FOREIGN_STATE", "09T09:00", CONSULAR),
            on("return", "EXIT_DOCUMENTS_ISSUED", "10T09:00", DEPARTMENT),
        ],
        "immigration/lang-son",
    ),
    "B-FOR-01": (
        FACILITY,
        "foreign_victim",
        [on("return", "RETURN_AGREED_BY_FOREIGN_STATE", "09T09:00", CONSULAR)],
        DEPARTMENT,
    ),
    "B-SUP-06": (HEALTH, "self_report", [on(LOAN, "SUPPORT_REQUESTED", "02T10:00", COMMUNE)], HEALTH),
}


@pytest.fixture
def told(cases):
    def tell(*steps, reporter=HEALTH, route="self_report", **more):
        fields = {"province": "lang-son", "urgent": True, "age_band": "unknown", **more}
        return cases.told(cases.opening(reporter, route, "2026-03-02T08:00", **fields), *steps)

    return tell


def test_tables_hold_every_rule_that_has_a_clock(pack):
    running = [rule for rule in pack.rules.values() if rule.has_clock and not set(rule.lanes) & set(OTHERS)]
    assert {rule.id for rule in running if rule.amount} == TABLE.keys()
    assert {rule.id for rule in running if rule.unit == "immediate"} == IMMEDIATE.keys()
    assert {rule.id for rule in running if rule.unit == "none"} == WITHOUT_NUMBER.keys()


@pytest.mark.parametrize("rule", TABLE)
def test_is_due_as_the_text_says(cases, told, rule):
    steps, due_at, _, office = TABLE[rule]
    clock = told(*steps).newest()[rule]
    assert (clock.due_at, clock.office, clock.open) == (cases.at(due_at), office, True)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("rule", TABLE)
def test_is_met_until_the_last_instant_and_met_late_after_it(cases, told, rule, late):
    steps, due_at, (lane, stop, office), _ = TABLE[rule]
    edge = cases.at(due_at) - timedelta(minutes=0 if late else 1)
    clock = told(*steps, (lane, stop, edge.replace(tzinfo=None).isoformat(timespec="minutes"), office)).newest()[rule]
    verified = clock.confidence == "verified text"
    assert clock.state_at(cases.at("2027-01-01")) == ("met_late" if late and verified else "met")
    assert clock.over_at(cases.at("2027-01-01")) is late
    assert clock.late_at(cases.at("2027-01-01")) is (late and verified)


@pytest.mark.parametrize("rule", IMMEDIATE)
def test_immediate_is_due_at_its_start_and_never_breached(cases, told, rule):
    reporter, route, steps, office, confidence = IMMEDIATE[rule]
    clock = told(*steps, reporter=reporter, route=route).newest()[rule]
    assert (clock.due_at, clock.office, clock.confidence) == (clock.started_at, office, confidence)
    assert clock.state_at(cases.at("2027-01-01")) == ("running" if confidence == "verified text" else "reminder")


@pytest.mark.parametrize("rule", WITHOUT_NUMBER)
def test_rule_without_number_is_a_reminder_and_never_late(cases, told, rule):
    reporter, route, steps, office = WITHOUT_NUMBER[rule]
    clock = told(*steps, reporter=reporter, route=route).newest()[rule]
    assert (clock.due_at, clock.office) == (None, office)
    assert clock.state_at(cases.at("2027-01-01")) == "reminder"
    assert not clock.late_at(cases.at("2027-01-01"))


@pytest.mark.parametrize(
    ("rule", "steps", "more"),
    [
        ("B-SUP-01", [on("support:medical", "SUPPORT_REQUESTED", "02T10:00", HEALTH)], {}),
        ("B-SUP-02", [on("support:medical", "SUPPORT_DELIVERED", "02T10:00", HEALTH)], {}),
        ("C-LA-01", [on(LEGAL, "SUPPORT_REQUESTED", "02T10:00", HEALTH)], {}),
        ("C-LA-01", [AT_CENTRE], {}),
        ("C-LA-03", [AT_CENTRE, TAKEN], {"urgent": False}),
        ("B-MIN-01", [], {"route": "returned_via_mission", "age_band": "adult"}),
        ("C-PRO-01", [PROTECTED, on("protection", "PROTECTION_DECIDED", "02T12:00", GUARD)], {}),
    ],
)
def test_rule_that_does_not_apply_does_not_start(told, rule, steps, more):
    assert rule not in told(*steps, **more).newest()


@pytest.mark.parametrize("kind", ["general_education", "vocational", "hardship_allowance"])
def test_nine_working_days_for_each_kind_that_is_applied_for(cases, told, kind):
    state = told(on(f"support:{kind}", "SUPPORT_REQUESTED", "02T10:00", COMMUNE))
    lane, clock = state.lanes[f"support:{kind}"], state.newest()["B-SUP-01"]
    assert (lane.holder, clock.office, clock.lane) == (HEALTH, HEALTH, f"support:{kind}")
    assert clock.due_at == cases.at("2026-03-14")


def test_proof_for_legal_aid_in_a_remote_commune_has_ten_working_days(cases, told):
    clock = told(AT_CENTRE, TAKEN, commune="mau-son").newest()["C-LA-03"]
    assert (clock.amount, clock.due_at) == (10, cases.at("2026-03-17"))
