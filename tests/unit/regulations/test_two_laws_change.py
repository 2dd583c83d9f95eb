"""A case on the day on which its law ends: what runs on, what begins, which steps go. Dates reckoned by hand."""

from datetime import date

import pytest

from regulations import Folding, UnknownState, fold
from regulations.companions import ADULT_IDENTIFIED, adult_identified
from regulations.entitled import Recipient, package_at
from regulations.stating import known_state
from tests.unit.regulations.test_two_laws import (
    AFTER,
    BEFORE,
    CHECKED,
    COMMUNE,
    DISTRICT,
    FACILITY,
    FOOD,
    FORMER,
    HEALTH,
    ID,
    IN_PROCESS,
    JOBS,
    LAW,
    NOTICE,
    PRESENT,
    PROVINCE,
    SHELTER,
    WORLD,
    Told,
)

TALKS = "support:psychological"
REQUEST = (JOBS, "SUPPORT_REQUESTED", "2025-06-18T09:00", COMMUNE)
TOLD = (SHELTER, "RELATIVES_NOTIFIED", "2025-07-05T09:00", FACILITY)
DAYS = ("2025-06-24T12:00", "2025-06-26", "2025-07-01", "2025-08-01")
MOVED_IN = (SHELTER, "IN_FACILITY", "2025-05-15T10:00", FACILITY)


@pytest.fixture
def told(former):
    return lambda *steps, **report: Told(former, *steps, **report)


@pytest.mark.parametrize("minor", [{}, {"age_band": "under_18", "turns_18_on": date(2025, 6, 30)}])
def test_the_notice_that_was_late_when_the_law_ended_is_still_owed(told, minor):
    """A-MIN-02, before the end of the sixty days: the law ends, or the person turns eighteen."""
    # 15 May + 60 days = Monday 14 July 2025, so due on 15 July 00:00. Twenty days before: due on 25 June 00:00.
    young = minor or {"age_band": "under_18"}
    case = told(*IN_PROCESS, MOVED_IN, TOLD, **young)
    notice = case.state.newest()["A-MIN-02"]
    assert (notice.due_at, notice.void_at) == (case.at("2025-06-25"), None)
    assert (notice.met_at, notice.state_at(case.at("2025-08-01"))) == (case.at("2025-07-05T09:00"), "met_late")
    states = [told(*IN_PROCESS, MOVED_IN, **young).state.newest()["A-MIN-02"].state_at(case.at(day)) for day in DAYS]
    assert states == ["running", "breached", "breached", "breached"]


def test_an_application_that_was_late_stays_late_when_the_other_office_decides(told):
    # Wednesday 18 June; three working days are 19, 20 and 23 June: A-SUP-02 is due on 24 June 00:00.
    case = told(*IN_PROCESS, REQUEST, AFTER, (JOBS, "SUPPORT_DECIDED", "2025-07-30T09:00", HEALTH))
    commune = case.state.newest()["A-SUP-02"]
    assert (commune.due_at, commune.state_at(case.at("2025-08-01"))) == (case.at("2025-06-24"), "breached")


def test_an_application_that_waits_when_the_law_ends_has_the_limit_of_the_next_law(told):
    # Nine working days from Tuesday 1 July 2025: 2-4, 7-11 and 14 July: due on 15 July 00:00.
    case = told(*IN_PROCESS, REQUEST, AFTER)
    limit = case.state.newest()["B-SUP-01"]
    assert (limit.started_at, limit.due_at, limit.office) == (case.at("2025-07-01"), case.at("2025-07-15"), HEALTH)
    assert (limit.confidence, limit.reminder, limit.law.ground) == ("inferred", True, "day")
    decided = told(*IN_PROCESS, REQUEST, AFTER, (JOBS, "SUPPORT_DECIDED", "2025-07-14T09:00", HEALTH))
    assert decided.state.newest()["B-SUP-01"].state_at(case.at("2025-08-01")) == "met"


def test_an_application_of_who_was_identified_before_goes_on_as_it_was(told):
    case = told(*IN_PROCESS, REQUEST, BEFORE)
    assert "B-SUP-01" not in case.state.newest()


def test_an_application_that_was_made_again_has_the_limit_of_the_next_law(told):
    refused, again = "2025-06-20T09:00", "2025-06-30T09:00"
    steps = ((JOBS, "SUPPORT_REFUSED", refused, COMMUNE), (JOBS, "SUPPORT_REQUESTED", again, COMMUNE))
    case = told(*IN_PROCESS, REQUEST, *steps)
    assert case.state.newest()["B-SUP-01"].due_at == case.at("2025-07-15")


def test_a_decided_application_has_no_further_limit(told):
    case = told(*IN_PROCESS, REQUEST, (JOBS, "SUPPORT_REFUSED", "2025-06-20T09:00", COMMUNE))
    assert "B-SUP-01" not in case.state.newest()


