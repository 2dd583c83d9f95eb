"""`neove doctor`: which parts of the stack are healthy. Each module here looks at one kind of part."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from neove.doctor.finding import Finding, Health
from stack.config import state_dir
from stack.stack import Stack

SHOWN: dict[Health, str] = {"ok": "[green]ok[/]", "look": "[yellow]look[/]", "bad": "[red]bad[/]"}


def command(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list instead of a table.")] = False,
) -> None:
    """Show for each part whether it is healthy.

    `ok`: healthy. `look`: it works, but a person should look at it. `bad`: it does not work; the exit code is then 1.

    \b
    Example:
      .venv/bin/neove doctor
    """
    from neove.doctor.looks import findings  # here, so that other commands do not wait for SQLAlchemy and Alembic

    found = asyncio.run(findings(Stack.load(state_dir())))
    if as_json:
        print(json.dumps([finding._asdict() for finding in found], indent=1, ensure_ascii=False))
    else:
        _show(found)
    if any(finding.health == "bad" for finding in found):
        raise typer.Exit(1)


def _show(found: list[Finding]) -> None:
    table = Table()
    for heading in ("part", "", "what"):
        table.add_column(heading, overflow="fold")
    for finding in found:
        table.add_row(finding.part, SHOWN[finding.health], finding.what)
    Console().print(table)
