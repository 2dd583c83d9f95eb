"""`neove topology`: make the streams and durables of NATS as the contracts declare them."""

import asyncio
from typing import Annotated

import typer

from contracts.topology import DURABLES
from kit import topology
from stack.administrator import administrator
from stack.config import state_dir
from stack.stack import Stack


def command(
    check: Annotated[bool, typer.Option("--check", help="Only compare; status 1 where something differs.")] = False,
) -> None:
    """Make the streams and durables of NATS as declared.

    `contracts/topology.py` declares them.

    \b
    Example:
      .venv/bin/neove topology --check
    """
    changes = asyncio.run(_apply(Stack.load(state_dir()), check))
    for change in changes:
        print(change)
    if not changes:
        print("Streams and durables are as declared.")
    if check and changes:
        raise typer.Exit(1)


async def _apply(stack: Stack, check: bool) -> list[str]:
    async with administrator(stack) as client:
        if check:
            return await topology.differences(client, DURABLES)
        return await topology.apply(client)
