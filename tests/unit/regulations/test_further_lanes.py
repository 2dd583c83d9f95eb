"""Support, protection, shelter, return and fund, told as cases: who holds, what may follow, what begins again."""

import pytest

from contracts.codes import Role
from regulations import Contradiction, may_state, rights

POLICE, COMMUNE, HEALTH = "provincial_police/lang-son", "commune/lang-son", "health_authority/lang-son"
GUARD, AID, FACILITY = "border_guard/lang-son", "legal_aid/lang-son", "facility/lang-son"
MISSION, PROVIDER, CONSULAR = "mission/abroad", "provider/lang-son", "consular/ha-noi"
JOBS, NEEDS, LEGAL, CARE = "support:vocational", "support:essential_needs", "support:legal_aid", "support:medical"
GONE = {Role.DISTRICT_POLICE, Role.LABOUR_AUTHORITY}
"""Roles of the rights table that ended before this law."""


@pytest.fixture
def told(cases):
    def tell(*steps, reporter=HEALTH, route="self_report", **more):
        opening = cases.opening(reporter, route, "2026-03-02T08:00", **{"province": "lang-son", **more})
        return cases.told(opening, *((lane, state, f"2026-{when}", office) for lane, state, when, office in steps))

    return tell


def refused(told, *steps, **more):
    with pytest.raises(Contradiction) as caught:
        told(*steps, **more)
    return caught.value.slug


# support


def test_every_kind_has_a_lane_of_its_own_name(pack):
    lanes = {code: lane for code, lane in pack.lanes.items() if code.startswith("support:")}
    assert {code.removeprefix("support:") for code in lanes} == pack.entitlements.keys()
    assert len({lane.label.vi for lane in lanes.values()}) == len(lanes) == 11
    assert all(lane.code == code for code, lane in lanes.items())
    assert "LEGAL_AID_ASSIGNED" in lanes[LEGAL].by_code
    assert "LEGAL_AID_ASSIGNED" not in lanes[JOBS].by_code
    assert pack.rules["B-SUP-01"].lanes == ("support:general_education", JOBS, "support:hardship_allowance")


def test_application_is_decided_before_it_is_given(told):
    asked = (JOBS, "SUPPORT_REQUESTED", "03-03T09:00", COMMUNE)
    assert refused(told, asked, (JOBS, "SUPPORT_DELIVERED", "03-04T09:00", PROVIDER)) == "not-asked-for"
    assert refused(told, (JOBS, "SUPPORT_DECIDED", "03-04T09:00", HEALTH)) == "not-asked-for"
    state = told(
        asked,
        (JOBS, "SUPPORT_DECIDED", "03-05T09:00", HEALTH),
        (JOBS, "SUPPORT_REFERRED", "03-05T10:00", HEALTH),
        (JOBS, "REFERRAL_DECLINED", "03-06T10:00", PROVIDER),
        (JOBS, "SUPPORT_REFERRED", "03-06T11:00", HEALTH),
        (JOBS, "REFERRAL_ACCEPTED", "03-06T12:00", FACILITY),
        (JOBS, "SUPPORT_DELIVERED", "03-09T08:00", FACILITY),
        (JOBS, "SUPPORT_ENDED", "04-09T08:00", HEALTH),
    )
    assert (state.lanes[JOBS].holder, state.lanes[JOBS].terminal, state.gaps) == (HEALTH, True, ())


def test_what_is_needed_at_once_is_given_at_once_and_taken_over_later(told):
    given = (NEEDS, "SUPPORT_DELIVERED", "03-02T09:00", GUARD)
    assert told(given).lanes[NEEDS].holder == GUARD
    state = told(
        given,
        (NEEDS, "SUPPORT_DELIVERED", "03-03T09:00", GUARD),
        (NEEDS, "SUPPORT_REQUESTED", "03-04T09:00", COMMUNE),
        (NEEDS, "SUPPORT_DECIDED", "03-04T10:00", HEALTH),
        (NEEDS, "SUPPORT_DELIVERED", "03-05T10:00", FACILITY),
    )
    ceiling = [clock for clock in state.clocks if clock.rule == "B-SUP-02"]
    assert (state.lanes[NEEDS].holder, len(ceiling), ceiling[0].reminder) == (HEALTH, 1, True)
    assert ceiling[0].started_by == "fact_1"


