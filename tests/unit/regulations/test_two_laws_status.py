"""The status of a person, and what follows from it, when two laws or two ages meet. Dates reckoned by hand."""

from datetime import date

import pytest

from contracts.standing import StatusPeriod
from regulations import fold
from regulations.composed import Composed
from regulations.entitled import Recipient, entitled
from tests.library import LIBRARY

WORLD, FORMER, PRESENT = LIBRARY.world, LIBRARY.pack("law-66-2011"), LIBRARY.pack("law-53-2024")
COMMUNE, LABOUR, HEALTH = "commune/thai-nguyen", "labour_authority/thai-nguyen", "health_authority/thai-nguyen"
DISTRICT, PROVINCE, FACILITY = "district_police/thai-nguyen", "provincial_police/thai-nguyen", "facility/thai-nguyen"
ID, CHILD, JOBS, SHELTER = "identification", "child", "support:vocational", "shelter"


class Told:
    """A case under its composed law. A step may have attributes as its fifth part."""

    def __init__(
        self, cases, *steps, former=False, reporter=HEALTH, route="self_report", when="2026-03-02T09:00", **of
    ):
        self.at, self.cases = cases.at, cases
        self.pack, self.beside = (FORMER, PRESENT) if former else (PRESENT, None)
        self.opening = cases.opening(reporter, route, when, commune="phu-binh", **of)
        self.facts = [
            cases.fact(seq, step[:4], attributes=step[4] if len(step) > 4 else {}) for seq, step in enumerate(steps, 1)
        ]
        self.state = self._fold(self.facts)

    def _fold(self, facts):
        return fold(self.pack, WORLD, self.opening, facts, (), self.beside)

    def then(self, *facts):
        """The same case with further facts."""
        return self._fold([*self.facts, *facts])

    def outcome(self, code, when, office, **as_named):
        """A closing with an outcome."""
        return self.cases.fact(90, ("", code, when, office), kind="close", attributes={"as_named": True} | as_named)

    def may(self, kind, when, **person):
        """The answer for one kind of support at an instant."""
        found = Recipient(self.state.periods, self.state.nationality == "foreign", **person)
        return entitled(Composed(self.pack, WORLD, self.beside), found, kind, self.at(when)).entitled

    def clock(self, rule):
        """The newest clock of a rule."""
        return self.state.newest()[rule]


@pytest.fixture
def told(cases):
    return lambda *steps, **report: Told(cases, *steps, **report)


# A certificate of the rescuing force identifies (Law 53/2024 Arts 2(7), 28(1), 33(2)(b)).

CERTIFIED = (ID, "VICTIM_PAPER_ISSUED", "2025-06-03T09:00", PROVINCE)
HANDED_OVER = (ID, "SUPPORT_AGENCY_NOTIFIED", "2025-06-04T09:30", COMMUNE)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2025-06-05T09:00", LABOUR, {"holds_paper": True})
BY_PAPER = (ID, "VICTIM_BY_PAPER", "2025-07-03T09:00", HEALTH)
RESCUED = {"former": True, "reporter": PROVINCE, "route": "rescued", "when": "2025-06-02T09:00"}


@pytest.mark.parametrize("when", ["2025-06-03T12:00", "2025-06-10T09:00", "2025-07-02T09:00", "2025-07-04T09:00"])
def test_who_was_certified_by_the_rescuer_keeps_the_rights_of_a_victim_at_the_hand_over(told, when):
    """Identified on 3 June 2025: the former package from then on, also while the next office checks."""
    case = told(CERTIFIED, HANDED_OVER, CHECKED, BY_PAPER, **RESCUED)
    assert [(one.status, one.identified_at) for one in case.state.periods] == [
        ("in_process", None),
        ("victim", case.at("2025-06-03T09:00")),
    ]
    assert case.may("medical", when) == "yes"
    assert case.may("vocational", when) == "as_the_case_may_be"


def test_a_result_against_her_ends_the_identification_and_its_instant(told):
    asked = (ID, "POLICE_VERIFICATION", "2025-06-06T09:00", LABOUR)
    refused = (ID, "NOT_CONFIRMED", "2025-07-20T09:00", PROVINCE)
    case = told(CERTIFIED, HANDED_OVER, CHECKED[:4], asked, refused, **RESCUED)
    assert (case.state.status, case.state.identified_at, case.state.regime_support) == ("not_victim", None, None)
    assert (case.may("medical", "2025-07-19T09:00"), case.may("medical", "2025-07-21T09:00")) == ("yes", "no")


