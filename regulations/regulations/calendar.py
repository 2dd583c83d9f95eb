"""The dated table of days off and make-up days. Weekends are off; each other exception is a row with its decision.

A row is `confirmed` if we read the official decision itself, and `secondary summary` if we read only reports about it.
It is `computed` if the day is statutory and its date was calculated, for example Lunar New Year. It is
`unknown` if a decision is needed that was not found: the law leaves the day to one of each year, for example which day
beside National Day is off, or a swap was only proposed. What its `kind` says is counted until the decision is known.

Every day of a year without a table is unknown, too. A limit that needs an unknown day is uncertain
(`regulations.case.Clock.uncertain`).
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from regulations.toml_files import PackError, content_hash, parse, read, root

SATURDAY = 5
DayKind = Literal["off", "work", "plain"]


class CalendarRow(BaseModel):
    """One day that differs from the plain week."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    kind: Literal["off", "work"] = Field(description="`off`: a day off; `work`: a weekend day that is worked instead.")
    name: str
    decision: str = Field(min_length=3, description="Number of the decision, or the law of the statutory day.")
    status: Literal["computed", "confirmed", "secondary summary", "unknown"]


class AmendedDay(BaseModel):
    """One day that an amendment changes. `plain`: the exception of this date ends, and its weekday decides again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    kind: DayKind
    name: str
    status: Literal["computed", "confirmed"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    edition: str
    row: tuple[CalendarRow, ...]


class Calendar(BaseModel):
    """Which days are working days, and why the others are not. A day of another year than `years` is unknown."""

    model_config = ConfigDict(frozen=True)

    edition: str
    years: tuple[int, ...]
    rows: tuple[CalendarRow, ...]

    def __hash__(self) -> int:
        """Of the version, which is kept: all rows would be hashed again for each look into a cache."""
        return hash(self.version)

    @cached_property
    def by_date(self) -> Mapping[date, CalendarRow]:
        """Date → its row."""
        return {row.date: row for row in self.rows}

    @cached_property
    def version(self) -> str:
        """`<edition>+<first 8 hex digits of the hash of the rows>`. It changes with every change of a row."""
        return f"{self.edition}+{content_hash([row.model_dump(mode='json') for row in self.rows])[:8]}"

    @cached_property
    def _open_days(self) -> frozenset[date]:
        """The days of the table that are not decided yet."""
        return frozenset(row.date for row in self.rows if row.status == "unknown")

    def knows(self, day: date) -> bool:
        """Whether it is known if offices work on this day; if not, `is_working` says what is counted until it is."""
        return day not in self._open_days if day.year in self.years else day in self.by_date

    def unknown_in(self, first: date, last: date) -> date | None:
        """The first unknown day from one day to another, or None."""
        if first.year in self.years and last.year in self.years and not self._open_days:
            return None
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        return next((day for day in days if not self.knows(day)), None)

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day."""
        row = self.by_date.get(day)
        return day.weekday() < SATURDAY if row is None else row.kind == "work"

    def why_off(self, day: date) -> str | None:
        """Why this is not a working day; None for a working day."""
        if self.is_working(day):
            return None
        row = self.by_date.get(day)
        return "weekend" if row is None else f"{row.name} ({row.decision}, {row.status})"

    def next_working(self, day: date, step: int = 1) -> date:
        """`day` itself if it is a working day, else the next one (`step` 1) or the one before (`step` -1)."""
        while not self.is_working(day):
            day += timedelta(days=step)
        return day

    def with_rows(self, rows: Iterable[CalendarRow]) -> "Calendar":
        """This calendar with rows added. A row replaces an earlier row of the same date."""
        merged = {**self.by_date, **{row.date: row for row in rows}}
        return Calendar(edition=self.edition, years=self.years, rows=tuple(merged[day] for day in sorted(merged)))

    def amended(self, days: Iterable[AmendedDay], decision: str) -> "Calendar":
        """This calendar with the days that a decision changes. A `plain` day loses its row."""
        merged = dict(self.by_date)
        for day in days:
            merged.pop(day.date, None)
            if day.kind != "plain":
                merged[day.date] = CalendarRow(
                    date=day.date, kind=day.kind, name=day.name, decision=decision, status=day.status
                )
        return Calendar(edition=self.edition, years=self.years, rows=tuple(merged[day] for day in sorted(merged)))


def load_calendar() -> Calendar:
    """The calendar of this package.

    Raises:
        PackError: a file is wrong, or two rows share a date.
    """
    tables: list[_Table] = []
    rows: dict[date, CalendarRow] = {}
    for source in sorted((root() / "calendar").iterdir(), key=lambda entry: entry.name):
        if not source.name.endswith(".toml"):
            continue
        table = parse(_Table, read(source), source.name)
        tables.append(table)
        for row in table.row:
            if row.date.year != table.year or row.date in rows:
                raise PackError(f"{source.name}: {row.date} stands twice or is not of the year {table.year}")
            rows[row.date] = row
    edition = max(table.edition for table in tables)
    years = tuple(table.year for table in tables)
    return Calendar(edition=edition, years=years, rows=tuple(rows[day] for day in sorted(rows)))
