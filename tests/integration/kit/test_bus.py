"""The bus on a real server: what becomes of a message, and who may touch what."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from contracts.envelope import Envelope
from contracts.events.intake import CasesLinked
from contracts.ids import new_id
from contracts.problems import Refused, Unavailable
from contracts.topology import DURABLES
from kit import handled, parked, projections, topology
from kit.bus import WORKERS, Bus, Meta
from kit.storing import NotAccepted
from tests.integration.kit.on_the_bus import NAME, STREAM, SUBJECT, Seen, Until, durable, linked, pending, running, send


async def test_an_event_reaches_its_handler_at_once_and_is_acknowledged(
    nats_server: Any, admin: Client, until: Until
) -> None:
    seen = Seen()
    async with running(nats_server, seen) as bus:
        assert await bus.ready()
        await asyncio.sleep(0.3)  # idle: a pull request is waiting
        sent, event = time.monotonic(), linked()
        event_id = await send(admin, event)
        await until(lambda: seen.events)
        [(got, meta, at)] = seen.events
        assert got == event
        assert (meta.event_id, meta.deliveries, meta.durable) == (event_id, 1, NAME)
        assert at - sent < 0.5
        await until(lambda: _none_pending(admin))


async def test_many_events_are_asked_for_once(nats_server: Any, admin: Client, until: Until) -> None:
    seen = Seen()
    async with running(nats_server, seen) as bus:
        await send(admin, linked())
        await until(lambda: seen.events)  # the first request is FastStream's own
        client = bus._client  # pyright: ignore[reportPrivateUsage]  # how much was said to the server
        before = client.stats["out_msgs"]
        for _ in range(40):
            await send(admin, linked())
        await until(lambda: len(seen.events) == 41)
        await until(lambda: _none_pending(admin))
        assert client.stats["out_msgs"] - before <= 40 + 2, "an acknowledgement each, and at most two requests"


async def test_as_many_events_are_handled_at_the_same_time_as_the_handler_asks_for(
    nats_server: Any, admin: Client, until: Until
) -> None:
    many = 2 * WORKERS
    all_there, handled_events = asyncio.Barrier(many), list[str]()

    async def handler(event: CasesLinked, meta: Meta) -> None:
        await all_there.wait()
        handled_events.append(meta.event_id)

    async with running(nats_server, handler, at_once=many):
        for _ in range(many):
            await send(admin, linked())
        await until(lambda: len(handled_events) == many)


async def _none_pending(admin: Client) -> bool:
    return await pending(admin) == 0


async def test_what_is_unavailable_is_tried_again_after_the_declared_pauses(
    nats_server: Any, admin: Client, until: Until
) -> None:
    seen = Seen(Unavailable(), Unavailable())
    async with running(nats_server, seen):
        await send(admin, linked())
        await until(lambda: len(seen.events) == 3)
        times = [at for _, _, at in seen.events]
        assert [meta.deliveries for _, meta, _ in seen.events] == [1, 2, 3]
        assert times[1] - times[0] >= 0.1
        assert times[2] - times[1] >= 0.3
        await until(lambda: _none_pending(admin))
    assert await parked.list_parked(admin, NAME) == []


async def test_poison_and_refusals_are_parked_at_once_with_their_reason(
    nats_server: Any, admin: Client, until: Until
) -> None:
    good = Envelope.wrap(linked(), at=datetime.now(UTC)).model_dump(mode="json")
    poison = [
        b"not json",
        b"\xff\xfe",
        b"[1, 2]",
        b'"text"',
        b"null",
        b"{}",
        json.dumps({**good, "type": "vn.neove.intake.case.opened.v1"}).encode(),
        json.dumps({**good, "data": {"case_id": "nobody"}}).encode(),
    ]
    seen = Seen(Refused())
    async with running(nats_server, seen):
        await send(admin, linked())
        await until(lambda: seen.events)
        for body in poison:
            await send(admin, body)
        await until(lambda: _parked(admin, 9))
        await until(lambda: _none_pending(admin))
    found = await parked.list_parked(admin, NAME)
    assert {each.body for each in found} >= set(poison)
    assert sorted(each.slug for each in found) == ["invalid", "refused"] + ["undecodable"] * 7
    assert {each.deliveries for each in found} == {1}
    assert len(seen.events) == 1


async def _parked(admin: Client, number: int) -> bool:
    return len(await parked.list_parked(admin, NAME)) == number


async def test_a_bug_is_parked_on_the_last_delivery_and_can_be_replayed_when_mended(
    nats_server: Any, admin: Client, until: Until
) -> None:
    changed = durable(park_after=3)
    await topology.apply(admin, {}, [changed])
    seen = Seen(*(KeyError("a bug") for _ in range(3)))
    async with running(nats_server, seen, changed):
        event = linked()
        event_id = await send(admin, event)
        await until(lambda: _parked(admin, 1))
        [waiting] = await parked.list_parked(admin, NAME)
        assert (waiting.slug, waiting.deliveries, waiting.correlation_id) == ("internal", 3, event.case_id)
        await until(lambda: _none_pending(admin))
        assert await parked.replay(admin, NAME) == parked.Replayed(1, [])
        await until(lambda: len(seen.events) == 4)
        assert seen.events[-1][1].event_id == event_id
        assert await parked.list_parked(admin, NAME) == []


async def test_a_message_whose_last_delivery_was_not_survived_is_found_too(
    nats_server: Any, admin: Client, until: Until
) -> None:
    changed = durable(max_deliver=1, ack_wait_seconds=0.3)
    await topology.apply(admin, {}, [changed])
    event = linked()
    await send(admin, event)
    # a consumer that takes the message and dies
    js = admin.jetstream()
    dying = await js.pull_subscribe_bind(NAME, STREAM)
    assert await dying.fetch(1)
    with pytest.raises(NatsError):
        await dying.fetch(1, timeout=0.6)
    await until(lambda: _parked(admin, 1))
    [waiting] = await parked.list_parked(admin, NAME)
    assert (waiting.slug, waiting.correlation_id) == ("gave-up", event.case_id)
    assert await parked.replay(admin, NAME) == parked.Replayed(1, [])
    seen = Seen()
    async with running(nats_server, seen, changed):
        await until(lambda: seen.events)
    assert await parked.list_parked(admin, NAME) == []


FORGED_HEADERS = {
    "another subject": {"Neove-Subject": "evt.casework.case.changed.v1"},
    "a number that is none": {"Neove-Stream-Seq": "x"},
    "a number of no message": {"Neove-Stream-Seq": "9" * 30},
    "zero": {"Neove-Stream-Seq": "0"},
    "deliveries that are no number": {"Neove-Deliveries": "many"},
    "a reason that is no word": {"Neove-Slug": "[/red]\x1b[2J"},
}


@pytest.mark.parametrize("forged", FORGED_HEADERS.values(), ids=FORGED_HEADERS)
async def test_what_a_service_parks_by_itself_is_shown_and_never_published(
    nats_server: Any, admin: Client, forged: dict[str, str]
) -> None:
    """Its login may be stolen: an operator's replay must not give it the right to publish for others."""
    await send(admin, linked())
    stolen = await nats_server.connect("casework")
    given = {"Neove-Slug": "internal", "Neove-Subject": SUBJECT, "Neove-Stream-Seq": "1", "Neove-Deliveries": "12"}
    body = Envelope.wrap(linked(), at=datetime.now(UTC)).model_dump_json().encode()
    await stolen.jetstream().publish(f"parked.{NAME}", body, headers={**given, **forged})
    await stolen.close()
    [shown] = await parked.list_parked(admin, NAME)
    assert not shown.replayable
    assert (shown.subject, shown.slug) in {(SUBJECT, "internal"), (SUBJECT, "unknown")}
    before = await _published(admin)
    result = await parked.replay(admin, NAME)
    assert (result.sent, [each.number for each in result.refused]) == (0, [shown.number])
    assert await _published(admin) == before
    assert await parked.list_parked(admin, NAME) == [shown]


