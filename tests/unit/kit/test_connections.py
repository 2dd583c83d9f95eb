"""How many may be connected, and how long a client may take: who is silent or slow goes, who works stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from kit.http import connections
from kit.http.connections import Connections
from kit.http.protocol import Protocol
from tests.unit.kit.test_protocol import HOST, PATIENCE_SECONDS, Served, serving

GET = b"GET /one HTTP/1.1\r\n" + HOST + b"\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def opened(app: Served, number: int, host: str = "127.0.0.1") -> AsyncIterator[list[Streams]]:
    """So many connections of one address."""
    made = [await asyncio.open_connection("127.0.0.1", app.port, local_addr=(host, 0)) for _ in range(number)]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield made
    finally:
        for _, writer in made:
            writer.close()


async def answer(streams: Streams, request: bytes = GET) -> bytes:
    """The status line of the answer; empty where the server has closed."""
    reader, writer = streams
    with suppress(ConnectionError):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        return head.split(b"\r\n")[0]
    return b""


async def ended(streams: Streams) -> bytes:
    """What comes until the server closes."""
    with suppress(ConnectionError):
        return await streams[0].read()
    return b""


def within(most: int, most_of_one: int) -> Any:
    return Protocol.within(Connections(most, most_of_one))


async def test_the_oldest_that_only_waits_goes_for_a_new_one() -> None:
    async with serving(within(100, 3)) as app, opened(app, 3) as [first, second, third]:
        assert await answer(first) == b"HTTP/1.1 200 OK"
        async with opened(app, 1) as [fourth]:
            assert await answer(fourth) == b"HTTP/1.1 200 OK"
            assert await ended(second) == b"", "it was never answered, and is the oldest of those"
            assert await answer(first) == await answer(third) == b"HTTP/1.1 200 OK"


async def test_when_all_work_a_new_one_is_refused_and_another_address_is_not() -> None:
    async with serving(within(100, 2)) as app, opened(app, 2) as both:
        for one in both:
            assert await answer(one) == b"HTTP/1.1 200 OK"
        async with opened(app, 1) as [third], opened(app, 1, "127.0.0.2") as [other]:
            refused = await ended(third)
            assert refused.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 5" in refused.lower()
            assert b"/too-many-connections" in refused
            assert await answer(other) == b"HTTP/1.1 200 OK"
        for one in both:
            assert await answer(one) == b"HTTP/1.1 200 OK"


async def test_all_together_have_a_bound_too() -> None:
    async with serving(within(2, 2)) as app, opened(app, 1) as [one], opened(app, 1, "127.0.0.2") as [two]:
        assert await answer(one) == await answer(two) == b"HTTP/1.1 200 OK"
        async with opened(app, 1, "127.0.0.3") as [three]:
            assert b" 503 " in await ended(three)


async def test_a_connection_that_ended_makes_room() -> None:
    async with serving(within(1, 1)) as app:
        for _ in range(3):
            async with opened(app, 1) as [one]:
                assert await answer(one, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) != b""
                await ended(one)


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (b"", b""),
        (b"GET / HT", b"HTTP/1.1 408 "),
        (b"GET /one HTTP/1.1\r\nHost: x\r\nX-", b"HTTP/1.1 408 "),
    ],
)
async def test_a_head_that_does_not_end_is_not_waited_for(
    begin: bytes, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    async with serving(Protocol) as app, opened(app, 1) as [one]:
        one[1].write(begin)
        assert (await ended(one)).startswith(said)


async def test_the_second_head_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(Protocol) as app, opened(app, 1) as [one]:
        assert await answer(one) == b"HTTP/1.1 200 OK"
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
        one[1].write(b"GET /two")
        assert b"HTTP/1.1 408 " in await ended(one)


async def test_a_request_that_takes_long_to_answer_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    async with serving(Protocol) as app, opened(app, 1) as [one]:
        app.go_on.clear()
        asking = asyncio.create_task(answer(one))
        await app.came.wait()
        await asyncio.sleep(0.2)  # four times what a head may take
        app.go_on.set()
        assert await asking == b"HTTP/1.1 200 OK"


async def test_a_client_that_offers_a_newer_protocol_is_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = b"GET /one HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    counted = Connections(10, 1)
    async with serving(Protocol.within(counted)) as app, opened(app, 1) as [one]:
        assert await answer(one, offer) == b"HTTP/1.1 200 OK"
        async with opened(app, 1) as [two]:
            assert b" 503 " in await ended(two)
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
        one[1].write(b"GET /slow")
        await ended(one)
        async with opened(app, 1) as [three]:
            assert await answer(three) == b"HTTP/1.1 200 OK"


async def test_an_answer_that_is_not_taken_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TAKE_SECONDS", 0.1)
    async with serving(Protocol) as app, opened(app, 1) as [one]:
        body = b"x" * 8_000_000
        head = b"POST /one HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body)
        one[1].write(head + body)
        await one[1].drain()
        await app.came.wait()
        await asyncio.sleep(0.5)  # it takes nothing meanwhile
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await one[0].readexactly(len(body))
