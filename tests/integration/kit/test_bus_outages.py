"""The bus on a real server that goes away, refuses for a while, or loses a durable."""

import asyncio
import time
from typing import Any

import pytest
from nats.aio.client import Client

from kit import bus as bus_module
from kit import topology
from kit.bus import Bus
from kit.pulling import PULL_SECONDS
from tests.integration.kit.on_the_bus import NAME, STREAM, Seen, Until, linked, running, send

ASKED_AGAIN = PULL_SECONDS + 5
"""Seconds after which a message is there at the latest when the request for it was lost with its stream."""


@pytest.mark.parametrize("old", [False, True], ids=["just started", "running for long"])
async def test_consumption_resumes_after_a_restart_of_the_server(
    nats_server: Any, admin: Client, until: Until, *, old: bool
) -> None:
    seen = Seen()
    async with running(nats_server, seen) as bus:
        await send(admin, linked())
        await until(lambda: len(seen.events) == 1)
        if old:  # the server holds a long request
            (pull,) = bus._pulls  # pyright: ignore[reportPrivateUsage]
            await until(lambda: pull._until)  # pyright: ignore[reportPrivateUsage]
            await pull._client.flush()  # pyright: ignore[reportPrivateUsage]
        nats_server.kill()
        await until(lambda: _away(bus))
        nats_server.start()
        client = await nats_server.connect()
        await send(client, linked())
        await until(lambda: len(seen.events) == 2, PULL_SECONDS)  # the request that was lost would have ended later
        await until(bus.ready)
        await client.close()


async def _away(bus: Bus) -> bool:
    return not await bus.ready()


async def test_a_bus_may_start_before_its_server(nats_server: Any, admin: Client, until: Until) -> None:
    nats_server.kill()
    seen = Seen()
    starting = asyncio.create_task(_kept_running(nats_server, seen))
    try:
        await asyncio.sleep(0.5)
    finally:
        nats_server.start()
    client = await nats_server.connect()
    await send(client, linked())
    await until(lambda: seen.events, 10)
    await client.close()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)


async def _kept_running(server: Any, handler: Any) -> None:
    async with running(server, handler):
        await asyncio.Event().wait()


async def test_a_bus_that_was_closed_for_good_is_built_anew(nats_server: Any, admin: Client, until: Until) -> None:
    seen = Seen()
    async with running(nats_server, seen) as bus:
        await bus._client.close()  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]  # as the client does by itself after some errors
        turns = time.monotonic()
        await asyncio.sleep(0.1)
        assert time.monotonic() - turns < 0.5  # the event loop is not kept busy
        await send(admin, linked())
        await until(lambda: seen.events)
        assert await bus.ready()


async def test_a_password_that_was_refused_for_a_while_is_tried_again(
    nats_server: Any, admin: Client, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's reconnecting ends without a word at the first refusal."""
    monkeypatch.setattr(bus_module, "REBUILD_SECONDS", 0.5)
    seen, config = Seen(), nats_server.config.read_text()
    async with running(nats_server, seen) as bus:
        nats_server.kill()
        nats_server.config.write_text(config.replace("pw-casework", "another"))
        nats_server.start()
        await until(lambda: bus._client is None or bus._client.is_closed)  # pyright: ignore[reportPrivateUsage]
        assert not await bus.ready()
        nats_server.kill()
        nats_server.config.write_text(config)
        nats_server.start()
        await until(bus.ready, 8)
        client = await nats_server.connect()
        await send(client, linked())
        await until(lambda: seen.events)
        await client.close()


async def test_a_deleted_durable_is_not_ready_and_comes_back(nats_server: Any, admin: Client, until: Until) -> None:
    seen = Seen()
    async with running(nats_server, seen) as bus:
        assert await bus.ready()
        await admin.jetstream().delete_consumer(STREAM, NAME)
        assert not await bus.ready()
        assert await topology.apply(admin) == [f"durable {NAME}: missing"]
        assert await bus.ready()
        await send(admin, linked())
        await until(lambda: seen.events, ASKED_AGAIN)


async def test_a_deleted_stream_comes_back_with_its_durable_and_consumption_goes_on(
    nats_server: Any, admin: Client, until: Until
) -> None:
    seen = Seen()
    async with running(nats_server, seen) as bus:
        await admin.jetstream().delete_stream(STREAM)
        assert not await bus.ready()
        await topology.apply(admin)
        assert await bus.ready()
        await send(admin, linked())
        await until(lambda: seen.events, ASKED_AGAIN)


async def test_a_service_that_starts_without_its_durable_waits_for_it(
    nats_server: Any, admin: Client, until: Until
) -> None:
    await admin.jetstream().delete_stream(STREAM)
    seen = Seen()
    async with running(nats_server, seen) as bus:
        assert not await bus.ready()
        await topology.apply(admin)
        await until(bus.ready)
        await send(admin, linked())
        await until(lambda: seen.events, ASKED_AGAIN)
