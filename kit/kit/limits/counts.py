"""What was counted, by this process and by the other processes of the service, in a window that moves.

A window has 30 parts. A part leaves it as a whole, so it is up to a thirtieth longer than the budget says, and never
shorter. A process tells the others about a name when 2 % of its budget are new; with n processes a count is short by
less than 2 % × (n - 1), and by what is on its way. It tells all that it counted itself in the window, so a message that
is lost is made good by the next one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil

from pydantic import BaseModel, ConfigDict, Field

from kit.limits.budgets import Budget

PARTS = 30
TOLD_SHARE = 0.02
"""Of a budget: so much is new when the others are told."""
FORGET_SECONDS = 60.0
"""Between two looks for names of whom nothing is in the window any more."""
By = dict[int, int]
"""Number of the part (since 1970) → what was counted in it."""


class Told(BaseModel):
    """A message between processes: what `sender` counted itself for one name. Without a name it asks for all counts."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    sender: str
    budget: str = ""
    name: str = ""
    by: dict[int, int] = Field(default_factory=dict[int, int], max_length=PARTS + 1)


@dataclass
class Tally:
    """Of one name under one budget. `untold`: of the own counts, what the others do not know yet."""

    own: By = field(default_factory=By)
    others: dict[str, By] = field(default_factory=dict[str, By])
    untold: int = 0

    def parts(self, oldest: int) -> Iterator[tuple[int, int]]:
        """(part, count) of all that lies in the window."""
        for by in (self.own, *self.others.values()):
            yield from ((part, count) for part, count in by.items() if part >= oldest)

    def drop(self, oldest: int) -> None:
        """Forget what has left the window."""
        self.own = {part: count for part, count in self.own.items() if part >= oldest}
        others = {who: {part: n for part, n in by.items() if part >= oldest} for who, by in self.others.items()}
        self.others = {who: by for who, by in others.items() if by}


class Counts:
    """The counts of one process.

    Args:
        me: the name of this process among those of the service.
        budgets: by name.
        tell: takes a message for the other processes; it must not wait.
    """

    def __init__(self, me: str, budgets: dict[str, Budget], tell: Callable[[Told], None]) -> None:
        self._me, self._budgets, self._tell = me, budgets, tell
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._forget_at = 0.0

    def left(self, budget: Budget, name: str, now: float) -> int:
        """How much of a budget a name has left at an instant (seconds since 1970)."""
        tally = self._tallies.get((budget.name, name))
        if tally is None:
            return budget.amount
        return budget.amount - sum(count for _, count in tally.parts(_oldest(budget, now)))

    def wait(self, budget: Budget, name: str, number: int, now: float) -> int:
        """Seconds, at least 1, until so many more fit into the budget; its whole window if they never do."""
        over, oldest = number - self.left(budget, name, now), _oldest(budget, now)
        for part, count in sorted(self._tallies.get((budget.name, name), Tally()).parts(oldest)):
            over -= count
            if over <= 0:
                return max(1, ceil((part + PARTS + 1) * _length(budget) - now))
        return budget.seconds

    def add(self, budget: Budget, name: str, number: int, now: float) -> None:
        """Count, and tell the others if enough is new."""
        self._forget(now)
        tally = self._tallies.setdefault((budget.name, name), Tally())
        part = _part(budget, now)
        tally.own[part] = tally.own.get(part, 0) + number
        tally.untold += number
        if tally.untold >= budget.amount * TOLD_SHARE:
            self._tell_of(budget, name, tally, now)

    def hear(self, told: Told, now: float) -> None:
        """Take a message of another process: its counts, or that it asks for ours."""
        budget = self._budgets.get(told.budget)
        if told.sender == self._me:
            return
        if not told.budget:
            self.tell_all(now)
        elif budget is not None:
            tally = self._tallies.setdefault((budget.name, told.name), Tally())
            tally.others[told.sender] = told.by

    def meet(self, now: float) -> None:
        """Ask the others for their counts, and tell them ours."""
        self._tell(Told(sender=self._me))
        self.tell_all(now)

    def tell_all(self, now: float) -> None:
        """Tell the others of every name that has 2 % of its budget here."""
        for (known, name), tally in self._tallies.items():
            budget = self._budgets[known]
            if sum(tally.own.values()) >= budget.amount * TOLD_SHARE:
                self._tell_of(budget, name, tally, now)

    def _tell_of(self, budget: Budget, name: str, tally: Tally, now: float) -> None:
        oldest = _oldest(budget, now)
        by = {part: count for part, count in tally.own.items() if part >= oldest}
        tally.untold = 0
        self._tell(Told(sender=self._me, budget=budget.name, name=name, by=by))

    def _forget(self, now: float) -> None:
        if now < self._forget_at:
            return
        self._forget_at = now + FORGET_SECONDS
        for (known, name), tally in list(self._tallies.items()):
            tally.drop(_oldest(self._budgets[known], now))
            if not tally.own and not tally.others:
                del self._tallies[known, name]


def _length(budget: Budget) -> float:
    """Seconds of one part of the window."""
    return budget.seconds / PARTS


def _part(budget: Budget, now: float) -> int:
    return int(now / _length(budget))


def _oldest(budget: Budget, now: float) -> int:
    """The oldest part that may still hold something of the last `seconds`."""
    return _part(budget, now) - PARTS
