"""Who asks the police, what a cancelled certificate leaves, and what follows when the person comes home.

By hand, for a request that the police receives on Thursday 2 July 2026 (its day does not count): 3 July is the first
day, 22 July (a Wednesday) the twentieth. Too late from 23 July 00:00.
"""

import random

import pytest

from regulations import Contradiction, Fact
from regulations.case import AS_NAMED
from tests.unit.regulations.conftest import Cases

ID, CHILD, RETURN = "identification", "child", "return"
COMMUNE, WARD, HEALTH = "commune/lang-son", "commune_police/lang-son", "health_authority/lang-son"
POLICE, GUARD, MISSION = "provincial_police/lang-son", "border_guard/lang-son", "mission/cambodia"
RECEIVED = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-07-01T10:00", HEALTH)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2026-07-02T10:00", HEALTH)
ASKED = (ID, "POLICE_VERIFICATION", "2026-07-02T11:00", HEALTH)
NOTIFIED = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-07-01T09:00", COMMUNE)
END, LATER = "2026-07-23", "2026-12-01"


def closing(cases: Cases, outcome: str, at: str, office: str = HEALTH) -> Fact:
    return cases.fact(90, ("", outcome, at, office), kind="close", attributes={AS_NAMED: True})


def owed(state) -> set[str]:
    return {clock.rule for clock in state.clocks if clock.open and clock.lane == ID}


class TestWhoAsksThePolice:
    @pytest.mark.parametrize("route", ["rescued", "returned_via_mission"])
    def test_after_a_rescue_or_a_return_the_support_agency_does_from_the_reception_on(self, cases, route):
        opening = cases.opening(HEALTH, route, "2026-07-01T08:00")
        clock = cases.told(opening).newest()["B-RES-02a"]
        assert (clock.office, clock.due_at, clock.opened_at) == (HEALTH, None, cases.at("2026-07-01T08:00"))
        assert clock.confidence == (
            "inferred" if route == "returned_via_mission" else cases.pack.rules[clock.rule].confidence
        )
        assert not cases.fold(opening, [closing(cases, "transferred", "2026-07-02T09:00")]).closed
        assert cases.told(opening, ASKED).newest()["B-RES-02a"].met_at is not None

    def test_also_where_the_reception_is_a_gap_and_only_once(self, cases):
        opening = cases.opening(GUARD, "rescued", "2026-07-01T08:00")
        assert cases.told(opening, CHECKED).newest()["B-RES-02a"].office == HEALTH
        clocks = cases.told(opening, RECEIVED, CHECKED).clocks
        assert [clock.n for clock in clocks if clock.rule in ("B-SELF-05", "B-RES-02a")] == [1]

    @pytest.mark.parametrize("paper", ["VICTIM_PAPER_ISSUED", "NOT_VICTIM_PAPER_ISSUED"])
    def test_not_where_the_rescuing_body_certifies_before_or_after(self, cases, paper):
        opening = cases.opening(GUARD, "rescued", "2026-07-01T08:00")
        before = cases.told(opening, (ID, paper, "2026-07-01T09:00", GUARD), RECEIVED)
        after = cases.told(opening, RECEIVED, (ID, paper, "2026-07-01T11:00", GUARD))
        assert "B-RES-02a" not in owed(before) | owed(after)

    def test_not_where_the_receiving_body_verifies_itself(self, cases):
        opening = cases.opening(GUARD, "returned_via_mission", "2026-07-01T08:00")
        verifies = (ID, "RECEIVER_VERIFICATION", "2026-07-01T09:00", GUARD)
        assert "B-RES-02a" not in owed(cases.told(opening, verifies, RECEIVED))


