"""A stream, a durable or NATS's whole store is deleted while everything runs: it is made again, nothing is parked."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from contracts.topology import BUCKETS, DURABLES, STREAMS
from kit import topology
from kit.topology import jetstream
from stack.administrator import administrator
from stack.trial import Trial
from tests.load.desk import Desk
from tests.load.house import away, settled, until, value

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]

STREAM, DURABLE = "INTAKE_EVENTS", "casework__on_case_opened"
AGAIN_SECONDS = 60
"""On an idle machine it takes about four seconds."""


@pytest_asyncio.fixture(loop_scope="session")
async def desk(running: Trial) -> AsyncIterator[Desk]:
    async with Desk(running.endpoints) as made:
        yield made


async def is_whole(running: Trial) -> bool:
    """Whether every stream and durable is as declared."""
    async with administrator(running.stack) as client:
        names = {str(one.config.name) for one in await jetstream(client).streams_info()}
        declared = {*STREAMS, *(bucket.stream for bucket in BUCKETS)}
        return names >= declared and not await topology.differences(client, DURABLES)


async def parked_rows(running: Trial) -> int:
    """Events that a relay gave up, over all services."""
    statement = "SELECT count(*) FROM {0}.outbox WHERE parked_at IS NOT NULL"
    return sum([await value(running.stack, name, statement.format(name)) for name in running.stack.service_names])


async def all_arrive(running: Trial, desk: Desk, cases: list[str]) -> None:
    """The streams are whole again, and each of these cases reaches the register; nothing was parked."""
    await until(lambda: is_whole(running), AGAIN_SECONDS, "the streams and durables are made again")
    for case_id in cases:
        assert (await desk.case(case_id))["lanes"]["crime"]["state"] == "CRIME_INFO_RECEIVED"
    await settled(running.stack)
    assert await parked_rows(running) == 0


async def test_what_a_service_has_to_send_outlives_the_deletion_of_its_stream(running: Trial, desk: Desk) -> None:
    await settled(running.stack)
    async with administrator(running.stack) as client:
        await jetstream(client).delete_stream(STREAM)
    await all_arrive(running, desk, [await desk.report() for _ in range(5)])


async def test_a_consumer_goes_on_after_its_durable_was_deleted(running: Trial, desk: Desk) -> None:
    await settled(running.stack)
    pid = running.process("casework").pid
    async with administrator(running.stack) as client:
        await jetstream(client).delete_consumer(STREAM, DURABLE)
    await all_arrive(running, desk, [await desk.report() for _ in range(3)])
    assert running.process("casework").pid == pid


async def test_the_store_of_nats_may_be_deleted(running: Trial, desk: Desk) -> None:
    await settled(running.stack)
    async with away(running, "nats"):
        shutil.rmtree(running.state / "nats")
        cases = [await desk.report() for _ in range(3)]
    await all_arrive(running, desk, cases)
