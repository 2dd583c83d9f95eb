"""The age of a person during a case: who counts as a child at an instant, and when that ends. Pure.

Only the day on which the person turns eighteen is known here, and only if it was stated; else the age band of the day
of the report. An age that nobody knows counts as that of a minor until a fact states the day; where a row of the pack
says `unknown_age`, it counts as that of a child.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from contracts.events.intake import AgeBand
from regulations.case import Fact, Opening
from regulations.legal_time import legal_date, midnight
from regulations.openings import ADULT, is_under
from regulations.pack import Pack

TURNS_18 = "turns_18_on"
"""Attribute of a step of the identification: the day on which the person turns eighteen, for example `2027-03-04`."""
CHILD = 16
LIMITS = (CHILD, ADULT)


@dataclass(frozen=True)
class Turn:
    """An instant known ahead: the person reaches the age `limit`, or (None) the law of the report ends."""

    at: datetime
    limit: int | None = None


@dataclass(frozen=True)
class Ages:
    """What is known of the age of a person.

    Attributes:
        opening: the report, with the age band of its day.
        turns_18: the day on which the person turns eighteen, if it was stated.
        known_from: since when it is known.
    """

    opening: Opening
    turns_18: date | None
    known_from: datetime

    @classmethod
    def of(cls, opening: Opening) -> "Ages":
        """As the report states it."""
        return cls(opening, opening.turns_18_on, opening.occurred_at)

    def after(self, fact: Fact) -> "Ages":
        """The same after a fact, which may state the day, or another day than was thought."""
        stated = fact.attributes.get(TURNS_18)
        try:
            day = date.fromisoformat(stated) if isinstance(stated, str) else None
        except ValueError:
            day = None
        return self if day in (None, self.turns_18) else Ages(self.opening, day, fact.occurred_at)

    def is_under(self, limit: int, at: datetime) -> bool:
        """Whether the person counts as younger than `limit` (16 or 18) at an instant."""
        if self.turns_18 is None:
            return is_under(self.opening.age_band, limit)
        return legal_date(at) < self._turns(self.turns_18, limit)

    def is_below(self, before: "Ages", at: datetime) -> bool:
        """Whether the person proves younger than was known `before`: under 16 or 18, and not so until then."""
        return any(self.is_under(limit, at) and not before.is_under(limit, at) for limit in LIMITS)

    def band(self, at: datetime) -> AgeBand:
        """The age band at an instant; that of the report while no day is known."""
        if self.turns_18 is None:
            return self.opening.age_band
        return "under_16" if self.is_under(CHILD, at) else "under_18" if self.is_under(ADULT, at) else "adult"

    @property
    def unknown(self) -> bool:
        """Whether nobody knows the age."""
        return self.turns_18 is None and self.opening.age_band == "unknown"

    def has_reached(self, limit: int, at: datetime) -> bool:
        """Whether it is known that the person has that age at an instant."""
        return self.turns_18 is not None and not self.is_under(limit, at)

    def turns(self) -> Iterator[Turn]:
        """The instants at which an age is reached; for one that was stated afterwards, the instant of the statement."""
        if self.turns_18 is None:
            return
        for limit in LIMITS:
            yield Turn(max(midnight(self._turns(self.turns_18, limit)), self.known_from), limit)

    @staticmethod
    def _turns(turns_18: date, limit: int) -> date:
        """Who was born on 29 February has the birthday on 1 March of a year without that day."""
        year = turns_18.year - (ADULT - limit)
        try:
            return turns_18.replace(year=year)
        except ValueError:
            return date(year, 3, 1)


def age_of_lane(pack: Pack, lane: str) -> int | None:
    """The age under which a report opens a lane; None for a lane that is opened at every age."""
    limits = [rule.age_under for rule in pack.openings if rule.lane == lane]
    return max((one for one in limits if one is not None), default=None) if None not in limits else None
