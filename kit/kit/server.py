"""The HTTP server of a process: uvicorn, which wakes only for a request."""

import asyncio
from types import FrameType

import uvicorn
from uvicorn import Config

__all__ = ["Config", "Server"]


class Server(uvicorn.Server):
    """Serves until `end` is called or a signal comes.

    uvicorn's own loop wakes ten times a second, to look for a signal and to make the header `Date` anew. This one makes
    no `Date`, so the configuration says `date_header=False`; `kit.http.app.Edge` adds it to each answer.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Take no new requests, finish the running ones, and stop."""
        self.should_exit = True
        self._ending.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by uvicorn for a signal, between any two instructions of the main thread."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        """Called by uvicorn between its start and its end."""
        self._loop = asyncio.get_running_loop()
        if not await self.on_tick(0):  # true where a signal came during the start
            await self._ending.wait()