async def _published(admin: Client) -> dict[str, int]:
    streams = {durable.stream for durable in DURABLES}
    return {name: (await admin.jetstream().stream_info(name)).state.messages for name in streams}


async def test_a_message_that_its_stream_no_longer_holds_stays_on_the_list(
    nats_server: Any, admin: Client, until: Until
) -> None:
    """Another event may have its number if the stream was lost and made again."""
    async with running(nats_server, Seen(Refused())):
        await send(admin, linked())
        await until(lambda: _parked(admin, 1))
    await admin.jetstream().delete_stream(STREAM)
    await topology.apply(admin)
    [gone] = await parked.list_parked(admin, NAME)
    await send(admin, linked())
    [other] = await parked.list_parked(admin, NAME)
    assert gone == other
    assert not gone.replayable
    assert (await parked.replay(admin, NAME)).refused == [gone]
    assert await _parked(admin, 1)


async def test_a_long_handler_keeps_its_message(nats_server: Any, admin: Client, until: Until) -> None:
    changed = durable(ack_wait_seconds=0.6)
    await topology.apply(admin, {}, [changed])
    deliveries: list[int] = []

    async def slow(event: CasesLinked, meta: Meta) -> None:
        deliveries.append(meta.deliveries)
        await asyncio.sleep(1.5)

    async with running(nats_server, slow, changed):
        await send(admin, linked())
        await until(lambda: deliveries)
        await until(lambda: _none_pending(admin))
    assert deliveries == [1]