def test_prolonged_essential_needs_have_no_ceiling_any_more(told):
    state = told(
        (NEEDS, "SUPPORT_DELIVERED", "03-02T09:00", FACILITY),
        (NEEDS, "ESSENTIAL_NEEDS_PROLONGED", "06-20T09:00", HEALTH),
        (NEEDS, "SUPPORT_DELIVERED", "07-02T09:00", FACILITY),
    )
    assert [(clock.n, clock.void_reason) for clock in state.clocks if clock.rule == "B-SUP-02"] == [
        (1, "no-longer-applies")
    ]


def test_refused_support_may_be_asked_for_again(cases, told):
    first = [(JOBS, "SUPPORT_REQUESTED", "03-03T09:00", HEALTH), (JOBS, "SUPPORT_REFUSED", "03-04T09:00", HEALTH)]
    assert refused(told, *first, (JOBS, "SUPPORT_DECIDED", "03-05T09:00", HEALTH)) == "after-the-end"
    assert refused(told, *first, (JOBS, "SUPPORT_REFERRED", "03-05T09:00", HEALTH)) == "after-the-end"
    state = told(*first, (JOBS, "SUPPORT_REQUESTED", "04-06T09:00", HEALTH))
    assert [clock.n for clock in state.clocks if clock.rule == "B-SUP-01"] == [1, 2]
    assert state.newest()["B-SUP-01"].started_at == cases.at("2026-04-06T09:00")
    assert not state.lanes[JOBS].terminal


def test_open_request_is_not_asked_twice(told):
    asked = (JOBS, "SUPPORT_REQUESTED", "03-03T09:00", HEALTH)
    assert refused(told, asked, (JOBS, "SUPPORT_REQUESTED", "03-04T09:00", HEALTH)) == "already-there"


def test_police_keep_a_request_for_legal_aid_until_the_centre_knows(told):
    asked = (LEGAL, "SUPPORT_REQUESTED", "03-03T09:00", POLICE)
    assert told(asked).lanes[LEGAL].holder == POLICE
    state = told(asked, (LEGAL, "SUPPORT_REFERRED", "03-03T15:00", POLICE))
    assert (state.lanes[LEGAL].holder, state.newest()["C-LA-01"].met_by) == (AID, "fact_2")
    assert state.newest()["C-LA-02"].office == AID


def test_advice_needs_nobody_appointed(told):
    state = told(
        (LEGAL, "SUPPORT_REQUESTED", "03-03T09:00", AID),
        (LEGAL, "SUPPORT_DECIDED", "03-03T10:00", AID),
        (LEGAL, "LEGAL_AID_ADVICE_ONLY", "03-04T10:00", AID),
        (LEGAL, "LEGAL_AID_COMPLEX", "03-05T10:00", AID),
        (LEGAL, "LEGAL_AID_ANSWERED", "03-12T10:00", AID),
    )
    clocks = state.newest()
    assert clocks["C-LA-04"].void_reason == "no-longer-applies"
    assert clocks["C-LA-05"].replaced_by == clocks["C-LA-05a"].clock_id
    assert clocks["C-LA-05a"].met_by == "fact_5"


# protection


def test_urgent_protection_goes_before_its_paper(told):
    asked = ("protection", "PROTECTION_REQUESTED", "03-02T22:00", COMMUNE)
    assert told(asked).lanes["protection"].holder == POLICE
    state = told(
        asked,
        ("protection", "PROTECTION_ACTIVE", "03-02T22:30", COMMUNE),
        ("protection", "PROTECTION_PAPER_FILED", "03-03T09:00", COMMUNE),
        ("protection", "PROTECTION_CHANGED", "03-04T09:00", COMMUNE),
        ("protection", "PROTECTION_CHANGED", "03-05T09:00", POLICE),
    )
    assert (state.lanes["protection"].state, state.lanes["protection"].holder) == ("PROTECTION_ACTIVE", COMMUNE)
    assert state.newest()["B-PRO-01"].met_by == "fact_2"
    assert state.gaps == ()


