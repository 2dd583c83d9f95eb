"""`neove parked`: show the messages that a service could not handle."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from contracts.topology import DURABLES
from kit import parked
from stack.administrator import administrator
from stack.config import Failure, state_dir
from stack.stack import Stack


def command(
    durable: Annotated[str, typer.Argument(help="Only of this durable; without it, of all.")] = "",
) -> None:
    """Show the messages that a service could not handle.

    When the cause is mended, `neove replay-parked` sends those again that are still in their stream.

    \b
    Example:
      .venv/bin/neove parked casework__on_support_fact
    """
    table = Table()
    for heading in ("durable", "number", "stream", "why", "deliveries", "case", "subject", "in its stream"):
        table.add_column(heading, overflow="fold")
    found = asyncio.run(_parked(Stack.load(state_dir()), durables_named(durable)))
    for each in found:
        case = each.correlation_id or ""
        held = "yes" if each.replayable else "no"
        row = (each.durable, each.number, each.stream, each.slug, each.deliveries, case, each.subject, held)
        table.add_row(*map(str, row))
    Console().print(table if found else "Nothing is parked.")


def durables_named(name: str) -> list[str]:
    """The durable of this name; every durable where the name is empty.

    Raises:
        Failure: there is no such durable.
    """
    known = [durable.name for durable in DURABLES]
    if name and name not in known:
        raise Failure(f"There is no durable {name}; there are {', '.join(known)}.")
    return [name] if name else known


async def _parked(stack: Stack, durables: list[str]) -> list[parked.Parked]:
    async with administrator(stack) as client:
        return [each for durable in durables for each in await parked.list_parked(client, durable)]
