"""One place of each kind in each province, for checks that need not look at every commune."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from regulations.directory import Directory
from regulations.offices import EVERYWHERE
from regulations.places import ABROAD, Kind

Samples = Mapping[tuple[Kind, str, date], str]


@lru_cache(maxsize=8)  # a check of a directory and of each pack asks the same, and looks at 13,000 places
def samples(directory: Directory, days: tuple[date, ...]) -> Samples:
    """(kind, province, day) → the first commune or district of the province that exists on that day."""
    found: dict[tuple[Kind, str, date], str] = {}
    kinds: tuple[Kind, ...] = ("commune", "district")
    for kind in kinds:
        for place in directory.places.of_kind(kind):
            for day in days:
                province = directory.province(place.code, day) if place.exists(day) else None
                if province is not None:
                    found.setdefault((kind, province, day), place.code)
    return found


def place_for(directory: Directory, known: Samples, role: str, province: str, day: date) -> str:
    """A place in a province at which an office of this role must be found: a commune, if each commune has one."""
    kind = EVERYWHERE.get(directory.roles[role].level)
    return known.get((kind, province, day), province) if kind else province


def asked_in(directory: Directory, role: str, day: date) -> tuple[str, ...]:
    """Codes of the places in which a role must have an office: provinces, for a mission countries and `abroad`."""
    known = directory.roles.get(role)
    if known is not None and EVERYWHERE.get(known.level) == "country":
        return (*(one.code for one in directory.places.of_kind("country")), ABROAD)
    return directory.provinces_on(day)
