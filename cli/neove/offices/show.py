"""`neove offices show ROLE PLACE`: which office has a role at a place on a day, and what is around it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from contracts.ids import role_of
from neove.law.shared.packs import LIBRARY
from neove.shared import running
from neove.shared.instants import minute
from neove.shared.terminal import console, plain_table
from regulations.directory import Directory
from regulations.legal_time import legal_date
from stack.config import Failure

CONTACT = ("phone", "email", "address", "site")
"""The fields of a public contact, as the contract names them."""


def command(
    role: Annotated[str, typer.Argument(help="For example `commune`.", show_default=False)],
    place: Annotated[str, typer.Argument(help="Code of a place, or another word for it.", show_default=False)],
    on: Annotated[str | None, typer.Option(help="The day, for example 2025-06-30; without it today.")] = None,
) -> None:
    """Show which office has a role at a place on a day.

    It reads the directory of the package. Signed changes of a running stack are not in it: `neove law amendments`
    lists them. If a stack runs, its public contact and stated capacity are shown too.

    Exit code: 0 there is one; 1 there is none, or the role or the place is unknown.

    \b
    Example:
      .venv/bin/neove offices show commune sa-pa --on 2025-06-30
    """
    directory, day = LIBRARY.world.directory, _day(on)
    known = directory.places.get(place, day)
    if role not in directory.roles or known is None:
        raise Failure(f"unknown {'place ' + place if role in directory.roles else 'role ' + role}.")
    found = directory.at(role, known.code, day)
    screen = console()
    if found is None:
        screen.print(f"[red]Nobody has the role {role} at {place} on {day}.[/]", soft_wrap=True)
        raise typer.Exit(1)
    _show(screen, directory, found, known.code, day)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else legal_date(datetime.now(UTC))
    except ValueError:
        raise Failure(f"{text} is no day of the form 2025-06-30.") from None


def _show(screen: Console, directory: Directory, ref: str, place: str, on: date) -> None:
    office, name = directory.office(ref), directory.name(ref)
    rows = {
        "Office": ref,
        "Name": name.vi if name else None,
        "Place on this day": " < ".join(directory.chain(place, on)),
        "From": office.valid_from.isoformat() if office and office.valid_from else None,
        "Until before": office.valid_to.isoformat() if office and office.valid_to else None,
        "Successor": directory.successor(ref),
        "Supervisor": directory.supervisor(ref, on),
        "Before it": ", ".join(directory.former(office.role, place, on)) if office else None,
    }
    rows |= _said(ref)
    table = plain_table("What", "Is")
    for what, value in rows.items():
        table.add_row(what, escape(value or "–"))
    screen.print(table)


def _said(ref: str) -> dict[str, str]:
    """What the office says of itself; nothing if no stack runs, or none that answers this."""
    try:
        return particulars(running.ask(running.services(), "get_office", ref, named(ref)))
    except Failure:
        return {}


def named(office: str) -> dict[str, str]:
    """The two words of an id, which are in the address of its operations."""
    role = role_of(office)
    return {"role": role, "word": office.removeprefix(f"{role}/")}


def particulars(found: Mapping[str, Any]) -> dict[str, str]:
    """Rows of a table: public contact, stated capacity, and who changed them last."""
    contact = {name.capitalize(): found["contact"].get(name) for name in CONTACT}
    capacity = found["capacity"]
    rows = {**contact, "Capacity": None if capacity is None else str(capacity)}
    if found["changes"]:
        newest = found["changes"][0]
        rows["Changed"] = f"{minute(newest['at'])} by {newest['by']}"
    return {what: value or "–" for what, value in rows.items()}