async def test_stop_lets_a_running_handler_finish(nats_server: Any, admin: Client, until: Until) -> None:
    steps: list[str] = []

    async def slow(event: CasesLinked, meta: Meta) -> None:
        steps.append("begun")
        await asyncio.sleep(0.4)
        steps.append("done")

    async with running(nats_server, slow):
        await send(admin, linked())
        await until(lambda: steps)
    assert steps == ["begun", "done"]
    assert await pending(admin) == 0


async def test_repeated_and_reversed_events_have_one_effect_and_leave_the_newest(
    nats_server: Any, admin: Client, until: Until, database: Any
) -> None:
    uow, done, case_id = database.uow(), [0], new_id("case")
    versions = {new_id("evt"): version for version in (3, 1, 2)}

    async def handle(event: CasesLinked, meta: Meta) -> None:
        async with uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                version = versions[meta.event_id]
                await projections.put(tx, "standing", event.case_id, version, {"version": version})
        done[0] += 1

    async with running(nats_server, handle):
        for event_id in [*versions, *versions]:
            await send(admin, linked(case_id), event_id)
        await until(lambda: done[0] == 6)
    assert await database.fetch("SELECT count(*) FROM inbox") == [(3,)]
    async with uow() as tx:
        assert await projections.get(tx, "standing", [case_id, "another"]) == {case_id: (3, {"version": 3})}


async def test_drift_is_refused(nats_server: Any, admin: Client) -> None:
    await topology.apply(admin, {}, [durable(max_deliver=4, ack_wait_seconds=9)])
    with pytest.raises(topology.Drift, match="max_deliver is 4, not 20000") as refused:
        async with running(nats_server, Seen()):
            pass
    assert refused.value.names == NAME
    assert len(refused.value.differences) == 2


async def test_applying_twice_changes_nothing_and_heals_what_was_changed(admin: Client) -> None:
    assert await topology.apply(admin) == []
    js = admin.jetstream()
    config = (await js.stream_info(STREAM)).config
    await js.update_stream(config.evolve(max_age=60.0, duplicate_window=30.0))
    assert [line.split(" is ")[0] for line in await topology.apply(admin)] == [
        f"stream {STREAM}: max_age",
        f"stream {STREAM}: duplicate_window",
    ]
    assert await topology.apply(admin) == []


