"""Cases of the former law that outlive it: successors, what stays pinned, which support law holds, the flag."""

import pytest

from contracts.standing import LaneStanding, Standing
from regulations import explain, may_state, waits
from regulations.legal_time import legal_date
from regulations.stating import may_state_by
from tests.library import LIBRARY, RIGHTS

COMMUNE, LABOUR, HEALTH = "commune/thai-nguyen", "labour_authority/thai-nguyen", "health_authority/thai-nguyen"
DISTRICT, PROVINCE = "district_police/thai-nguyen", "provincial_police/thai-nguyen"
ID, JOBS = "identification", "support:vocational"
NOTICE = (ID, "SUPPORT_AGENCY_NOTIFIED", "2025-05-12T09:30", COMMUNE)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2025-05-14T09:00", LABOUR)
ASKED = (ID, "POLICE_VERIFICATION", "2025-05-15T09:00", LABOUR)
PROVED = (ID, "VICTIM_CONFIRMED", "2025-06-20T09:00", DISTRICT)
APPLIED = (JOBS, "SUPPORT_REQUESTED", "2025-07-05T09:00", COMMUNE)
LATER = "2027-01-01"


@pytest.fixture
def told(former):
    def tell(*steps, recorded=None):
        entered = {"recorded_at": former.at(recorded)} if recorded else {}
        opening = former.opening(COMMUNE, "self_report", "2025-05-12T09:00", commune="phu-binh", **entered)
        return former.fold(opening, [former.fact(seq, step, **entered) for seq, step in enumerate(steps, start=1)])

    return tell


def test_identified_before_july_2025_and_still_supported_under_the_former_law(former, told):
    assert LIBRARY.world.regime_for(former.at("2025-05-12T09:00")) == former.pack.id
    notified = told(NOTICE)
    assert notified.lanes[ID].holder == LABOUR
    check = notified.newest()["A-SELF-03"]
    assert (check.due_at, check.confidence) == (former.at("2025-05-16"), "verified text")
    confirmed = told(NOTICE, CHECKED, ASKED, PROVED)
    assert (confirmed.status, confirmed.regime_support, confirmed.flags) == ("victim", "law-66-2011", ())
    state = told(NOTICE, CHECKED, ASKED, PROVED, APPLIED)
    assert (state.lanes[JOBS].holder, state.regime_support) == (COMMUNE, "law-66-2011")
    clock = state.newest()["A-SUP-02"]
    assert (clock.due_at, clock.office) == (former.at("2025-07-10"), COMMUNE)
    assert "09/2013" in clock.citation
    counted = explain(former.pack, former.world, state, clock.clock_id).counted
    assert [day.date.day for day in counted if day.counts] == [7, 8, 9]  # 5 July is a Saturday


def test_application_goes_on_to_the_successor_of_the_labour_office(told):
    passed = (JOBS, "SUPPORT_FORWARDED", "2025-07-08T09:00", COMMUNE)
    appraised = (JOBS, "SUPPORT_APPRAISED", "2025-07-10T09:00", HEALTH)
    state = told(NOTICE, CHECKED, ASKED, PROVED, APPLIED, passed)
    clock = state.newest()["A-SUP-03"]
    assert (state.lanes[JOBS].holder, clock.office, clock.holder_role) == (HEALTH, HEALTH, "health_authority")
    decided = (JOBS, "SUPPORT_DECIDED", "2025-07-14T09:00", HEALTH)
    assert told(NOTICE, CHECKED, ASKED, PROVED, APPLIED, passed, appraised, decided).lanes[JOBS].holder == HEALTH


@pytest.mark.parametrize(
    ("when", "holder"), [("2025-06-30T23:59", DISTRICT), ("2025-07-01T00:00", PROVINCE), ("2025-08-01T09:00", PROVINCE)]
)
def test_role_of_the_pack_is_the_office_of_the_day_of_the_fact(told, when, holder):
    by = LABOUR if holder == DISTRICT else HEALTH
    assert told(NOTICE, CHECKED, (ID, "POLICE_VERIFICATION", when, by)).lanes[ID].holder == holder


