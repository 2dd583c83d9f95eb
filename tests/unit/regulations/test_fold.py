"""The fold: order of reality, gaps, contradictions, hand-overs, acknowledgement, pauses, closing."""

import random
from datetime import timedelta

import pytest

from regulations import Contradiction, UnknownState, waits
from regulations.openings import UnknownRoute
from tests.library import LIBRARY

COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
ID = "identification"
NOTIFIED = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-05T09:00", COMMUNE)
RECEIVED = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-05T11:00", HEALTH)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2026-10-07T10:00", HEALTH)
VERIFYING = (ID, "POLICE_VERIFICATION", "2026-10-07T11:00", HEALTH)
CONFIRMED = (ID, "VICTIM_CONFIRMED", "2026-10-20T09:00", POLICE)
LATER = "2027-01-01"


@pytest.fixture
def opening(cases):
    return cases.opening(COMMUNE, "self_report", "2026-10-05T08:00")


class TestOrder:
    def test_whole_way_ends_as_victim(self, cases, opening):
        state = cases.told(opening, NOTIFIED, RECEIVED, CHECKED, VERIFYING, CONFIRMED)
        assert (state.status, state.regime_support) == ("victim", "law-53-2024")
        assert state.lanes[ID].terminal
        assert state.lanes[ID].holder == HEALTH
        assert state.past_holders == (COMMUNE, HEALTH, POLICE)
        assert state.newest()["B-SELF-06"].state_at(cases.at(LATER)) == "met"

    def test_every_order_of_entry_gives_the_same_state(self, cases, opening):
        facts = cases.facts(NOTIFIED, RECEIVED, CHECKED, VERIFYING, CONFIRMED)
        expected = cases.fold(opening, facts)
        for seed in range(20):
            random.Random(seed).shuffle(facts)
            renumbered = [fact.model_copy(update={"seq": place}) for place, fact in enumerate(facts)]
            assert cases.fold(opening, facts) == cases.fold(opening, renumbered) == expected

    def test_facts_of_one_instant_stand_in_the_usual_order(self, cases, opening):
        same = "2026-10-05T09:00"
        received = cases.fact(1, (ID, "SUPPORT_AGENCY_RECEIVED", same, HEALTH))
        notified = cases.fact(2, (ID, "SUPPORT_AGENCY_NOTIFIED", same, COMMUNE))
        assert cases.fold(opening, [received, notified]).gaps == ()

    def test_step_before_the_report_itself_comes_first(self, cases):
        late_report = cases.opening(HEALTH, "self_report", "2026-10-05T11:00")
        state = cases.told(late_report, NOTIFIED)
        assert state.lanes[ID].state == "SUPPORT_AGENCY_RECEIVED"
        assert state.newest()["B-SELF-04"].started_at == cases.at("2026-10-05T09:00")
        assert state.newest()["B-SELF-03"].met_by == "opening"

    @pytest.mark.parametrize("step", [VERIFYING, (ID, "VICTIM_PAPER_ISSUED", "2026-10-05T10:00", POLICE)])
    def test_step_before_the_report_that_does_not_lead_to_it_is_refused(self, cases, step):
        late_report = cases.opening(HEALTH, "self_report", "2026-10-30T11:00")
        with pytest.raises(Contradiction) as caught:
            cases.told(late_report, step)
        assert caught.value.slug == "out-of-order"

    def test_opening_that_only_repeats_an_earlier_entry_changes_nothing(self, cases):
        commune = "commune/quang-ngai"
        report = cases.opening(commune, "self_report", "2026-10-05T08:00", age_band="under_16")
        state = cases.told(report, ("child", "SENT_TO_COMMUNE", "2026-10-05T07:00", commune))
        assert state.lanes["child"].since == cases.at("2026-10-05T07:00")
        assert state.newest()["C-CHP-02"].due_at == cases.at("2026-10-05T19:00")


