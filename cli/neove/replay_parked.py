"""`neove replay-parked`: send parked messages to their durable again."""

import asyncio
from typing import Annotated

import typer

from kit import parked
from neove.parked import durables_named
from stack.administrator import administrator
from stack.config import state_dir
from stack.stack import Stack


def command(
    durable: Annotated[str, typer.Argument(help="A durable, or `all`.", show_default=False)],
    number: Annotated[
        list[int] | None, typer.Option(help="Only the message of this number in `neove parked`; may be repeated.")
    ] = None,
) -> None:
    """Send parked messages again, once the cause is mended.

    \b
    Example:
      .venv/bin/neove replay-parked all
    """
    chosen = durables_named("" if durable == "all" else durable)
    print(f"Sent again: {asyncio.run(_replay(Stack.load(state_dir()), chosen, number))}.")


async def _replay(stack: Stack, durables: list[str], numbers: list[int] | None) -> int:
    async with administrator(stack) as client:
        return sum([await parked.replay(client, durable, numbers) for durable in durables])
