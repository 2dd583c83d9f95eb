"""The dated office directory: which office has a role in a territory on a date, its supervisor and its fallback.

Rules name roles; the directory says which office that is. Its dates decide which office becomes holder: a dissolved
office keeps its past facts, and its successor becomes holder for later days. An office is dissolved with its role or
with its province.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulations.model import Confidence, Label
from regulations.toml_files import PackError, parse, read, root

CAPITAL = "ha-noi"
COORDINATING_ROLE = "steering_committee"
ALL = "all"
"""In a role's `territories`: every province."""


class _Part(BaseModel):
    # Built at the first use: no process uses all of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Commune(_Part):
    """A commune; abroad, the seat of a mission. `remote`: in the mountains, on an island or hard to reach."""

    code: str
    name: str
    remote: bool = False


class Territory(_Part):
    """A province, or `abroad`."""

    code: str
    kind: Literal["province", "abroad"]
    name: Label
    number: str | None = Field(default=None, description="Official number of a province that exists today.")
    valid_to: date | None = Field(default=None, description="First day on which it no longer exists.")
    successor: str | None = Field(default=None, description="Province that it became part of on `valid_to`.")
    communes: tuple[Commune, ...] = Field(
        default=(), description="Communes of the demonstration; most provinces have none."
    )

    def exists(self, on: date) -> bool:
        """Whether it exists on this day."""
        return self.valid_to is None or on < self.valid_to


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
    """A kind of office: where and when it exists, its supervisor, its fallback and its successor."""

    code: str
    name: Label
    territories: tuple[str, ...] = Field(description="`all` provinces, groups of them, single territories.")
    national: str | None = Field(
        default=None, description="Territory of the office that serves where the role has no office."
    )
    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="First day on which it no longer exists.")
    successor: str | None = Field(default=None, description="Role that took over on `valid_to`.")
    supervisor: str | None = Field(
        default=None, description="Role that supervises it, in the territory or for the whole country."
    )
    fallback: str | None = Field(default=None, description="Role that is named if it does not answer.")


