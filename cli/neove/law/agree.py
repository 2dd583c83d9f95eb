"""`neove law agree`: compares two counters of days that share no code, over every date of a year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from neove.law.shared.naive import last_day
from neove.law.shared.packs import LIBRARY, chosen, of_package
from neove.shared.terminal import console
from regulations.calendar import Calendar
from regulations.legal_time import Term, due, midnight
from regulations.model import Profile, Unit
from regulations.words import day_name

THREE = 3
MOST_SHOWN = 20


@dataclass(frozen=True)
class Disagreement:
    """One date on which the counters differ."""

    origin: date
    ours: date | None
    naive: date


def command(
    year: Annotated[int | None, typer.Option(help="Without it, the current year.")] = None,
) -> None:
    """Compare two counters of days on every date of a year.

    Both count three working days and three days from every date; the command prints where they differ.

    Exit code: 0 they agree; 1 they do not.

    \b
    Example:
      .venv/bin/neove law agree --year 2026
    """
    screen, calendar = console(), LIBRARY.world.calendar
    asked = year or datetime.now(UTC).year
    if asked not in calendar.years:
        screen.print(f"[yellow]The calendar has no rows of {asked}: only weekends are off.[/]")
    total = wrong = 0
    kinds: list[tuple[Unit, Profile]] = [("working_day", "civil"), ("day", "civil"), ("day", "criminal")]
    for unit, profile in kinds:
        count, found = compare(asked, unit, profile, calendar)
        total, wrong = total + count, wrong + len(found)
        words = f"{THREE} {unit.replace('_', ' ')}s, {profile} profile"
        screen.print(f"{words:<34} {len(found)} disagreements of {count} dates", soft_wrap=True)
        for one in found[:MOST_SHOWN]:
            ours = day_name(one.ours) if one.ours else "none"
            line = f"  from {day_name(one.origin)}: {ours}, naive {day_name(one.naive)}"
            screen.print(f"[red]{escape(line)}[/]")
    screen.print(f"[bold]{wrong} disagreements of {total}[/]  [dim]{of_package(calendar)}[/]")
    raise typer.Exit(1 if wrong else 0)


def compare(year: int, unit: Unit, profile: Profile, calendar: Calendar) -> tuple[int, list[Disagreement]]:
    """How many dates there are, and the dates on which the ends of a term of three differ."""
    pack = next(reversed(chosen().values()))
    roll = pack.profiles[profile]
    term = Term(THREE, unit, roll)
    days = [date(year, 1, 1) + timedelta(days=step) for step in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    found: list[Disagreement] = []
    for origin in days:
        ours = due(term, midnight(origin) + timedelta(hours=9), calendar).last_day
        naive = last_day(THREE, unit, origin, rolls=unit == "day" and roll.days, rows=calendar.rows)
        if ours != naive:
            found.append(Disagreement(origin, ours, naive))
    return len(days), found
