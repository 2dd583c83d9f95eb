"""The dated office directory: which office is `role` in `territory` on a date, who supervises it, who stands in for it.

Rules name roles; this table makes offices of them. Its dates steer routing: a dissolved office keeps its past, and its
successor takes what comes after.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.regulations.model import Label
from contracts.regulations.toml import PackError, parse, read, root

CAPITAL = "ha-noi"
COORDINATING_ROLE = "steering_committee"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Commune(_Part):
    """A commune (abroad: the seat of a mission). `remote`: mountain, island or hard to reach."""

    code: str
    name: str
    remote: bool = False


class Territory(_Part):
    """A province, or `abroad`."""

    code: str
    kind: Literal["province", "abroad"]
    name: Label
    communes: tuple[Commune, ...]


class Role(_Part):
    """A kind of office: where it exists, when, and to whom its offices look."""

    code: str
    name: Label
    territories: tuple[str, ...]
    national: str | None = Field(default=None, description="Territory of the office that serves where there is none.")
    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="First day on which it no longer exists.")
    successor: str | None = Field(default=None, description="Role that took over on `valid_to`.")
    supervisor: str | None = Field(default=None, description="Role that supervises it, in the territory or nationally.")
    fallback: str | None = Field(default=None, description="Role named when it does not answer.")


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
    """Territories, roles and the offices that follow from them."""

    model_config = ConfigDict(frozen=True)

    territories: dict[str, Territory]
    roles: dict[str, Role]

    @cached_property
    def offices(self) -> Mapping[str, Office]:
        """`role/territory` → office: every office that exists or existed."""
        return {office.ref: office for role in self.roles.values() for office in self._offices_of(role)}

    def _offices_of(self, role: Role) -> Iterator[Office]:
        for code in role.territories:
            place = self.territories[code].name
            name = Label(vi=f"{role.name.vi} — {place.vi}", en=f"{role.name.en}, {place.en}")
            yield Office(
                ref=f"{role.code}/{code}",
                role=role.code,
                territory=code,
                name=name,
                valid_from=role.valid_from,
                valid_to=role.valid_to,
            )

    def resolve(self, role: str, territory: str, on: date) -> str | None:
        """The office (`role/territory`) that is `role` in `territory` on a day, or None.

        A dissolved role gives its successor's office; a role without an office there gives the national one.
        """
        known = self.roles.get(role)
        if known is None:
            return None
        if known.valid_to is not None and on >= known.valid_to:
            return self.resolve(known.successor, territory, on) if known.successor else None
        for place in (territory, known.national):
            office = self.offices.get(f"{role}/{place}")
            if office is not None and office.exists(on):
                return office.ref
        return None

    def successor(self, ref: str) -> str | None:
        """The office that took over from a dissolved one; None if it was not dissolved."""
        office = self.offices.get(ref)
        if office is None or office.valid_to is None:
            return None
        return self.resolve(office.role, office.territory, office.valid_to)

    def living(self, ref: str, on: date) -> str | None:
        """This office, or where it was dissolved by that day the one that took over; None if none did."""
        office = self.offices.get(ref)
        if office is None or office.valid_to is None or on < office.valid_to:
            return ref
        return self.resolve(office.role, office.territory, on)

    def supervisor(self, ref: str, on: date) -> str | None:
        """The office that supervises this one; None at the top or for an unknown office."""
        return self._above(ref, "supervisor", on)

    def fallback(self, ref: str, on: date) -> str | None:
        """The office to name when this one does not answer; None if there is none."""
        return self._above(ref, "fallback", on)

    def _above(self, ref: str, field: Literal["supervisor", "fallback"], on: date) -> str | None:
        office = self.offices.get(ref)
        if office is None:
            return None
        role: str | None = getattr(self.roles[office.role], field)
        above = self.resolve(role, office.territory, on) if role else None
        if above == ref:  # the territory's own coordinating office looks to the capital's
            above = self.resolve(role, CAPITAL, on) if role else None
        return None if above == ref else above

    def coordinating(self, territory: str, on: date) -> str | None:
        """The coordinating authority of a territory, else the capital's."""
        return self.resolve(COORDINATING_ROLE, territory, on) or self.resolve(COORDINATING_ROLE, CAPITAL, on)

    def commune(self, territory: str, code: str) -> Commune | None:
        """A commune of a territory."""
        known = self.territories.get(territory)
        return next((commune for commune in known.communes if commune.code == code), None) if known else None

    def remote(self, territory: str, code: str | None) -> bool:
        """Whether this commune is remote; an unknown or unnamed one is not."""
        commune = self.commune(territory, code) if code else None
        return commune.remote if commune else False


class _Territories(_Part):
    territory: tuple[Territory, ...]


class _Roles(_Part):
    role: tuple[Role, ...]


def load_directory() -> Directory:
    """The directory of this package.

    Raises:
        PackError: a file is wrong, or a role names an unknown territory or role.
    """
    folder = root() / "directory"
    places = parse(_Territories, read(folder / "territories.toml"), "directory/territories.toml")
    table = parse(_Roles, read(folder / "offices.toml"), "directory/offices.toml")
    territories = {territory.code: territory for territory in places.territory}
    roles = {role.code: role for role in table.role}
    for role in roles.values():
        homes = {*role.territories, *([role.national] if role.national else [])}
        named = {name for name in (role.successor, role.supervisor, role.fallback) if name}
        if unknown := sorted((homes - territories.keys()) | (named - roles.keys())):
            raise PackError(f"directory/offices.toml: {role.code}: unknown {unknown}")
    return Directory(territories=territories, roles=roles)
