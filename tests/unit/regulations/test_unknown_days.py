"""A day outside the table is unknown: a limit that needs it is uncertain, shown and reminded, never breached."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regulations import explain, waits
from regulations.calendar import AmendedDay
from regulations.legal_time import LEGAL_TIME, NOT_KNOWN, Term, due, lead
from regulations.model import RollRule
from tests.library import LIBRARY
from tests.unit.regulations.conftest import Cases

CALENDAR = LIBRARY.world.calendar
COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
ID, CRIME = "identification", "crime"
RULE, LATER = "B-SELF-04", "2032-03-01"
ROLL = RollRule(days=True, months=True, cite="invented 1", lead_cite="invented 2")
NO_ROLL = RollRule(days=False, months=False, cite="invented 1", lead_cite="invented 2")
STEPS = (
    (ID, "SUPPORT_AGENCY_NOTIFIED", "2031-12-29T09:00", COMMUNE),
    (ID, "SUPPORT_AGENCY_RECEIVED", "2031-12-29T11:00", HEALTH),
)


@pytest.fixture(scope="module")
def report(cases):
    return cases.opening(COMMUNE, "self_report", "2031-12-29T08:00")


def made(day: date, kind: str) -> AmendedDay:
    return AmendedDay.model_validate({"date": day, "kind": kind, "name": "invented", "status": "confirmed"})


def test_a_limit_that_ends_after_the_table_is_reminded_and_never_breached(cases, report) -> None:
    """Notified on Monday 29 December 2031: the third day is 1 January 2032, of which nobody knows anything."""
    state = cases.told(report, *STEPS)
    clock = state.newest()[RULE]
    assert clock.due_at == cases.at("2032-01-02")
    assert (clock.state_at(cases.at(LATER)), clock.late_at(cases.at(LATER))) == ("uncertain", False)
    assert clock.unsure == ("unknown_days",)
    found = waits(cases.pack, cases.world, state, (), cases.at(LATER))
    assert [(one.kind, one.stage, one.at, one.office) for one in found if one.rule == RULE] == [
        ("reminder", "reminder", clock.due_at, HEALTH)
    ]
    assert "unknown_days" in explain(cases.pack, cases.world, state, clock.clock_id).unsure


def test_a_decision_on_the_days_makes_the_limit_certain(cases, report) -> None:
    days = [made(date(2032, 1, 1), "off"), made(date(2032, 1, 2), "work")]
    decided = Cases(cases.pack, cases.world.amended(days, "1/2031/QD-TTg"))
    clock = decided.told(report, *STEPS).newest()[RULE]
    assert (clock.due_at, clock.unsure, clock.state_at(decided.at(LATER))) == (decided.at("2032-01-03"), (), "breached")


def test_a_limit_that_no_day_off_moves_is_certain_for_ever(cases) -> None:
    """Twenty days for crime information end on their day, whatever day it is; hours ask no calendar either."""
    far = cases.opening(POLICE, "rescued", "2035-03-02T08:00")
    state = cases.told(far, (CRIME, "CRIME_INFO_ASSIGNED", "2035-03-03T08:00", POLICE))
    clock = state.newest()["C-INF-13"]
    assert (clock.unsure, clock.state_at(cases.at("2035-06-01"))) == ((), "breached")
    hours = due(Term(12, "hour", ROLL), cases.at("2035-09-02T08:00"), CALENDAR)
    assert (hours.unknown, hours.due_at) == (None, cases.at("2035-09-02T20:00"))


def test_a_day_that_is_not_decided_yet_makes_a_limit_uncertain(cases) -> None:
    """Four working days from Wednesday 25 August 2027: until Tuesday 31 August; five need the first of September."""
    start = cases.at("2027-08-25T09:00")
    four, five = (due(Term(amount, "working_day", ROLL), start, CALENDAR) for amount in (4, 5))
    assert (four.last_day, four.unknown) == (date(2027, 8, 31), None)
    assert (five.last_day, five.unknown) == (date(2027, 9, 1), date(2027, 9, 1))
    assert five.counted[-1].why == NOT_KNOWN


TERMS = st.builds(
    Term, st.integers(1, 12), st.sampled_from(["hour", "day", "working_day", "month"]), st.sampled_from([ROLL, NO_ROLL])
)
FIRST = datetime(2026, 12, 1, tzinfo=LEGAL_TIME)
STARTS = st.integers(0, 6 * 365 * 24).map(lambda hours: FIRST + timedelta(hours=hours))


@settings(max_examples=120, deadline=None)
@given(TERMS, STARTS, st.lists(st.integers(0, 25), max_size=8), st.integers(1, 9))
@example(Term(5, "working_day", ROLL), datetime(2027, 8, 25, tzinfo=LEGAL_TIME), [7], 3)
@example(Term(3, "day", ROLL), datetime(2031, 12, 29, tzinfo=LEGAL_TIME), [3], 3)
def test_what_is_certain_is_the_same_whatever_is_decided_on_unknown_days(term, start, ahead, before) -> None:
    """Also for a term that is counted back from the end. What would be another due instant is said to be uncertain."""
    end = due(term, start, CALENDAR)
    back = lead(before, end, CALENDAR, ROLL)
    days = {(end.last_day or start.date()) + timedelta(days=off - 12) for off in ahead}
    days |= {start.date() + timedelta(days=off) for off in ahead}
    others = [made(day, "off" if CALENDAR.is_working(day) else "work") for day in days if not CALENDAR.knows(day)]
    decided = CALENDAR.amended(others, "invented 1/2031")
    if end.unknown is None:
        assert due(term, start, decided).due_at == end.due_at
    if back.unknown is None:
        assert lead(before, due(term, start, decided), decided, ROLL).due_at == back.due_at
