"""The end of background tasks."""

import asyncio
from collections.abc import Iterable

ASK_AGAIN_SECONDS = 0.5


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks, and wait until all have ended.

    A task is cancelled again while it goes on: in Python 3.11 `asyncio.wait_for` loses a cancellation that comes
    together with the result it waits for, and the clients of NATS and PostgreSQL use it.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=ASK_AGAIN_SECONDS)
