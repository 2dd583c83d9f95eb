"""Five hundred connections of one client: silent, slow, and busy. Another client works on."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from urllib.parse import urlsplit

import httpx

from stack.trial import Trial, trial
from tests.load.desk import GUARD, POLICE, Desk, report
from tests.load.figures import Row, Section, percentile

NAME = "crowd"
CONNECTIONS, SECONDS = 500, 20.0
SLOWER = 2.0
PAUSE_SECONDS = 0.02
"""Of the other client, between two requests."""
ADDRESS = "127.0.0.2"
"""Of the crowd: another one than that of who works."""
NOTE = (
    f"One client opens {CONNECTIONS} connections to `casework` from one address, in a process of its own on the same "
    "machine, and opens each again when it is closed. Meanwhile another client reads a case and asks for its work, one "
    "request after the other. *Silent* connections say nothing, *slow* ones send a byte of a head each second, *busy* "
    f"ones read a case again and again with one token. Each lasts {SECONDS:.0f} s; budgets are out of the way."
)
Work = Callable[[], Awaitable[httpx.Response]]


async def prove(seconds: float = SECONDS) -> Section:
    """Before, and during each kind of crowd."""
    rows: list[Row] = []
    with trial() as running:
        async with Desk(running.endpoints) as desk:
            case_id = await desk.report(report(), office=POLICE)
            await desk.case(case_id)
            path = f"/v1/cases/{case_id}"
            headers = {"Authorization": f"Bearer {running.token(POLICE)}"}
            async with httpx.AsyncClient(
                base_url=running.url("casework"), headers=headers, timeout=30, trust_env=False
            ) as http:
                work = (lambda: http.get(path), lambda: http.get("/v1/work"))
                await _asked(work, 3.0)  # what is loaded at the first request is no part of the comparison
                for kind in ("silent", "slow", "busy"):
                    before, _ = await _asked(work, seconds)
                    async with crowd(running, kind, path):
                        during, failed = await _asked(work, seconds)
                    rows += _compared(kind, before, during, failed)
                    await _asked(work, 2.0)
    return Section(NAME, "Five hundred connections of one client", rows, NOTE)


def _compared(kind: str, before: list[float], during: list[float], failed: int) -> list[Row]:
    then, now = percentile(before, 0.95), percentile(during, 0.95)
    figure = f"{1000 * now:.1f} ms, before {1000 * then:.1f} ms = {now / then:.2f} × ({len(during)} requests)"
    return [
        Row(f"{kind}: p95 of the other client", figure, f"≤ {SLOWER:g} ×", now <= SLOWER * then),
        Row(f"{kind}: requests of the other client that failed", str(failed), "0", not failed),
    ]


async def _asked(work: tuple[Work, ...], seconds: float) -> tuple[list[float], int]:
    """Seconds of each request, and how many were not answered well."""
    took, failed = list[float](), 0
    until = monotonic() + seconds
    while monotonic() < until:
        for one in work:
            began = monotonic()
            try:
                failed += (await one()).status_code != httpx.codes.OK
            except httpx.HTTPError:
                failed += 1
            took.append(monotonic() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return took, failed


@asynccontextmanager
async def crowd(running: Trial, kind: str, path: str) -> AsyncGenerator[None]:
    """The crowd, in a process of its own, while the block runs."""
    place = urlsplit(running.url("casework"))
    arguments = [kind, str(place.hostname), str(place.port), path]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.proof.crowd", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{running.token(GUARD)}\n".encode())
    await process.stdout.readline()  # all are connected, or were refused
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _be(kind: str, host: str, port: int, path: str) -> None:
    token = sys.stdin.readline().strip()
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    first = [asyncio.Event() for _ in range(CONNECTIONS)]
    async with asyncio.TaskGroup() as tasks:
        for begun in first:
            tasks.create_task(_one(kind, host, port, request, begun))
        await asyncio.gather(*(one.wait() for one in first))
        print("there", flush=True)


async def _one(kind: str, host: str, port: int, request: bytes, begun: asyncio.Event) -> None:
    """One connection of the crowd, opened again whenever it ends."""
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection(host, port, local_addr=(ADDRESS, 0))
            begun.set()
            await {"silent": _silent, "slow": _slow, "busy": _busy}[kind](reader, writer, request)
        except (OSError, asyncio.IncompleteReadError):
            begun.set()
        finally:
            if writer is not None:
                writer.close()
        await asyncio.sleep(0.5)


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    await reader.read()


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    for place in range(len(request) - 1):
        writer.write(request[place : place + 1])
        await writer.drain()
        await asyncio.sleep(1)


async def _busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    while True:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        [length] = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(length.partition(b":")[2]))


if __name__ == "__main__":
    asyncio.run(_be(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