class Office(_Part):
    """One office of the directory."""

    ref: str = Field(description="`role/territory`.")
    role: str
    territory: str
    name: Label
    valid_from: date | None
    valid_to: date | None

    def exists(self, on: date) -> bool:
        """Whether it exists on this day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


class Directory(BaseModel):
    """Territories, roles, and the offices that follow from them."""

    model_config = ConfigDict(frozen=True)

    territories: dict[str, Territory] = Field(description="Those that exist and those that have ended.")
    roles: dict[str, Role]
    divisions: tuple[Division, ...] = Field(description="In the order of their days.")
    groups: dict[str, Group]

    @cached_property
    def offices(self) -> Mapping[str, Office]:
        """`role/territory` → office, with those that were dissolved."""
        return {office.ref: office for role in self.roles.values() for office in self._offices_of(role)}

    def _offices_of(self, role: Role) -> Iterator[Office]:
        for code, since in self._places(role).items():
            place = self.territories[code]
            begin = max((day for day in (role.valid_from, since) if day), default=None)
            end = min((day for day in (role.valid_to, place.valid_to) if day), default=None)
            if begin is not None and end is not None and begin >= end:
                continue
            yield Office(
                ref=f"{role.code}/{code}",
                role=role.code,
                territory=code,
                name=Label(vi=f"{role.name.vi} — {place.name.vi}", en=f"{role.name.en}, {place.name.en}"),
                valid_from=begin,
                valid_to=end,
            )

    def _places(self, role: Role) -> dict[str, date | None]:
        """Territory → since when the role may have an office there. The entry that is named first counts."""
        found: dict[str, date | None] = {}
        for word in role.territories:
            group = self.groups.get(word)
            names = self.provinces if word == ALL else group.members if group else (word,)
            for name in names:
                found.setdefault(name, group.valid_from if group else None)
        return found

    @cached_property
    def provinces(self) -> tuple[str, ...]:
        """Codes of all provinces, those that ended included."""
        return tuple(code for code, place in self.territories.items() if place.kind == "province")

    @cached_property
    def changes(self) -> tuple[date, ...]:
        """Days on which a province, a role or a group of provinces begins or ends, in order."""
        days = {place.valid_to for place in self.territories.values()} | {
            one.valid_from for one in self.groups.values()
        }
        days |= {day for role in self.roles.values() for day in (role.valid_from, role.valid_to)}
        return tuple(sorted(day for day in days if day))

    def provinces_on(self, on: date) -> tuple[str, ...]:
        """Codes of the provinces that exist on a day."""
        return tuple(code for code in self.provinces if self.territories[code].exists(on))

    def territory_on(self, code: str, on: date) -> str | None:
        """The territory itself, or the one that it is part of on that day; None for an unknown territory."""
        known = self.territories.get(code)
        while known is not None and not known.exists(on):
            known = self.territories.get(known.successor or "")
        return known.code if known else None

    def resolve(self, role: str, territory: str, on: date) -> str | None:
        """The office (`role/territory`) that has a role in a territory on a day; None if there is none.

        For a dissolved role it is the office of the successor, for a former province that of the province that it
        became part of. If the role has no office there, it is the national one.
        """
        known = self.roles.get(role)
        if known is None:
            return None
        if known.valid_to is not None and on >= known.valid_to:
            return self.resolve(known.successor, territory, on) if known.successor else None
        for place in (self.territory_on(territory, on), known.national):
            office = self.offices.get(f"{role}/{place}")
            if office is not None and office.exists(on):
                return office.ref
        return None

    def successor(self, ref: str) -> str | None:
        """The office that took over from a dissolved office; None if it was not dissolved."""
        office = self.offices.get(ref)
        if office is None or office.valid_to is None:
            return None
        return self.resolve(office.role, office.territory, office.valid_to)

    def living(self, ref: str | None, on: date) -> str | None:
        """This office, or its successor if it is dissolved on that day. None if it has no successor, and for None."""
        office = self.offices.get(ref or "")
        if office is None or office.valid_to is None or on < office.valid_to:
            return ref
        return self.resolve(office.role, office.territory, on)

    def supervisor(self, ref: str, on: date) -> str | None:
        """The office that supervises this one; None for the highest office and for an unknown one."""
        return self._above(ref, "supervisor", on)

    def fallback(self, ref: str, on: date) -> str | None:
        """The office that is named if this one does not answer; None if there is none."""
        return self._above(ref, "fallback", on)

    def _above(self, ref: str, field: Literal["supervisor", "fallback"], on: date) -> str | None:
        office = self.offices.get(ref)
        if office is None:
            return None
        role: str | None = getattr(self.roles[office.role], field)
        above = self.resolve(role, office.territory, on) if role else None
        if above == ref:  # above the coordinating office of a territory is that of the capital
            above = self.resolve(role, CAPITAL, on) if role else None
        return None if above == ref else above

    def coordinating(self, territory: str, on: date) -> str | None:
        """The coordinating authority of a territory; if it has none, that of the capital."""
        return self.resolve(COORDINATING_ROLE, territory, on) or self.resolve(COORDINATING_ROLE, CAPITAL, on)

    def commune(self, territory: str, code: str) -> Commune | None:
        """A commune of a territory; None if it is unknown."""
        known = self.territories.get(territory)
        return next((commune for commune in known.communes if commune.code == code), None) if known else None

    def remote(self, territory: str, code: str | None) -> bool:
        """Whether this commune is remote. An unknown commune, or none, is not."""
        commune = self.commune(territory, code) if code else None
        return commune.remote if commune else False


class _Territories(_Part):
    territory: tuple[Territory, ...]
    division: tuple[Division, ...] = Field(min_length=1)
    group: tuple[Group, ...] = ()
    communes: dict[str, tuple[Commune, ...]]


class _Roles(_Part):
    role: tuple[Role, ...]


def load_directory(folder: Traversable | None = None) -> Directory:
    """The directory of this package, or of another folder.

    Raises:
        PackError: a file is wrong, or names an unknown territory, group or role.
    """
    folder = folder or root() / "directory"
    places = parse(_Territories, read(folder / "territories.toml"), "directory/territories.toml")
    table = parse(_Roles, read(folder / "offices.toml"), "directory/offices.toml")
    roles = {role.code: role for role in table.role}
    territories = _territories(places)
    groups = {group.code: group for group in places.group}
    _check_territories(places, territories)
    for role in roles.values():
        homes = {*role.territories, *([role.national] if role.national else [])}
        others = {name for name in (role.successor, role.supervisor, role.fallback) if name}
        if unknown := sorted((homes - territories.keys() - groups.keys() - {ALL}) | (others - roles.keys())):
            raise PackError(f"directory/offices.toml: {role.code}: unknown {unknown}")
    return Directory(territories=territories, roles=roles, divisions=places.division, groups=groups)


def _check_territories(places: _Territories, territories: Mapping[str, Territory]) -> None:
    ended = {one.code: one for one in territories.values() if one.valid_to}
    named = {one.successor or "" for one in ended.values()} | places.communes.keys()
    named.update(name for group in places.group for name in group.members)
    if unknown := sorted(named - territories.keys()):
        raise PackError(f"directory/territories.toml: unknown territories {unknown}")
    for one in ended.values():
        if one.valid_to and not territories[one.successor or ""].exists(one.valid_to):
            raise PackError(f"directory/territories.toml: {one.code}: {one.successor} does not outlast it")


def _territories(places: _Territories) -> dict[str, Territory]:
    """The territories that exist, with their communes, then those that have ended."""
    found = [one.model_copy(update={"communes": places.communes.get(one.code, ())}) for one in places.territory]
    for division in places.division:
        for one in division.ended:
            gone: dict[str, Any] = {"valid_to": division.valid_from, **one.model_dump(exclude={"clause"})}
            found.append(Territory(kind="province", **gone))
    if len({one.code for one in found}) < len(found):
        raise PackError("directory/territories.toml: a territory stands twice")
    return {one.code: one for one in found}
