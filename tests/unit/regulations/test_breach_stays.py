"""A limit that was breached stays breached, whatever any office states later, with the office that missed it.

By hand, for what is received or asked on Wednesday 1 July 2026 (its day does not count): 20 days end with Tuesday
21 July, so the limit is over from 22 July 00:00. A child's twelve hours from 08:00 end at 20:00.
"""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations import Contradiction, Fact
from regulations.case import AS_NAMED
from tests.unit.regulations.test_properties import REPORTERS, WORLD, walks

ID, CRIME, CHILD, FUND, LEGAL = "identification", "crime", "child", "fund", "support:legal_aid"
COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
PROCURACY, AID, GUARD, FACILITY = (
    "procuracy/lang-son",
    "legal_aid/lang-son",
    "border_guard/lang-son",
    "facility/lang-son",
)
LABOUR, DISTRICT = "labour_authority/lang-son", "district_police/lang-son"
OVER, LATER = "2026-07-22T00:00", "2027-06-01"
VERIFYING = (
    (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-07-01T08:10", COMMUNE),
    (ID, "SUPPORT_AGENCY_RECEIVED", "2026-07-01T08:20", HEALTH),
    (ID, "INITIAL_CHECK_DONE", "2026-07-01T08:30", HEALTH),
    (ID, "POLICE_VERIFICATION", "2026-07-01T09:00", HEALTH),
)
ASSIGNED = (
    (CRIME, "CRIME_INFO_CLASSIFIED", "2026-07-01T09:00", POLICE),
    (CRIME, "CRIME_INFO_ASSIGNED", "2026-07-02T09:00", POLICE),
)


def states(cases, state, when=LATER):
    return {clock.rule: clock.state_at(cases.at(when)) for clock in state.clocks}


@pytest.fixture
def opening(cases):
    return cases.opening(COMMUNE, "self_report", "2026-07-01T08:00")


@pytest.fixture
def child(cases):
    return cases.opening(COMMUNE, "self_report", "2026-07-01T08:00", age_band="under_16")


class TestWhatBecomesVoid:
    """Each step ends a duty whose limit was over before: as no longer applying, or as out of reach."""

    @pytest.mark.parametrize(
        ("steps", "rule"),
        [
            ([(CHILD, "CHILD_NO_EMERGENCY", "2026-07-06T08:00", COMMUNE)], "C-CHP-02"),
            (
                [
                    (CHILD, "CHILD_RISK_ASSESSED", "2026-07-06T08:00", COMMUNE),
                    (CHILD, "CHILD_LANE_CLOSED", "2026-07-06T09:00", COMMUNE),
                ],
                "C-CHP-02",
            ),
            # the plan: five working days from Wednesday 1 July end with Wednesday 8 July
            (
                [
                    (CHILD, "CHILD_RISK_ASSESSED", "2026-07-01T09:00", COMMUNE),
                    (CHILD, "CHILD_EMERGENCY", "2026-09-01T09:00", COMMUNE),
                ],
                "C-CHP-03",
            ),
            # fifteen days of separation from 1 July end with 16 July
            (
                [
                    (CHILD, "CHILD_EMERGENCY", "2026-07-01T09:00", COMMUNE),
                    (CHILD, "CHILD_SEPARATED", "2026-07-01T10:00", COMMUNE),
                    (CHILD, "SEPARATION_PROLONGED", "2026-09-01T09:00", POLICE),
                ],
                "C-CHP-06",
            ),
        ],
    )
    def test_stays_breached(self, cases, child, steps, rule):
        state = cases.told(child, *steps)
        assert not state.newest()[rule].open, "nobody owes it any more"
        assert states(cases, state)[rule] == "breached"

    def test_a_stay_that_is_prolonged_after_its_end_was_too_long(self, cases, opening):
        """Fifteen days for the dossier end with 15 July, three months of stay with 1 October."""
        stay = ("shelter", "IN_FACILITY", "2026-07-01T12:00", FACILITY)
        longer = [("shelter", "DOSSIER_TIME_PROLONGED", "2026-12-01T09:00", HEALTH)]
        longer += [("shelter", "STAY_PROLONGED", "2026-12-01T10:00", HEALTH)]
        found = states(cases, cases.told(opening, stay, *longer))
        assert (found["C-SOC-02"], found["C-SOC-03"]) == ("breached", "breached")

    def test_in_time_it_is_void(self, cases, child):
        state = cases.told(child, (CHILD, "CHILD_NO_EMERGENCY", "2026-07-01T19:59", COMMUNE))
        assert states(cases, state)["C-CHP-02"] == "void"

    def test_does_not_keep_the_case_open(self, cases, child):
        """The case closes when nothing is owed. A breached duty that does not apply any more is not owed."""
        done = [(CHILD, "CHILD_RISK_ASSESSED", "2026-07-06T08:00", COMMUNE)]
        done += [(CHILD, "CHILD_LANE_CLOSED", "2026-07-06T09:00", COMMUNE)]
        done += [*VERIFYING, (ID, "RELATIVES_NOTIFIED", "2026-07-02T09:00", HEALTH)]
        done += [(ID, "NOT_CONFIRMED", "2026-07-10T09:00", POLICE)]
        facts = cases.facts(*done)
        facts[-1] = facts[-1].model_copy(update={"attributes": {"certificate_issued": True}})
        close = cases.fact(
            50, ("", "reintegrated", "2026-07-11T09:00", POLICE), kind="close", attributes={AS_NAMED: True}
        )
        state = cases.fold(child, [*facts, close])
        assert (state.closed, state.is_over) == (True, True)
        assert states(cases, state)["C-CHP-02"] == "breached"


LEGAL_STEPS = (
    (LEGAL, "SUPPORT_REQUESTED", "2026-07-01T09:00", HEALTH),
    (LEGAL, "SUPPORT_REFERRED", "2026-07-01T10:00", HEALTH),
    (LEGAL, "REFERRAL_ACCEPTED", "2026-07-01T11:00", AID),
    (LEGAL, "LEGAL_AID_ADVICE_ONLY", "2026-07-01T12:00", AID),
)
FUND_STEPS = (
    (FUND, "FUND_REQUESTED", "2026-07-01T09:00", HEALTH),
    (FUND, "FUND_DOSSIER_COMPLETE", "2026-07-01T10:00", HEALTH),
)
ASKED_AGAIN = (
    (CRIME, "CRIME_INFO_EXTENDED_1", "2026-07-15T09:00", POLICE),
    (CRIME, "EXTENSION_ASKED", "2026-08-30T09:00", POLICE),
    (CRIME, "EXTENSION_DECIDED", "2026-08-31T09:00", PROCURACY),
)
LATE = [
    # rule, longer rule, reporter, steps, the decision, over from
    ("C-INF-13", "C-INF-14", POLICE, ASSIGNED, (CRIME, "CRIME_INFO_EXTENDED_1", POLICE), OVER),
    # two months from 1 July: 1 and 2 September are days off, so 3 September is the last day
    (
        "C-INF-14",
        "C-INF-17",
        POLICE,
        (*ASSIGNED, *ASKED_AGAIN),
        (CRIME, "CRIME_INFO_EXTENDED_2", POLICE),
        "2026-09-04T00:00",
    ),
    # ten days: 11 July is a Saturday, so Monday 13 July is the last day
    ("C-LA-05", "C-LA-05a", HEALTH, LEGAL_STEPS, (LEGAL, "LEGAL_AID_COMPLEX", AID), "2026-07-14T00:00"),
    # three working days: Thursday 2, Friday 3, Monday 6 July
    ("B-FND-02", "B-FND-02a", HEALTH, FUND_STEPS, (FUND, "FUND_CASE_COMPLEX", HEALTH), "2026-07-07T00:00"),
    ("B-SELF-06", "B-SELF-07", COMMUNE, VERIFYING, (ID, "POLICE_VERIFICATION_EXTENDED", POLICE), OVER),
]


class TestDecidedAfterTheLimit:
    @pytest.mark.parametrize(("rule", "longer", "reporter", "steps", "decision", "over"), LATE)
    def test_a_longer_limit_does_not_take_the_place_of_a_breach(
        self, cases, rule, longer, reporter, steps, decision, over
    ):
        report = cases.opening(reporter, "self_report", "2026-07-01T08:00")
        lane, code, office = decision
        end = cases.at(over)

        def after(at, entered=None):
            fact = cases.fact(40, (lane, code, LATER, office))
            stamps = {"occurred_at": at, "recorded_at": entered or at}
            return cases.fold(report, [*cases.facts(*steps), fact.model_copy(update=stamps)])

        in_time = after(end - timedelta(minutes=1)).newest()
        assert (in_time[rule].void_reason, in_time[longer].open) == ("replaced", True)
        for state in (after(end), after(end - timedelta(days=2), entered=end)):
            clock = state.newest()[rule]
            assert (clock.due_at, clock.open, clock.state_at(end)) == (end, True, "breached")
            assert longer not in state.newest(), "what was decided is recorded, and lengthens nothing"

    def test_the_next_extension_does_not_do_it_either(self, cases):
        report = cases.opening(POLICE, "self_report", "2026-07-01T08:00")
        steps = [(CRIME, "CRIME_INFO_EXTENDED_1", "2026-08-15T09:00", POLICE)]
        steps += [(CRIME, "EXTENSION_ASKED", "2026-08-15T10:00", POLICE)]
        steps += [(CRIME, "EXTENSION_DECIDED", "2026-08-16T09:00", PROCURACY)]
        steps += [(CRIME, "CRIME_INFO_EXTENDED_2", "2026-08-16T10:00", POLICE)]
        state = cases.told(report, *ASSIGNED, *steps)
        assert states(cases, state)["C-INF-13"] == "breached"
        assert state.newest().keys().isdisjoint({"C-INF-14", "C-INF-17"})
        done = cases.told(report, *ASSIGNED, *steps, (CRIME, "CRIME_INFO_RESOLVED", "2026-08-20T09:00", POLICE))
        assert states(cases, done)["C-INF-13"] == "met_late"

    def test_under_the_former_law(self, former):
        """Asked on Tuesday 4 March 2025: twenty days end with 24 March. Found complex on 20 April."""
        steps = [
            (ID, "SUPPORT_AGENCY_NOTIFIED", "2025-03-03T09:00", COMMUNE),
            (ID, "SUPPORT_AGENCY_RECEIVED", "2025-03-03T10:00", LABOUR),
            (ID, "INITIAL_CHECK_DONE", "2025-03-04T10:00", LABOUR),
            (ID, "POLICE_VERIFICATION", "2025-03-04T11:00", LABOUR),
        ]
        report = former.opening(COMMUNE, "self_report", "2025-03-03T08:00")
        late = former.told(report, *steps, (ID, "POLICE_VERIFICATION_EXTENDED", "2025-04-20T11:00", DISTRICT))
        assert (states(former, late)["A-SELF-05"], "A-SELF-06" in late.newest()) == ("breached", False)
        directed = (ID, "PROVINCE_DIRECTS_VERIFICATION", "2025-04-20T12:00", POLICE)
        both = former.told(report, *steps, directed)
        assert states(former, both, "2025-04-21")["A-SELF-05"] == "breached"
        assert both.newest()["A-SELF-05"].open, "its sixty days have a start of their own and run beside the breach"
        assert states(former, both, "2025-04-21")["A-SELF-07"] == "running"

    def test_a_case_that_was_entered_after_its_limit_follows_the_dates(self, cases, opening):
        """Everything was entered in August. So nobody could see the limit run, and the decision of 20 July counts."""
        entered = cases.at("2026-08-10")
        late = (ID, "POLICE_VERIFICATION_EXTENDED", "2026-07-20T09:00", POLICE)
        facts = [fact.model_copy(update={"recorded_at": entered}) for fact in cases.facts(*VERIFYING, late)]
        state = cases.fold(opening.model_copy(update={"recorded_at": entered}), facts)
        # two months from 1 July: the last day is Thursday 3 September
        assert (state.newest()["B-SELF-07"].open, state.newest()["B-SELF-07"].due_at) == (True, cases.at("2026-09-04"))


class TestNationality:
    FOREIGN, BACK = "NATIONALITY_FOREIGN", "NATIONALITY_VIETNAMESE"

    def test_dated_back_and_entered_after_the_breach_it_undoes_nothing(self, cases, opening):
        found = cases.fact(9, (ID, self.FOREIGN, "2026-07-10T09:00", POLICE), recorded_at=cases.at("2026-12-20"))
        state = cases.fold(opening, [*cases.facts(*VERIFYING), found])
        assert (states(cases, state)["B-SELF-06"], state.nationality) == ("breached", "foreign")

    def test_found_and_entered_in_time_it_ends_the_limit(self, cases, opening):
        found = cases.fact(9, (ID, self.FOREIGN, "2026-07-10T09:00", POLICE), recorded_at=cases.at("2026-07-20"))
        state = cases.fold(opening, [*cases.facts(*VERIFYING), found])
        assert states(cases, state)["B-SELF-06"] == "void"

    def test_found_twice_no_second_clock_runs_beside_the_breach(self, cases, opening):
        steps = [(ID, self.FOREIGN, "2026-08-05T09:00", POLICE), (ID, self.BACK, "2026-08-16T09:00", POLICE)]
        state = cases.told(opening, *VERIFYING, *steps)
        assert [clock.n for clock in state.clocks if clock.rule == "B-SELF-06"] == [1]
        met = cases.told(opening, *VERIFYING, *steps, (ID, "VICTIM_CONFIRMED", "2026-08-18T09:00", POLICE))
        assert [clock.state_at(cases.at(LATER)) for clock in met.clocks if clock.rule == "B-SELF-06"] == ["met_late"]

    def test_who_is_found_to_be_of_the_reported_nationality_has_the_limit_of_the_report(self, cases, opening):
        """Found foreign on 5 July and Vietnamese on the 6th: the limit of 21 July binds as before."""
        steps = [(ID, self.FOREIGN, "2026-07-05T09:00", POLICE), (ID, self.BACK, "2026-07-06T09:00", POLICE)]
        clock = cases.told(opening, *VERIFYING, *steps).newest()["B-SELF-06"]
        assert (clock.due_at, clock.reminder, clock.state_at(cases.at(OVER))) == (cases.at(OVER), False, "breached")

    def test_a_way_that_is_inferred_only_reminds(self, cases):
        """Reported as foreign, found to be stateless: that she has the way of Articles 27 and 28 is our reading."""
        report = cases.opening(COMMUNE, "foreign_victim", "2026-07-01T08:00", foreign=True)
        found = (ID, "NATIONALITY_STATELESS", "2026-07-02T09:00", HEALTH)
        clock = cases.told(report, *VERIFYING, found).newest()["B-SELF-06"]
        assert (clock.confidence, clock.state_at(cases.at(LATER)), clock.late_at(cases.at(LATER))) == (
            "inferred",
            "reminder",
            False,
        )


def test_a_limit_from_an_inferred_start_only_reminds(cases):
    """No text says from when the receiving body's 20 days count (Art 30(2)), nor so those of its extension."""
    report = cases.opening(GUARD, "returned_via_mission", "2026-07-01T08:00")
    verifies = (ID, "RECEIVER_VERIFICATION", "2026-07-02T09:00", GUARD)
    state = cases.told(report, verifies)
    assert (state.newest()["B-MIS-02"].due_at, states(cases, state)["B-MIS-02"]) == (cases.at(OVER), "reminder")
    longer = cases.told(report, verifies, (ID, "RECEIVER_VERIFICATION_EXTENDED", "2026-07-20T09:00", GUARD))
    assert states(cases, longer)["B-MIS-02a"] == "reminder"


class TestHandedOver:
    def over(self, cases, opening, at):
        told = cases.facts((ID, "SUPPORT_AGENCY_NOTIFIED", "2026-07-01T09:00", COMMUNE))
        told += cases.facts((ID, "SUPPORT_AGENCY_RECEIVED", "2026-07-01T10:00", HEALTH))
        moved = cases.fact(9, (ID, "", at, "health_authority/ha-noi"), kind="handover")
        return cases.fold(opening, [*told, moved]).newest()["B-SELF-04"]

    def test_the_breach_stays_with_the_office_that_missed_the_limit(self, cases, opening):
        """The check is due three days after Wednesday 1 July, a Saturday: so Monday 6 July is the last day."""
        late = self.over(cases, opening, "2026-07-07T00:00")
        assert (late.due_at, late.office, late.missed_by) == (cases.at("2026-07-07"), "health_authority/ha-noi", HEALTH)

    def test_who_took_it_over_in_time_missed_it(self, cases, opening):
        assert self.over(cases, opening, "2026-07-06T23:59").missed_by == "health_authority/ha-noi"


def test_reopening_makes_no_breach_of_what_was_done_while_the_case_was_closed(cases):
    report = cases.opening(HEALTH, "self_report", "2026-07-01T08:00")
    close = cases.fact(1, ("", "untraceable", "2026-07-01T09:00", HEALTH), kind="close", attributes={AS_NAMED: True})
    done = cases.fact(2, (ID, "INITIAL_CHECK_DONE", "2026-07-02T09:00", HEALTH))
    again = cases.fact(3, ("", "", "2026-09-01T09:00", HEALTH), kind="reopen")
    assert states(cases, cases.fold(report, [close, done, again]))["B-SELF-04"] != "breached"
    assert states(cases, cases.fold(report, [close, again]))["B-SELF-04"] == "breached", "the time counts"


# Whatever any office states


@st.composite
def acts(draw):
    """A walk, and one more act of any office after it: any step of any lane, or an outcome."""
    walk = draw(walks())
    state, pack = walk.fold(), walk.pack
    at = max([walk.opening.occurred_at, *(fact.occurred_at for fact in walk.facts)])
    at += timedelta(minutes=draw(st.integers(1, 60_000)))
    entered = max([at, *(fact.recorded_at for fact in walk.facts)])
    office = WORLD.directory.at(draw(st.sampled_from(REPORTERS)), "lang-son", at.date()) or "commune/ky-lua"
    running = [pack.rules[clock.rule] for clock in state.clocks if clock.open and clock.rule in pack.rules]
    ends = [(rule.lanes[0], code) for rule in running for code in rule.voids_on if rule.lanes[0] in state.lanes]
    ids = {rule.id for rule in running}
    ends += [(rule.lanes[0], rule.starts[0]) for rule in pack.rules.values() if ids & {*rule.replaces}]
    every = [(lane, spec.code) for lane in state.lanes for spec in pack.lanes[lane].states]
    lane, code = draw(st.sampled_from([*(ends * 9), *every, *(("", outcome) for outcome in pack.outcomes)]))
    more = {"kind": "state"} if lane else {"kind": "close", "attributes": {AS_NAMED: True}}
    stamps = {"occurred_at": at, "recorded_at": entered}
    return walk, Fact(fact_id="fact_end", seq=99, lane=lane, state=code, office=office, **stamps, **more)


@settings(max_examples=60, deadline=None)
@given(acts(), st.integers(0, 1_000))
def test_no_act_makes_a_breach_something_else(made, days):
    walk, act = made
    before = walk.fold()
    try:
        after = walk.fold([*walk.facts, act])
    except Contradiction:
        return
    for clock in before.clocks:
        if clock.state_at(act.occurred_at) in ("breached", "met_late"):
            now = after.clock(clock.clock_id)
            assert now is not None
            assert now.state_at(act.occurred_at + timedelta(days=days)) in ("breached", "met_late")
            assert now.due_at == clock.due_at
            assert now.missed_by == clock.missed_by
