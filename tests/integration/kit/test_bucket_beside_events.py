"""Documents and events leave one outbox: while the stream of one is lost, the other goes on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from nats.aio.client import Client

from contracts.events.casework import FactCorrected
from contracts.ids import new_id
from contracts.topology import STANDINGS
from kit import topology
from tests.integration.kit.test_bucket import House

EVENTS = "CASEWORK_EVENTS"
Until = Callable[..., Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="session", name="house")
async def _house(database: Any, nats_server: Any, admin: Client, until: Until) -> AsyncIterator[House]:
    made = House(database, nats_server)
    await made.start()
    await until(lambda: made.reads("case_nobody", None), 10)
    yield made
    await made.stop()


async def emit(house: House) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    ids = {"case_id": new_id("case"), "fact_id": new_id("fact"), "correction_id": new_id("corr")}
    async with house.database.uow()() as tx:
        tx.emit(FactCorrected(**ids, lane="crime", state="X", withdrawn=True, occurred_at=None, recorded_at=at))


async def test_without_the_bucket_an_event_goes_on(house: House, admin: Client, until: Until) -> None:
    """For example the notice of an alarm."""
    js = admin.jetstream()
    before = (await js.stream_info(EVENTS)).state.messages
    await js.delete_stream(STANDINGS.stream)
    await house.change("case_waits", 1)
    await emit(house)

    async def stored() -> bool:
        return (await js.stream_info(EVENTS)).state.messages == before + 1

    await until(stored, 15)
    await topology.apply(admin)
    await until(lambda: house.reads("case_waits", "v1"), 15)
    assert await stored(), "and only once"


async def test_without_the_stream_of_events_a_document_goes_on(house: House, admin: Client, until: Until) -> None:
    """So nobody is decided on the old one for as long as the stream is missing. More events wait than a batch has."""
    js = admin.jetstream()
    await house.change("case_goes_on", 1)
    await until(lambda: house.reads("case_goes_on", "v1"))
    await js.delete_stream(EVENTS)
    for _ in range(110):
        await emit(house)
    await house.change("case_goes_on", 2)
    await until(lambda: house.reads("case_goes_on", "v2"), 15)
    await topology.apply(admin)

    async def stored() -> bool:
        return (await js.stream_info(EVENTS)).state.messages == 110

    await until(stored, 15)
