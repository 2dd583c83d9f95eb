"""What becomes known of the person later: other rules from its instant on, and what was done stays."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codes import Route
from regulations import Contradiction, Folding
from regulations.person import Person
from tests.library import LIBRARY

ID = "identification"
POLICE, HEALTH, COMMUNE = "provincial_police/lang-son", "health_authority/lang-son", "commune/lang-son"
HOTLINE = "hotline_111/ha-noi"
LATER = "2027-01-01"
RECEIVED = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-06-29T10:00", HEALTH)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2026-06-30T09:00", HEALTH)
ASKED = (ID, "POLICE_VERIFICATION", "2026-07-01T09:00", HEALTH)
COMPLEX = (ID, "POLICE_VERIFICATION_EXTENDED", "2026-07-15T09:00", POLICE)


def rescued(cases, route="rescued", nationality=None, reporter=POLICE):
    return cases.opening(
        reporter, route, "2026-06-29T08:00", province="lang-son", commune="dong-dang", nationality=nationality
    )


def learnt(what, at, office=POLICE):
    return (ID, f"NATIONALITY_{what}", at, office)


def shown(cases, state):
    """Rule → state of its newest clock and its due instant."""
    return {rule: (clock.state_at(cases.at(LATER)), clock.due_at) for rule, clock in state.newest().items()}


def test_a_rescued_woman_proves_to_be_foreign(cases):
    """The twenty days of Article 27(3) end, the verification goes on without a limit, and the way home begins."""
    state = cases.told(rescued(cases), RECEIVED, CHECKED, ASKED, learnt("FOREIGN", "2026-07-03T15:00"))
    clocks = state.newest()
    assert (state.route, state.nationality) == ("foreign_victim", "foreign")
    assert (clocks["B-RES-03"].void_reason, clocks["B-RES-03"].void_at) == (
        "no-longer-applies",
        cases.at("2026-07-03T15:00"),
    )
    assert clocks["B-SELF-09a"].void_reason == "no-longer-applies"
    verification = clocks["B-FOR-03a"]
    assert (verification.started_by, verification.started_at, verification.due_at) == (
        "fact_4",
        cases.at("2026-07-01T09:00"),
        None,
    )
    assert clocks["B-FOR-04a"].open
    assert (state.lanes["return"].state, state.lanes["return"].holder) == ("FOREIGN_VICTIM_RECEIVED", "consular/ha-noi")
    assert state.lanes["return"].since == cases.at("2026-07-03T15:00")
    assert state.lanes[ID].state == "POLICE_VERIFICATION"
    assert "B-RES-02" in clocks
    assert "B-FOR-03" not in clocks, "the person was handed over before"


def test_a_woman_taken_for_foreign_proves_to_be_vietnamese(cases):
    """Asked on 1 July 2026: twenty days end on 21 July, counted from the request although it was found on 3 July."""
    report = rescued(cases, "foreign_victim", "foreign")
    state = cases.told(report, RECEIVED, CHECKED, ASKED, learnt("VIETNAMESE", "2026-07-03T15:00"))
    clocks = state.newest()
    assert (state.route, state.nationality) == ("rescued", "vietnamese")
    assert clocks["B-FOR-03a"].void_reason == "no-longer-applies"
    assert clocks["B-FOR-04a"].void_reason == "no-longer-applies"
    assert (clocks["B-RES-03"].started_at, clocks["B-RES-03"].opened_at) == (
        cases.at("2026-07-01T09:00"),
        cases.at("2026-07-03T15:00"),
    )
    assert clocks["B-RES-03"].due_at == cases.at("2026-07-22")
    assert clocks["B-SELF-09a"].due_at == cases.at("2026-07-22")
    assert (state.lanes["return"].state, state.lanes["return"].terminal) == ("STAYS_IN_VIET_NAM", True)


def test_a_limit_that_was_extended_before_counts_as_extended(cases):
    """Found complex on 15 July, Vietnamese on 20 July: two months from the request of 1 July, over the holidays."""
    report = rescued(cases, "foreign_victim", "foreign")
    state = cases.told(report, RECEIVED, CHECKED, ASKED, COMPLEX, learnt("VIETNAMESE", "2026-07-20T15:00"))
    assert state.newest()["B-SELF-07"].due_at == cases.at("2026-09-04")
    assert "B-RES-03" not in state.newest()


def test_a_breach_stays_when_the_limit_applies_no_more(cases):
    state = cases.told(rescued(cases), RECEIVED, CHECKED, ASKED, learnt("FOREIGN", "2026-07-30T15:00"))
    assert shown(cases, state)["B-RES-03"] == ("breached", cases.at("2026-07-22"))
    assert state.newest()["B-FOR-03a"].open
    confirmed = (ID, "VICTIM_CONFIRMED", "2026-08-03T09:00", POLICE)
    state = cases.told(rescued(cases), RECEIVED, CHECKED, ASKED, learnt("FOREIGN", "2026-07-30T15:00"), confirmed)
    assert shown(cases, state)["B-RES-03"] == ("met_late", cases.at("2026-07-22"))
    assert shown(cases, state)["B-FOR-03a"][0] == "met"


def test_learnt_after_the_confirmation_the_way_home_begins(cases):
    confirmed = (ID, "VICTIM_CONFIRMED", "2026-07-10T09:00", POLICE)
    state = cases.told(rescued(cases), RECEIVED, CHECKED, ASKED, confirmed, learnt("FOREIGN", "2026-07-12T15:00"))
    assert (state.status, state.lanes["return"].state) == ("victim", "FOREIGN_VICTIM_RECEIVED")
    assert shown(cases, state)["B-RES-03"][0] == "met"
    assert "B-FOR-03a" not in state.newest(), "what was met is not asked again"


@pytest.mark.parametrize("law", ["law-53-2024", "law-66-2011"])
def test_a_foreign_person_not_rescued_yet_is_rescued(cases, former, law):
    """Reported to the hotline: the police is to be told at once. With the rescue the way of a foreign victim begins."""
    told, day, rule = (cases, "2026-07-01", "B-FOR-02") if law == "law-53-2024" else (former, "2025-03-03", "A-FOR-02")
    report = told.opening(HOTLINE, "foreign_unrescued", f"{day}T08:00", province="lang-son", nationality="foreign")
    state = told.told(report)
    assert {code: lane.state for code, lane in state.lanes.items()} == {ID: "FOREIGN_VICTIM_REPORTED_UNRESCUED"}
    assert (state.status, state.newest()[rule].open, state.newest()[rule].immediate) == ("suspected", True, True)
    state = told.told(
        report,
        (ID, "RESCUE_REQUESTED", f"{day}T09:00", HOTLINE),
        (ID, "RESCUED", f"{day}T22:00", POLICE),
    )
    assert (state.route, state.status) == ("foreign_victim", "in_process")
    assert state.newest()[rule].met_at == told.at(f"{day}T09:00")
    assert state.lanes["return"].state == "FOREIGN_VICTIM_RECEIVED"
    same = told.told(told.opening(POLICE, "foreign_victim", f"{day}T22:00", province="lang-son", nationality="foreign"))
    started = {rule for rule, clock in state.newest().items() if clock.opened_at == told.at(f"{day}T22:00")}
    assert started == {rule for rule, clock in same.newest().items() if clock.lane != "crime"}


def test_the_police_that_takes_the_notice_need_not_tell_itself(cases):
    report = cases.opening(POLICE, "foreign_unrescued", "2026-07-01T08:00", nationality="foreign")
    state = cases.told(report)
    assert (state.lanes[ID].state, state.lanes[ID].holder) == ("RESCUE_REQUESTED", POLICE)
    assert state.lanes["crime"].state == "CRIME_INFO_RECEIVED"


def test_a_call_proves_to_be_about_a_foreign_person(cases):
    report = cases.opening(HOTLINE, "hotline", "2026-07-01T08:00", province="lang-son")
    state = cases.told(
        report,
        (ID, "FOREIGN_VICTIM_REPORTED_UNRESCUED", "2026-07-01T08:30", HOTLINE),
        (ID, "RESCUED", "2026-07-01T22:00", POLICE),
    )
    assert (state.route, state.nationality, state.lanes["return"].state) == (
        "foreign_victim",
        "foreign",
        "FOREIGN_VICTIM_RECEIVED",
    )
    assert {"B-FOR-03", "B-FOR-04"} <= state.newest().keys()
    assert "B-RES-01" not in state.newest()


@pytest.mark.parametrize(
    ("route", "first"),
    [("self_report", "FOREIGN"), ("self_returned", "FOREIGN"), ("rescued", "FOREIGN"), ("foreign_victim", "STATELESS")],
)
def test_taken_back_it_is_as_reported(cases, route, first):
    second = {"FOREIGN": "VIETNAMESE", "STATELESS": "FOREIGN"}[first]
    report = rescued(cases, route, "foreign" if route == "foreign_victim" else None)
    state = cases.told(report, RECEIVED, learnt(first, "2026-06-30T08:00"), learnt(second, "2026-07-02T08:00"))
    assert state.route == route


@pytest.mark.parametrize("nationality", ["stateless", "unknown"])
def test_neither_stateless_nor_unknown_is_foreign(cases, nationality):
    state = cases.told(rescued(cases, nationality=nationality), RECEIVED, CHECKED, ASKED)
    plain = cases.told(rescued(cases), RECEIVED, CHECKED, ASKED)
    assert (state.clocks, state.lanes, state.nationality) == (plain.clocks, plain.lanes, nationality)
    assert state.flags == (*plain.flags, *(["nationality-unknown"] if nationality == "unknown" else []))


def test_a_route_unlike_the_nationality_is_marked(cases):
    assert "route-unlike-nationality" in cases.told(rescued(cases, nationality="foreign")).flags
    assert "route-unlike-nationality" in cases.told(rescued(cases, "foreign_victim", "vietnamese")).flags
    assert "route-unlike-nationality" not in cases.told(rescued(cases, "foreign_victim", "foreign")).flags


def test_a_journey_entered_before_its_cause_is_the_true_beginning(cases):
    """The health authority stated the way home; days later the police enters since when the person is known."""
    home = ("return", "FOREIGN_VICTIM_RECEIVED", "2026-07-05T10:00", HEALTH)
    steps = [RECEIVED, home, learnt("FOREIGN", "2026-07-03T15:00")]
    state = cases.told(rescued(cases), *steps)
    assert state.lanes["return"].since == cases.at("2026-07-05T10:00")
    for order in itertools.permutations(cases.facts(*steps)):
        assert cases.fold(rescued(cases), order) == state


def test_nationality_is_learnt_about_a_case_that_exists(cases):
    with pytest.raises(Contradiction):
        cases.told(rescued(cases), learnt("FOREIGN", "2026-06-28T08:00"))


def test_every_route_of_the_contract_is_in_both_packs():
    for law in ("law-53-2024", "law-66-2011"):
        assert set(LIBRARY.pack(law).routes) == set(Route)


@st.composite
def lives(draw):
    """A rescued person with the usual steps and up to three facts about the nationality, at any instants between."""
    words = draw(st.lists(st.sampled_from(["FOREIGN", "VIETNAMESE", "STATELESS", "UNKNOWN"]), min_size=1, max_size=3))
    days = draw(st.lists(st.integers(1, 60), min_size=len(words), max_size=len(words), unique=True))
    known = [
        learnt(word, f"2026-{7 + day // 31:02}-{day % 31 + 1:02}T15:00") for word, day in zip(words, days, strict=True)
    ]
    steps = [RECEIVED, CHECKED, ASKED][: draw(st.integers(0, 3))]
    steps += draw(st.sampled_from([[], [COMPLEX], [(ID, "VICTIM_CONFIRMED", "2026-07-18T09:00", POLICE)]]))
    route = draw(st.sampled_from(["rescued", "foreign_victim", "hotline", "self_report"]))
    return (
        route,
        draw(st.sampled_from([None, "foreign", "unknown"])),
        steps,
        known,
        draw(st.randoms(use_true_random=False)),
    )


@given(lives())
@settings(max_examples=60, deadline=None)
def test_whatever_is_learnt_when_ever_it_is_entered(cases, life):
    route, nationality, steps, known, chance = life
    report, facts = rescued(cases, route, nationality), cases.facts(*steps, *known)
    try:
        state = cases.fold(report, facts)
        plain = cases.fold(report, facts[: len(steps)])
    except Contradiction:
        return
    other = [*facts]
    chance.shuffle(other)
    assert cases.fold(report, other) == state
    in_order = sorted(facts, key=lambda fact: fact.occurred_at)
    going = Folding.of(cases.pack, cases.world, report, [])
    for fact in in_order:
        going = going.followed_by(fact) or Folding.of(cases.pack, cases.world, report, in_order)
    assert going.state == state
    first = min(fact.occurred_at for fact in facts[len(steps) :])
    _check_kept(plain, state, first)
    _check_fits(cases, state)


def _check_kept(plain, state, first):
    """What had ended, or was breached, before anything was learnt is as it would be without."""
    now = {clock.clock_id: clock for clock in state.clocks}
    for clock in plain.clocks:
        if clock.ended_at is not None and clock.ended_at < first:
            assert now[clock.clock_id] == clock
        elif clock.opened_at < first and clock.state_at(first) == "breached":
            assert now[clock.clock_id].void_at is None


def _check_fits(cases, state):
    """No clock is open whose rule is not for this person, unless it was breached; and no rule has two."""
    person = Person(state.route, state.nationality)
    still = [clock for clock in state.clocks if clock.open]
    assert len({(clock.lane, clock.rule) for clock in still}) == len(still)
    for clock in still:
        late = clock.due_at is not None and clock.due_at <= state.newest_at and not clock.immediate
        assert person.fits(cases.pack.rules[clock.rule].applies) or late
