"""What a report means: ages, who accompanies whom, and which values are plausible. Pure."""

import calendar
from collections.abc import Mapping
from datetime import date

from contracts.events.intake import AgeBand

OLDEST_YEARS = 120
"""A greater age is not plausible, in years."""
CHILD_YEARS = 16
"""Under this age the child-protection lane runs, in years; the norm `child` of `regulations/packs/supplements.toml`."""
MINOR_YEARS = 18


def latest_birth(birth_date: date | None, birth_year: int | None, birth_month: int | None = None) -> date | None:
    """The latest day on which the person can have been born; None if even the year is unknown.

    An unknown part is taken so that the person counts as a minor for longer: the last day of a known month, or
    31 December of a known year (the norm `unknown_birth_date` of `regulations/packs/supplements.toml`).
    """
    if birth_date is not None or birth_year is None:
        return birth_date
    month = birth_month or 12
    return date(birth_year, month, calendar.monthrange(birth_year, month)[1])


def age_on(day: date, born: date) -> int:
    """Completed years on a day. A person born on 29 February completes a year on 1 March in a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_band(day: date, born: date | None) -> AgeBand:
    """The age band on a day. Beside it only `turns_18_on` leaves the vault, and that for minors only."""
    if born is None:
        return "unknown"
    age = age_on(day, born)
    return "under_16" if age < CHILD_YEARS else "under_18" if age < MINOR_YEARS else "adult"


def turns_18_on(day: date, born: date | None) -> date | None:
    """When a minor of `day` turns eighteen; None for an adult, and if even the year of the birth is unknown."""
    if born is None or not may_be_minor(age_band(day, born)):
        return None
    year = born.year + MINOR_YEARS
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)


def may_be_minor(band: AgeBand) -> bool:
    """True unless the person is known to be an adult."""
    return band != "adult"


def birth_is_plausible(day: date, birth_date: date | None, birth_year: int | None, birth_month: int | None) -> bool:
    """Born neither after `day` nor more than `OLDEST_YEARS` before it; the known parts agree with each other."""
    if birth_date is not None:
        agrees = birth_year in (None, birth_date.year) and birth_month in (None, birth_date.month)
        return agrees and birth_date <= day and birth_date.year >= day.year - OLDEST_YEARS
    if birth_year is None:
        return birth_month is None
    return day.year - OLDEST_YEARS <= birth_year and (birth_year, birth_month or 1) <= (day.year, day.month)


def in_a_ring(accompanies: Mapping[str, str | None]) -> bool:
    """True when the chain of accompanying persons leads back to its start, for example A → B → A."""
    for start in accompanies:
        seen, here = {start}, accompanies[start]
        while here is not None:
            if here in seen:
                return True
            seen.add(here)
            here = accompanies.get(here)
    return False


def phone_is_plausible(text: str) -> bool:
    """Eight to fifteen digits, `+` only at the start; spaces, dots and hyphens between them do not count."""
    bare = text.strip().removeprefix("+")
    digits = "".join(letter for letter in bare if letter in "0123456789")
    return 8 <= len(digits) <= 15 and all(letter in "0123456789 .-" for letter in bare)
