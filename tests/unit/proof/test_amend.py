"""The proof of amendments finds a wrong due date: its counter agrees with the fold under the same calendar only."""

from datetime import UTC, date, datetime, timedelta

import pytest

from regulations import Opening, fold
from regulations.calendar import AmendedDay
from regulations.legal_time import legal_date
from tests.library import LIBRARY
from tests.load import opened
from tests.proof import amend

PACK = LIBRARY.pack("law-53-2024")
REPORTED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
STORM = AmendedDay(date=date(2026, 11, 23), kind="off", name="Bão", status="confirmed")
AMENDED = LIBRARY.world.calendar.amended([STORM], "QĐ 1")


def clocks(calendar, route, role):
    world = LIBRARY.world.model_copy(update={"calendar": calendar})
    place = opened.provinces()[0]
    opening = Opening(
        case_id="case_a",
        route=route,
        reporter=f"{role}/{place}",
        province=place,
        occurred_at=REPORTED,
        recorded_at=REPORTED + timedelta(hours=1),
        age_band="adult",
    )
    return [clock.model_dump(mode="json") for clock in fold(PACK, world, opening, [], []).clocks]


def wrong(calendar, found):
    dues = [(amend.expected(PACK.id, clock, calendar), clock["due_at"]) for clock in found]
    return [1 for should, stored in dues if should != (datetime.fromisoformat(stored) if stored else None)]


@pytest.mark.parametrize(("route", "role"), opened.REPORTS)
@pytest.mark.parametrize("calendar", [LIBRARY.world.calendar, AMENDED], ids=["package", "amended"])
def test_counter_agrees_with_the_fold(calendar, route, role):
    found = clocks(calendar, route, role)
    assert any(clock["due_at"] for clock in found)
    assert not wrong(calendar, found)


def test_a_due_date_of_before_is_found_wrong():
    assert wrong(AMENDED, clocks(LIBRARY.world.calendar, "rescued", "provincial_police"))


def test_the_day_lies_in_a_term_of_three_working_days_from_today():
    calendar = LIBRARY.world.calendar
    today = legal_date(datetime.now(UTC))
    days = [today + timedelta(days=step) for step in range(1, 40)]
    third = [day for day in days if calendar.is_working(day)][2]
    assert calendar.is_working(amend.a_coming_day(calendar))
    assert today < amend.a_coming_day(calendar) <= third


def test_the_offices_are_of_several_provinces():
    assert len(opened.provinces()) >= 3
