"""Why somebody opens text: a purpose that the pack gives, and for a person a reason in words. Pure decisions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.codes import Purpose, SealGroup
from contracts.problems import Forbidden
from contracts.sealing import FIELD_GROUPS, IdentityField
from vault.errors import PurposeNotAllowed

LASTS = timedelta(minutes=15)
"""A reason lasts so long, for its person, its purpose and its groups."""
OPENS = frozenset({"vault.read_identity", "vault.read_text"})
"""Operations for which a reason is given."""
REASON = "reason."
"""In the access log, an item that begins so names the reason on which an opening stands."""


@dataclass(frozen=True)
class Why:
    """Who opens, and why.

    Attributes:
        by_person: a person needs a reason; the system of an office may give one.
        allowed: each group that the office may open in the case, and what for (`regulations.purposes`).
    """

    office: str
    actor: str
    by_person: bool
    purpose: Purpose
    reason: str | None = field(repr=False)
    allowed: Mapping[SealGroup, frozenset[Purpose]]

    def check(self, groups: Collection[SealGroup]) -> None:
        """Refuse what may not be opened, or not for this purpose.

        Raises:
            Forbidden: the office may not open one of them. PurposeNotAllowed: not for this purpose.
        """
        if not groups or not set(groups) <= self.allowed.keys():
            raise Forbidden()
        given = frozenset[Purpose].intersection(*(self.allowed[group] for group in groups))
        if self.purpose not in given:
            raise PurposeNotAllowed(given)

    def fields(self) -> list[IdentityField]:
        """Every field that may be opened for this purpose.

        Raises:
            Forbidden: the office may open no field. PurposeNotAllowed: none for this purpose.
        """
        groups = self.allowed.keys() & set(FIELD_GROUPS.values())
        found = [
            name for name, group in FIELD_GROUPS.items() if group in groups and self.purpose in self.allowed[group]
        ]
        if groups and not found:
            raise PurposeNotAllowed(frozenset[Purpose]().union(*(self.allowed[group] for group in groups)))
        if not found:
            raise Forbidden()
        return found
