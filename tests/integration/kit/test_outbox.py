"""Outbox and relay on real servers: nothing is lost, doubled or blocked when processes are killed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.client import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from contracts.envelope import CaseEvent, Event
from contracts.events.intake import CasesLinked
from contracts.ids import new_id
from contracts.problems import Unavailable
from contracts.topology import DURABLES
from kit import handled, relay, topology
from kit.bus import Bus, Meta
from kit.clock import FixedClock
from kit.ending import end
from kit.relay import Backlog, Relay
from kit.uow import CHANNEL_SUFFIX
from tests.integration.kit.on_the_bus import linked

NAME = "casework__on_cases_linked"
STREAM, SUBJECT = "INTAKE_EVENTS", CasesLinked.nats_subject()
Until = Callable[..., Awaitable[None]]


class TooLarge(CaseEvent, producer="intake", name="cases.too_large", version=1):
    """An event that a stream with a small limit refuses for good."""

    filler: str = "x" * 2_000


async def emit(database: Any, *events: Event) -> None:
    async with database.uow()() as tx:
        for event in events:
            tx.emit(event)


async def emit_and_fail(database: Any) -> None:
    async with database.uow()() as tx:
        tx.emit(linked())
        raise KeyError("the use case fails")


@asynccontextmanager
async def sender(server: Any) -> AsyncIterator[Bus]:
    """The bus of intake, which consumes nothing here."""
    bus = Bus(server.settings("intake"), "intake", ())
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


@asynccontextmanager
async def relaying(database: Any, bus: Bus, kind: type[Relay] = Relay) -> AsyncIterator[Relay]:
    made = kind(database.engine, bus)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        await end([task])  # a cancellation may be lost in what the relay awaits


async def stored(admin: Client) -> list[dict[str, Any]]:
    js = admin.jetstream()
    count = (await js.stream_info(STREAM)).state.messages
    return [json.loads((await js.get_msg(STREAM, seq)).data or b"") for seq in range(1, count + 1)]


def has(admin: Client, number: int) -> Callable[[], Awaitable[bool]]:
    async def met() -> bool:
        return (await admin.jetstream().stream_info(STREAM)).state.messages == number

    return met


async def test_an_event_is_sent_with_the_commit_or_not_at_all(
    nats_server: Any, admin: Client, database: Any, until: Until
) -> None:
    events = [linked() for _ in range(5)]
    async with sender(nats_server) as bus, relaying(database, bus):
        with pytest.raises(KeyError):
            await emit_and_fail(database)
        assert await database.fetch("SELECT count(*) FROM outbox") == [(0,)]
        await emit(database, *events[:3])
        await emit(database, *events[3:])
        await until(has(admin, 5))
    assert [each["subject"] for each in await stored(admin)] == [event.case_id for event in events]
    assert {each["specversion"] for each in await stored(admin)} == {"1.0"}
    assert await database.fetch("SELECT count(*) FROM outbox WHERE published_at IS NULL") == [(0,)]


async def test_a_commit_wakes_the_relay(nats_server: Any, admin: Client, database: Any, until: Until) -> None:
    async with sender(nats_server) as bus, relaying(database, bus):
        await emit(database, linked())
        await until(has(admin, 1))
        took: list[float] = []
        for number in range(2, 7):
            started = time.monotonic()
            await emit(database, linked())
            await until(has(admin, number))
            took.append(time.monotonic() - started)
    assert sorted(took)[2] < 0.3  # polling alone would take a second on average


async def test_polling_suffices_without_notify(nats_server: Any, admin: Client, database: Any, until: Until) -> None:
    async with sender(nats_server) as bus, relaying(database, bus):
        await emit(database, linked())
        await until(has(admin, 1))
        await database.execute(
            "INSERT INTO outbox (id, stream, subject, type, data, headers, created_at)"
            f" SELECT id || 'x', stream, subject, type, data, headers, now() FROM outbox WHERE subject = '{SUBJECT}'"
        )
        await until(has(admin, 2), 3)


async def test_the_message_continues_the_trace_of_its_step(
    nats_server: Any, admin: Client, database: Any, until: Until
) -> None:
    tracer = TracerProvider().get_tracer("test")
    async with sender(nats_server) as bus, relaying(database, bus):
        with tracer.start_as_current_span("step") as span:
            await emit(database, linked())
        await until(has(admin, 1))
    trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    message = await admin.jetstream().get_msg(STREAM, 1)
    assert (message.headers or {})["traceparent"].split("-")[1] == trace_id
    assert json.loads(message.data or b"")["traceparent"].split("-")[1] == trace_id
    consumed: list[str] = []

    async def handler(event: CasesLinked, meta: Meta) -> None:
        consumed.append(trace.format_trace_id(trace.get_current_span().get_span_context().trace_id))

    async with consuming(nats_server, handler):
        await until(lambda: consumed)
    assert consumed == [trace_id]


@asynccontextmanager
async def consuming(server: Any, handler: Any) -> AsyncIterator[None]:
    bus = Bus(server.settings("casework"), "casework", [each for each in DURABLES if each.name == NAME])
    bus.on(NAME)(handler)
    await bus.start()
    try:
        yield
    finally:
        await bus.stop()


class DiesBeforeMarking(Relay):
    """Is killed after the server confirmed a message and before the row is marked."""

    async def _publish(self, row: Any) -> None:
        await super()._publish(row)
        raise asyncio.CancelledError


@pytest.mark.parametrize("window", [120.0, 0.1])
async def test_a_relay_killed_between_publishing_and_marking_has_one_effect(
    nats_server: Any, admin: Client, database: Any, until: Until, window: float
) -> None:
    """Within the duplicate window JetStream drops the repetition; after it the inbox does."""
    js, uow = admin.jetstream(), database.uow()
    await js.update_stream((await js.stream_info(STREAM)).config.evolve(duplicate_window=window))
    delivered: list[str] = []

    async def handler(event: CasesLinked, meta: Meta) -> None:
        async with uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                connection = await tx.session.connection()
                await connection.exec_driver_sql("INSERT INTO effects VALUES ('linked')")
        delivered.append(meta.event_id)

    async with sender(nats_server) as bus, consuming(nats_server, handler):
        async with relaying(database, bus, DiesBeforeMarking):
            await emit(database, linked())
            await until(has(admin, 1))
        assert await database.fetch("SELECT count(*) FROM outbox WHERE published_at IS NULL") == [(1,)]
        await asyncio.sleep(0.3)  # past the short window
        expected = 1 if window > 1 else 2
        async with relaying(database, bus):
            await until(has(admin, expected))
            await until(lambda: _published(database))
        await until(lambda: len(delivered) == expected)
    assert await database.fetch("SELECT count(*) FROM effects") == [(1,)]


async def _published(database: Any) -> bool:
    return await database.fetch("SELECT count(*) FROM outbox WHERE published_at IS NULL") == [(0,)]


async def test_one_relay_leads_and_another_takes_over(
    nats_server: Any, admin: Client, database: Any, until: Until
) -> None:
    async with sender(nats_server) as bus, relaying(database, bus):
        async with relaying(database, bus):
            await emit(database, *(linked() for _ in range(150)))
            await until(has(admin, 150))
        await emit(database, linked())
        await until(has(admin, 151))
    assert len({each["id"] for each in await stored(admin)}) == 151


async def test_a_row_refused_for_good_is_parked_and_the_rest_goes_on(
    nats_server: Any, admin: Client, database: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BACKOFF_SECONDS", (0.02,))
    js = admin.jetstream()
    await js.update_stream((await js.stream_info(STREAM)).config.evolve(max_msg_size=1_500))
    first, stuck, last = linked(), TooLarge(case_id=new_id("case")), linked()
    await emit(database, first, stuck, last)
    async with sender(nats_server) as bus, relaying(database, bus):
        await until(has(admin, 2), 8)
        assert [each["subject"] for each in await stored(admin)] == [first.case_id, last.case_id]
        waiting = await relay.backlog(database.engine)
        assert (waiting.waiting, waiting.parked) == (0, 1)
        await js.update_stream((await js.stream_info(STREAM)).config.evolve(max_msg_size=262_144))
        [shown] = await relay.parked(database.engine, 10)
        assert shown.correlation_id == stuck.case_id
        assert await relay.release(database.engine, "evt_another") == 0
        assert await relay.release(database.engine, shown.event_id) == 1
        await until(has(admin, 3))
    await until(lambda: _published(database))
    assert await relay.backlog(database.engine) == Backlog(0, 0, 0.0)


async def test_a_release_wakes_the_relay(database: Any) -> None:
    connection, woken = await relay.connect(database.engine), asyncio.Event()
    try:
        schema = await connection.fetchval("SELECT current_schema()")
        await connection.add_listener(f"{schema}{CHANNEL_SUFFIX}", lambda *_: woken.set())
        await relay.release(database.engine)
        async with asyncio.timeout(20):
            await woken.wait()
    finally:
        await connection.close()


@pytest.mark.parametrize("outage", ["deleted", "narrowed", "taken by another"])
async def test_a_missing_stream_is_an_outage_and_all_arrives_in_order_when_it_is_back(
    nats_server: Any, admin: Client, database: Any, until: Until, monkeypatch: pytest.MonkeyPatch, outage: str
) -> None:
    monkeypatch.setattr(relay, "BACKOFF_SECONDS", (0.02,))
    js, events = admin.jetstream(), [linked() for _ in range(5)]
    if outage == "narrowed":
        await js.update_stream((await js.stream_info(STREAM)).config.evolve(subjects=["evt.intake.case.opened.v1"]))
    else:
        await js.delete_stream(STREAM)
    if outage == "taken by another":
        await js.add_stream(name="ANOTHER", subjects=["evt.intake.>"])
    async with sender(nats_server) as bus, relaying(database, bus):
        await emit(database, *events)
        await asyncio.sleep(1.0)  # more than MAX_ATTEMPTS attempts
        waiting = await relay.backlog(database.engine)
        assert (waiting.waiting, waiting.parked) == (5, 0)
        if outage == "taken by another":
            await js.delete_stream("ANOTHER")
        await topology.apply(admin)
        await until(has(admin, 5))
        await until(lambda: _published(database))
    assert [each["subject"] for each in await stored(admin)] == [event.case_id for event in events]


async def test_nats_away_blocks_in_order_and_parks_nothing(
    nats_server: Any, admin: Client, database: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BACKOFF_SECONDS", (0.1,))
    events = [linked() for _ in range(3)]
    async with sender(nats_server) as bus, relaying(database, bus):
        nats_server.kill()
        try:
            await emit(database, *events)
            await asyncio.sleep(1.0)
            waiting = await relay.backlog(database.engine)
            assert (waiting.waiting, waiting.parked) == (3, 0)
            assert waiting.oldest_seconds > 0.5
        finally:
            nats_server.start()
        await until(lambda: _published(database), 8)
    client = await nats_server.connect()
    assert [each["subject"] for each in await stored(client)] == [event.case_id for event in events]
    await client.close()


async def test_the_relay_survives_a_killed_backend_and_a_killed_server(
    nats_server: Any, admin: Client, database: Any, until: Until, postgres: Any
) -> None:
    async with sender(nats_server) as bus, relaying(database, bus):
        await emit(database, linked())
        await until(has(admin, 1))
        # with a time to wait it returns when they are gone, of which the pool then hears at once
        backends = f"FROM pg_stat_activity WHERE usename = '{database.name}'"
        await postgres.run(f"SELECT pg_terminate_backend(pid, 5000) {backends}")
        await emit(database, linked())
        await until(has(admin, 2))
        postgres.kill()
        with pytest.raises(Unavailable):
            await emit(database, linked())
        postgres.start()
        await postgres.run("SELECT 1")
        await emit(database, linked())
        await until(has(admin, 3), 8)


async def test_old_published_rows_are_deleted(nats_server: Any, admin: Client, database: Any, until: Until) -> None:
    now = datetime.now(UTC)
    async with database.uow(FixedClock(now - timedelta(days=8)))() as tx:
        tx.emit(linked())
        tx.emit(linked())
    await database.execute("UPDATE outbox SET published_at = now() - interval '8 days' WHERE seq = 1")
    async with sender(nats_server) as bus, relaying(database, bus):
        await until(has(admin, 1))
        await until(lambda: _left(database, 1))


async def test_a_handled_event_is_forgotten_only_after_its_stream(
    nats_server: Any, database: Any, until: Until
) -> None:
    """A durable that was lost is made again from the beginning of its stream."""
    age = round(topology.EVENT_AGE_SECONDS / topology.DAY_SECONDS)
    for days in (31, age, age + 2):
        async with database.uow(FixedClock(datetime.now(UTC) - timedelta(days=days)))() as tx:
            assert await handled.first_time(tx, "a_service__on_something", f"evt_{days:03}")
    async with sender(nats_server) as bus, relaying(database, bus):
        await until(lambda: _kept(database, ["evt_031", f"evt_{age}"]))


async def _kept(database: Any, events: list[str]) -> bool:
    return [event for (event,) in await database.fetch("SELECT event_id FROM inbox")] == events


async def _left(database: Any, number: int) -> bool:
    return await database.fetch("SELECT count(*) FROM outbox") == [(number,)]
