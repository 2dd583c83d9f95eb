"""Ages in favour of minority, rings of companions, plausible births and telephones."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain import (
    MINOR_YEARS,
    age_band,
    age_on,
    birth_is_plausible,
    in_a_ring,
    latest_birth,
    may_be_minor,
    phone_is_plausible,
    turns_18_on,
)

DAY = date(2026, 11, 20)
DAYS = st.dates(date(1930, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("given_as", "latest"),
    [
        ((date(2008, 2, 3), None, None), date(2008, 2, 3)),
        ((None, 2008, None), date(2008, 12, 31)),
        ((None, 2008, 2), date(2008, 2, 29)),
        ((None, 2009, 2), date(2009, 2, 28)),
        ((None, None, None), None),
    ],
)
def test_unknown_parts_count_in_favour_of_minority(
    given_as: tuple[date | None, int | None, int | None], latest: date | None
) -> None:
    assert latest_birth(*given_as) == latest


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2010, 11, 21), "under_16"),
        (date(2010, 11, 20), "under_18"),
        (date(2008, 11, 21), "under_18"),
        (date(2008, 11, 20), "adult"),
        (date(2026, 12, 31), "under_16"),
        (None, "unknown"),
    ],
)
def test_age_bands_at_their_edges(born: date | None, band: str) -> None:
    assert age_band(DAY, born) == band


def test_a_leap_day_birth_completes_a_year_on_the_first_of_march() -> None:
    assert age_on(date(2026, 2, 28), date(2008, 2, 29)) == 17
    assert age_on(date(2026, 3, 1), date(2008, 2, 29)) == 18


@given(DAYS, DAYS)
def test_a_day_more_never_makes_anybody_younger(day: date, born: date) -> None:
    assert age_on(day + timedelta(days=1), born) - age_on(day, born) in (0, 1)


@given(DAYS, DAYS)
def test_knowing_less_never_makes_an_adult(day: date, born: date) -> None:
    exact = age_band(day, born)
    for known in ((None, born.year, born.month), (None, born.year, None)):
        vague = age_band(day, latest_birth(*known))
        assert vague != "adult" or exact == "adult"
    assert may_be_minor(exact) is (age_on(day, born) < MINOR_YEARS)


@pytest.mark.parametrize(
    ("born", "year", "month", "plausible"),
    [
        (date(2026, 11, 20), None, None, True),
        (date(2026, 11, 21), None, None, False),
        (date(1906, 1, 1), None, None, True),
        (date(1905, 12, 31), None, None, False),
        (date(2000, 5, 1), 2000, 5, True),
        (date(2000, 5, 1), 2001, None, False),
        (date(2000, 5, 1), None, 6, False),
        (None, 2026, None, True),
        (None, 2026, 12, False),
        (None, 2027, None, False),
        (None, 1905, None, False),
        (None, -5, None, False),
        (None, None, 5, False),
        (None, None, None, True),
    ],
)
def test_plausible_births(born: date | None, year: int | None, month: int | None, plausible: bool) -> None:
    assert birth_is_plausible(DAY, born, year, month) is plausible


@pytest.mark.parametrize(
    ("accompanies", "ring"),
    [
        ({"A": None}, False),
        ({"A": "A"}, True),
        ({"A": "B", "B": None}, False),
        ({"A": "B", "B": "A"}, True),
        ({"A": "B", "B": "C", "C": None}, False),
        ({"A": "B", "B": "C", "C": "B"}, True),
        ({"A": "nobody"}, False),
    ],
)
def test_rings_of_companions(accompanies: dict[str, str | None], ring: bool) -> None:
    assert in_a_ring(accompanies) is ring


@pytest.mark.parametrize(
    ("written", "plausible"),
    [
        ("0912345678", True),
        ("+84 912 345 678", True),
        ("024.3825.0000", True),
        ("1234567", False),
        ("1234567890123456", False),
        ("0912+345678", False),
        ("gọi cho mẹ", False),
        ("٠٩١٢٣٤٥٦٧٨", False),
    ],
)
def test_telephone_numbers(written: str, plausible: bool) -> None:
    assert phone_is_plausible(written) is plausible


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2010, 3, 20), date(2028, 3, 20)),
        (latest_birth(None, 2010), date(2028, 12, 31)),
        (latest_birth(None, 2010, 2), date(2028, 2, 28)),
        (date(2008, 2, 29), None),  # an adult on the day of the report
        (date(2012, 2, 29), date(2030, 3, 1)),
        (None, None),
    ],
)
def test_the_day_on_which_a_minor_turns_eighteen(born: date | None, expected: date | None) -> None:
    assert turns_18_on(date(2026, 3, 16), born) == expected
