"""The table of days off: statutory days against a package made elsewhere, the swaps, the switch, the version."""

from datetime import date, datetime, timedelta

import holidays
import pytest

from regulations.calendar import AmendedDay
from regulations.legal_time import LEGAL_TIME, Term, due
from tests.library import LIBRARY
from tests.unit.regulations.lunar import lunar_date

CALENDAR = LIBRARY.world.calendar
CIVIL = LIBRARY.packs()["law-53-2024"].profiles["civil"]


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=LEGAL_TIME)


@pytest.mark.parametrize("year", CALENDAR.years)
def test_statutory_days_agree_with_the_holidays_package(year):
    theirs = set(holidays.country_holidays("VN", years=year))
    rows = [row for row in CALENDAR.rows if row.kind == "off" and row.date.year == year]
    ours = {row.date for row in rows if row.date.weekday() < 5 or CALENDAR.knows(row.date)}
    assert not any(CALENDAR.is_working(day) for day in theirs if CALENDAR.knows(day))
    assert ours - theirs == ({date(2026, 1, 2)} if year == 2026 else set())  # a swap that the package misses


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 1, 2), False),
        (date(2026, 1, 10), True),
        (date(2026, 2, 13), True),
        *((date(2026, 2, day), False) for day in range(14, 23)),
        (date(2026, 2, 23), True),
        (date(2026, 4, 27), False),
        (date(2026, 4, 30), False),
        (date(2026, 5, 1), False),
        (date(2026, 8, 22), True),
        (date(2026, 8, 31), False),
        (date(2026, 9, 1), False),
        (date(2026, 9, 2), False),
        (date(2026, 9, 3), True),
        (date(2025, 11, 24), True),
        (date(2026, 11, 24), False),
        (date(2027, 11, 24), False),
        (date(2025, 4, 26), True),
        (date(2025, 5, 2), False),
        (date(2024, 5, 4), True),
    ],
)
def test_day(day, working):
    assert CALENDAR.is_working(day) is working
    assert (CALENDAR.why_off(day) is None) is working


def test_whether_the_swap_of_november_2026_was_decided_is_not_known():
    """Of working days each limit that counts over one of them needs it; of days only one that would move over it."""
    monday, saturday = date(2026, 11, 23), date(2026, 11, 28)
    assert not any(CALENDAR.knows(day) for day in (monday, saturday))
    assert (CALENDAR.is_working(monday), CALENDAR.is_working(saturday)) == (True, False), "counted until it is known"
    assert due(Term(3, "working_day", CIVIL), at("2026-11-20"), CALENDAR).unknown == monday
    assert due(Term(3, "day", CIVIL), at("2026-11-25"), CALENDAR).unknown == saturday
    assert due(Term(3, "day", CIVIL), at("2026-11-23"), CALENDAR).unknown is None, "it ends on the 26th"
    decided = CALENDAR.amended([amended(monday, "off"), amended(saturday, "work")], "1/2026/QD-TTg")
    assert due(Term(3, "working_day", CIVIL), at("2026-11-20"), decided).unknown is None


def test_what_nobody_read_is_said_to_be_a_secondary_summary():
    """Of no decision on days off was the text itself read, neither of resolution 28/2026 on 24 November."""
    cited = [row for row in CALENDAR.rows if not row.decision.startswith("Labour Code") and row.status != "unknown"]
    assert {row.date.year for row in cited} >= {2021, 2022, 2023, 2024, 2025, 2026}
    assert {row.status for row in cited} == {"secondary summary"}
    named = [CALENDAR.by_date[date(year, 11, 24)] for year in range(2026, 2032)]
    assert all(row.status == "secondary summary" and row.kind == "off" for row in named)
    assert (
        CALENDAR.why_off(date(2026, 11, 24))
        == "Ngày Văn hóa Việt Nam (Nghị quyết 28/2026/QH16 Điều 2, secondary summary)"
    )


def test_every_row_names_its_decision_and_make_up_days_are_weekends():
    assert all(row.decision for row in CALENDAR.rows)
    assert all(row.date.weekday() >= 5 for row in CALENDAR.rows if row.kind == "work" and row.status != "unknown")


def test_the_table_goes_from_2021_to_2031():
    assert CALENDAR.years == tuple(range(2021, 2032))