class TestNoPaperNoClosing:
    @pytest.mark.parametrize("outcome", ["transferred", "support_completed", "withdrawn", "untraceable", "died"])
    def test_a_case_without_a_certificate_stays_open(self, cases, outcome):
        """Nobody owes a thing with a limit; and still nobody has certified."""
        opening = cases.opening(MISSION, "abroad", "2026-07-01T08:00")
        facts = cases.facts(
            (ID, "ABROAD_RESCUED", "2026-07-02T08:00", MISSION),
            (RETURN, "ABROAD_RESCUED", "2026-07-02T08:00", MISSION),
        )
        state = cases.fold(opening, [*facts, closing(cases, outcome, "2026-07-03T09:00", MISSION)])
        assert (state.closed, owed(state)) == (False, set())
        paper = cases.fact(95, (ID, "NOT_VICTIM_PAPER_ISSUED", "2026-07-04T09:00", MISSION))
        assert cases.fold(opening, [*facts, closing(cases, outcome, "2026-07-03T09:00", MISSION), paper]).closed

    @pytest.mark.parametrize("outcome", ["duplicate", "entered_in_error"])
    def test_the_same_person_needs_none_in_a_second_case(self, cases, outcome):
        opening = cases.opening(HEALTH, "self_report", "2026-07-01T08:00")
        assert cases.fold(opening, [closing(cases, outcome, "2026-07-01T09:00")]).closed

    def test_nor_does_who_accompanies_another_person(self, cases):
        opening = cases.opening(MISSION, "abroad", "2026-07-01T08:00", accompanies=True, age_band="under_18")
        back = (
            (RETURN, "BORDER_RECEIVED", "2026-07-02T08:00", MISSION),
            (RETURN, "RETURNED_HOME", "2026-07-02T09:00", GUARD),
        )
        facts = [*cases.facts(*back), closing(cases, "transferred", "2026-07-03T09:00", MISSION)]
        assert cases.fold(opening, facts).closed

    @pytest.mark.parametrize("outcome", ["withdrawn", "untraceable", "died", "moved_abroad"])
    @pytest.mark.parametrize("steps", [(), (CHECKED,)])
    def test_the_check_and_the_request_are_owed_on(self, cases, outcome, steps):
        """Received on Wednesday 1 July 2026: the third day is Saturday 4 July, so Monday 6 July; late from 7 July."""
        opening = cases.opening(HEALTH, "self_report", "2026-07-01T08:00")
        facts = cases.facts(*steps)
        state = cases.fold(opening, [*facts, closing(cases, outcome, "2026-07-02T12:00")])
        assert (state.closed, owed(state)) == (False, {"B-SELF-05"} if steps else {"B-SELF-04"})
        if not steps:
            assert state.newest()["B-SELF-04"].due_at == cases.at("2026-07-07")
            assert state.newest()["B-SELF-04"].state_at(cases.at(LATER)) == "breached"


class TestAChildDoesNotWithdrawAlone:
    @pytest.mark.parametrize(
        ("age", "ends"), [("under_16", False), ("under_18", False), ("unknown", False), ("adult", True)]
    )
    @pytest.mark.parametrize("office", [COMMUNE, HEALTH])
    def test_support_of_a_child_goes_on(self, cases, age, ends, office):
        """Requested on Wednesday 8 July 2026, nine working days: 9 July is the first, Tuesday 21 July the ninth."""
        lane = "support:hardship_allowance"
        steps = NOTIFIED, RECEIVED, CHECKED, ASKED, (ID, "VICTIM_CONFIRMED", "2026-07-06T09:00", POLICE)
        asked = (lane, "SUPPORT_REQUESTED", "2026-07-08T09:00", COMMUNE)
        opening = cases.opening(COMMUNE, "self_report", "2026-07-01T08:00", age_band=age)
        facts = cases.facts(*steps, asked)
        state = cases.fold(opening, [*facts, closing(cases, "withdrawn", "2026-07-09T09:00", office)])
        clock = state.newest()["B-SUP-01"]
        assert (clock.open, clock.due_at, state.lanes[lane].terminal) == (not ends, cases.at("2026-07-22"), ends)
        assert state.closed is ends


