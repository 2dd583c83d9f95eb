"""`neove offices change OFFICE`: what an office says of itself: public contact, and stated capacity."""

from typing import Annotated

import typer
from rich.markup import escape

from neove.offices import running
from neove.offices.show import particulars
from neove.shared.terminal import console, plain_table
from stack.config import Failure

Text = Annotated[str | None, typer.Option(help="What it is from now on; an empty text takes it back.")]


def command(
    office: Annotated[str, typer.Argument(help="For example `facility/lang-son`.", show_default=False)],
    phone: Text = None,
    email: Text = None,
    address: Text = None,
    site: Text = None,
    capacity: Annotated[int | None, typer.Option(help="Persons; of a facility or a provider.")] = None,
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
    given = {"phone": phone, "email": email, "address": address, "site": site}
    if capacity is None and not any(value is not None for value in given.values()):
        raise Failure("Say what changes, for example --phone or --capacity.")
    services = running.services()
    now = running.ask(services, "get_office", office, by or office, {})
    contact = {name: now["contact"][name] if value is None else value or None for name, value in given.items()}
    body = {"contact": contact, "capacity": now["capacity"] if capacity is None else capacity}
    changed = running.ask(services, "change_office", office, by or office, body)
    table = plain_table("What", "Is")
    for what, value in particulars(changed).items():
        table.add_row(what, escape(value))
    console().print(table)
