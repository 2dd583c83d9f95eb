"""`neove calendar show`, also `neove law calendar`: the days off and make-up days of a year.

With `--check` it compares them with the `holidays` package.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Annotated

import typer
from rich.markup import escape

from neove.law.shared.packs import LIBRARY, of_package
from neove.shared.terminal import console, plain_table
from regulations.calendar import Calendar
from regulations.words import day_name
from stack.config import Failure


def command(
    year: Annotated[
        int | None, typer.Option(help="Without it the current year; with --check, every year of the table.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the `holidays` package.")] = False,
) -> None:
    """Show the days off and make-up days of a year.

    Each has its decision. With `--check` they are compared with the `holidays` package.

    Exit code of --check: 0 every difference has a confirmed decision here, or waits for one; 1 one has none.

    \b
    Example:
      .venv/bin/neove calendar show --year 2026
      .venv/bin/neove law calendar --check
    """
    calendar = LIBRARY.world.calendar
    if not check:
        _show(calendar, year or datetime.now(UTC).year)
        return
    unexplained = _compare(calendar, [year] if year else list(calendar.years), _holidays())
    raise typer.Exit(1 if unexplained else 0)


def _show(calendar: Calendar, year: int) -> None:
    screen = console()
    table = plain_table("Day", "Kind", "Name", "Status", "Decision", wrapped=["Decision"])
    for row in calendar.rows:
        if row.date.year == year:
            table.add_row(day_name(row.date), row.kind, escape(row.name), row.status, escape(row.decision))
    screen.print(table)
    known = "" if year in calendar.years else f"[yellow]The calendar has no rows of {year}: its days are unknown.[/]  "
    screen.print(f"{known}[dim]{of_package(calendar)}[/]")


def _holidays() -> ModuleType:
    try:
        import holidays  # a development dependency: an installed command may be without it
    except ImportError:
        raise Failure(
            "The package `holidays` is not installed here: it belongs to the development dependencies (`make up`)."
        ) from None
    return holidays


def _compare(calendar: Calendar, years: list[int], package: ModuleType) -> int:
    screen = console()
    unexplained = total = 0
    for year in years:
        theirs = package.country_holidays("VN", years=year)
        names = {day: str(name) for day, name in theirs.items()}
        for day in disagreements(calendar, year, {day: theirs.is_working_day(day) for day in _days(year)}):
            total += 1
            row = calendar.by_date.get(day)
            explained = row is not None and row.status != "computed"
            unexplained += not explained
            ours = f"{row.name} ({row.decision}, {row.status})" if row else "no row"
            said = f"{'works' if calendar.is_working(day) else 'off'}: {ours}"
            line = f"{day_name(day)}  here {said}; holidays: {names.get(day, 'no entry')}"
            screen.print(f"[{'default' if explained else 'red'}]{escape(line)}[/]", soft_wrap=True)
    days = sum(1 for year in years for _ in _days(year))
    about = f"holidays {getattr(package, '__version__', '')}, calendar {calendar.version}"
    counts = f"{total} disagreements of {days} days ({about}), {unexplained} without a confirmed decision here"
    screen.print(f"[bold]{escape(counts)}[/]", soft_wrap=True)
    return unexplained


def disagreements(calendar: Calendar, year: int, theirs: dict[date, bool]) -> list[date]:
    """Days of the year that are working days in one table and not in the other.

    Args:
        calendar: ours.
        year: to compare.
        theirs: day → whether it is a working day.
    """
    return [day for day in _days(year) if calendar.is_working(day) != theirs[day]]


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)
