"""A stream, a durable or NATS's whole store is deleted while the house runs: it is made again, nothing is parked."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from contracts.topology import DURABLES, STREAMS
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
async def desk(house: Trial) -> AsyncIterator[Desk]:
    async with Desk(house.endpoints) as made:
        yield made


async def is_whole(house: Trial) -> bool:
    """Whether every stream and durable is as declared."""
    async with administrator(house.stack) as client:
        names = {str(one.config.name) for one in await jetstream(client).streams_info()}
        return names >= STREAMS.keys() and not await topology.differences(client, DURABLES)


async def parked_rows(house: Trial) -> int:
    """Events that a relay gave up, over all services."""
    statement = "SELECT count(*) FROM {0}.outbox WHERE parked_at IS NOT NULL"
    return sum([await value(house.stack, name, statement.format(name)) for name in house.stack.service_names])


async def all_arrive(house: Trial, desk: Desk, cases: list[str]) -> None:
    """The streams are whole again, and each of these cases reaches the register; nothing was parked."""
    await until(lambda: is_whole(house), AGAIN_SECONDS, "the streams and durables are made again")
    for case_id in cases:
        assert (await desk.case(case_id))["lanes"]["crime"]["state"] == "CRIME_INFO_RECEIVED"
    await settled(house.stack)
    assert await parked_rows(house) == 0


async def test_what_a_service_has_to_send_outlives_the_deletion_of_its_stream(house: Trial, desk: Desk) -> None:
    await settled(house.stack)
    async with administrator(house.stack) as client:
        await jetstream(client).delete_stream(STREAM)
    await all_arrive(house, desk, [await desk.report() for _ in range(5)])


async def test_a_consumer_goes_on_after_its_durable_was_deleted(house: Trial, desk: Desk) -> None:
    await settled(house.stack)
    pid = house.process("casework").pid
    async with administrator(house.stack) as client:
        await jetstream(client).delete_consumer(STREAM, DURABLE)
    await all_arrive(house, desk, [await desk.report() for _ in range(3)])
    assert house.process("casework").pid == pid


async def test_the_store_of_nats_may_be_deleted(house: Trial, desk: Desk) -> None:
    await settled(house.stack)
    async with away(house, "nats"):
        shutil.rmtree(house.state / "nats")
        cases = [await desk.report() for _ in range(3)]
    await all_arrive(house, desk, cases)