class TestGaps:
    def test_skipped_step_is_a_gap_of_the_office_that_owes_it(self, cases, opening):
        state = cases.told(opening, RECEIVED)
        assert state.flags == (f"gap:{ID}:SUPPORT_AGENCY_NOTIFIED",)
        assert [(gap.state, gap.office) for gap in state.gaps] == [("SUPPORT_AGENCY_NOTIFIED", COMMUNE)]
        assert state.newest()["B-SELF-04"].due_at == cases.at("2026-10-09")

    def test_several_skipped_steps_are_owed_by_who_would_have_held_the_lane(self, cases, opening):
        gaps = {gap.state: gap.office for gap in cases.told(opening, VERIFYING).gaps}
        assert gaps == {
            "SUPPORT_AGENCY_NOTIFIED": COMMUNE,
            "SUPPORT_AGENCY_RECEIVED": HEALTH,
            "INITIAL_CHECK_DONE": HEALTH,
        }

    def test_missing_fact_entered_late_fills_the_gap(self, cases, opening):
        state = cases.fold(opening, [cases.fact(1, RECEIVED), cases.fact(2, NOTIFIED)])
        assert state.gaps == ()
        assert state == cases.told(opening, NOTIFIED, RECEIVED).model_copy(
            update={"clocks": state.clocks, "lanes": state.lanes}
        )
        assert state.newest()["B-SELF-04"].started_by == "fact_2"

    def test_jumped_step_meets_its_clock_by_implication_when_in_time(self, cases, opening):
        clock = cases.told(opening, NOTIFIED, RECEIVED, VERIFYING).newest()["B-SELF-04"]
        assert (clock.implied, clock.state_at(cases.at(LATER))) == (True, "met")

    def test_step_jumped_after_its_limit_stays_open_until_it_is_entered(self, cases, opening):
        after = (ID, "POLICE_VERIFICATION", "2026-10-12T11:00", HEALTH)
        assert (
            cases.told(opening, NOTIFIED, RECEIVED, after).newest()["B-SELF-04"].state_at(cases.at(LATER)) == "breached"
        )
        told = cases.told(opening, NOTIFIED, RECEIVED, after, CHECKED)
        assert told.newest()["B-SELF-04"].state_at(cases.at(LATER)) == "met"

    def test_duty_done_before_its_step_is_entered_leaves_a_gap_but_does_not_move(self, cases):
        report = cases.opening(POLICE, "rescued", "2026-10-05T08:00")
        step = ("crime", "PROSECUTOR_ASSIGNED", "2026-10-07T08:00", "procuracy/lang-son")
        state = cases.told(report, step)
        assert state.lanes["crime"].state == "CRIME_INFO_RECEIVED"
        assert [gap.state for gap in state.gaps] == ["CRIME_INFO_CLASSIFIED", "CRIME_INFO_ASSIGNED"]


