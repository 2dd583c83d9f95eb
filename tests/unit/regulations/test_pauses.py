"""Pauses: a suspension is of the round of a limit that runs at its instant, whatever is entered before or after it."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations import Contradiction

COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
ID, RULE, DATA = "identification", "B-SELF-04", "C-DAT-03"
NOTIFIED = (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-05T09:00", COMMUNE)
RECEIVED = (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-05T11:00", HEALTH)
LATER = "2027-01-01"
FLAG = f"pause-without-clock:{ID}:{DATA}"


def asked(when):
    return (ID, "DATA_REQUEST_RECEIVED", when, HEALTH)


def done(when):
    return (ID, "DATA_REQUEST_DONE", when, HEALTH)


@pytest.fixture(scope="module")
def cases(pausable):
    """Of a pack in which a text says that these limits may be paused."""
    return pausable


@pytest.fixture(scope="module")
def opening(cases):
    return cases.opening(COMMUNE, "self_report", "2026-10-05T08:00")


@pytest.fixture(scope="module")
def reported(cases):
    """A report of 2025: the 72 hours for requests about own data hold for requests before 2026."""
    return cases.opening(COMMUNE, "self_report", "2025-10-05T08:00")


@pytest.fixture
def paused(cases):
    def pause(clock, begin, end=None):
        return cases.pause(clock, cases.at(begin), cases.at(end) if end else None)

    return pause


class TestOneRound:
    def test_open_pause_stops_the_clock(self, cases, opening, paused):
        facts = cases.facts(NOTIFIED, RECEIVED)
        clock = cases.fold(opening, facts).newest()[RULE]
        state = cases.fold(opening, facts, [paused(clock, "2026-10-06T09:00")])
        assert (state.newest()[RULE].state_at(cases.at(LATER)), state.newest()[RULE].due_at) == ("paused", None)
        assert state.flags == ()

    def test_whole_days_of_a_pause_do_not_count(self, cases, opening, paused):
        facts = cases.facts(NOTIFIED, RECEIVED)
        clock = cases.fold(opening, facts).newest()[RULE]
        moved = cases.fold(opening, facts, [paused(clock, "2026-10-06T09:00", "2026-10-08T09:00")]).newest()[RULE]
        # 6 October counts, 7 and 8 do not, 9 and 10 do; Saturday the 10th moves to Monday the 12th
        assert (clock.due_at, moved.due_at) == (cases.at("2026-10-09"), cases.at("2026-10-13"))

    @pytest.mark.parametrize("begin", ["2026-10-06T09:00", "2026-10-09T00:00", "2026-10-20T09:00"])
    def test_pause_of_no_length_or_after_the_end_changes_nothing(self, cases, opening, paused, begin):
        facts = cases.facts(NOTIFIED, RECEIVED)
        clock = cases.fold(opening, facts).newest()[RULE]
        end = begin if begin < "2026-10-09" else None
        after = cases.fold(opening, facts, [paused(clock, begin, end)]).newest()[RULE]
        assert (after.due_at, after.paused_at) == (clock.due_at, None)

    def test_lead_time_stands_still_with_the_term_it_is_counted_from(self, cases, paused):
        report = cases.opening(POLICE, "rescued", "2026-03-02T08:00")
        facts = cases.facts(("crime", "CRIME_INFO_ASSIGNED", "2026-03-03T08:00", POLICE))
        term = cases.fold(report, facts).newest()["C-INF-13"]
        state = cases.fold(report, facts, [paused(term, "2026-03-05T08:00")])
        assert state.newest()["C-INF-21"].state_at(cases.at(LATER)) == "paused"
        assert not term.open or term.pausable
        assert not state.newest()["C-INF-21"].pausable

    def test_what_runs_on_after_the_case_was_closed_and_reopened_keeps_its_pause(self, cases, reported, paused):
        facts = cases.facts(asked("2025-10-06T09:00"))
        pause = paused(cases.fold(reported, facts).newest()[DATA], "2025-10-06T10:00", "2025-10-07T10:00")
        ended = cases.fact(5, ("", "withdrawn", "2025-10-06T09:30", HEALTH), kind="close")
        again = cases.fact(6, ("", "", "2025-10-08T09:00", HEALTH), kind="reopen")
        assert cases.fold(reported, [*facts, ended], [pause]).flags == (FLAG,)
        state = cases.fold(reported, [*facts, ended, again], [pause])
        assert (state.newest()[DATA].due_at, state.flags) == (cases.at("2025-10-10T09:00"), ())


class TestRounds:
    """A request is answered within 72 hours, each time that one is made."""

    def test_earlier_round_entered_late_takes_no_pause_from_the_later_one(self, cases, reported, paused):
        late, answered, second = asked("2025-10-06T09:00"), done("2025-10-07T09:00"), asked("2025-10-12T09:00")
        pause = paused(cases.told(reported, second).newest()[DATA], "2025-10-13T09:00", "2025-10-14T09:00")
        state = cases.fold(reported, cases.facts(second, late, answered), [pause])
        first, last = [clock for clock in state.clocks if clock.rule == DATA]
        assert (first.pauses, first.due_at) == ((), cases.at("2025-10-09T09:00"))
        assert (last.pauses, last.due_at) == ((pause,), cases.at("2025-10-16T09:00"))

    def test_answer_entered_late_parts_the_rounds_and_the_pause_is_of_the_one_that_ran(self, cases, reported, paused):
        first, second = asked("2025-10-06T09:00"), asked("2025-10-07T09:00")
        pause = paused(cases.told(reported, first, second).newest()[DATA], "2025-10-07T10:00", "2025-10-08T10:00")
        state = cases.fold(reported, cases.facts(first, second, done("2025-10-06T20:00")), [pause])
        assert [clock.pauses for clock in state.clocks if clock.rule == DATA] == [(), (pause,)]

    def test_round_that_was_over_when_the_pause_began_has_none_of_it(self, cases, reported, paused):
        facts = cases.facts(asked("2025-10-06T09:00"))
        pause = paused(cases.fold(reported, facts).newest()[DATA], "2025-10-08T09:00")
        state = cases.fold(reported, [*facts, cases.fact(2, done("2025-10-07T09:00"))], [pause])
        clock = state.newest()[DATA]
        assert (clock.due_at, clock.paused_at, clock.pauses) == (cases.at("2025-10-09T09:00"), None, ())
        assert state.flags == (FLAG,)

    def test_pause_does_not_hold_for_a_round_that_begins_while_it_lasts(self, cases, reported, paused):
        facts = cases.facts(asked("2025-10-06T09:00"))
        pause = paused(cases.fold(reported, facts).newest()[DATA], "2025-10-08T09:00")
        later = [cases.fact(2, done("2025-10-09T09:00")), cases.fact(3, asked("2025-10-10T09:00"))]
        first, second = [one for one in cases.fold(reported, [*facts, *later], [pause]).clocks if one.rule == DATA]
        assert (first.pauses, second.pauses, second.paused_at) == ((pause,), (), None)

    def test_pause_stays_with_its_round_when_the_start_is_corrected_to_a_later_instant(self, cases, reported, paused):
        facts = cases.facts(asked("2025-10-06T09:00"))
        pause = paused(cases.fold(reported, facts).newest()[DATA], "2025-10-06T12:00", "2025-10-08T09:00")
        state = cases.fold(reported, cases.facts(asked("2025-10-07T09:00")), [pause])
        assert (state.newest()[DATA].due_at, state.flags) == (cases.at("2025-10-11T09:00"), ())

    def test_pause_whose_clock_is_gone_leaves_a_flag_and_no_other_trace(self, cases, reported, paused):
        clock = cases.told(reported, asked("2025-10-06T09:00")).newest()[DATA]
        state = cases.fold(reported, [], [paused(clock, "2025-10-06T10:00")])
        assert state.flags == (FLAG,)
        assert state.model_copy(update={"flags": ()}) == cases.told(reported)


@st.composite
def rounds(draw):
    """Requests and answers hours apart, the order of their entry, and when pauses are begun and ended."""
    hours = sorted(draw(st.sets(st.integers(1, 400), min_size=1, max_size=7)))
    steps = [(hour, draw(st.sampled_from(["asked", "done"]))) for hour in hours]
    begins = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 40)), max_size=3, unique_by=lambda one: one[0])
    return draw(st.permutations(steps)), draw(begins)


@settings(max_examples=150, deadline=None)
@given(rounds())
def test_no_order_of_entry_moves_a_due_instant(cases, reported, made):
    """Pauses that were entered whenever they could be, between facts in any order, as if all had been known at once."""
    steps, wanted = made
    facts, pauses, left = [], [], list(wanted)
    for seq, (hour, what) in enumerate(steps, start=1):
        at = reported.occurred_at + timedelta(hours=hour)
        code = "DATA_REQUEST_RECEIVED" if what == "asked" else "DATA_REQUEST_DONE"
        fact = cases.fact(seq, (ID, code, LATER, HEALTH)).model_copy(update={"occurred_at": at})
        try:
            cases.fold(reported, [*facts, fact], pauses)
        except Contradiction:
            continue
        facts.append(fact)
        for begin, length in list(left):
            since = reported.occurred_at + timedelta(hours=begin, minutes=30)
            running = [one for one in cases.fold(reported, facts, pauses).clocks if one.rule == DATA and one.pausable]
            if running and running[0].due_at and running[0].runs_from <= since < running[0].due_at:
                pauses.append(cases.pause(running[0], since, since + timedelta(hours=length)))
                left.remove((begin, length))
    entered = cases.fold(reported, facts, pauses)
    in_order = [one.model_copy(update={"seq": place}) for place, one in enumerate(sorted(facts, key=_when), start=1)]
    known = cases.fold(reported, in_order, [_meant_for(pause, in_order) for pause in pauses])
    assert [(one.due_at, one.met_at) for one in known.clocks] == [(one.due_at, one.met_at) for one in entered.clocks]
    for clock in entered.clocks:
        assert all(clock.runs_from <= one.paused_at and not _over(clock, one) for one in clock.pauses)
    told = [pause for clock in entered.clocks for pause in clock.pauses]
    assert len(told) == len(set(told))
    assert (FLAG in entered.flags) == (len(told) < len(pauses))


def _when(fact):
    return fact.occurred_at


def _over(clock, pause):
    return clock.ended_at is not None and clock.ended_at <= pause.paused_at


def _meant_for(pause, facts):
    """The pause as it is entered when every fact is known: of the round whose request was the last before it."""
    before = [one for one in facts if one.occurred_at <= pause.paused_at and one.state == "DATA_REQUEST_RECEIVED"]
    return pause.model_copy(update={"started_by": before[-1].fact_id if before else pause.started_by})