@pytest.mark.parametrize("day", ["2025-06-03", "2025-06-10", "2025-06-30"])
@pytest.mark.parametrize(("lane", "rule", "due"), [(TALKS, "B-SUP-07", "2025-10-02"), (FOOD, "B-SUP-02", "2025-10-30")])
def test_a_ceiling_of_the_next_law_counts_from_its_first_day_and_only_reminds(told, lane, rule, due, day):
    # Three months from 1 July: 1 October. 120 days from 1 July: 29 October. A later delivery does not begin it anew.
    case = told(
        *IN_PROCESS,
        (lane, "SUPPORT_DELIVERED", f"{day}T09:30", FACILITY),
        (lane, "SUPPORT_DELIVERED", "2025-07-05T09:00", FACILITY),
    )
    [limit] = [clock for clock in case.state.clocks if clock.rule == rule]
    assert (limit.due_at, limit.confidence, limit.reminder) == (case.at(due), "inferred", True)


# The procedure after the former law is repealed.

ASKED_LATER = (ID, "POLICE_VERIFICATION", "2025-07-03T09:00", HEALTH)
COMPLEX = (ID, "POLICE_VERIFICATION_EXTENDED", "2025-07-20T09:00", PROVINCE)
PROLONGED = (ID, "POLICE_VERIFICATION_PROLONGED", "2025-09-01T09:00", PROVINCE)
REFUSED = (ID, "NOT_CONFIRMED", "2025-07-20T09:00", PROVINCE)
CANCELLED = (ID, "CERTIFICATE_CANCELLED", "2025-09-01T09:00", PROVINCE)


@pytest.mark.parametrize(
    ("steps", "rule", "due"),
    [
        ((), "B-SELF-06", "2025-07-24"),  # 3 July + 20 days = Wednesday 23 July 2025
        ((COMPLEX,), "B-SELF-07", "2025-09-04"),  # two months in all: Wednesday 3 September
        ((COMPLEX, PROLONGED), "B-SELF-08", "2025-11-04"),  # four months in all: Monday 3 November
    ],
)
def test_a_request_to_the_police_after_the_law_ended_has_the_limits_of_the_next_law(told, steps, rule, due):
    case = told(NOTICE, CHECKED, ASKED_LATER, *steps)
    limit = case.state.newest()[rule]
    assert (limit.due_at, limit.confidence, limit.reminder) == (case.at(due), "inferred", True)
    assert case.law(ID) == ("law-53-2024", "request")
    assert limit.open
    assert not [clock for clock in case.state.clocks if clock.rule.startswith("A-") and clock.open]


def test_a_refusal_on_such_a_request_owes_its_paper(told):
    assert told(NOTICE, CHECKED, ASKED_LATER, REFUSED).state.newest()["B-PAP-01a"].open


def test_a_request_of_before_keeps_the_limit_that_began(told):
    # 5 June + 20 days = Wednesday 25 June: due on 26 June 00:00.
    case = told(*IN_PROCESS, (ID, "VERIFICATION_RESULT", "2025-07-08T09:00", PROVINCE))
    limit = case.state.newest()["A-SELF-05"]
    assert (limit.due_at, limit.state_at(case.at("2025-07-09"))) == (case.at("2025-06-26"), "breached")
    assert case.law(ID) == ("law-66-2011", "report")


def test_a_certificate_of_july_is_cancelled_and_issued_anew(told):
    cancelled = told(*IN_PROCESS, AFTER, CANCELLED)
    assert (cancelled.state.lanes[ID].state, cancelled.law(ID)) == ("CERTIFICATE_CANCELLED", ("law-53-2024", "step"))
    assert (cancelled.state.status, cancelled.state.flags) == ("in_process", ("cross_regime",))
    again = told(*IN_PROCESS, AFTER, CANCELLED, (ID, "VICTIM_CONFIRMED", "2025-09-05T09:00", PROVINCE))
    assert (again.state.status, again.state.identified_at) == ("victim", again.at("2025-07-10T09:00"))


def test_a_step_of_the_next_law_is_unknown_while_the_former_one_is_in_force(told):
    with pytest.raises(UnknownState):
        told(*IN_PROCESS, BEFORE, (ID, "CERTIFICATE_CANCELLED", "2025-06-25T09:00", DISTRICT))


# A minor who accompanies somebody (Article 63 names such minors).

GIRL = {"accompanies": True, "age_band": "under_16", "turns_18_on": date(2033, 1, 1)}
STAYS = (SHELTER, "IN_FACILITY", "2025-06-10T10:00", FACILITY)
APPLIES = (JOBS, "SUPPORT_REQUESTED", "2025-07-05T09:00", COMMUNE)


def with_adult(former, identified_on, *steps):
    """The case of a girl; the commune states in July when her mother was identified."""
    case = Told(former, NOTICE, STAYS, *steps, **GIRL)
    stated = (ID, "INITIAL_CHECK_DONE", "2025-07-04T09:00", HEALTH)
    fact = former.fact(80, stated, attributes={ADULT_IDENTIFIED: identified_on})
    case.facts = [*case.facts, fact]
    case.state = fold(FORMER, WORLD, case.opening, case.facts, (), PRESENT)
    return case