def test_a_cancelled_certificate_ends_the_identification(told):
    """Law 53/2024 Art 33(3). Certified on 3 March 2026, handed over on 4 March, cancelled on 10 March."""
    certified = (ID, "VICTIM_PAPER_ISSUED", "2026-03-03T09:00", PROVINCE)
    received = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-03-04T09:00", HEALTH)
    cancelled = (ID, "CERTIFICATE_CANCELLED", "2026-03-10T09:00", PROVINCE)
    case = told(certified, received, cancelled, reporter=PROVINCE, route="rescued")
    assert (case.may("vocational", "2026-03-05T09:00"), case.may("vocational", "2026-03-11T09:00")) == ("yes", "no")
    assert (case.state.status, case.state.identified_at) == ("in_process", None)


# A minor with a victim has letters a to h, whatever his or her own result is (Law 53/2024 Art 37(2)).

VERIFIED = (
    (ID, "INITIAL_CHECK_DONE", "2026-03-03T09:00", HEALTH),
    (ID, "POLICE_VERIFICATION", "2026-03-04T09:00", HEALTH),
)
WITH_ADULT = {"accompanies": True, "age_band": "under_16"}


def adult(case, status, since="2026-03-02T09:00"):
    """The status of the person whom a minor accompanies."""
    at = case.at(since)
    return [StatusPeriod(since=at, status=status, identified_at=at if status == "victim" else None)]


def test_a_companion_who_is_no_victim_keeps_what_a_companion_has(told):
    case = told(*VERIFIED, (ID, "NOT_CONFIRMED", "2026-03-20T09:00", PROVINCE), **WITH_ADULT)
    mother = adult(case, "victim")
    assert case.state.status == "accompanying_u18"
    answers = [case.may(kind, "2026-03-21T09:00", adult=mother) for kind in ("medical", "general_education", "loan")]
    assert answers == ["yes", "yes", "no"]
    assert case.may("medical", "2026-03-21T09:00", adult=adult(case, "not_victim")) == "no"


def test_a_companion_who_is_a_victim_has_the_rights_of_one(told):
    case = told(*VERIFIED, (ID, "VICTIM_CONFIRMED", "2026-03-20T09:00", PROVINCE), **WITH_ADULT)
    assert case.state.status == "victim"
    assert case.may("vocational", "2026-03-21T09:00", adult=adult(case, "not_victim")) == "yes"


# The change of law opens nothing again in a case that was over by then.

NOTIFIED = (ID, "SUPPORT_AGENCY_NOTIFIED", "2025-05-05T09:30", COMMUNE)
JUNE = (
    NOTIFIED,
    (ID, "INITIAL_CHECK_DONE", "2025-05-06T09:00", LABOUR),
    (ID, "POLICE_VERIFICATION", "2025-05-07T09:00", LABOUR),
    ("support:psychological", "SUPPORT_DELIVERED", "2025-05-06T10:00", LABOUR),
)
NOT_CONFIRMED = (ID, "NOT_CONFIRMED", "2025-05-20T09:00", DISTRICT)
OF_MAY = {"former": True, "reporter": COMMUNE, "when": "2025-05-05T09:00"}


@pytest.mark.parametrize("outcome", ["not_confirmed", "withdrawn", "died", "duplicate", "entered_in_error"])
def test_a_case_that_was_over_before_the_law_changed_stays_closed(told, outcome):
    """Talks since 6 May 2025: three months of the new law would be over on 7 August. The case closed on 20 June."""
    case = told(*JUNE, NOT_CONFIRMED, **OF_MAY)
    seen = case.cases.fact(80, (ID, "", "2025-05-21T09:00", LABOUR), kind="ack")
    state = case.then(seen, case.outcome(outcome, "2025-06-20T09:00", LABOUR))
    assert (state.closed, [one.rule for one in state.clocks if one.open]) == (True, [])


def test_who_was_no_victim_before_the_law_changed_comes_under_no_ceiling_of_the_next(told):
    state = told(*JUNE, NOT_CONFIRMED, **OF_MAY).state
    assert "B-SUP-07" not in state.newest()
    assert told(*JUNE, **OF_MAY).state.newest()["B-SUP-07"].law.pack == PRESENT.id


