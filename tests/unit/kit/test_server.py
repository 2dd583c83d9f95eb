"""The HTTP server waits for its end without waking, and hears `end` and signals."""

import asyncio
import signal
from socket import socket

import uvicorn
from starlette.responses import Response

from kit.server import Server

PATIENCE_SECONDS = 20


class Watched(Server):
    """Says when it has started."""

    def __init__(self) -> None:
        super().__init__(uvicorn.Config(Response(b""), port=0, lifespan="off", log_config=None, date_header=False))
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def serve(self, sockets: list[socket] | None = None) -> None:
        """Without taking over the signals of the test."""
        await asyncio.wait_for(self._serve(sockets), PATIENCE_SECONDS)


async def test_it_serves_until_its_end_is_asked_for() -> None:
    server = Watched()
    serving = asyncio.create_task(server.serve())
    await server.up.wait()
    assert not serving.done()
    server.end()
    await serving


async def test_a_signal_ends_it() -> None:
    server = Watched()
    serving = asyncio.create_task(server.serve())
    await server.up.wait()
    server.handle_exit(signal.SIGTERM, None)
    await serving


async def test_a_signal_during_the_start_ends_it_too() -> None:
    server = Watched()
    server.handle_exit(signal.SIGTERM, None)
    await server.serve()
