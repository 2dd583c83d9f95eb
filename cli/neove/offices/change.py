"""`neove offices change OFFICE`: what an office says of itself: public contact, and stated capacity."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from neove.offices.show import named, particulars
from neove.shared import running
from neove.shared.terminal import console, plain_table
from stack.config import Failure

Text = Annotated[str | None, typer.Option(help="What it is from now on; an empty text takes it back.")]


def command(
    office: Annotated[str, typer.Argument(help="For example `facility/lang-son`.", show_default=False)],
    phone: Text = None,
    email: Text = None,
    address: Text = None,
    site: Text = None,
    capacity: Annotated[
        str | None, typer.Option(help="Persons, of a facility or a provider; an empty text takes it back.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--as", metavar="OFFICE", help="The office above it; without it, the office itself.")
    ] = None,
) -> None:
    """Change the public contact or the capacity of an office.

    The stack must run. What is not named stays as it is. The change is logged, and everybody who has a token reads it:
    never name a person.

    \b
    Example:
      .venv/bin/neove offices change facility/lang-son --phone "0205 381 0001" --capacity 12
    """
    said = {"phone": phone, "email": email, "address": address, "site": site}
    contact = {name: value or None for name, value in said.items() if value is not None}
    body: dict[str, Any] = {"contact": contact} if contact else {}
    if capacity is not None:
        body["capacity"] = _persons(capacity)
    if not body:
        raise Failure("Say what changes, for example --phone or --capacity.")
    changed = running.ask(running.services(), "change_office", by or office, {**named(office), **body})
    table = plain_table("What", "Is")
    for what, value in particulars(changed).items():
        table.add_row(what, escape(value))
    console().print(table)


def _persons(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise Failure(f"--capacity {text} is no number of persons.")
    return int(text)