def test_the_minor_with_a_person_identified_before_stays_under_the_former_law(former):
    # 10 June + 60 days = Saturday 9 August, so Monday 11 August: due on 12 August 00:00. Three working days after
    # Saturday 5 July 2025 are 7, 8 and 9 July: due on 10 July 00:00.
    case = with_adult(former, "2025-06-20", APPLIES)
    assert case.law(SHELTER) == ("law-66-2011", "day")
    assert case.law(JOBS) == ("law-66-2011", "identified")
    newest = case.state.newest()
    assert (newest["A-SUP-05"].due_at, newest["A-SUP-05"].lapses_at) == (case.at("2025-08-12"), None)
    assert (newest["A-SUP-02"].due_at, newest["A-SUP-02"].office) == (case.at("2025-07-10"), COMMUNE)
    laws = [package_at(LAW, Recipient(case.state.periods), case.at(day)).pack for day in ("2025-06-19", "2025-07-03")]
    assert laws == ["law-66-2011", "law-66-2011"]
    assert "cross_regime" in case.state.flags


def test_the_minor_with_a_person_identified_later_has_the_present_law(former):
    case = with_adult(former, "2025-07-02", APPLIES)
    assert case.law(SHELTER) == ("law-53-2024", "day")
    assert case.law(JOBS) == ("law-53-2024", "identified")


def test_a_minor_of_whose_adult_nothing_is_known_is_flagged(told):
    case = told(NOTICE, STAYS, APPLIES, **GIRL)
    assert (case.law(JOBS), "cross_regime" in case.state.flags) == (("law-53-2024", "day"), True)


def test_who_accompanies_nobody_has_no_adult(former):
    step = (ID, "INITIAL_CHECK_DONE", "2025-07-04T09:00", HEALTH)
    stated = former.fact(80, step, attributes={ADULT_IDENTIFIED: "2025-06-20"})
    opening = Told(former, NOTICE).opening
    assert adult_identified(FORMER, opening, [stated]) is None


def test_a_fold_that_goes_on_is_folded_anew_when_the_day_of_the_adult_is_said(former):
    case = with_adult(former, "2025-06-20")
    *before, said = case.facts
    folding = Folding.of(FORMER, WORLD, case.opening, before, (), PRESENT)
    assert folding.followed_by(said) is None


# A paper of before that is shown later (Article 63 asks when the person was identified).

BY_PAPER = (ID, "VICTIM_BY_PAPER", "2025-07-05T09:00", HEALTH)
PAPER = {"identified_on": "2025-06-20", "holds_paper": True}


def shown(former, step, paper, *later):
    """The case of a person whose paper is shown in July, or who is confirmed in July."""
    case = Told(former, NOTICE, CHECKED, *later)
    case.facts = [*case.facts, former.fact(80, step, attributes=paper)]
    case.state = fold(FORMER, WORLD, case.opening, case.facts, (), PRESENT)
    return case


def test_who_holds_a_paper_of_june_has_the_package_of_june(former):
    # Three working days after Monday 14 July 2025 are 15, 16 and 17 July: due on 18 July 00:00.
    case = shown(former, BY_PAPER, PAPER, (JOBS, "SUPPORT_REQUESTED", "2025-07-14T09:00", COMMUNE))
    assert (case.state.identified_at, case.state.regime_support) == (case.at("2025-06-20"), "law-66-2011")
    assert case.law(JOBS) == ("law-66-2011", "identified")
    assert case.state.newest()["A-SUP-02"].due_at == case.at("2025-07-18")
    assert package_at(LAW, Recipient(case.state.periods), case.at("2025-07-06")).pack == "law-66-2011"


@pytest.mark.parametrize("day", ["2025-07-06", "in June"])
def test_a_day_after_the_step_or_none_does_not_count(former, day):
    case = shown(former, BY_PAPER, {**PAPER, "identified_on": day})
    assert case.state.identified_at == case.at("2025-07-05T09:00")


def test_only_a_step_by_paper_has_an_earlier_day(former):
    case = shown(former, (ID, "VICTIM_CONFIRMED", "2025-07-10T09:00", PROVINCE), PAPER)
    assert (case.state.identified_at, case.state.regime_support) == (case.at("2025-07-10T09:00"), "law-53-2024")


def test_a_person_must_judge_if_the_case_was_reported_under_the_next_law(cases):
    """Its two packs do not have the former law."""
    opening = cases.opening(HEALTH, "self_report", "2025-08-04T09:00")
    checked = cases.fact(1, (ID, "INITIAL_CHECK_DONE", "2025-08-05T09:00", HEALTH), attributes={"holds_paper": True})
    for paper, flags in (({}, ()), ({"identified_on": "2025-06-20"}, ("cross_regime",))):
        step = cases.fact(2, (ID, "VICTIM_BY_PAPER", "2025-08-05T10:00", HEALTH), attributes=paper)
        assert tuple(one for one in cases.fold(opening, [checked, step]).flags if one == "cross_regime") == flags


def test_the_composition_names_steps_of_the_identification():
    named = (*WORLD.composition.package.by_paper, *WORLD.composition.procedure.anew)
    assert all(known_state(pack, ID, state) for pack in (FORMER, PRESENT) for state in named)
