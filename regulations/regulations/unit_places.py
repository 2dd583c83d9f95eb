"""The administrative units of `regulations.units` as places of the directory, made when they are asked for."""

from collections.abc import Iterator
from functools import lru_cache

from regulations.model import Label
from regulations.places import Kind, Place
from regulations.units import Units
from regulations.units.register import TWO_LEVELS_FROM

_REMEMBERED = 4_000
_TRAITS = {"yes": True, "no": False, "unknown": None}
_DIGITS: dict[Kind, int] = {"commune": 5, "district": 3}
"""Length of the official code, by which the two kinds differ."""


_ENGLISH = {
    "tỉnh": "Province",
    "thành phố": "City",
    "quận": "District",
    "huyện": "District",
    "thị xã": "Town",
    "xã": "Commune",
    "phường": "Ward",
    "thị trấn": "Township",
    "đặc khu": "Special Zone",
}


def titled(kind: str, name: str) -> Label:
    """A unit as it stands inside the name of an office: `phường Sa Pa`, Sa Pa Ward; `phường 4`, Ward 4."""
    english = _ENGLISH[kind]
    return Label(vi=f"{kind} {name}", en=f"{english} {name}" if name.isdigit() else f"{name} {english}")


class UnitPlaces:
    """Communes, and the districts of the former map. A province is a place of the directory itself.

    Args:
        units: the register of units.
    """

    def __init__(self, units: Units) -> None:
        self._units = units
        self.place = lru_cache(_REMEMBERED)(self._place)

    def _place(self, code: str) -> Place | None:
        """The commune or district with this id; None for another word.

        Names and kinds of a unit change while it goes on; only its two maps decide from when to when it exists.
        """
        unit = self._units.unit(code)
        if unit is None or unit.level == "province" or unit.parent is None:
            return None
        above = self._units.unit(unit.parent)
        inside = above.word if above is not None and above.level == "province" else unit.parent
        is_former = code.startswith("63-")
        return Place(
            code=code,
            kind=unit.level,
            parents=((None, inside or unit.parent),),
            valid_from=None if is_former else TWO_LEVELS_FROM,
            valid_to=TWO_LEVELS_FROM if is_former else None,
            successors=self._successors(code, unit.level),
            remote=_TRAITS[self._units.trait(code, "remote").value] if unit.level == "commune" else None,
            name=Label(vi=unit.full_name, en=unit.name),
            title=titled(unit.kind, unit.name),
            number=unit.code,
        )

    def _successors(self, code: str, level: str) -> tuple[str, ...]:
        """What a commune became. A district became a commune only if all of it did, as the island districts."""
        heirs = tuple(heir.unit for heir in self._units.became(code))
        return heirs if level == "commune" or len(heirs) == 1 else ()

    def codes(self, kind: Kind) -> Iterator[str]:
        """Ids of all communes, or of all former districts."""
        digits = _DIGITS.get(kind)
        found = self._units.ids() if digits else ()
        yield from (one for one in found if len(one.partition("-")[2]) == digits)