def test_new_danger_after_the_end_is_a_new_request(told):
    steps = [
        ("protection", "PROTECTION_REQUESTED", "03-02T22:00", HEALTH),
        ("protection", "PROTECTION_DECIDED", "03-03T09:00", POLICE),
        ("protection", "PROTECTION_ACTIVE", "03-03T10:00", POLICE),
        ("protection", "PROTECTION_ENDED", "04-03T10:00", POLICE),
    ]
    assert refused(told, *steps, ("protection", "PROTECTION_ACTIVE", "04-04T10:00", POLICE)) == "after-the-end"
    state = told(*steps, ("protection", "PROTECTION_REQUESTED", "05-04T10:00", COMMUNE))
    assert (state.lanes["protection"].state, state.lanes["protection"].holder) == ("PROTECTION_REQUESTED", POLICE)


@pytest.mark.parametrize("before", [(), ("PROTECTION_DECIDED",), ("PROTECTION_ACTIVE",)])
def test_person_may_refuse_protection_at_any_time_if_free_of_pressure(cases, told, before):
    steps = [("protection", state, f"03-03T1{place}:00", POLICE) for place, state in enumerate(before)]
    asked = ("protection", "PROTECTION_REQUESTED", "03-02T22:00", COMMUNE)
    said_no = ("protection", "PROTECTION_REFUSED_BY_PERSON", "03-05T09:00", POLICE)
    assert refused(told, asked, *steps, said_no) == "not-asked-for", "under threat, or nobody asked: it goes on"
    stated = [(lane, code, f"2026-{when}", office) for lane, code, when, office in (asked, *steps, said_no)]
    facts = [cases.fact(seq, step, attributes={"free_of_pressure": True}) for seq, step in enumerate(stated, start=1)]
    state = cases.fold(cases.opening(HEALTH, "self_report", "2026-03-02T08:00", province="lang-son"), facts)
    assert state.lanes["protection"].terminal
    assert not [clock for clock in state.clocks if clock.lane == "protection" and clock.open]


# shelter, return, fund


def test_three_months_in_a_facility_unless_it_is_prolonged(told):
    steps = [("shelter", "EMERGENCY_NEED", "03-02T09:00", GUARD), ("shelter", "IN_FACILITY", "03-02T12:00", FACILITY)]
    waiting = told(steps[0])
    assert (waiting.lanes["shelter"].holder, waiting.newest()["C-SOC-01"].office) == (GUARD, GUARD)
    assert FACILITY not in waiting.past_holders, "no facility learns of the person before one is asked"
    state = told(*steps)
    assert (state.lanes["shelter"].holder, state.newest()["C-SOC-01"].met_by) == (FACILITY, "fact_2")
    state = told(*steps, ("shelter", "STAY_PROLONGED", "05-30T12:00", HEALTH))
    assert state.newest()["C-SOC-03"].void_reason == "no-longer-applies"
    moved = told(*steps, ("shelter", "COMMUNITY_CARE", "04-01T12:00", COMMUNE))
    assert (moved.lanes["shelter"].holder, moved.newest()["C-SOC-03"].met_by) == (COMMUNE, "fact_3")
    assert moved.newest()["C-SOC-04"].open


def test_journey_home_through_the_mission(told):
    department = "immigration_department/ha-noi"
    state = told(
        ("return", "VERIFICATION_REQUESTED_BY_MISSION", "03-03T09:00", MISSION),
        ("return", "VERIFICATION_ANSWERED", "03-06T09:00", department),
        ("return", "TRAVEL_PAPERS_ISSUED", "03-07T09:00", MISSION),
        ("return", "ENTRY_ANNOUNCED", "03-08T09:00", MISSION),
        ("return", "BORDER_RECEIVED", "03-12T09:00", GUARD),
        ("return", "SUPPORT_AGENCY_RECEIVED", "03-12T15:00", HEALTH),
        ("return", "ESCORT_ARRANGED", "03-13T15:00", HEALTH),
        ("return", "RETURNED_HOME", "03-15T15:00", HEALTH),
        reporter=MISSION,
        route="returned_via_mission",
        age_band="under_18",
    )
    assert state.lanes["return"].holders == (MISSION, department, GUARD, HEALTH)
    assert (state.lanes["return"].terminal, state.gaps) == (True, ())
    clocks = state.newest()
    assert {clocks[rule].state_at(state.lanes["return"].since) for rule in ("B-ABR-02", "B-MIS-01", "B-MIN-01")} == {
        "met"
    }


