"""A case that two laws touch: each lane, clock and entitlement has the law that governs it. Dates reckoned by hand."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.standing import StatusPeriod
from regulations import Contradiction, Fact, Folding, UnknownState, explain, fold, waits
from regulations.ages import Ages
from regulations.case import Opening
from regulations.composed import Composed
from regulations.entitled import Recipient, entitled, package_at
from regulations.legal_time import LEGAL_TIME
from tests.library import LIBRARY

WORLD, FORMER, PRESENT = LIBRARY.world, LIBRARY.pack("law-66-2011"), LIBRARY.pack("law-53-2024")
LAW = Composed(FORMER, WORLD, PRESENT)
COMMUNE, LABOUR, HEALTH = "commune/thai-nguyen", "labour_authority/thai-nguyen", "health_authority/thai-nguyen"
DISTRICT, PROVINCE, FACILITY = "district_police/thai-nguyen", "provincial_police/thai-nguyen", "facility/thai-nguyen"
ID, JOBS, FOOD, SHELTER = "identification", "support:vocational", "support:essential_needs", "shelter"
NOTICE = (ID, "SUPPORT_AGENCY_NOTIFIED", "2025-06-02T09:30", COMMUNE)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2025-06-04T09:00", LABOUR)
ASKED = (ID, "POLICE_VERIFICATION", "2025-06-05T09:00", LABOUR)
BEFORE = (ID, "VICTIM_CONFIRMED", "2025-06-20T09:00", DISTRICT)
AFTER = (ID, "VICTIM_CONFIRMED", "2025-07-10T09:00", PROVINCE)
FED = (FOOD, "SUPPORT_DELIVERED", "2025-06-10T09:00", COMMUNE)
STAYS = (SHELTER, "IN_FACILITY", "2025-06-10T10:00", FACILITY)
IN_PROCESS = (NOTICE, CHECKED, ASKED)
CUT, LATER = "2025-07-01T00:00", datetime(2025, 7, 20, tzinfo=LEGAL_TIME)


class Told:
    """A case of 2 June 2025 under its composed law."""

    def __init__(self, former, *steps, **report):
        self.at = former.at
        self.opening = former.opening(COMMUNE, "self_report", "2025-06-02T09:00", commune="phu-binh", **report)
        self.facts = [former.fact(seq, step) for seq, step in enumerate(steps, start=1)]
        self.state = fold(FORMER, WORLD, self.opening, self.facts, (), PRESENT)

    def may(self, kind, when, **person):
        found = Recipient(self.state.periods, self.state.nationality == "foreign", **person)
        return entitled(LAW, found, kind, self.at(when)).entitled

    def law(self, lane):
        return self.state.law.lanes[lane].pack, self.state.law.lanes[lane].ground


@pytest.fixture
def told(former):
    return lambda *steps, **report: Told(former, *steps, **report)


@pytest.mark.parametrize("kind", ["medical", "interpreter", "legal_support", "legal_aid", "psychological"])
def test_a_person_in_process_has_a_to_g_from_july_2025_whenever_she_reported(told, kind):
    case = told(*IN_PROCESS)
    assert (case.may(kind, "2025-06-30T23:59"), case.may(kind, "2025-07-01T00:00")) == ("no", "yes")
    assert case.may("vocational", "2025-07-03T09:00") == "no"  # letter i is for a victim


def test_who_was_identified_before_keeps_the_former_package(told):
    case = told(*IN_PROCESS, BEFORE)
    assert case.may("interpreter", "2025-07-03T09:00") == "no"
    assert case.may("vocational", "2025-07-03T09:00") == "as_the_case_may_be"
    assert case.may("medical", "2025-06-19T09:00") == "no"  # on the day before she was in process
    assert (case.state.pack_id, case.state.regime_support) == ("law-66-2011", "law-66-2011")


def test_who_was_identified_after_has_the_present_package(told):
    case = told(*IN_PROCESS, AFTER)
    assert (case.may("vocational", "2025-07-09T09:00"), case.may("vocational", "2025-07-10T09:00")) == ("no", "yes")
    assert (case.state.pack_id, case.state.regime_support) == ("law-66-2011", "law-53-2024")
    assert case.state.flags == ("cross_regime",)


def test_the_application_has_nine_days_and_the_health_authority_under_the_present_law(told):
    # Monday 14 July 2025; nine working days are 15-18 and 21-25 July: due on 26 July 00:00.
    case = told(*IN_PROCESS, AFTER, (JOBS, "SUPPORT_REQUESTED", "2025-07-14T09:00", COMMUNE))
    clock = case.state.newest()["B-SUP-01"]
    assert (clock.due_at, clock.office) == (case.at("2025-07-26"), HEALTH)
    assert (case.state.lanes[JOBS].holder, case.law(JOBS)) == (HEALTH, ("law-53-2024", "identified"))
    shown = explain(FORMER, WORLD, case.state, clock.clock_id, PRESENT)
    assert (shown.law.pack, shown.law_citation, shown.law_confidence) == (
        "law-53-2024",
        "Law 53/2024 Art 63",
        "verified text",
    )


def test_the_application_has_three_days_and_the_commune_for_who_was_identified_before(told):
    # Saturday 5 July 2025; three working days are 7, 8 and 9 July: due on 10 July 00:00.
    case = told(*IN_PROCESS, BEFORE, (JOBS, "SUPPORT_REQUESTED", "2025-07-05T09:00", COMMUNE))
    clock = case.state.newest()["A-SUP-02"]
    assert (clock.due_at, clock.office, clock.law) == (case.at("2025-07-10"), COMMUNE, None)
    assert case.law(JOBS) == ("law-66-2011", "identified")


def test_sixty_days_end_with_their_law_and_120_are_counted_from_the_day_of_the_next_law(told):
    # 1 July + 120 days: July has 30 more, August makes 61, September 91; Wednesday 29 October: due on 30 October 00:00.
    case = told(*IN_PROCESS, FED, STAYS)
    sixty, longer = case.state.newest()["A-SUP-05"], case.state.newest()["B-SUP-02"]
    assert sixty.lapses_at == case.at("2025-07-01")
    assert (sixty.state_at(case.at("2025-06-30")), sixty.state_at(case.at("2025-08-12"))) == ("running", "void")
    assert (longer.due_at, longer.reminder) == (case.at("2025-10-30"), True)
    assert case.law(SHELTER) == case.law(FOOD) == ("law-53-2024", "day")


def test_an_entry_after_the_law_ended_ends_its_ceiling(told):
    late = told(*IN_PROCESS, STAYS, recorded_at=LATER).state.newest()["A-SUP-05"]
    assert (late.void_at, late.void_reason, late.lapses_at) == (
        datetime.fromisoformat(f"{CUT}+07:00"),
        "law-ended",
        None,
    )


def test_sixty_days_hold_for_who_was_identified_before_also_if_it_is_entered_later(told):
    # 10 June + 60 days = Saturday 9 August 2025, so Monday 11 August: due on 12 August 00:00.
    case = told(*IN_PROCESS, STAYS, (SHELTER, "FACILITY_DOSSIER_COMPLETE", "2025-07-02T09:00", FACILITY), BEFORE)
    sixty = case.state.newest()["A-SUP-05"]
    assert (sixty.due_at, sixty.lapses_at) == (case.at("2025-08-12"), None)
    assert sixty.state_at(case.at("2025-08-12")) == "breached"


def test_sixty_days_that_were_over_before_the_law_ended_stay_breached(told):
    # 22 April + 60 days = Saturday 21 June 2025, so Monday 23 June: due on 24 June 00:00.
    case = told(*IN_PROCESS, (SHELTER, "IN_FACILITY", "2025-04-22T10:00", FACILITY))
    assert case.state.newest()["A-SUP-05"].state_at(case.at("2025-09-01")) == "breached"


def test_a_request_of_june_goes_on_under_the_law_that_began_it(told):
    early = (JOBS, "SUPPORT_REQUESTED", "2025-06-25T09:00", COMMUNE)
    passed = (JOBS, "SUPPORT_FORWARDED", "2025-07-02T09:00", COMMUNE)
    case = told(*IN_PROCESS, BEFORE, early, passed)
    # Wednesday 2 July: five working days are 3, 4, 7, 8 and 9 July.
    assert case.state.newest()["A-SUP-03"].due_at == case.at("2025-07-10")


def test_a_step_that_only_the_other_law_knows_is_not_refused(told):
    """It was thought that she was identified in June; the day is corrected to July."""
    asked = (JOBS, "SUPPORT_REQUESTED", "2025-07-14T09:00", COMMUNE)
    passed = (JOBS, "SUPPORT_FORWARDED", "2025-07-15T09:00", COMMUNE)
    case = told(*IN_PROCESS, AFTER, asked, passed)
    assert (case.state.lanes[JOBS].state, case.law(JOBS)) == ("SUPPORT_FORWARDED", ("law-66-2011", "step"))


# Rights follow the facts at their instant.


def test_nothing_is_granted_after_the_confirmation_fell(cases):
    opening = cases.opening(HEALTH, "self_report", "2026-03-02T09:00")
    steps = [
        (ID, "INITIAL_CHECK_DONE", "2026-03-03T09:00", HEALTH),
        (ID, "POLICE_VERIFICATION", "2026-03-04T09:00", HEALTH),
        (ID, "VICTIM_CONFIRMED", "2026-03-10T09:00", PROVINCE),
        (JOBS, "SUPPORT_REQUESTED", "2026-03-12T09:00", HEALTH),
        (ID, "CERTIFICATE_CANCELLED", "2026-03-16T09:00", PROVINCE),
        (ID, "NOT_CONFIRMED", "2026-03-16T10:00", PROVINCE),
    ]
    for when, flags in (("2026-03-13T09:00", ()), ("2026-03-17T09:00", (f"granted-without-right:{JOBS}",))):
        facts = cases.facts(*steps, (JOBS, "SUPPORT_DECIDED", when, HEALTH))
        state = fold(PRESENT, WORLD, opening, facts, (), FORMER)
        assert state.flags == flags
        right = entitled(Composed(PRESENT, WORLD, FORMER), Recipient(state.periods), "vocational", cases.at(when))
        assert (right.entitled == "no") == bool(flags)


def of_adult(status, since, identified_at=None):
    return [StatusPeriod(since=since, status=status, identified_at=identified_at)]


@pytest.mark.parametrize(
    ("adult", "school", "food"),
    [("in_process", "no", "yes"), ("victim", "yes", "yes"), ("not_victim", "no", "no"), (None, "no", "yes")],
)
def test_a_companion_follows_the_adult(cases, adult, school, food):
    """With a victim letters a to h, with a person in process a to g, with who is no victim nothing."""
    opening = cases.opening(HEALTH, "self_report", "2026-03-02T09:00", accompanies=True, age_band="under_16")
    periods, at = cases.told(opening).periods, cases.at("2026-03-05T09:00")
    since = cases.at("2026-03-02T09:00")
    person = Recipient(periods, adult=of_adult(adult, since, since if adult == "victim" else None) if adult else ())
    law = Composed(PRESENT, WORLD)
    assert entitled(law, person, "general_education", at).entitled == school
    assert entitled(law, person, "essential_needs", at).entitled == food
    assert entitled(law, person, "vocational", at).entitled == "no"


def test_the_companion_has_the_law_of_the_adult(told):
    """Decree 09 gives a companion no interpreter; Article 37(2) does."""
    case = told(accompanies=True, age_band="under_16")
    for identified, answer in (("2025-06-20T09:00", "no"), ("2025-07-10T09:00", "yes")):
        adult = of_adult("victim", case.at(identified), case.at(identified))
        assert case.may("interpreter", "2025-07-20T09:00", adult=adult) == answer


def test_a_companion_who_turns_eighteen_has_no_rights_as_one(cases):
    opening = cases.opening(
        HEALTH,
        "self_report",
        "2026-03-02T09:00",
        accompanies=True,
        age_band="under_18",
        turns_18_on=date(2026, 4, 10),
    )
    adult = of_adult("victim", cases.at("2026-03-02T09:00"), cases.at("2026-03-02T09:00"))
    person, law = Recipient(cases.told(opening).periods, adult=adult), Composed(PRESENT, WORLD)
    days = ("2026-04-09T23:59", "2026-04-10T00:00")
    assert [entitled(law, person, "medical", cases.at(day)).entitled for day in days] == ["yes", "no"]


# Who turns 16 or 18 on the way.


CHILD = {"age_band": "under_16", "turns_18_on": date(2028, 3, 20)}  # sixteen on 20 March 2026


def test_the_plan_for_a_child_falls_away_on_the_sixteenth_birthday(cases):
    # The risk is assessed on Monday 16 March 2026: five working days end on Monday 23 March, after the birthday.
    opening = cases.opening(COMMUNE, "self_report", "2026-03-16T08:00", **CHILD)
    assessed = ("child", "CHILD_RISK_ASSESSED", "2026-03-16T09:00", COMMUNE)
    plan = cases.told(opening, assessed).newest()["C-CHP-03"]
    assert (plan.due_at, plan.lapses_at) == (cases.at("2026-03-24"), cases.at("2026-03-20"))
    states = [plan.state_at(cases.at(day)) for day in ("2026-03-19T23:59", "2026-03-20", "2026-03-24")]
    assert states == ["running", "void", "void"]
    later = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-03-20T08:00", COMMUNE)
    passed = cases.told(opening, assessed, later).newest()["C-CHP-03"]
    assert (passed.void_at, passed.void_reason) == (cases.at("2026-03-20"), "outgrown")
    again = cases.told(opening, assessed, later, ("child", "CHILD_PLAN_DRAFTED", "2026-03-23T09:00", COMMUNE))
    assert "C-CHP-04" not in again.newest()


def test_nobody_is_warned_after_the_birthday(cases):
    opening = cases.opening(COMMUNE, "self_report", "2026-03-16T08:00", **CHILD)
    state = cases.told(opening, ("child", "CHILD_RISK_ASSESSED", "2026-03-16T09:00", COMMUNE))
    plan = state.newest()["C-CHP-03"].clock_id
    found = [one for one in waits(PRESENT, WORLD, state, [], opening.occurred_at) if one.clock_id == plan]
    assert all(one.at < cases.at("2026-03-20") for one in found)
    assert "breach" not in {one.kind for one in found}


def test_a_limit_that_was_over_before_the_birthday_stays_breached(cases):
    opening = cases.opening(COMMUNE, "self_report", "2026-03-02T08:00", **CHILD)
    state = cases.told(opening, (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-03-25T08:00", COMMUNE))
    # Twelve hours from the report.
    assert state.newest()["C-CHP-02"].due_at == cases.at("2026-03-02T20:00")
    assert state.newest()["C-CHP-02"].state_at(cases.at("2026-04-01")) == "breached"


def test_the_limit_of_an_adult_starts_only_where_that_of_a_minor_falls_away(cases):
    """Commune police, 2 March 2026 08:00: 24 hours for a minor, seven days or 24 hours for an adult."""
    for birthday, urgent, rules in (
        (date(2026, 8, 1), False, {"C-CHD-01"}),
        (date(2026, 3, 3), False, {"C-CHD-01", "C-INF-08"}),
        (date(2026, 3, 3), True, {"C-CHD-01", "C-INF-06"}),
    ):
        opening = cases.opening(
            "commune_police/lang-son",
            "self_report",
            "2026-03-02T08:00",
            age_band="under_18",
            turns_18_on=birthday,
            urgent=urgent,
        )
        found = {clock.rule: clock for clock in cases.told(opening).clocks if clock.lane == "crime"}
        assert {rule for rule in found if rule in ("C-CHD-01", "C-INF-06", "C-INF-08")} == rules
        assert (found["C-CHD-01"].lapses_at is None) == (birthday.month == 8)


def test_an_age_band_alone_says_no_day(cases):
    opening = cases.opening(COMMUNE, "self_report", "2026-03-16T08:00", age_band="under_16")
    state = cases.told(opening, ("child", "CHILD_RISK_ASSESSED", "2026-03-16T09:00", COMMUNE))
    assert state.newest()["C-CHP-03"].lapses_at is None


def test_an_unknown_age_is_a_childs_until_it_is_known(cases):
    opening = cases.opening(COMMUNE, "self_report", "2026-03-16T08:00", age_band="unknown")
    assessed = ("child", "CHILD_RISK_ASSESSED", "2026-03-16T09:00", COMMUNE)
    before = cases.told(opening, assessed)
    assert before.newest()["C-CHP-03"].open
    notice = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-03-17T08:00", COMMUNE)
    grown = cases.fact(2, notice, attributes={"turns_18_on": "2015-05-01"})
    after = cases.fold(opening, [cases.fact(1, assessed), grown])
    found = after.newest()["C-CHP-03"]
    assert (found.void_at, found.void_reason) == (cases.at("2026-03-17T08:00"), "outgrown")


def test_who_was_born_on_29_february_has_the_birthday_on_1_march(cases):
    ages = Ages.of(
        cases.opening(COMMUNE, "self_report", "2026-02-01", age_band="under_18", turns_18_on=date(2028, 2, 29))
    )
    assert ages.is_under(16, cases.at("2026-02-28T23:59"))
    assert not ages.is_under(16, cases.at("2026-03-01"))


# What holds for every case under composed law.

LANES = (ID, JOBS, FOOD, SHELTER, "support:loan")
BUDGET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def stories(draw):
    """Steps of both laws around the day on which the former ended; those that contradict are left out."""
    start = datetime(2025, 6, 2, 9, tzinfo=LEGAL_TIME) + timedelta(days=draw(st.integers(0, 40)))
    packs = (FORMER, PRESENT) if WORLD.regime_for(start) == FORMER.id else (PRESENT, FORMER)
    opening = Opening(
        case_id="case_invented",
        route="self_report",
        reporter=LABOUR if packs[0] is FORMER else HEALTH,
        province="thai-nguyen",
        occurred_at=start,
        recorded_at=start,
        age_band="under_18",
        turns_18_on=(start + timedelta(days=draw(st.integers(2, 60)))).date(),
        accompanies=draw(st.booleans()),
    )
    facts: list[Fact] = []
    at = start - timedelta(days=5)
    for seq in range(draw(st.integers(1, 16))):
        at += timedelta(hours=draw(st.integers(1, 150)))
        lane = draw(st.sampled_from(LANES))
        codes = sorted({spec.code for pack in packs for spec in pack.lanes[lane].states})
        fact = Fact(
            fact_id=f"fact_{seq}",
            seq=seq,
            lane=lane,
            state=draw(st.sampled_from(codes)),
            occurred_at=at,
            recorded_at=at,
            office=draw(st.sampled_from([COMMUNE, HEALTH, LABOUR, PROVINCE, DISTRICT, FACILITY])),
        )
        try:
            fold(packs[0], WORLD, opening, [*facts, fact], (), packs[1])
        except (Contradiction, UnknownState):
            continue
        facts.append(fact)
    return packs, opening, facts


@BUDGET
@given(stories(), st.randoms())
def test_order_of_entry_does_not_matter_under_composed_law(story, chance):
    (first, second), opening, facts = story
    shuffled = list(facts)
    chance.shuffle(shuffled)
    renumbered = [fact.model_copy(update={"seq": place}) for place, fact in enumerate(shuffled)]
    whole = fold(first, WORLD, opening, facts, (), second)
    assert whole == fold(first, WORLD, opening, shuffled, (), second)
    assert whole == fold(first, WORLD, opening, renumbered, (), second)


@BUDGET
@given(stories())
def test_a_fold_that_goes_on_is_the_whole_fold_under_composed_law(story):
    (first, second), opening, facts = story
    folding = Folding.of(first, WORLD, opening, [], (), second)
    for length, fact in enumerate(facts, 1):
        further = folding.followed_by(fact)
        folding = further or Folding.of(first, WORLD, opening, facts[:length], (), second)
        assert folding.state == fold(first, WORLD, opening, facts[:length], (), second)


@BUDGET
@given(stories(), st.integers(-200, 2000))
def test_an_entitlement_depends_only_on_what_had_happened_by_then(story, hours):
    (first, second), opening, facts = story
    law, at = Composed(first, WORLD, second), opening.occurred_at + timedelta(hours=hours)
    whole, then = (
        fold(first, WORLD, opening, some, (), second)
        for some in (facts, [one for one in facts if one.occurred_at <= at])
    )
    begun = [one for one in whole.periods if one.since <= at]
    assert not begun or begun == [one for one in then.periods if one.since <= at]
    if begun:
        persons = [Recipient(state.periods, opening.foreign) for state in (whole, then)]
        assert package_at(law, persons[0], at) == package_at(law, persons[1], at)
        for kind in PRESENT.entitlements:
            assert entitled(law, persons[0], kind, at) == entitled(law, persons[1], kind, at)


@BUDGET
@given(stories())
def test_every_clock_has_the_rule_of_the_law_that_it_names(story):
    (first, second), opening, facts = story
    state = fold(first, WORLD, opening, facts, (), second)
    for clock in state.clocks:
        pack = second if clock.law is not None else first
        assert clock.law is None or clock.law.pack == second.id
        assert clock.citation == pack.rules[clock.rule].citation
    assert {law.pack for law in state.law.lanes.values()} <= {first.id, second.id}
    procedure = state.law.lanes[ID]
    after = procedure.ground in ("request", "step") and LAW.ends is not None and procedure.since >= LAW.ends
    assert procedure.pack == first.id or after