def test_a_case_that_is_opened_again_comes_under_the_next_law(told):
    """Closed on 20 June, opened again on 4 August: three months from 1 July, when the law began, end on 1 October."""
    case = told(*JUNE, **OF_MAY)
    over = case.outcome("untraceable", "2025-06-20T09:00", LABOUR)
    again = case.cases.fact(91, ("", "", "2025-08-04T09:00", LABOUR), kind="reopen")
    assert "B-SUP-07" not in case.then(over).newest()
    assert case.then(over, again).newest()["B-SUP-07"].due_at == case.at("2025-10-02")


# The nationality of a companion: Article 37(2) does not ask for it.


def test_the_foreign_child_of_a_citizen_has_what_her_companion_has(told):
    case = told(nationality="foreign", **WITH_ADULT)
    mother = {"adult": adult(case, "victim"), "adult_foreign": False}
    kinds = ("general_education", "travel", "medical", "loan")
    assert [case.may(kind, "2026-03-21T09:00", **mother) for kind in kinds] == ["yes", "yes", "yes", "no"]
    law, person = Composed(PRESENT, WORLD), Recipient(case.state.periods, True, **mother)
    assert entitled(law, person, "travel", case.at("2026-03-21T09:00")).confidence == "inferred"


@pytest.mark.parametrize("of_adult", [True, None])
def test_the_child_of_a_foreign_person_counts_as_foreign(told, of_adult):
    case = told(nationality="foreign", **WITH_ADULT)
    assert case.may("travel", "2026-03-21T09:00", adult=adult(case, "victim"), adult_foreign=of_adult) == "no"


# An age that was stated wrongly is put right by a later statement.


def aged(code, when, day, office=HEALTH):
    """A step of the identification that states the day on which the person turns eighteen."""
    return (ID, code, when, office, {"turns_18_on": day})


def test_a_companion_who_was_taken_for_grown_up_has_the_rights_of_a_child_again(told):
    """On 3 March stated as of age since 2020, on 10 March as twelve years old."""
    wrong = aged("INITIAL_CHECK_DONE", "2026-03-03T09:00", "2020-05-01")
    right = aged("POLICE_VERIFICATION", "2026-03-10T09:00", "2032-05-01")
    case = told(wrong, right, accompanies=True, age_band="unknown")
    days = ("2026-03-02T19:00", "2026-03-09T09:00", "2026-03-10T09:00", "2026-03-21T09:00")
    assert [case.may("medical", day, adult=adult(case, "victim")) for day in days] == ["yes", "no", "yes", "yes"]
    sent = [(one.n, one.open, one.void_reason) for one in case.state.clocks if one.rule == "C-CHP-01"]
    assert sent == [(1, False, "outgrown"), (2, True, None)]


def test_who_was_reported_as_adult_and_is_fifteen_has_the_lane_and_the_clocks_of_a_child(told):
    """Reported on Monday 2 March at 09:00: 24 hours for the information on a crime against a minor, not seven days."""
    steps = ((ID, "SUPPORT_AGENCY_RECEIVED", "2026-03-02T15:00", HEALTH),)
    proved = aged("INITIAL_CHECK_DONE", "2026-03-02T16:00", "2028-05-01")
    case = told(*steps, proved, age_band="adult", reporter="commune_police/thai-nguyen")
    assert case.state.lanes[CHILD].state == "INFO_RECEIVED"
    assert (case.clock("C-CHP-01").open, case.clock("C-CHP-01").opened_at) == (True, case.at("2026-03-02T16:00"))
    assert (case.clock("C-CHD-01").due_at, case.clock("C-CHD-01").open) == (case.at("2026-03-03T09:00"), True)
    assert case.clock("C-INF-08").void_reason == "no-longer-applies"
    assert "B-MIN-01a" in case.state.newest()


