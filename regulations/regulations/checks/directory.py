"""What must be true of the directory of offices: as many provinces as the resolutions say, and an heir for each office.

Between two dates of the directory nothing changes: the day before each and the day itself stand for all others.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from regulations.directory import ALL, Directory, Division, Role

TERRITORIES, OFFICES = "directory/territories.toml", "directory/offices.toml"


def directory_findings(directory: Directory) -> Iterator[tuple[str, str]]:
    """Every mistake with its file."""
    for day in sampled(directory):
        yield from ((TERRITORIES, told) for told in _counted(directory, day))
        yield from ((OFFICES, told) for told in _unresolved(directory, day))
    yield from ((OFFICES, told) for told in _without_heir(directory))
    numbers = [place.number for place in directory.territories.values() if place.kind == "province" and place.number]
    if len(set(numbers)) != len(numbers):
        yield TERRITORIES, "two provinces have the same number"


def sampled(directory: Directory) -> tuple[date, ...]:
    """The first day of the oldest division, and around each later date of the directory the day before and the day."""
    begin = directory.divisions[0].valid_from
    days = {*directory.changes, *(one.valid_from for one in directory.divisions)}
    around = {day - timedelta(days=before) for day in days for before in (0, 1)}
    return tuple(sorted({begin, *(day for day in around if day >= begin)}))


def division_of(directory: Directory, on: date) -> Division | None:
    """The division of the country that holds on a day; None before the first."""
    return next((one for one in reversed(directory.divisions) if one.valid_from <= on), None)


def _counted(directory: Directory, day: date) -> Iterator[str]:
    division, found = division_of(directory, day), len(directory.provinces_on(day))
    if division is not None and found != division.provinces:
        yield f"on {day} there are {found} provinces, by {division.citation} {division.provinces}"


def _unresolved(directory: Directory, day: date) -> Iterator[str]:
    """Roles of every province that are not an office in each of them, also in what a former one has become part of."""
    for role in directory.roles.values():
        if ALL not in role.territories or not _begun(role, day):
            continue
        for code in directory.provinces:
            if directory.resolve(role.code, code, day) is None:
                yield f"{role.code} is no office in {code} on {day}"


def _begun(role: Role, day: date) -> bool:
    return role.valid_from is None or role.valid_from <= day


def _without_heir(directory: Directory) -> Iterator[str]:
    for office in directory.offices.values():
        if office.valid_to is None:
            continue
        heir = directory.offices.get(directory.successor(office.ref) or "")
        if heir is None or not heir.exists(office.valid_to):
            yield f"{office.ref} ends on {office.valid_to} and nobody takes its cases over"