@pytest.mark.parametrize("year", CALENDAR.years)
def test_the_lunar_days_are_those_of_the_lunar_calendar(year):
    """Reckoned here anew, from new moons and the sun: the first days of the year, and the tenth of the third month."""
    names = {row.date: row.name for row in CALENDAR.rows if row.date.year == year}
    assert names[lunar_date(year, 3, 10)] == "Giỗ Tổ Hùng Vương"
    new_year = lunar_date(year, 1, 1)
    off = [new_year + timedelta(days=ahead) for ahead in range(-1, 3)]
    assert not any(CALENDAR.is_working(day) for day in off)
    assert all(CALENDAR.knows(day) for day in off), "under each choice of the five days these are off"
    assert all(names[day] == "Tết Nguyên đán" for day in off if day.weekday() < 5)


def choices(year):
    """The days off about Lunar New Year and National Day under each choice that the law leaves to a yearly decision."""
    new_year = lunar_date(year, 1, 1)
    for before in (1, 2):
        yield _with_days_in_lieu({new_year + timedelta(days=ahead) for ahead in range(-before, 5 - before)})
    for beside in (1, 3):
        yield _with_days_in_lieu({date(year, 9, 2), date(year, 9, beside)})


def _with_days_in_lieu(days):
    found = set(days)
    for day in sorted(days):
        if day.weekday() >= 5:
            ahead = (day + timedelta(days=more) for more in range(1, 9))
            found.add(next(one for one in ahead if one.weekday() < 5 and one not in found))
    return {day for day in found if day.weekday() < 5}


@pytest.mark.parametrize("year", range(2027, 2032))
def test_what_a_yearly_decision_may_still_change_is_unknown(year):
    one, other, third, fourth = choices(year)
    unknown = {row.date for row in CALENDAR.rows if row.status == "unknown" and row.date.year == year}
    assert unknown == (one ^ other) | (third ^ fourth)
    assert not any(CALENDAR.is_working(day) for day in (one & other) | (third & fourth))


def test_outside_the_table_a_day_is_unknown_and_only_weekends_count_as_off():
    assert CALENDAR.is_working(date(2035, 9, 3))
    assert CALENDAR.why_off(date(2035, 9, 2)) == "weekend"
    assert not any(CALENDAR.knows(day) for day in (date(2019, 7, 1), date(2035, 9, 2), date(2035, 9, 3)))
    assert all(CALENDAR.knows(day) for day in (date(2021, 1, 1), date(2029, 7, 2), date(2031, 12, 31)))
    assert CALENDAR.unknown_in(date(2031, 12, 29), date(2032, 1, 5)) == date(2032, 1, 1)
    assert CALENDAR.unknown_in(date(2029, 1, 1), date(2029, 12, 31)) is None


def test_a_decision_makes_its_days_known() -> None:
    far, choice = date(2033, 1, 3), date(2027, 9, 1)
    after = CALENDAR.amended([amended(far, "off"), amended(choice, "plain")], "1/2026/QD-TTg")
    assert (after.knows(far), after.knows(choice), after.is_working(choice)) == (True, True, True)
    assert not after.knows(far + timedelta(days=1))


def amended(day: date, kind: str) -> AmendedDay:
    return AmendedDay.model_validate({"date": day, "kind": kind, "name": "Nghỉ bù", "status": "confirmed"})


def test_an_amendment_replaces_adds_and_takes_away_days() -> None:
    monday, holiday, saturday = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 28)
    days = [amended(monday, "off"), amended(holiday, "plain"), amended(saturday, "work")]
    after = CALENDAR.amended(days, "1/2026/QD-TTg")
    assert (after.is_working(monday), after.is_working(holiday), after.is_working(saturday)) == (False, True, True)
    assert after.why_off(monday) == "Nghỉ bù (1/2026/QD-TTg, confirmed)"
    assert CALENDAR.is_working(monday), "the calendar of the package stays as it is"
    assert after.version != CALENDAR.version
    assert after.amended([amended(monday, "plain")], "2/2026").is_working(monday), "the later decision wins"


def test_an_amendment_taken_back_gives_the_same_version() -> None:
    monday = date(2026, 11, 16)
    there = CALENDAR.amended([amended(monday, "off")], "1/2026/QD-TTg")
    assert there.amended([amended(monday, "plain")], "2/2026/QD-TTg").version == CALENDAR.version
