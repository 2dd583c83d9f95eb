"""The commands that speak to NATS as its administrator: `neove topology`, `neove parked`, `neove replay-parked`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from contracts.topology import DURABLES
from kit import parked, topology
from stack.administrator import administrator
from stack.config import Failure, state_dir
from stack.stack import Stack


def apply_topology(
    check: Annotated[bool, typer.Option("--check", help="Only compare; status 1 on drift.")] = False,
) -> None:
    """Make streams and durables as the contracts say, or compare them."""
    changes = asyncio.run(_topology(Stack.load(state_dir()), check))
    for change in changes:
        print(change)
    if not changes:
        print("Streams and durables are as declared.")
    if check and changes:
        raise typer.Exit(1)


def list_parked(durable: Annotated[str, typer.Argument(help="A durable; without one, all.")] = "") -> None:
    """Show messages that a service could not take."""
    table = Table()
    for heading in ("durable", "number", "stream", "why", "deliveries", "case", "subject"):
        table.add_column(heading, overflow="fold")
    found = asyncio.run(_parked(Stack.load(state_dir()), _durables(durable)))
    for each in found:
        case_id = each.correlation_id or ""
        row = (each.durable, each.number, each.stream, each.slug, each.deliveries, case_id, each.subject)
        table.add_row(*map(str, row))
    Console().print(table if found else "Nothing is parked.")


def replay_parked(
    durable: Annotated[str, typer.Argument(help="A durable, or all.")],
    number: Annotated[list[int] | None, typer.Option(help="Only these numbers, as `neove parked` shows them.")] = None,
) -> None:
    """Hand parked messages to their durable once more."""
    chosen = _durables("" if durable == "all" else durable)
    print(f"Sent again: {asyncio.run(_replay(Stack.load(state_dir()), chosen, number))}.")


def _durables(name: str) -> list[str]:
    known = [durable.name for durable in DURABLES]
    if name and name not in known:
        raise Failure(f"There is no durable {name}; there are {', '.join(known)}.")
    return [name] if name else known


async def _topology(stack: Stack, check: bool) -> list[str]:
    async with administrator(stack) as client:
        if check:
            return await topology.differences(client, DURABLES)
        return await topology.apply(client)


async def _parked(stack: Stack, durables: list[str]) -> list[parked.Parked]:
    async with administrator(stack) as client:
        return [each for durable in durables for each in await parked.list_parked(client, durable)]


async def _replay(stack: Stack, durables: list[str], numbers: list[int] | None) -> int:
    async with administrator(stack) as client:
        return sum([await parked.replay(client, durable, numbers) for durable in durables])