class TestCancelledCertificate:
    BY_GUARD = (ID, "VICTIM_PAPER_ISSUED", "2026-07-10T09:00", GUARD)

    def rescued(self, cases, *steps):
        return cases.told(cases.opening(GUARD, "rescued", "2026-07-01T08:00"), RECEIVED, CHECKED, ASKED, *steps)

    def test_the_twenty_days_of_the_police_run_on_to_their_end(self, cases):
        held = self.rescued(cases, self.BY_GUARD)
        assert held.newest()["B-RES-03"].met_at == cases.at("2026-07-10T09:00")
        state = self.rescued(cases, self.BY_GUARD, (ID, "CERTIFICATE_CANCELLED", "2026-07-11T09:00", GUARD))
        for rule in ("B-RES-03", "B-SELF-09a"):
            clock = state.newest()[rule]
            assert (clock.open, clock.due_at, clock.office) == (True, cases.at(END), POLICE)
        assert state.newest()["B-RES-03"].state_at(cases.at(END)) == "breached"
        assert state.newest()["B-PAP-03"].office == GUARD

    def test_what_was_over_by_then_stays_met_and_a_new_request_has_twenty_days_of_its_own(self, cases):
        """Cancelled on 3 August. Asked anew on Tuesday 4 August 2026: the 24th is a Monday and the twentieth day."""
        cancelled = (ID, "CERTIFICATE_CANCELLED", "2026-08-03T09:00", GUARD)
        state = self.rescued(cases, self.BY_GUARD, cancelled)
        assert state.newest()["B-RES-03"].state_at(cases.at(LATER)) == "met"
        anew = self.rescued(cases, self.BY_GUARD, cancelled, (ID, "POLICE_VERIFICATION", "2026-08-04T09:00", HEALTH))
        clock = anew.newest()["B-RES-03"]
        assert (clock.n, clock.open, clock.due_at) == (2, True, cases.at("2026-08-25"))

    def test_asking_anew_within_the_limit_gives_no_more_time(self, cases):
        cancelled = (ID, "CERTIFICATE_CANCELLED", "2026-07-11T09:00", GUARD)
        asked = (ID, "POLICE_VERIFICATION", "2026-07-12T09:00", HEALTH)
        state = self.rescued(cases, self.BY_GUARD, cancelled, asked)
        assert [(c.n, c.due_at) for c in state.clocks if c.rule == "B-RES-03"] == [(1, cases.at(END))]
        assert state.lanes[ID].state == "POLICE_VERIFICATION"

    def test_an_extended_limit_runs_on_too_and_after_it_the_next_begins_with_twenty_days(self, cases):
        """Two months from 2 July: Wednesday 2 September is a day off, so Thursday the 3rd; late from 4 September."""
        complex_ = (ID, "POLICE_VERIFICATION_EXTENDED", "2026-07-08T09:00", POLICE)
        cancelled = (ID, "CERTIFICATE_CANCELLED", "2026-07-20T09:00", GUARD)
        asked = (ID, "POLICE_VERIFICATION", "2026-07-21T09:00", HEALTH)
        state = self.rescued(cases, complex_, self.BY_GUARD, cancelled, asked)
        running = [clock for clock in state.clocks if clock.open and clock.amount and clock.lane == ID]
        assert [(clock.rule, clock.due_at) for clock in running] == [("B-SELF-07", cases.at("2026-09-04"))]
        late = (ID, "CERTIFICATE_CANCELLED", "2026-10-01T09:00", GUARD)
        asked = (ID, "POLICE_VERIFICATION", "2026-10-02T09:00", HEALTH)  # 2 October 2026 and twenty days: 22 October
        state = self.rescued(cases, complex_, self.BY_GUARD, late, asked)
        running = [clock for clock in state.clocks if clock.open and clock.amount and clock.lane == ID]
        assert [(clock.rule, clock.due_at) for clock in running] == [("B-RES-03", cases.at("2026-10-23"))]

    def test_issued_anew_as_a_victim_the_person_is_identified_since_the_first_certificate(self, cases):
        confirmed, cancelled = (ID, "VICTIM_CONFIRMED", "2026-07-06T09:00", POLICE), "CERTIFICATE_CANCELLED"
        fell = (ID, cancelled, "2026-12-06T09:00", POLICE)
        assert self.rescued(cases, confirmed, fell).identified_at is None
        again = (ID, "VICTIM_CONFIRMED", "2026-12-07T09:00", POLICE)
        assert self.rescued(cases, confirmed, fell, again).identified_at == cases.at("2026-07-06T09:00")
        refused = (ID, "NOT_CONFIRMED", "2026-12-07T09:00", POLICE), (ID, cancelled, "2026-12-10T09:00", POLICE)
        at_last = (ID, "VICTIM_CONFIRMED", "2026-12-12T09:00", POLICE)
        assert self.rescued(cases, confirmed, fell, *refused, at_last).identified_at == cases.at("2026-12-12T09:00")

    def test_is_folded_the_same_in_every_order_of_entry(self, cases):
        opening = cases.opening(GUARD, "rescued", "2026-07-01T08:00")
        steps = RECEIVED, CHECKED, ASKED, self.BY_GUARD, (ID, "CERTIFICATE_CANCELLED", "2026-07-11T09:00", GUARD)
        facts = cases.facts(*steps, (ID, "POLICE_VERIFICATION", "2026-07-12T09:00", HEALTH))
        state, chance = cases.fold(opening, facts), random.Random(24)
        for _ in range(30):
            chance.shuffle(facts)
            assert cases.fold(opening, facts) == state