class TestContradictions:
    @pytest.mark.parametrize(
        ("steps", "slug"),
        [
            ([CONFIRMED], "not-asked-for"),
            ([RECEIVED, (ID, "SIGNS_REVIEW", "2026-10-06T09:00", POLICE)], "not-asked-for"),
            ([(ID, "AT_COMMUNE", "2026-10-05T09:00", COMMUNE)], "already-there"),
            ([NOTIFIED, (ID, "AT_COMMUNE", "2026-10-06T09:00", COMMUNE)], "out-of-order"),
            ([NOTIFIED, (ID, "PERSON_PRESENT", "2026-10-06T09:00", COMMUNE)], "out-of-order"),
            ([RECEIVED, (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-06T09:00", COMMUNE)], "out-of-order"),
            ([VERIFYING, CONFIRMED, (ID, "NOT_CONFIRMED", "2026-10-21T09:00", POLICE)], "after-the-end"),
            ([("crime", "CRIME_INFO_CLASSIFIED", "2026-10-06T09:00", POLICE)], "not-asked-for"),
        ],
    )
    def test_is_refused_with_its_slug(self, cases, opening, steps, slug):
        with pytest.raises(Contradiction) as caught:
            cases.told(opening, *steps)
        assert caught.value.slug == slug
        assert caught.value.extra["fact_id"] == f"fact_{len(steps)}"
        assert caught.value.status == 409

    def test_says_what_could_come_instead(self, cases, opening):
        with pytest.raises(Contradiction) as caught:
            cases.told(opening, CONFIRMED)
        assert "SUPPORT_AGENCY_NOTIFIED" in caught.value.extra["expected"]

    def test_first_contradiction_in_order_of_occurrence_is_named(self, cases, opening):
        facts = [cases.fact(1, NOTIFIED), cases.fact(2, (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-05T08:30", HEALTH))]
        with pytest.raises(Contradiction) as caught:
            cases.fold(opening, facts)
        assert (caught.value.extra["fact_id"], caught.value.slug) == ("fact_1", "out-of-order")

    def test_duty_done_twice_is_refused_unless_it_may_be_repeated(self, cases):
        report = cases.opening(POLICE, "rescued", "2026-10-05T08:00", age_band="under_18")
        statement = ("crime", "STATEMENT_TAKEN", "2026-10-05T10:00", POLICE)
        again = ("crime", "STATEMENT_TAKEN", "2026-10-06T10:00", POLICE)
        assert cases.told(report, statement, again).lanes["crime"].done.count("STATEMENT_TAKEN") == 2
        told = ("crime", "REPORTER_NOTIFIED_OF_INTAKE", "2026-10-05T10:00", POLICE)
        with pytest.raises(Contradiction) as caught:
            cases.told(report, told, ("crime", "REPORTER_NOTIFIED_OF_INTAKE", "2026-10-06T10:00", POLICE))
        assert caught.value.slug == "already-there"

    @pytest.mark.parametrize("step", [("shelter", "ANY", "2026-10-06T09:00", POLICE), (ID, "NOWHERE", LATER, POLICE)])
    def test_unknown_lane_or_state_is_invalid(self, cases, opening, step):
        with pytest.raises(UnknownState):
            cases.told(opening, step)

    def test_unknown_route_is_invalid(self, cases):
        with pytest.raises(UnknownRoute):
            cases.told(cases.opening(COMMUNE, "by_balloon", "2026-10-05T08:00"))


class TestLateEntryAndCorrection:
    def test_step_in_time_entered_late_is_met(self, cases, opening):
        check = cases.fact(3, CHECKED, recorded_at=cases.at("2026-10-30T09:00"))
        clock = cases.fold(opening, [*cases.facts(NOTIFIED, RECEIVED), check]).newest()["B-SELF-04"]
        assert clock.state_at(cases.at(LATER)) == "met"
        assert clock.met_recorded_at == cases.at("2026-10-30T09:00")

    def test_breach_is_past_at_once_when_its_clock_starts_late(self, cases, opening):
        now = cases.at("2026-11-01T09:00")
        clock = cases.fold(opening, [cases.fact(1, NOTIFIED, recorded_at=now)]).newest()["B-SELF-04"]
        assert clock.state_at(now) == "breached"
        assert clock.recorded_at == now

    def test_corrected_instant_is_only_another_fold(self, cases, opening):
        wrong = (ID, "INITIAL_CHECK_DONE", "2026-10-12T10:00", HEALTH)
        assert (
            cases.told(opening, NOTIFIED, RECEIVED, wrong).newest()["B-SELF-04"].state_at(cases.at(LATER)) == "met_late"
        )
        assert cases.told(opening, NOTIFIED, RECEIVED, CHECKED).newest()["B-SELF-04"].state_at(cases.at(LATER)) == "met"

    def test_clock_keeps_its_id_when_its_date_moves(self, cases, opening):
        moved = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-05T08:30", COMMUNE)
        before, after = cases.told(opening, NOTIFIED), cases.told(opening, moved)
        assert before.newest()["B-SELF-04"].clock_id == after.newest()["B-SELF-04"].clock_id


class TestHoldersAndHandovers:
    def hand_over(self, cases, seq, at, receiver, lane=ID):
        return cases.fact(seq, (lane, "", at, receiver), kind="handover")

    def test_receiver_holds_from_then_on_and_next_roles_are_of_its_place(self, cases, opening):
        moved = self.hand_over(cases, 3, "2026-10-06T10:00", "health_authority/thai-nguyen")
        state = cases.fold(opening, [*cases.facts(NOTIFIED, RECEIVED), moved])
        assert (state.lanes[ID].holder, state.lanes[ID].place) == ("health_authority/thai-nguyen", "thai-nguyen")
        assert state.newest()["B-SELF-04"].office == "health_authority/thai-nguyen"
        assert state.newest()["B-SELF-03"].office == HEALTH
        check = cases.fact(4, (ID, "INITIAL_CHECK_DONE", "2026-10-07T09:00", "health_authority/thai-nguyen"))
        asked = cases.fact(5, (ID, "POLICE_VERIFICATION", "2026-10-07T10:00", "health_authority/thai-nguyen"))
        after = cases.fold(opening, [*cases.facts(NOTIFIED, RECEIVED), moved, check, asked])
        assert after.lanes[ID].holder == "provincial_police/thai-nguyen"
        assert HEALTH in after.past_holders

    def test_handover_to_the_holder_or_of_no_lane_is_refused(self, cases, opening):
        for lane, receiver, slug in ((ID, COMMUNE, "already-there"), ("crime", POLICE, "not-asked-for")):
            with pytest.raises(Contradiction) as caught:
                cases.fold(opening, [self.hand_over(cases, 1, "2026-10-06T10:00", receiver, lane)])
            assert caught.value.slug == slug

    def test_new_holder_must_acknowledge_and_does_so_by_word_or_deed(self, cases, opening):
        assert cases.told(opening).lanes[ID].ack_due_from is None
        notified = cases.told(opening, NOTIFIED)
        assert notified.lanes[ID].ack_due_from == cases.at("2026-10-05T09:00")
        word = cases.fact(2, (ID, "", "2026-10-05T10:00", HEALTH), kind="ack")
        assert cases.fold(opening, [cases.fact(1, NOTIFIED), word]).lanes[ID].ack_due_from is None
        assert cases.told(opening, NOTIFIED, RECEIVED).lanes[ID].ack_due_from is None

    def test_acknowledgement_of_another_office_or_of_an_earlier_turn_does_not_count(self, cases, opening):
        other = cases.fact(2, (ID, "", "2026-10-05T10:00", POLICE), kind="ack")
        assert cases.fold(opening, [cases.fact(1, NOTIFIED), other]).lanes[ID].ack_due_from is not None
        late = cases.fact(1, NOTIFIED, recorded_at=cases.at("2026-10-09T09:00"))
        early = cases.fact(2, (ID, "", "2026-10-06T10:00", HEALTH), kind="ack")
        assert cases.fold(opening, [late, early]).lanes[ID].ack_due_from == cases.at("2026-10-09T09:00")

    def test_procuracy_holds_while_it_decides_and_the_asking_body_afterwards(self, cases):
        report = cases.opening(POLICE, "rescued", "2026-03-02T08:00")
        steps = [
            ("crime", "CRIME_INFO_ASSIGNED", "2026-03-03T08:00", POLICE),
            ("crime", "CRIME_INFO_EXTENDED_1", "2026-03-20T08:00", POLICE),
            ("crime", "EXTENSION_ASKED", "2026-04-20T08:00", POLICE),
        ]
        assert cases.told(report, *steps).lanes["crime"].holder == "procuracy/lang-son"
        decided = ("crime", "EXTENSION_DECIDED", "2026-04-22T08:00", "procuracy/lang-son")
        state = cases.told(report, *steps, decided)
        assert state.lanes["crime"].holder == POLICE
        assert state.newest()["C-INF-16"].office == "procuracy/lang-son"

    def test_competent_body_starts_its_own_limits_after_a_transfer(self, cases):
        guard = "border_guard/lang-son"
        report = cases.opening(guard, "rescued", "2026-03-02T08:00")
        state = cases.told(
            report,
            ("crime", "CRIME_INFO_TRANSFERRED", "2026-03-02T20:00", guard),
            ("crime", "CRIME_INFO_RECEIVED", "2026-03-03T09:00", POLICE),
        )
        first, second = [clock for clock in state.clocks if clock.rule == "C-INF-13"]
        assert (first.void_reason, first.office) == ("no-longer-applies", guard)
        assert (second.n, second.office, second.started_at) == (2, POLICE, cases.at("2026-03-03T09:00"))
        assert first.clock_id != second.clock_id

    def test_role_without_office_leaves_a_flag(self, cases):
        report = cases.opening("facility/abroad", "self_report", "2026-10-05T08:00", province="abroad")
        state = cases.told(report, (ID, "AT_COMMUNE", "2026-10-05T09:00", "facility/abroad"))
        assert state.lanes[ID].holder is None
        assert f"no-office:{ID}" in state.flags


class TestExtensions:
    def test_extension_replaces_the_term_and_counts_from_receipt(self, cases):
        report = cases.opening(POLICE, "rescued", "2026-03-02T08:00")
        state = cases.told(
            report,
            ("crime", "CRIME_INFO_ASSIGNED", "2026-03-03T08:00", POLICE),
            ("crime", "CRIME_INFO_EXTENDED_1", "2026-03-20T08:00", POLICE),
        )
        old, new = state.newest()["C-INF-13"], state.newest()["C-INF-14"]
        assert (old.state_at(cases.at(LATER)), old.void_reason, old.replaced_by) == ("void", "replaced", new.clock_id)
        assert (new.started_at, new.opened_at) == (cases.at("2026-03-02T08:00"), cases.at("2026-03-20T08:00"))

    def test_clock_is_void_when_nothing_can_meet_it_any_more(self, cases, opening):
        decided = (ID, "NOT_CONFIRMED", "2026-10-20T09:00", POLICE)
        state = cases.told(opening, VERIFYING, (ID, "SIGNS_REVIEW", "2026-10-19T09:00", POLICE), decided)
        assert state.lanes[ID].terminal
        assert [clock.rule for clock in state.clocks if clock.open and clock.lane == ID] == ["B-PAP-01a"]

    def test_whoever_leaves_ends_only_what_the_pack_names(self, cases, opening):
        gone = (ID, "PERSON_WITHDREW", "2026-10-06T09:00", COMMUNE)
        state = cases.told(opening, NOTIFIED, gone)
        left = {clock.rule: clock.void_reason for clock in state.clocks if not clock.met_at}
        assert left == {"B-SELF-03": "ended", "B-SELF-04": None}

    def test_duties_outlive_the_end_of_their_lane(self, cases):
        report = cases.opening(POLICE, "rescued", "2026-03-02T08:00")
        state = cases.told(
            report,
            ("crime", "CRIME_INFO_ASSIGNED", "2026-03-02T20:00", POLICE),
            ("crime", "CRIME_INFO_RESOLVED", "2026-03-04T08:00", POLICE),
        )
        running = {clock.rule for clock in state.clocks if clock.open and clock.lane == "crime"}
        assert running == {"C-INF-10", "C-INF-12", "C-INF-18", "C-INF-22"}


class TestPaper:
    def test_paper_makes_a_victim_and_verification_unnecessary(self, cases):
        report = cases.opening("border_guard/lang-son", "returned_via_mission", "2026-10-05T08:00")
        paper = (ID, "VICTIM_PAPER_ISSUED", "2026-10-05T09:00", "border_guard/lang-son")
        done = (ID, "VICTIM_BY_PAPER", "2026-10-08T11:00", HEALTH)
        state = cases.told(report, paper, RECEIVED, CHECKED)
        assert state.newest().keys().isdisjoint({"B-SELF-05"})
        assert cases.told(report, paper, RECEIVED, CHECKED, done).lanes[ID].terminal
        assert cases.told(report, paper).identified_at == cases.at("2026-10-05T09:00")
        with pytest.raises(Contradiction):
            cases.told(report, RECEIVED, CHECKED, done)

    def test_attribute_of_the_check_opens_the_same_way(self, cases, opening):
        check = cases.fact(3, CHECKED, attributes={"holds_paper": True})
        done = cases.fact(4, (ID, "VICTIM_BY_PAPER", "2026-10-08T11:00", HEALTH))
        assert cases.fold(opening, [*cases.facts(NOTIFIED, RECEIVED), check, done]).status == "victim"


class TestStatus:
    @pytest.mark.parametrize(
        ("steps", "status"),
        [
            ([], "in_process"),
            ([VERIFYING, (ID, "NOT_CONFIRMED", "2026-10-20T09:00", POLICE)], "not_victim"),
            ([VERIFYING, CONFIRMED], "victim"),
        ],
    )
    def test_follows_the_identification_lane(self, cases, opening, steps, status):
        assert cases.told(opening, *steps).status == status

    def test_call_is_only_a_suspicion(self, cases):
        report = cases.opening("hotline_111/ha-noi", "hotline", "2026-10-05T08:00", province="lang-son")
        state = cases.told(report)
        assert (state.status, state.lanes[ID].holder) == ("suspected", "hotline_111/ha-noi")
        forwarded = (ID, "FORWARDED_TO_HANDLER", "2026-10-05T08:10", "hotline_111/ha-noi")
        assert cases.told(report, forwarded).lanes[ID].holder == COMMUNE

    def test_companion_keeps_its_status_until_something_is_decided_about_itself(self, cases):
        report = cases.opening(POLICE, "rescued", "2026-10-05T08:00", accompanies=True, age_band="under_16")
        state = cases.told(report, RECEIVED)
        assert state.status == "accompanying_u18"
        assert state.lanes.keys() == {ID, "child"}


class TestClosing:
    def close(self, cases, seq=9, at="2026-10-06T09:00", outcome="withdrawn"):
        return cases.fact(seq, ("", outcome, at, HEALTH), kind="close")

    def test_closing_voids_what_runs_and_refuses_what_follows(self, cases, opening):
        facts = [*cases.facts(NOTIFIED, RECEIVED), self.close(cases)]
        state = cases.fold(opening, facts)
        assert (state.status, state.closed, state.outcome) == ("closed", True, "withdrawn")
        assert state.newest()["B-SELF-04"].void_reason == "closed"
        with pytest.raises(Contradiction) as caught:
            cases.fold(opening, [*facts, cases.fact(10, CHECKED)])
        assert caught.value.slug == "after-the-end"
        with pytest.raises(Contradiction) as caught:
            cases.fold(opening, [*facts, self.close(cases, 10, "2026-10-07T09:00")])
        assert caught.value.slug == "already-there"

    def test_lanes_that_a_closing_leaves_open_go_on(self, cases):
        opening = cases.opening(POLICE, "rescued", "2026-10-05T08:00", age_band="under_16")
        facts = []
        left_open = self.close(cases).model_copy(update={"attributes": {"goes_on:crime": True, "goes_on:child": True}})
        before, state = cases.fold(opening, facts), cases.fold(opening, [*facts, left_open])
        assert (state.closed, state.is_over, state.left_open) == (True, False, ("child", "crime"))
        kept = [clock for clock in before.clocks if clock.lane in ("crime", "child")]
        assert kept
        assert [clock for clock in state.clocks if clock.open] == [clock for clock in kept if clock.open]
        found = waits(cases.pack, cases.world, state, [], left_open.recorded_at)
        assert {wait.lane for wait in found} == {"child", "crime"}
        assigned = cases.fact(12, ("crime", "CRIME_INFO_ASSIGNED", "2026-10-07T09:00", POLICE))
        assert cases.fold(opening, [*facts, left_open, assigned]).lanes["crime"].state == "CRIME_INFO_ASSIGNED"

    def test_a_closing_of_before_ends_every_lane(self, cases):
        opening = cases.opening(POLICE, "rescued", "2026-10-05T08:00", age_band="under_16")
        state = cases.fold(opening, [self.close(cases)])
        assert (state.is_over, state.left_open) == (True, ())
        assert not [clock for clock in state.clocks if clock.open]

    def test_fact_of_before_the_closing_may_still_be_entered(self, cases, opening):
        state = cases.fold(opening, [self.close(cases), *cases.facts(NOTIFIED, RECEIVED)])
        assert state.lanes[ID].state == "SUPPORT_AGENCY_RECEIVED"

    def test_reopening_lets_the_limits_run_on_as_if_never_closed(self, cases, opening):
        reopen = cases.fact(10, ("", "", "2026-10-08T09:00", HEALTH), kind="reopen")
        facts = cases.facts(NOTIFIED, RECEIVED)
        state = cases.fold(opening, [*facts, self.close(cases), reopen])
        assert not state.closed
        assert state.clocks == cases.fold(opening, facts).clocks
        with pytest.raises(Contradiction):
            cases.fold(opening, [*facts, reopen])

    def test_unknown_outcome_is_invalid(self, cases, opening):
        with pytest.raises(UnknownState):
            cases.fold(opening, [self.close(cases, outcome="because")])


def test_regime_of_support_is_that_of_the_day_of_identification(cases):
    assert LIBRARY.world.regime_for(cases.at("2025-06-30T23:59")) == "law-66-2011"
    assert LIBRARY.world.regime_for(cases.at("2025-07-01") - timedelta(hours=17)) == "law-66-2011"
    assert LIBRARY.world.regime_for(cases.at("2025-07-01")) == "law-53-2024"
