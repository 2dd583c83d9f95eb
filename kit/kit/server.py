"""The HTTP server of a process: uvicorn, which while it is idle wakes once a second and not ten times."""

import asyncio
from contextlib import suppress

import uvicorn

TICK_SECONDS = 1.0
"""The `Date` header is made anew this often."""


class Server(uvicorn.Server):
    """Serves until `end` is called, or until a second after a signal."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Take no new requests, finish the running ones, and stop."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Called by uvicorn between its start and its end."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._ending.wait()