def test_who_escaped_alone_needs_no_mission(told):
    state = told(("return", "BORDER_RECEIVED", "03-12T09:00", GUARD), reporter=MISSION, route="abroad")
    assert (state.lanes["return"].holder, state.gaps) == (GUARD, ())


def test_foreign_victim_goes_home_only_after_both_states_agreed(told):
    more = {"reporter": COMMUNE, "route": "foreign_victim", "foreign": True}
    left = ("return", "HANDED_OVER_TO_FOREIGN_STATE", "03-20T09:00", "immigration/lang-son")
    assert told(**more).lanes["return"].holder == CONSULAR
    assert refused(told, left, **more) == "not-asked-for"
    state = told(
        ("return", "RETURN_AGREED_BY_FOREIGN_STATE", "03-10T09:00", CONSULAR),
        ("return", "EXIT_DOCUMENTS_ISSUED", "03-12T09:00", "immigration_department/ha-noi"),
        left,
        **more,
    )
    assert state.lanes["return"].terminal
    assert told(("return", "STAYS_IN_VIET_NAM", "03-12T09:00", CONSULAR), **more).lanes["return"].terminal


def test_who_asked_the_fund_keeps_the_lane_and_owes_the_money(told):
    state = told(
        ("fund", "FUND_REQUESTED", "03-02T10:00", HEALTH),
        ("fund", "FUND_DECIDED", "03-06T10:00", HEALTH),
    )
    assert {gap.state for gap in state.gaps} == {"FUND_DOSSIER_COMPLETE", "FUND_APPRAISED"}
    assert (state.lanes["fund"].holder, state.newest()["B-FND-04"].office) == (HEALTH, HEALTH)
    assert state.newest()["B-FND-01"].office == POLICE


# rights


def speakers(pack, lane, state):
    return set(pack.graphs[lane].stated_by(state))


def granted(operation):
    return set(rights.OPERATIONS[operation].roles) - GONE


def test_pack_and_rights_agree_on_protection(pack):
    deciders = granted("protection.decide_protection")
    assert deciders == granted("protection.end_protection") == granted("protection.change_protection")
    for state in pack.lanes["protection"].states:
        expected = granted("protection.request_protection") if state.entry else deciders
        assert speakers(pack, "protection", state.code) == expected
    assert speakers(pack, "shelter", "IN_FACILITY") == granted("protection.place_in_shelter")
    assert {role for measure in pack.measures.values() for role in measure.decides} == deciders


@pytest.mark.parametrize("lane", [JOBS, NEEDS, CARE, "support:loan"])
def test_pack_and_rights_agree_on_support(pack, lane):
    assert speakers(pack, lane, "SUPPORT_NEED_ASSESSED") == granted("support.assess_needs")
    assert speakers(pack, lane, "SUPPORT_REQUESTED") == granted("support.request_support")
    assert speakers(pack, lane, "SUPPORT_REFERRED") == granted("support.refer")
    assert speakers(pack, lane, "SUPPORT_DECIDED") <= granted("support.decide_support")
    assert speakers(pack, lane, "REFERRAL_ACCEPTED") >= granted("support.answer_referral")


def test_only_the_health_authority_decides_what_is_applied_for(pack, told):
    state = told(
        (JOBS, "SUPPORT_REQUESTED", "03-03T09:00", COMMUNE), (CARE, "SUPPORT_REQUESTED", "03-03T09:00", HEALTH)
    )
    pack_says = {lane: may_state(pack, state, lane, "SUPPORT_DECIDED", "commune") for lane in (JOBS, CARE)}
    assert pack_says == {JOBS: False, CARE: True}