async def test_what_nats_will_never_take_differs_from_what_it_cannot_take_now(nats_server: Any, admin: Client) -> None:
    async with running(nats_server, Seen()) as bus:
        with pytest.raises(NotAccepted, match="jetstream-"):
            await bus.publish("PARKED", f"parked.{NAME}", b"x" * 300_000, "a", {})
        with pytest.raises(NotAccepted):
            await bus.publish("PARKED", f"parked.{NAME}", b"x" * 2_000_000, "b", {})
        await admin.jetstream().delete_stream("PARKED")
        with pytest.raises(Unavailable, match="PARKED is missing"):
            await bus.publish("PARKED", f"parked.{NAME}", b"x", "c", {})
    with pytest.raises(Unavailable):
        await bus.publish("PARKED", f"parked.{NAME}", b"x", "d", {})


async def test_a_message_that_cannot_be_parked_stays(nats_server: Any, admin: Client, until: Until) -> None:
    await admin.jetstream().delete_stream("PARKED")
    seen = Seen(Refused(), Refused())
    async with running(nats_server, seen):
        await send(admin, linked())
        await until(lambda: len(seen.events) == 3)


async def test_a_service_may_touch_nothing_of_another(nats_server: Any, admin: Client) -> None:
    client = await nats_server.connect("notify")
    errors: list[Exception] = []

    async def note(error: Exception) -> None:
        errors.append(error)

    client._error_cb = note  # pyright: ignore[reportPrivateUsage]
    js = client.jetstream(timeout=0.3)
    await client.publish(SUBJECT, b"forged")
    await client.subscribe("_INBOX_vault.>")
    await client.subscribe("evt.>")
    await client.flush()
    with pytest.raises((NatsError, APIError, TimeoutError)):
        await js.delete_consumer(STREAM, NAME)
    with pytest.raises((NatsError, APIError, TimeoutError)):
        await js.consumer_info(STREAM, NAME)
    assert len(errors) >= 4
    assert (await admin.jetstream().stream_info(STREAM)).state.messages == 0
    await client.close()


OWN = Envelope.wrap(linked(), at=datetime.now(UTC)).model_dump_json().encode()
FORBIDDEN: dict[str, dict[str, Any]] = {
    "STREAM.CREATE": {"name": STREAM, "subjects": ["evt.intake.>"]},
    "STREAM.UPDATE": {"name": STREAM, "subjects": ["evt.intake.>"], "max_msgs": 1},
    "STREAM.DELETE": {},
    "STREAM.PURGE": {},
    "STREAM.MSG.DELETE": {"seq": 1},
    "CONSUMER.DELETE": {},
    "CONSUMER.DURABLE.CREATE": {"stream_name": STREAM, "config": {"durable_name": NAME, "ack_policy": "explicit"}},
    "CONSUMER.CREATE": {"stream_name": STREAM, "config": {"durable_name": "own", "ack_policy": "explicit"}},
}


@pytest.mark.parametrize("user", ["intake", "casework"])
@pytest.mark.parametrize("operation", FORBIDDEN)
async def test_neither_the_writer_nor_the_reader_may_make_or_delete_a_stream_or_a_durable(
    nats_server: Any, admin: Client, user: str, operation: str
) -> None:
    await send(admin, OWN)
    client, errors = await nats_server.connect(user), list[Exception]()

    async def note(error: Exception) -> None:
        errors.append(error)

    client._error_cb = note  # pyright: ignore[reportPrivateUsage]
    of = f"{STREAM}.{NAME}" if "CONSUMER" in operation and operation != "CONSUMER.CREATE" else STREAM
    with pytest.raises(NatsError):
        await client.request(f"$JS.API.{operation}.{of}", json.dumps(FORBIDDEN[operation]).encode(), timeout=0.3)
    await client.close()
    assert "permissions violation" in str(errors).lower()
    info = await admin.jetstream().stream_info(STREAM)
    assert (info.state.messages, info.config.max_msgs) == (1, -1)
    assert len(await admin.jetstream().consumers_info(STREAM)) == sum(each.stream == STREAM for each in DURABLES)


def test_a_handler_is_for_a_durable_of_the_service_and_only_one(nats_server: Any) -> None:
    bus = Bus(nats_server.settings("casework"), "casework")
    with pytest.raises(ValueError, match="not a durable of casework"):
        bus.on("support__on_case_changed")
    bus.on(NAME)(Seen())
    with pytest.raises(ValueError, match="has a handler already"):
        bus.on(NAME)
