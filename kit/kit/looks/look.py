"""One entry: a request of a known caller, in ids, codes, instants and counts. It holds no word about a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel

from contracts.ids import new_id
from kit import telemetry
from kit.auth import Principal
from kit.telemetry.correlation import FIELD
from kit.telemetry.safe import is_opaque_id

TABLE = "looks"
COLUMNS = (
    "id",
    "at",
    "caller",
    "actor",
    "on_behalf_of",
    "operation",
    "about",
    "part",
    "several",
    "items",
    "ground",
    "purpose",
    "answer",
    "refusal",
)
"""Of the table, without `seq`, the number that the database gives."""


@dataclass
class Look:
    """One entry, while its request is answered.

    Attributes:
        at: when the request was begun.
        caller: office, or `service/<name>`. actor: the token's opaque subject.
        operation: `<service>.<operationId>`.
        about: id of what it was about; None where it is about nothing alone, for example for a list.
        also: ids of what else it was about; each gets an entry like this one.
        part: of it that the right was decided on; None for the whole.
        several: how many a list showed.
        items: fields, groups or references that were asked for.
        ground: the relations by which the caller had the right.
        purpose: that the caller stated. on_behalf_of: the office for which a service called.
        answer: HTTP status. refusal: slug of the refusal.
        carried: a transaction that was committed has written the entry.
        apart: the entry could not be written with the change; it is kept in memory instead.
        strict: without the entry nothing is shown.
    """

    at: datetime
    caller: str
    actor: str
    operation: str
    about: str | None = None
    also: Sequence[str] = ()
    part: str | None = None
    several: int | None = None
    items: Sequence[str] = ()
    ground: Sequence[str] = ()
    purpose: str | None = None
    on_behalf_of: str | None = None
    answer: int = 200
    refusal: str | None = None
    carried: bool = False
    apart: bool = False
    strict: bool = False
    id: str = field(default_factory=lambda: new_id("look"))

    @classmethod
    def of(cls, principal: Principal, operation: str, at: datetime, about: str | None = None) -> "Look":
        """The entry of a request that begins. A text that is no id is not taken for one."""
        known = about if about and is_opaque_id(about) else None
        return cls(at, principal.name, principal.actor, operation, known)

    def note_answer(self, answer: BaseModel | object) -> None:
        """What the answer says of it: how many things a list shows, and which one if it is one only."""
        # Any: an answer may have a field of this name, of any type
        items: Any = getattr(answer, "items", None)
        if isinstance(answer, BaseModel) and isinstance(items, list | tuple):
            listed = cast(Sequence[object], items)
            shown = set(_named(listed))
            self.several = len(shown) or len(listed)
            self.about = self.about or (shown.pop() if len(shown) == 1 else None)
        else:
            self.note_what()

    def note_what(self) -> None:
        """What the work on the request was about in the end, where the address does not say it."""
        self.about = self.about or telemetry.correlation()

    def rows(self) -> list[dict[str, Any]]:
        """As JSON that PostgreSQL reads into the columns: one row, and one for each of `also`."""
        values = {name: getattr(self, name) for name in COLUMNS}
        values |= {"at": self.at.isoformat(), "items": list(self.items), "ground": list(self.ground)}
        return [values, *({**values, "id": new_id("look"), "about": other} for other in self.also)]


def _named(items: Iterable[object]) -> Iterable[str]:
    """The ids that the entries of a list are about."""
    for one in items:
        found: object = getattr(one, FIELD, None)
        if isinstance(found, str):
            yield found