def test_the_plan_for_a_child_runs_again_when_the_birthday_proves_later(told):
    """Assessed on Monday 16 March 2026: five working days end on Monday 23 March, so the plan is late on 24 March.

    Sixteen on 20 March by the first statement, on 25 March by the second one of 21 March.
    """
    steps = (
        (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-03-16T08:30", COMMUNE, {"turns_18_on": "2028-03-20"}),
        (CHILD, "CHILD_RISK_ASSESSED", "2026-03-16T09:00", COMMUNE),
        aged("SUPPORT_AGENCY_RECEIVED", "2026-03-21T09:00", "2028-03-25"),
    )
    case = told(*steps, reporter=COMMUNE, when="2026-03-16T08:00", age_band="under_16")
    plans = [one for one in case.state.clocks if one.rule == "C-CHP-03"]
    assert [one.void_reason for one in plans] == ["outgrown", None]
    assert (plans[-1].due_at, plans[-1].state_at(case.at("2026-03-24"))) == (case.at("2026-03-24"), "breached")


# Who leaves the age of a child leaves its lane.

SEPARATED = (
    (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-03-16T08:10", COMMUNE),
    (ID, "SUPPORT_AGENCY_RECEIVED", "2026-03-16T09:00", HEALTH),
    (ID, "INITIAL_CHECK_DONE", "2026-03-17T09:00", HEALTH),
    (ID, "RELATIVES_NOTIFIED", "2026-03-17T09:30", HEALTH),
    (ID, "POLICE_VERIFICATION", "2026-03-17T10:00", HEALTH),
    (CHILD, "CHILD_EMERGENCY", "2026-03-16T12:00", COMMUNE),
    (CHILD, "CHILD_SEPARATED", "2026-03-16T13:00", COMMUNE),
)
ENDED = (CHILD, "SEPARATION_ENDED", "2026-03-30T09:00", COMMUNE)
CONFIRMED = (ID, "VICTIM_CONFIRMED", "2026-04-02T09:00", PROVINCE)
SIXTEEN = {"reporter": COMMUNE, "when": "2026-03-16T08:00", "age_band": "under_16", "turns_18_on": date(2028, 3, 20)}


def test_the_longest_time_of_a_separation_holds_beyond_the_sixteenth_birthday(told):
    """Separated on 16 March 2026, sixteen on 20 March: fifteen days end on 31 March, so it is late on 1 April."""
    case = told(*SEPARATED, CONFIRMED, **SIXTEEN)
    limit = case.clock("C-CHP-06")
    assert (limit.due_at, limit.lapses_at, limit.open) == (case.at("2026-04-01"), None, True)
    assert limit.state_at(case.at("2026-04-01")) == "breached"
    assert not case.state.lanes[CHILD].terminal
    assert told(*SEPARATED, ENDED, CONFIRMED, **SIXTEEN).clock("C-CHP-06").state_at(case.at("2026-05-01")) == "met"


@pytest.mark.parametrize(("steps", "closed"), [((), False), ((ENDED,), True)])
def test_a_lane_that_was_outgrown_does_not_keep_the_case_open(told, steps, closed):
    case = told(*SEPARATED, *steps, CONFIRMED, **SIXTEEN)
    seen = case.cases.fact(80, (ID, "", "2026-04-03T09:00", HEALTH), kind="ack")
    state = case.then(seen, case.outcome("reintegrated", "2026-05-02T09:00", HEALTH))
    assert (state.closed, state.lanes[CHILD].terminal) == (closed, closed)


def test_what_is_missing_in_a_lane_that_was_outgrown_is_not_owed_any_more(told):
    """Fifteen when she was assessed on 16 March without a record that the commune was told; sixteen on 20 March."""
    assessed = (CHILD, "CHILD_RISK_ASSESSED", "2026-03-16T23:00", COMMUNE)
    later = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-03-23T09:00", COMMUNE)
    report = {**SIXTEEN, "reporter": "commune_police/thai-nguyen"}
    assert "gap:child:SENT_TO_COMMUNE" in told(assessed, **report).state.flags
    state = told(assessed, later, **report).state
    assert [gap for gap in state.gaps if gap.lane == CHILD] == []
    assert state.lanes[CHILD].terminal


@pytest.mark.parametrize(("kind", "flags"), [("vocational", 1), ("medical", 0)])
def test_a_grant_that_no_companion_may_have_is_flagged(told, kind, flags):
    """Article 37(2) gives a minor with a victim letters a to h; vocational training is letter i."""
    lane = f"support:{kind}"
    asked, granted = (
        (lane, "SUPPORT_REQUESTED", "2026-03-05T09:00", HEALTH),
        (lane, "SUPPORT_DECIDED", "2026-03-06T09:00", HEALTH),
    )
    state = told(asked, granted, **WITH_ADULT).state
    assert [flag for flag in state.flags if flag.startswith("granted-without-right")] == [
        f"granted-without-right:{lane}"
    ] * flags
