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

    What is sent is the event that its producer published. A message that is not in its stream is not sent: the stream
    was lost or is too old, or a service stored what nobody published.

    \b
    Example:
      .venv/bin/neove replay-parked all
    """
    chosen = durables_named("" if durable == "all" else durable)
    results = asyncio.run(_replay(Stack.load(state_dir()), chosen, number))
    for refused in (each for result in results for each in result.refused):
        print(f"Not sent, because its stream does not hold it: {refused.durable} {refused.number} ({refused.stream}).")
    print(f"Sent again: {sum(result.sent for result in results)}.")
    if any(result.refused for result in results):
        raise typer.Exit(1)


async def _replay(stack: Stack, durables: list[str], numbers: list[int] | None) -> list[parked.Replayed]:
    async with administrator(stack) as client:
        return [await parked.replay(client, durable, numbers) for durable in durables]
