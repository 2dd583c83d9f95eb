"""The people of the demonstration: a file of invented persons, which the issuer signs in and casework lists.

Offices that the file does not name have no list of members: there a number stands for a person.
"""

import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from contracts.ids import Code, OfficeRef
from contracts.members import Position
from stack.config import Failure
from stack.issuer.signer import demo_subject

FILE = Path(__file__).with_name("demo_people.toml")


class Away(BaseModel):
    """A member is away from this day on, and another person deputises."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date
    deputy: Code | None = None


class Serves(BaseModel):
    """One office that a person serves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    office: OfficeRef
    position: Position
    away: Away | None = None


class DemoPerson(BaseModel):
    """One invented person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Code
    name: str
    serves: tuple[Serves, ...]

    @property
    def subject(self) -> str:
        """The opaque id in tokens, the same in each office of the person."""
        return demo_subject(self.id)


class DemoPeople(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: tuple[DemoPerson, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "DemoPeople":
        known = {one.id for one in self.person}
        if len(known) < len(self.person):
            raise ValueError("an id stands in it twice")
        deputies = {serves.away.deputy for one in self.person for serves in one.serves if serves.away} - {None}
        if not deputies <= known:
            raise ValueError("a deputy is nobody of the file")
        return self

    @classmethod
    def load(cls, path: Path) -> "DemoPeople":
        """The people of a file.

        Raises:
            Failure: it cannot be read, or is no such file.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValidationError, ValueError) as error:
            raise Failure(f"{path} is no file of demo people: {error}") from None

    @cached_property
    def by_office(self) -> dict[str, tuple[tuple[DemoPerson, Serves], ...]]:
        """Office → its people, in the order of the file."""
        found: dict[str, tuple[tuple[DemoPerson, Serves], ...]] = {}
        for one in self.person:
            for serves in one.serves:
                found[serves.office] = (*found.get(serves.office, ()), (one, serves))
        return found

    def of(self, office: str) -> dict[str, DemoPerson]:
        """The people of an office by their ids; empty for an office without a list."""
        return {one.id: one for one, _ in self.by_office.get(office, ())}


NOBODY = DemoPeople()
