"""The budgets: how many of what, in how many seconds, for whom. An operator changes a number by the setting `budgets`.

Each is far over what honest work needs, because a refusal can cost a limit of the law. Each service counts for itself:
a token opens one service only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from contracts.members import Position

if TYPE_CHECKING:  # the stack reads the table, and has no use for what checks a token
    from kit.auth import Principal

MINUTE, HOUR = 60, 3600


class Who(StrEnum):
    """For whom is counted."""

    PERSON = "person"
    OFFICE = "office"
    """All its persons together; its systems are not among them."""
    TOKEN = "token"  # noqa: S105  # not a password
    SYSTEM = "system"
    """The software of an office: a member with the position `system`."""


class Kind(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    IDENTITY_READS = "identity_reads"
    """Names and sealed texts that were opened."""
    NEWCOMERS = "new_cases"
    """Persons of whom nothing was known here before: one file each."""
    DENIALS = "denials"
    """Requests that were refused with 403."""


@dataclass(frozen=True)
class Budget:
    """At most `amount` in any `seconds`."""

    who: Who
    kind: Kind
    amount: int
    seconds: int

    @property
    def name(self) -> str:
        """As the setting names it, for example `person.requests`."""
        return f"{self.who}.{self.kind}"


BUDGETS: tuple[Budget, ...] = (
    # Ten a second without a pause. Opening a page of a portal takes about ten, once.
    Budget(Who.PERSON, Kind.REQUESTS, 600, MINUTE),
    # The smallest: a name and a statement each minute for an hour. 150 names in eleven seconds was an attack.
    Budget(Who.PERSON, Kind.IDENTITY_READS, 120, HOUR),
    # A report of fifty persons each eight minutes: more than any rescue that we know of, entered by one hand.
    Budget(Who.PERSON, Kind.NEWCOMERS, 400, HOUR),
    # A portal shows what is allowed. Who meets so many closed doors is trying them; then every request is refused.
    Budget(Who.PERSON, Kind.DENIALS, 300, HOUR),
    # A stolen token asks one service only, and its owner works on. Counts by the hour outlive a token: as of a person.
    Budget(Who.TOKEN, Kind.REQUESTS, 300, MINUTE),
    Budget(Who.TOKEN, Kind.IDENTITY_READS, 120, HOUR),
    Budget(Who.TOKEN, Kind.NEWCOMERS, 400, HOUR),
    Budget(Who.TOKEN, Kind.DENIALS, 150, HOUR),
    # Ten persons who each take all of theirs. So no single one can take the budget of the colleagues.
    Budget(Who.OFFICE, Kind.REQUESTS, 6_000, MINUTE),
    Budget(Who.OFFICE, Kind.IDENTITY_READS, 1_200, HOUR),
    Budget(Who.OFFICE, Kind.NEWCOMERS, 4_000, HOUR),
    Budget(Who.OFFICE, Kind.DENIALS, 3_000, HOUR),
    # A system works for everybody in its office, and after an outage it sends what waited for a day.
    Budget(Who.SYSTEM, Kind.REQUESTS, 6_000, MINUTE),
    Budget(Who.SYSTEM, Kind.IDENTITY_READS, 600, HOUR),
    Budget(Who.SYSTEM, Kind.NEWCOMERS, 4_000, HOUR),
    Budget(Who.SYSTEM, Kind.DENIALS, 3_000, HOUR),
)


class BudgetsWrong(ValueError):
    """The settings name a budget that does not exist: the one that is meant would stay as it is."""


class Budgets:
    """The budgets of one service.

    Args:
        changed: name of a budget → its amount, where the operator has set another one.

    Raises:
        BudgetsWrong: there is no budget of this name.
    """

    def __init__(self, changed: Mapping[str, int] | None = None) -> None:
        given = changed or {}
        if unknown := given.keys() - {one.name for one in BUDGETS}:
            raise BudgetsWrong(f"no such budget: {', '.join(sorted(unknown))}")
        self.all = {one.name: replace(one, amount=given.get(one.name, one.amount)) for one in BUDGETS}

    def of(self, principal: "Principal", kind: Kind) -> Iterable[tuple[Budget, str]]:
        """Each budget that a request of this caller counts in, with the name that it counts for. Services have none."""
        if principal.service is not None:
            return
        actor = f"{principal.office} {principal.actor}"
        if principal.position == Position.SYSTEM:
            yield self.all[f"{Who.SYSTEM}.{kind}"], actor
            return
        yield self.all[f"{Who.PERSON}.{kind}"], actor
        yield self.all[f"{Who.TOKEN}.{kind}"], principal.token
        yield self.all[f"{Who.OFFICE}.{kind}"], principal.office
