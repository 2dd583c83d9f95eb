"""An ending ends only what the law lets it end: outcomes of a closing, and steps with which the person leaves."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations import Contradiction, Fact
from regulations.case import AS_NAMED
from regulations.checks.endings import ending_mistakes
from regulations.endings import step_of
from regulations.legal_time import legal_date
from regulations.model import HOLDER
from regulations.standings import placed
from tests.library import LIBRARY
from tests.unit.regulations.test_properties import PACKS, REPORTERS, WORLD, walks

ID, CRIME, CHILD = "identification", "crime", "child"
COMMUNE, HEALTH = "commune/ky-lua", "health_authority/lang-son"
POLICE, PROCURACY = "provincial_police/lang-son", "procuracy/lang-son"
NOTIFIED = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-07-01T08:30", COMMUNE)
RECEIVED = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-07-01T08:40", HEALTH)
CHECKED = (ID, "INITIAL_CHECK_DONE", "2026-07-01T08:50", HEALTH)
ASKED = (ID, "POLICE_VERIFICATION", "2026-07-01T09:00", HEALTH)
VERIFYING = (NOTIFIED, RECEIVED, CHECKED, ASKED)
LEAVES = ("PERSON_WITHDREW", "PERSON_DIED", "PERSON_UNTRACEABLE", "PERSON_MOVED_ABROAD")


def closing(cases, outcome, at, office=HEALTH, seq=90):
    return cases.fact(seq, ("", outcome, at, office), kind="close", attributes={AS_NAMED: True})


@pytest.fixture
def opening(cases):
    return cases.opening(COMMUNE, "self_report", "2026-07-01T08:00", province="lang-son", commune="ky-lua")


@pytest.fixture
def child(cases):
    """A child under sixteen at the commune; its twelve hours run from the report: 1 July 08:00 to 20:00."""
    where = {"province": "lang-son", "commune": "ky-lua"}
    return cases.opening(COMMUNE, "self_report", "2026-07-01T08:00", age_band="under_16", **where)


class TestWhoLeaves:
    @pytest.mark.parametrize("state", LEAVES)
    def test_the_police_still_owe_the_certificate_and_may_issue_it(self, cases, opening, state):
        """Asked on Wed 1 July 2026, 20 days: Tue 21 July; so from Wed 22 July 00:00 it is late."""
        gone = (ID, state, "2026-07-06T09:00", COMMUNE)
        left = cases.told(opening, *VERIFYING, gone)
        clock = left.newest()["B-SELF-06"]
        assert (clock.open, clock.due_at) == (True, cases.at("2026-07-22"))
        assert not left.lanes[ID].terminal
        certified = (ID, "NOT_CONFIRMED", "2026-07-20T09:00", POLICE)
        after = cases.told(opening, *VERIFYING, gone, certified)
        assert (after.lanes[ID].state, after.lanes[ID].terminal) == ("NOT_CONFIRMED", True)
        assert after.newest()["B-SELF-06"].state_at(cases.at("2026-07-23")) == "met"

    def test_an_adult_is_not_brought_anywhere_and_what_the_office_owes_goes_on(self, cases, opening):
        state = cases.told(opening, NOTIFIED, (ID, "PERSON_WITHDREW", "2026-07-01T10:00", COMMUNE))
        assert state.newest()["B-SELF-03"].void_reason == "ended"
        assert state.newest()["B-SELF-04"].open

    def test_a_child_does_not_withdraw(self, cases, child):
        state = cases.told(child, NOTIFIED, (ID, "PERSON_WITHDREW", "2026-07-01T10:00", COMMUNE))
        assert state.newest()["B-SELF-03"].open

    @pytest.mark.parametrize(
        "gone", [(ID, "PERSON_UNTRACEABLE"), (CHILD, "CHILD_UNTRACEABLE"), (CHILD, "CHILD_MOVED_ABROAD")]
    )
    def test_the_twelve_hours_of_a_child_go_on(self, cases, child, gone):
        state = cases.told(child, (*gone, "2026-07-01T12:00", POLICE))
        clock = state.newest()["C-CHP-02"]
        assert (clock.open, clock.due_at) == (True, cases.at("2026-07-01T20:00"))

    def test_a_death_ends_the_twelve_hours_and_undoes_no_breach(self, cases, child):
        in_time = cases.told(child, (CHILD, "CHILD_DIED", "2026-07-01T19:00", POLICE))
        assert in_time.newest()["C-CHP-02"].state_at(cases.at("2026-07-02")) == "void"
        late = cases.told(child, (CHILD, "CHILD_DIED", "2026-07-01T21:00", POLICE))
        assert late.newest()["C-CHP-02"].state_at(cases.at("2026-07-02")) == "breached"
        assert not late.newest()["C-CHP-02"].open

    def test_a_lane_in_which_nothing_is_owed_has_ended(self, cases, child):
        assert cases.told(child, (CHILD, "CHILD_DIED", "2026-07-01T19:00", POLICE)).lanes[CHILD].terminal

    def test_says_where_the_lane_stood_and_that_it_has_not_ended(self, cases, opening):
        gone = (ID, "PERSON_WITHDREW", "2026-07-06T09:00", COMMUNE)
        assert cases.told(opening, *VERIFYING).lanes[ID].stood is None
        left = cases.told(opening, *VERIFYING, gone)
        assert left.lanes[ID].stood == "POLICE_VERIFICATION"
        shown = placed(WORLD.directory, left, (), (), legal_date(cases.at("2026-07-06T10:00"))).lanes[ID]
        assert (shown.state, shown.stood, shown.ended) == ("PERSON_WITHDREW", "POLICE_VERIFICATION", False)


class TestFoundAgain:
    @pytest.mark.parametrize("state", ["PERSON_WITHDREW", "PERSON_UNTRACEABLE", "PERSON_MOVED_ABROAD"])
    def test_goes_on_from_where_the_lane_stood(self, cases, opening, state):
        gone = (ID, state, "2026-07-01T10:00", COMMUNE)
        found = (ID, "PERSON_FOUND", "2026-07-10T08:00", COMMUNE)
        back = cases.told(opening, NOTIFIED, gone, found)
        assert back.newest()["B-SELF-03"].open
        received = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-07-10T09:00", HEALTH)
        assert cases.told(opening, NOTIFIED, gone, found, received).newest()["B-SELF-03"].met_at is not None
        assert cases.told(opening, NOTIFIED, gone, found, received).lanes[ID].state == "SUPPORT_AGENCY_RECEIVED"

    def test_may_leave_again_in_another_way(self, cases, opening):
        steps = [
            (ID, state, f"2026-07-0{day}T10:00", COMMUNE)
            for day, state in enumerate(
                ["PERSON_UNTRACEABLE", "PERSON_FOUND", "PERSON_UNTRACEABLE", "PERSON_MOVED_ABROAD"], start=2
            )
        ]
        assert cases.told(opening, *VERIFYING, *steps).lanes[ID].state == "PERSON_MOVED_ABROAD"
        assert cases.told(opening, *VERIFYING, *steps).newest()["B-SELF-06"].open

    def test_nobody_is_found_who_did_not_leave(self, cases, opening):
        with pytest.raises(Contradiction):
            cases.told(opening, *VERIFYING, (ID, "PERSON_FOUND", "2026-07-10T08:00", COMMUNE))

    def test_the_true_earlier_decision_follows_a_withdrawn_one(self, cases, opening):
        """A withdrawn fact is not folded. So the decision of the 10th may be entered after that of the 14th fell."""
        state = cases.told(opening, *VERIFYING, (ID, "VICTIM_CONFIRMED", "2026-07-10T09:00", POLICE))
        assert (state.status, state.identified_at) == ("victim", cases.at("2026-07-10T09:00"))


class TestOutcome:
    @pytest.mark.parametrize("outcome", ["withdrawn", "died", "untraceable", "moved_abroad", "duplicate"])
    def test_is_recorded_and_the_case_stays_open_with_what_others_owe(self, cases, opening, outcome):
        facts = [*cases.facts(*VERIFYING), closing(cases, outcome, "2026-07-06T09:00")]
        state = cases.fold(opening, facts)
        assert (state.outcome, state.closed, state.status) == (outcome, False, "in_process")
        assert state.newest()["B-SELF-06"].open
        result = (ID, "NOT_CONFIRMED", "2026-07-20T09:00", POLICE)
        certified = cases.fact(95, result, attributes={"certificate_issued": True})
        over = cases.fold(opening, [*facts, certified])
        assert (over.closed, over.is_over, over.status) == (True, True, "closed")
        assert over.closed_at == cases.at("2026-07-20T09:00")

    def test_ends_what_its_own_office_owes_and_not_the_verification(self, cases, opening):
        own = cases.fold(opening, [*cases.facts(NOTIFIED, RECEIVED), closing(cases, "duplicate", "2026-07-02T09:00")])
        assert own.newest()["B-SELF-04"].void_reason == "closed"
        by_police = closing(cases, "withdrawn", "2026-07-06T09:00", POLICE)
        assert cases.fold(opening, [*cases.facts(*VERIFYING), by_police]).newest()["B-SELF-06"].open

    def test_without_an_end_of_duties_ends_nothing(self, cases, opening):
        facts = [*cases.facts(NOTIFIED, RECEIVED), closing(cases, "reintegrated", "2026-07-02T09:00")]
        assert cases.fold(opening, facts).newest()["B-SELF-04"].open

    def test_the_clock_of_the_procuracy_and_the_crime_information_go_on(self, cases):
        opening = cases.opening(POLICE, "rescued", "2026-07-01T08:00")
        assigned = [(CRIME, "CRIME_INFO_CLASSIFIED", "2026-07-01T09:00", POLICE)]
        assigned += [(CRIME, "CRIME_INFO_ASSIGNED", "2026-07-01T10:00", POLICE)]
        for outcome in ("died", "withdrawn", "moved_abroad"):
            facts = [*cases.facts(*assigned), closing(cases, outcome, "2026-07-02T09:00", POLICE)]
            state = cases.fold(opening, facts)
            # three working days from Wed 1 July: Thu 2, Fri 3, Mon 6; late from Tue 7 July
            assert (state.newest()["C-INF-12"].open, state.newest()["C-INF-12"].due_at) == (
                True,
                cases.at("2026-07-07"),
            )
            assert state.newest()["C-INF-13"].open
            assert not state.closed

    def test_ends_the_lanes_that_it_names_until_a_step_comes_in_them(self, cases, opening):
        lane = "support:medical"
        needed = cases.fact(80, (lane, "SUPPORT_REQUESTED", "2026-07-01T11:00", HEALTH))
        facts = [*cases.facts(*VERIFYING), needed, closing(cases, "withdrawn", "2026-07-02T09:00")]
        facts += [closing(cases, "untraceable", "2026-07-03T09:00", POLICE, seq=91)]
        state = cases.fold(opening, facts)
        assert (state.outcome, state.lanes[lane].terminal) == ("untraceable", True)
        given = cases.fact(92, (lane, "SUPPORT_DELIVERED", "2026-07-04T09:00", HEALTH))
        assert not cases.fold(opening, [*facts, given]).lanes[lane].terminal

    def test_is_taken_back_by_reopening(self, cases, opening):
        facts = cases.facts(NOTIFIED, RECEIVED)
        reopen = cases.fact(91, ("", "", "2026-07-03T09:00", HEALTH), kind="reopen")
        state = cases.fold(opening, [*facts, closing(cases, "withdrawn", "2026-07-02T09:00"), reopen])
        assert (state.outcome, state.closed) == (None, False)
        assert state.clocks == cases.fold(opening, facts).clocks

    def test_a_step_that_was_entered_late_is_never_refused(self, cases, opening):
        """The case is over by the closing; a step of before it, of an office that was slow, still counts."""
        facts = [closing(cases, "withdrawn", "2026-07-02T09:00"), *cases.facts(NOTIFIED, RECEIVED)]
        assert cases.fold(opening, facts).lanes[ID].state == "SUPPORT_AGENCY_RECEIVED"


@pytest.mark.parametrize("law", sorted(PACKS))
def test_every_outcome_and_every_step_that_keeps_its_place_names_what_it_ends(law):
    pack = LIBRARY.pack(law)
    gone = {
        step_of(lane.code, state.code)
        for lane in pack.lanes.values()
        for state in lane.states
        if state.keeps_place and state.terminal
    }
    assert pack.endings.keys() == pack.outcomes.keys() | gone
    assert all(row.stated_by for code, row in pack.endings.items() if code in pack.outcomes)


@pytest.mark.parametrize("law", sorted(PACKS))
def test_the_verification_the_crime_the_child_and_the_protection_are_ended_by_no_outcome(law):
    pack = LIBRARY.pack(law)
    assert {"verification", "crime", "child", "protection", "shelter"} <= pack.goes_on.keys()
    for outcome in pack.outcomes:
        row = pack.endings[outcome]
        assert not {"identification", "crime", "child", "protection", "shelter"} & {*row.lanes}
        assert not [rule for one in pack.goes_on.values() for rule in one.rules if rule in row.rules]


@pytest.mark.parametrize(
    ("of", "change", "told"),
    [
        ("withdrawn", None, "outcomes or steps without a row"),
        ("withdrawn", {"lanes": ("crime",)}, "which go on"),
        ("withdrawn", {"rules": ("B-SELF-06",)}, "which go on"),
        ("withdrawn", {"lanes": ("court",)}, "unknown lanes"),
        ("withdrawn", {"rules": ("B-NOT-99",)}, "unknown rules"),
        ("withdrawn", {"stated_by": ("wizard",)}, "unknown roles"),
        ("withdrawn", {"stated_by": ()}, "says who may state it"),
        ("reintegrated", {"lanes": ("support:*",)}, "ends_duties"),
        ("identification PERSON_DIED", {"lanes": ("support:*",)}, "a step ends single duties"),
    ],
)
def test_a_wrong_row_is_found(pack, of, change, told):
    rows = {key: row for key, row in pack.endings.items() if key != of}
    if change is not None:
        rows[of] = pack.endings[of].model_copy(update=change)
    found = [*ending_mistakes(pack.model_copy(update={"endings": rows}), WORLD.directory.roles.keys())]
    assert [mistake for mistake in found if told in mistake], found


# No act of one office makes another office's recorded breach or open duty disappear without a rule that says so.


@st.composite
def ended_walks(draw):
    """A walk, and one more act of any office that may end something."""
    walk = draw(walks())
    state = walk.fold()
    at = max([walk.opening.occurred_at, *(fact.occurred_at for fact in walk.facts)])
    at += timedelta(minutes=draw(st.integers(1, 60_000)))
    office = WORLD.directory.at(draw(st.sampled_from(REPORTERS)), "lang-son", at.date()) or "commune/ky-lua"
    leaves = [key.split(" ") for key in walk.pack.endings if key.partition(" ")[0] in state.lanes]
    lane, code = draw(st.sampled_from([*leaves, *(["", outcome] for outcome in walk.pack.outcomes)]))
    more = {"kind": "state"} if lane else {"kind": "close", "attributes": {AS_NAMED: True}}
    stamps = {"occurred_at": at, "recorded_at": at}
    return walk, Fact(fact_id="fact_end", seq=99, lane=lane, state=code, office=office, **stamps, **more)


def says_so(pack, act, clock):
    """Whether a rule lets this act end a clock of another office."""
    row = pack.endings.get(act.state if act.kind == "close" else step_of(act.lane, act.state))
    rule = pack.rules[clock.rule]
    named = row is not None and row.has(clock.lane, clock.rule)
    return named or (clock.lane == act.lane and act.state in (*rule.stops, *rule.voids_on))


@settings(max_examples=80, deadline=None)
@given(ended_walks())
def test_no_act_of_one_office_ends_what_another_owes_without_a_rule_that_says_so(ended):
    walk, act = ended
    before = walk.fold()
    try:
        after = walk.fold([*walk.facts, act])
    except Contradiction:
        return
    for clock in before.clocks:
        now = after.clock(clock.clock_id)
        assert now is not None
        if clock.state_at(act.occurred_at) == "breached":
            assert now.state_at(act.occurred_at) in ("breached", "met_late")
        own = (clock.office, WORLD.directory.living(clock.office, legal_date(act.occurred_at)))
        if clock.open and act.office not in own:
            assert now.open or says_so(walk.pack, act, clock), (clock.rule, now.void_reason)


@settings(max_examples=40, deadline=None)
@given(ended_walks(), st.randoms())
def test_an_ending_is_folded_the_same_in_every_order_of_entry(ended, chance):
    walk, act = ended
    facts = [*walk.facts, act]
    try:
        state = walk.fold(facts)
    except Contradiction:
        return
    chance.shuffle(facts)
    assert walk.fold(facts) == state


def test_who_may_close_may_state_every_outcome_today():
    """No law that was read takes an outcome from an office that may close a case."""
    assert {row.stated_by for row in LIBRARY.pack("law-53-2024").endings.values() if row.stated_by} == {(HOLDER,)}
