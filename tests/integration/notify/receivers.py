"""An agency's system and a mail server, on sockets of this machine, that a test can make behave badly."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Call"], tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Call:
    """One request that came: when (seconds of the loop's clock), headers in lower case, body, parsed."""

    at: float
    headers: dict[str, str]
    body: bytes

    @property
    def case_id(self) -> str:
        """Of its data."""
        return json.loads(self.body)["data"].get("case_id", "")

    @property
    def id(self) -> str:
        """Header webhook-id."""
        return self.headers["webhook-id"]


def fine(_: Call) -> tuple[int, dict[str, str]]:
    """204."""
    return 204, {}


@dataclass
class Receiver:
    """An HTTP server whose answers are the test's; while it is stopped its port refuses connections."""

    answer: Answer = fine
    calls: list[Call] = field(default_factory=list[Call])
    came: asyncio.Event = field(default_factory=asyncio.Event)
    slow_seconds: float = 0
    busiest: int = 0
    port: int = 0
    _busy: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        call = Call(asyncio.get_running_loop().time(), headers, body)
        self.calls.append(call)
        self.came.set()
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        await asyncio.sleep(self.slow_seconds)
        self._busy -= 1
        status, more = self.answer(call)
        lines = [f"HTTP/1.1 {status} X", "content-length: 0", "connection: close"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver(answer: Answer = fine) -> AsyncGenerator[Receiver]:
    """A receiver that listens."""
    made = Receiver(answer)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@dataclass
class MailServer:
    """Speaks as much SMTP as one message needs; `mails` are the texts that it took, as they came."""

    mails: list[str] = field(default_factory=list[str])
    recipients: list[str] = field(default_factory=list[str])
    refuses: bool = False
    port: int = 0
    _server: Any = None  # Any: asyncio.Server or none

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.split(maxsplit=1)[0].upper()
            if word == "RCPT":
                self.recipients.append(line)
            if word == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            refused = word == "RCPT" and self.refuses
            writer.write(b"550 no such mailbox\r\n" if refused else b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n")
            if word == "QUIT":
                break
        await writer.drain()
        writer.close()