class TestWhoMayCertify:
    @pytest.mark.parametrize("paper", ["VICTIM_PAPER_ISSUED", "NOT_VICTIM_PAPER_ISSUED"])
    def test_the_police_of_a_commune_only_where_it_rescued_the_person(self, cases, paper):
        plain = cases.opening(COMMUNE, "self_report", "2026-07-01T08:00")
        step = (ID, paper, "2026-07-05T09:00", WARD)
        with pytest.raises(Contradiction):
            cases.told(plain, NOTIFIED, RECEIVED, CHECKED, ASKED, step)
        own = cases.opening(WARD, "rescued", "2026-07-01T08:00")
        assert cases.told(own, RECEIVED, CHECKED, ASKED, step).newest()["B-RES-03"].met_at is not None
        of_guard = cases.opening(GUARD, "rescued", "2026-07-01T08:00")
        with pytest.raises(Contradiction):
            cases.told(of_guard, RECEIVED, step)

    def test_nor_does_it_cancel_what_the_police_of_the_province_issued(self, cases):
        plain = cases.opening(COMMUNE, "self_report", "2026-07-01T08:00")
        confirmed = (ID, "VICTIM_CONFIRMED", "2026-07-05T09:00", POLICE)
        steps = NOTIFIED, RECEIVED, CHECKED, ASKED, confirmed
        with pytest.raises(Contradiction):
            cases.told(plain, *steps, (ID, "CERTIFICATE_CANCELLED", "2026-07-06T09:00", WARD))

    def test_the_police_of_a_commune_that_rescued_a_foreign_person_certifies_and_brings(self, cases):
        opening = cases.opening(WARD, "foreign_victim", "2026-07-01T08:00", foreign=True, nationality="foreign")
        state = cases.told(opening)
        assert (state.lanes[ID].state, state.lanes[ID].holder) == ("RESCUED", WARD)
        assert owed(state) == {"B-FOR-03", "B-FOR-04"}


