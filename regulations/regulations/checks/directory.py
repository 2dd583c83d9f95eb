"""Checks of the office directory: the number of provinces is that of the resolutions, and each office has a successor.

The directory changes only on some dates. So each check looks at such a date and at the day before.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from regulations.checks.samples import Samples, place_for, samples
from regulations.directory import Directory
from regulations.offices import ALL, EVERYWHERE, Division, Role

PLACES, OFFICES = "directory/places.toml", "directory/offices.toml"


def directory_findings(directory: Directory) -> Iterator[tuple[str, str]]:
    """Every mistake of the directory, with its file."""
    days = sampled(directory)
    known = samples(directory, days)
    for day in days:
        yield from ((PLACES, mistake) for mistake in _counted(directory, day))
        yield from ((OFFICES, mistake) for mistake in _unresolved(directory, known, day))
    yield from ((OFFICES, mistake) for mistake in _without_successor(directory))
    numbers = [place.number for place in directory.places.of_kind("province") if place.number]
    if len(set(numbers)) != len(numbers):
        yield PLACES, "two provinces have the same number"


def sampled(directory: Directory) -> tuple[date, ...]:
    """The first day of the oldest division, and each later date of the directory with the day before it."""
    begin = directory.divisions[0].valid_from
    days = {*directory.changes, *(one.valid_from for one in directory.divisions)}
    around = {day - timedelta(days=before) for day in days for before in (0, 1)}
    return tuple(sorted({begin, *(day for day in around if day >= begin)}))


def division_of(directory: Directory, on: date) -> Division | None:
    """The division of the country on a day; None before the first."""
    return next((one for one in reversed(directory.divisions) if one.valid_from <= on), None)


def _counted(directory: Directory, day: date) -> Iterator[str]:
    division, found = division_of(directory, day), len(directory.provinces_on(day))
    if division is not None and found != division.provinces:
        yield f"on {day} there are {found} provinces, by {division.citation} {division.provinces}"


def _unresolved(directory: Directory, known: Samples, day: date) -> Iterator[str]:
    """Roles of all places that have no office in one of them. A former province counts as the one it is part of."""
    for role in directory.roles.values():
        if ALL not in role.places or role.level not in EVERYWHERE or not _begun(role, day):
            continue
        kind = "country" if role.level == "country" else "province"
        for code in (one.code for one in directory.places.of_kind(kind)):
            place = place_for(directory, known, role.code, directory.chain(code, day)[0], day)
            if directory.at(role.code, place, day) is None:
                yield f"{role.code} is no office in {code} on {day}"


def _begun(role: Role, day: date) -> bool:
    return role.valid_from is None or role.valid_from <= day


def _without_successor(directory: Directory) -> Iterator[str]:
    """Dissolved offices that nobody follows. Those of communes that were divided are listed with the units."""
    for office in directory.offices(without=("commune", "district")):
        if office.valid_to is None:
            continue
        successor = directory.office(directory.successor(office.ref) or "")
        if successor is None or not successor.exists(office.valid_to):
            yield f"{office.ref} ends on {office.valid_to} and nobody takes its cases over"
