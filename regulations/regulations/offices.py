"""Roles, offices, and the division of the country, as rows of the directory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from regulations.model import Confidence, Label
from regulations.places import Kind, Place

ALL = "all"
"""In a role's `places`: every place of its level."""
Level = Literal["commune", "district", "province", "region", "country", "nation", "organisation"]
EVERYWHERE: Mapping[Level, Kind] = {
    "commune": "commune",
    "district": "district",
    "province": "province",
    "region": "province",
    "country": "country",
}
"""Levels at which a role has an office at every place of a kind. At the others each office is a row."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ended(_Part):
    """A province that ended on the first day of a new division."""

    clause: int = Field(description="Clause of the article that says so.")
    code: str
    name: Label
    successor: str


class Division(_Part):
    """The division of the country into provinces, from which day on, and by which resolution."""

    valid_from: date
    provinces: int = Field(gt=0, description="How many there are.")
    citation: str = Field(min_length=3)
    confidence: Confidence
    note: str
    ended: tuple[Ended, ...] = ()


class Group(_Part):
    """A named group of provinces, for example those with a border post, from a day on."""

    code: str
    valid_from: date | None = None
    note: str
    members: tuple[str, ...] = Field(min_length=1)


class Role(_Part):
    """A kind of office: at which level and where it has offices, its supervisor, its fallback and its successor."""

    code: str
    name: Label
    called: Label | None = Field(
        default=None,
        description="Name of an office at a place of the level; `{place}` is the place. Default: name, place.",
    )
    level: Level = Field(description="`organisation`: each office is one of its own, and no place has it by rule.")
    places: tuple[str, ...] = Field(default=(ALL,), description="`all` of the level, groups of provinces, single ones.")
    national: str | None = Field(default=None, description="Place whose office of this role also acts for the nation.")
    settles: bool = Field(
        default=True, description="A hand-over to it may move a lane. A shelter or a provider never moves one."
    )
    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="First day on which it no longer exists.")
    successor: str | None = Field(default=None, description="Role that took over on `valid_to`.")
    supervisor: str | None = Field(default=None, description="Role that supervises it, at its place or above.")
    fallback: str | None = Field(default=None, description="Role that is named if it does not answer.")


@dataclass(frozen=True, slots=True)
class Office:
    """One office.

    Attributes:
        ref: its id. Only the role may be read from it.
        role: its kind.
        place: where it is.
        serves: the places for which it has its role. It also serves what lies in them and has no office of its own.
        unplaced_in: a province. The office takes what is placed in this province without a commune.
        valid_from, valid_to: first day of its life; first day after it. None: no such day.
        successor: the office that took over on `valid_to`; None: the one that has the role at its place then.
        name: for people; None: that of the role and of the place.
    """

    ref: str
    role: str
    place: str
    serves: tuple[str, ...] = ()
    unplaced_in: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None
    name: Label | None = None

    def exists(self, on: date) -> bool:
        """Whether it exists on this day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


def name_of(office: Office, role: Role, place: Place | None) -> Label:
    """What people call an office that has no name of its own: `UBND phường Sa Pa`, People's Committee of Sa Pa Ward.

    An office elsewhere than at a place of its level, for example one of a whole province in older data, is named by its
    role and where it is.
    """
    where = (place and (place.title or place.name)) or Label(vi=office.place, en=office.place)
    if role.called is not None and place is not None and place.kind == EVERYWHERE.get(role.level):
        called = role.called
        return Label(vi=called.vi.format(place=where.vi), en=called.en.format(place=where.en))
    return Label(vi=f"{role.name.vi} tại {where.vi}", en=f"{role.name.en} in {where.en}")


def sites_of(role: Role, groups: Mapping[str, Group]) -> Mapping[str, date | None] | None:
    """Province → since when a role may have an office there; None: every place of its level."""
    if ALL in role.places:
        return None
    found: dict[str, date | None] = {}
    for word in role.places:
        group = groups.get(word)
        for name in group.members if group else (word,):
            found.setdefault(name, group.valid_from if group else None)
    return found