def test_what_a_dissolved_office_held_is_its_successors_with_its_open_clocks(told):
    before = told(NOTICE, CHECKED, ASKED)
    assert (before.lanes[ID].holder, before.newest()["A-SELF-05"].office) == (DISTRICT, DISTRICT)
    longer = (ID, "POLICE_VERIFICATION_EXTENDED", "2025-07-02T09:00", PROVINCE)
    after = told(NOTICE, CHECKED, ASKED, longer)
    owed = after.newest()["A-SELF-05"]
    assert (after.lanes[ID].holder, owed.office) == (PROVINCE, PROVINCE)
    assert owed.missed_by == DISTRICT, "the twenty days were over before, so the breach stays with the former office"
    assert DISTRICT in after.past_holders
    directed = (ID, "PROVINCE_DIRECTS_VERIFICATION", "2025-07-03T09:00", PROVINCE)
    assert told(NOTICE, CHECKED, ASKED, directed).lanes[ID].holder == PROVINCE  # a duty, too, is of a later day


def test_a_limit_that_ran_out_after_the_office_was_dissolved_is_missed_by_its_successor(told):
    """Asked on Friday 20 June: the twentieth day is 10 July. The district police ended on 1 July."""
    asked = (ID, "POLICE_VERIFICATION", "2025-06-20T09:00", LABOUR)
    found = told(NOTICE, CHECKED, asked, (ID, "VICTIM_CONFIRMED", "2025-07-20T09:00", PROVINCE)).newest()["A-SELF-05"]
    assert (found.office, found.missed_by) == (PROVINCE, PROVINCE)


def test_successor_may_state_what_the_dissolved_office_could(former, told):
    state = told(NOTICE, CHECKED, ASKED)
    for code, role in [("VICTIM_CONFIRMED", "provincial_police"), ("VICTIM_BY_PAPER", "health_authority")]:
        assert may_state(former.pack, state, ID, code, role)
    assert {"provincial_police", "health_authority"} <= set(state.lanes[ID].may_act)


def test_after_the_cut_the_successor_is_told(former, told):
    state = told(NOTICE, CHECKED, ASKED)
    for now, office in [("2025-06-01", DISTRICT), ("2025-07-01", PROVINCE)]:
        found = waits(former.pack, former.world, state, [], former.at(now))
        assert {wait.office for wait in found if wait.stage == "attention-1"} == {office}


def test_every_step_of_the_story_is_one_that_its_office_may_state(former, told):
    """As a service asks from its standing, before casework folds the step."""
    story = [NOTICE, CHECKED, ASKED, PROVED, APPLIED]
    for place, (lane, code, when, office) in enumerate(story):
        state = told(*story[:place])
        lanes = {
            key: LaneStanding(state=one.state, holder=one.holder, place=one.place) for key, one in state.lanes.items()
        }
        standing = Standing(reporter=COMMUNE, lanes=lanes, regime_procedure="law-66-2011", route="self_report")
        on = legal_date(former.at(when))
        assert may_state_by(former.pack, former.world.directory, standing, office, lane, code, on), code
        assert not may_state_by(former.pack, former.world.directory, standing, "facility/lao-cai", lane, code, on)


def test_commune_may_ask_for_support_in_a_case_that_it_reported():
    lanes = {ID: LaneStanding(state="VICTIM_CONFIRMED", holder=LABOUR, place="thai-nguyen")}
    standing = Standing(reporter=COMMUNE, lanes=lanes, regime_procedure="law-66-2011", route="self_report")
    assert RIGHTS.decide(COMMUNE, "support.request_support", standing)


# A case received before July 2025 and not verified then is for a person to judge.


def test_case_that_outlives_the_law_undecided_is_flagged_and_stays_pinned(told):
    decided = (ID, "VICTIM_CONFIRMED", "2025-07-10T09:00", PROVINCE)
    state = told(NOTICE, CHECKED, ASKED, decided)
    assert (state.pack_id, state.regime_support, state.flags) == ("law-66-2011", "law-53-2024", ("cross_regime",))


def test_flag_goes_when_a_late_entry_shows_that_it_was_decided_in_time(told):
    assert told(NOTICE, CHECKED, ASKED, recorded="2025-07-20").flags == ("cross_regime",)
    assert told(NOTICE, CHECKED, ASKED, PROVED, recorded="2025-07-20").flags == ()
    assert told(NOTICE, CHECKED, ASKED, recorded="2025-06-20").flags == ()  # nothing is known of July yet


@pytest.mark.parametrize("state", ["NOT_CONFIRMED", "PERSON_WITHDREW"])
def test_case_that_ended_before_the_cut_is_not_flagged(told, state):
    ended = (ID, state, "2025-06-20T09:00", DISTRICT)
    assert told(NOTICE, CHECKED, ASKED, ended, recorded="2025-07-20").flags == ()


def test_case_of_the_present_law_is_never_flagged(cases):
    report = cases.opening("commune/thai-nguyen", "self_report", "2025-07-01T00:00")
    assert cases.told(report).flags == ()
    assert cases.told(report).pack_id == "law-53-2024"
