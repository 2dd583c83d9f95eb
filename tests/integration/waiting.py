"""Waits of tests: ask again until it holds, and fail when it does not hold in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

AnswerT = TypeVar("AnswerT")
LOOK_SECONDS = 0.02


async def until(met: Callable[[], object], seconds: float = 5.0) -> None:
    """Waits until a condition (sync or async) is met."""
    end = time.monotonic() + seconds
    while True:
        value = met()
        if await value if isinstance(value, Awaitable) else value:
            return
        assert time.monotonic() < end, f"it did not happen within {seconds} s"
        await asyncio.sleep(LOOK_SECONDS)


def eventually(ask: Callable[[], AnswerT], seconds: float = 20.0, pause: float = LOOK_SECONDS) -> AnswerT:
    """The first answer that is not empty; for tests without an event loop. `pause`: seconds between two questions."""
    end = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < end, f"it did not come within {seconds} s; the last answer: {found!r}"
        time.sleep(pause)  # what is asked gives no sign, so it is asked again until the time limit
    return found