class TestHome:
    def brought(self, cases, age="under_16"):
        """Rescued abroad; the border guard takes the person over at the border of Lang Son on 5 July."""
        opening = cases.opening(MISSION, "abroad", "2026-07-01T08:00", age_band=age)
        moves = [
            cases.fact(
                10 + seq, (lane, "", "2026-07-05T08:00", GUARD), kind="handover", attributes={"place": "lang-son"}
            )
            for seq, lane in enumerate((ID,))
        ]
        steps = (
            (ID, "ABROAD_RESCUED", "2026-07-03T08:00", MISSION),
            (RETURN, "ABROAD_RESCUED", "2026-07-03T08:00", MISSION),
        )
        return opening, [*cases.facts(*steps), *moves]

    def test_a_child_from_abroad_has_the_child_lane_from_the_reception_on(self, cases):
        opening, facts = self.brought(cases)
        assert CHILD not in cases.fold(opening, facts).lanes
        home = cases.fact(20, (ID, "BORDER_RECEIVED", "2026-07-05T09:00", GUARD))
        state = cases.fold(opening, [*facts, home])
        clock = state.newest()["C-CHP-01"]
        assert (state.lanes[CHILD].holder, clock.office, clock.opened_at) == (
            GUARD,
            GUARD,
            cases.at("2026-07-05T09:00"),
        )
        assert state.route == "returned_via_mission"
        sent = cases.fact(21, (CHILD, "SENT_TO_COMMUNE", "2026-07-05T10:00", GUARD))
        twelve = cases.fold(opening, [*facts, home, sent]).newest()["C-CHP-02"]
        assert (twelve.office.split("/")[0], twelve.due_at) == ("commune", cases.at("2026-07-05T22:00"))

    def test_an_adult_has_none(self, cases):
        opening, facts = self.brought(cases, "adult")
        home = cases.fact(20, (ID, "BORDER_RECEIVED", "2026-07-05T09:00", GUARD))
        assert CHILD not in cases.fold(opening, [*facts, home]).lanes

    def test_the_journey_follows_to_who_received_the_person_and_may_still_be_stated(self, cases):
        opening, facts = self.brought(cases, "adult")
        home = cases.fact(20, (ID, "SUPPORT_AGENCY_RECEIVED", "2026-07-05T09:00", HEALTH))
        state = cases.fold(opening, [*facts, home])
        assert (state.lanes[RETURN].state, state.lanes[RETURN].holder) == ("SUPPORT_AGENCY_RECEIVED", HEALTH)
        stated = cases.fact(21, (RETURN, "SUPPORT_AGENCY_RECEIVED", "2026-07-05T09:30", HEALTH))
        again = cases.fold(opening, [*facts, home, stated])
        assert again.lanes[RETURN].holder == HEALTH
        assert again.clocks == state.clocks

    def test_the_way_home_of_a_foreign_person_ends_when_she_proves_to_be_a_citizen(self, cases):
        opening = cases.opening(GUARD, "rescued", "2026-07-01T08:00")
        foreign = (ID, "NATIONALITY_FOREIGN", "2026-07-01T09:00", GUARD)
        assert cases.told(opening, foreign).lanes[RETURN].state == "FOREIGN_VICTIM_RECEIVED"
        citizen = (ID, "NATIONALITY_VIETNAMESE", "2026-07-02T09:00", GUARD)
        home = cases.told(opening, foreign, citizen).lanes[RETURN]
        assert (home.state, home.terminal) == ("STAYS_IN_VIET_NAM", True)
        anew = (ID, "NATIONALITY_FOREIGN", "2026-07-03T09:00", GUARD)
        assert cases.told(opening, foreign, citizen, anew).lanes[RETURN].state == "FOREIGN_VICTIM_RECEIVED"


def test_asked_anew_while_the_prolonged_limit_runs_no_second_limit_runs_beside_it(cases):
    """Asked on 2 July 2026 and prolonged: 04 months in all, too late from 3 November 00:00."""
    steps = [
        RECEIVED,
        CHECKED,
        ASKED,
        (ID, "POLICE_VERIFICATION_EXTENDED", "2026-07-17T09:00", POLICE),
        (ID, "POLICE_VERIFICATION_PROLONGED", "2026-08-20T09:00", POLICE),
        (ID, "VICTIM_CONFIRMED", "2026-08-30T09:00", POLICE),
        (ID, "CERTIFICATE_CANCELLED", "2026-08-31T09:00", POLICE),
        (ID, "POLICE_VERIFICATION", "2026-09-01T09:00", HEALTH),
    ]
    state = cases.told(cases.opening(COMMUNE, "self_report", "2026-07-01T08:00"), NOTIFIED, *steps)
    runs = {
        clock.rule for clock in state.clocks if clock.open and clock.rule in ("B-SELF-06", "B-SELF-07", "B-SELF-08")
    }
    assert runs == {"B-SELF-08"}
