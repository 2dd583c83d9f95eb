"""Counting of legal time: units, roll rules, lead times, pauses; and a naive counter to compare with over ten years."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neove.law.shared.naive import last_day
from regulations import Pause
from regulations.calendar import AmendedDay, CalendarRow
from regulations.legal_time import LEGAL_TIME, Due, Term, add_months, due, lead, legal_date, midnight
from tests.library import LIBRARY

CALENDAR = LIBRARY.world.calendar
CIVIL = LIBRARY.pack("law-53-2024").profiles["civil"]
CRIMINAL = LIBRARY.pack("law-53-2024").profiles["criminal"]
START, END = datetime(2022, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2022, 1, 1), datetime(2032, 1, 1), timezones=st.just(LEGAL_TIME))  # noqa: DTZ001
UNITS = st.sampled_from(["hour", "day", "working_day", "month", "year"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def ends(amount, unit, roll, origin):
    return due(Term(amount, unit, roll), at(origin), CALENDAR)


@pytest.mark.parametrize(
    ("amount", "unit", "roll", "origin", "due_at", "rolled"),
    [
        (24, "hour", CRIMINAL, "2026-10-16T22:30", "2026-10-17T22:30", False),
        (12, "hour", CIVIL, "2026-02-16T23:00", "2026-02-17T11:00", False),  # hours run through Tết
        (3, "day", CIVIL, "2026-10-09T15:25", "2026-10-13T00:00", False),
        (3, "day", CIVIL, "2026-02-13T09:00", "2026-02-24T00:00", True),  # the eve of Tết
        (3, "day", CRIMINAL, "2026-02-13T09:00", "2026-02-17T00:00", False),
        (3, "day", CIVIL, "2026-08-28T08:30", "2026-09-04T00:00", True),  # 31 August to 2 September
        (3, "working_day", CRIMINAL, "2026-08-20T21:00", "2026-08-25T00:00", False),  # Saturday 22 August is worked
        (9, "working_day", CIVIL, "2026-10-22T08:00", "2026-11-05T00:00", False),
        (2, "working_day", CIVIL, "2026-11-20T08:00", "2026-11-26T00:00", False),  # 23 November counts, 24 does not
        (1, "day", CIVIL, "2026-01-09T08:00", "2026-01-11T00:00", False),  # Saturday 10 January is worked
        (15, "day", CIVIL, "2026-10-17T08:00", "2026-11-03T00:00", True),
        (20, "day", CRIMINAL, "2026-10-16T22:30", "2026-11-06T00:00", False),
        (2, "month", CRIMINAL, "2026-02-05T20:15", "2026-04-07T00:00", True),
        (1, "month", CRIMINAL, "2026-01-31T09:00", "2026-03-03T00:00", True),  # 28 February is a Saturday
        (1, "month", CRIMINAL, "2027-12-31T09:00", "2028-02-01T00:00", False),
        (1, "year", CIVIL, "2024-02-29T09:00", "2025-03-01T00:00", False),
        (12, "month", CIVIL, "2025-07-01T00:00", "2026-07-02T00:00", False),
    ],
)
def test_ends_at_the_first_instant_that_is_too_late(amount, unit, roll, origin, due_at, rolled):
    end = ends(amount, unit, roll, origin)
    assert end.due_at == at(due_at)
    assert (end.rolled_by is not None) is rolled


def test_names_the_rule_that_moved_the_date():
    assert "148" in (ends(3, "day", CIVIL, "2026-02-13T09:00").rolled_by or "")
    assert "134" in (ends(2, "month", CRIMINAL, "2026-02-05T20:15").rolled_by or "")


def test_days_are_those_of_legal_time():
    evening_utc = datetime(2026, 10, 12, 20, 24, tzinfo=UTC)  # 03:24 of the 13th in Hà Nội
    assert legal_date(evening_utc) == date(2026, 10, 13)
    assert due(Term(1, "day", CIVIL), evening_utc, CALENDAR).due_at == at("2026-10-15T00:00")


def test_fixed_offset_is_that_of_the_time_zone_database():
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    days = [datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=30 * step) for step in range(700)]
    assert all(day.astimezone(zone).utcoffset() == day.astimezone(LEGAL_TIME).utcoffset() for day in days)


def test_immediate_is_due_at_once_and_no_number_never():
    assert due(Term(None, "immediate", CIVIL), at("2026-10-09T14:05"), CALENDAR).due_at == at("2026-10-09T14:05")
    assert due(Term(None, "none", CIVIL), at("2026-10-09T14:05"), CALENDAR) == Due(due_at=None)


@pytest.mark.parametrize(
    ("amount", "last_day", "nominal", "before"),
    [
        (5, date(2026, 5, 4), date(2026, 4, 29), None),
        (7, date(2026, 3, 22), date(2026, 3, 15), date(2026, 3, 13)),  # a Sunday; before it, Friday
        (3, date(2026, 2, 23), date(2026, 2, 20), date(2026, 2, 13)),  # Tết; before it, Friday 13 February
    ],
)
def test_lead_time_moves_earlier_only_by_a_text(amount, last_day, nominal, before):
    """That it moves is only inferred: its last day stays, and a warning comes on the working day before."""
    target = Due(midnight(last_day + timedelta(days=1)), last_day, last_day)
    end = lead(amount, target, CALENDAR, CRIMINAL)
    assert (end.due_at, end.rolled_by) == (midnight(nominal + timedelta(days=1)), None)
    assert (end.last_day, end.warned_on) == (nominal, before)
    moved = lead(amount, target, CALENDAR, CRIMINAL.model_copy(update={"lead_confidence": "verified text"}))
    assert (moved.last_day, moved.warned_on) == (before or nominal, None)
    assert (moved.rolled_by is not None) is (before is not None)


def test_explanation_shows_every_date_once_and_in_order():
    end = ends(3, "day", CIVIL, "2026-02-13T09:00")
    dates = [entry.date for entry in end.counted]
    assert dates == [date(2026, 2, 13) + timedelta(days=step) for step in range(11)]
    assert [entry.date.day for entry in end.counted if entry.counts] == [14, 15, 16, 23]
    assert "Tết" in end.counted[4].why


def test_an_amended_calendar_is_not_answered_from_what_was_counted_by_the_one_before():
    term, origin = Term(3, "working_day", CIVIL), at("2026-10-05T08:00")
    off = AmendedDay(date=date(2026, 10, 7), kind="off", name="Nghỉ bù", status="confirmed")
    plain = off.model_copy(update={"kind": "plain"})
    amended = CALENDAR.amended([off], "1/QĐ-TTg")
    given = [CALENDAR, amended, amended.amended([plain], "2/QĐ-TTg"), CALENDAR]
    days = [due(term, origin, calendar).last_day for calendar in given]
    assert days == [date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 8), date(2026, 10, 8)]


def test_agrees_with_a_naive_counter_on_every_day_of_ten_years():
    chance = random.Random(148)
    day = START
    while day < END:
        origin = day + timedelta(minutes=chance.randrange(1440))
        for unit, rolls_civil, rolls_criminal in (
            ("day", 1, 0),
            ("working_day", 0, 0),
            ("month", 1, 1),
            ("year", 1, 1),
        ):
            amount = chance.randrange(1, 4) if unit == "year" else chance.randrange(1, 25)
            for roll, rolls in ((CIVIL, rolls_civil), (CRIMINAL, rolls_criminal)):
                end = due(Term(amount, unit, roll), origin, CALENDAR)
                day_of_event = origin.astimezone(LEGAL_TIME).date()
                expected = last_day(amount, unit, day_of_event, rolls=bool(rolls), rows=CALENDAR.rows)
                assert end.last_day == expected, (amount, unit, origin)
        day += timedelta(days=1)


@given(INSTANTS, st.integers(1, 40), UNITS, st.sampled_from([CIVIL, CRIMINAL]))
def test_is_never_due_before_its_start(origin, amount, unit, roll):
    end = due(Term(amount, unit, roll), origin, CALENDAR)
    assert end.due_at is not None
    assert end.due_at > origin


@given(INSTANTS, st.integers(1, 40), st.lists(st.integers(0, 90), max_size=8))
def test_another_day_off_never_makes_a_limit_of_working_days_earlier(origin, amount, offsets):
    days = {legal_date(origin) + timedelta(days=offset) for offset in offsets}
    rows = [CalendarRow(date=day, kind="off", name="invented", decision="invented", status="computed") for day in days]
    more = CALENDAR.with_rows(rows)
    term = Term(amount, "working_day", CIVIL)
    assert due(term, origin, more).due_at >= due(term, origin, CALENDAR).due_at


@given(INSTANTS, st.integers(1, 40), st.sampled_from(["day", "month", "working_day"]))
def test_civil_term_never_ends_on_a_day_off(origin, amount, unit):
    last = due(Term(amount, unit, CIVIL), origin, CALENDAR).last_day
    assert last is not None
    assert CALENDAR.is_working(last)


def pause(begin: datetime, length: timedelta) -> Pause:
    clock = {"rule": "R", "lane": "l", "started_by": "fact"}
    return Pause(**clock, basis="force_majeure", paused_at=begin, resumed_at=begin + length, recorded_at=begin)


@given(INSTANTS, st.integers(1, 40), UNITS, st.integers(0, 100_000))
def test_pause_of_no_length_changes_nothing(origin, amount, unit, minutes):
    term = Term(amount, unit, CIVIL)
    still = pause(origin + timedelta(minutes=minutes), timedelta())
    assert due(term, origin, CALENDAR, (still,)).due_at == due(term, origin, CALENDAR).due_at


@given(INSTANTS, st.integers(1, 40), UNITS, st.integers(0, 60_000), st.integers(0, 60_000))
def test_pause_never_makes_a_term_shorter_nor_longer_than_itself(origin, amount, unit, minutes, length):
    term = Term(amount, unit, CRIMINAL.model_copy(update={"months": False}))
    one = pause(origin + timedelta(minutes=minutes), timedelta(minutes=length))
    before, after = due(term, origin, CALENDAR).due_at, due(term, origin, CALENDAR, (one,)).due_at
    assert before is not None
    assert after is not None
    assert after >= before
    if unit != "working_day":
        assert after - before <= timedelta(minutes=length) + timedelta(days=1)


def test_hours_stand_still_while_paused():
    one = pause(at("2026-10-16T23:30"), timedelta(hours=5))
    end = due(Term(24, "hour", CRIMINAL), at("2026-10-16T22:30"), CALENDAR, (one,))
    assert end.due_at == at("2026-10-18T03:30")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_month_ends_on_the_same_date_or_the_last_day(day, months, expected):
    assert add_months(day, months) == expected
