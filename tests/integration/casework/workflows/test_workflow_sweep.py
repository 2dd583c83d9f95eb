"""Deleting Temporal's database loses nothing but time."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import pytest
from temporalio.service import RPCError

from casework import sweep as sweeping
from casework.sweep import Swept, keep_swept, sweep
from casework.workflows import ports
from contracts.problems import Unavailable
from kit.ending import end
from kit.settings import TemporalSettings
from kit.temporal import Temporal

CASES = 200


async def test_arms_what_is_missing_or_behind_and_nothing_else(rig, soon, until):
    known, behind, missing = (rig.cases.put(soon(3600)) for _ in range(3))
    rig.cases.close("case_" + "b" * 26)
    await rig.arm(known)
    await rig.arm(behind)
    await until(lambda: _listed(rig, 2))
    moved = rig.cases.put(soon(1), case_id=behind.case_id)
    assert await sweep(rig.client, rig.cases) == Swept(waiting=3, armed=2)
    await until(lambda: rig.cases.firings(moved.case_id))
    assert await rig.status(missing.case_id) == "RUNNING"


async def test_after_two_sweeps_everything_is_known_to_be_armed(rig, soon, until):
    rig.cases.put(soon(0.5), soon(3600))
    rig.cases.put(soon(3600))
    await sweep(rig.client, rig.cases)
    await until(lambda: rig.cases.fired)
    await until(lambda: _sweeps_to(rig, Swept(waiting=2, armed=0)))


async def test_pages_through_more_cases_than_one_query_compares(rig, soon, until, monkeypatch):
    monkeypatch.setattr(sweeping, "PAGE", 3)
    for _ in range(8):
        rig.cases.put(soon(3600))
    assert await sweep(rig.client, rig.cases) == Swept(waiting=8, armed=8)
    await until(lambda: _sweeps_to(rig, Swept(waiting=8, armed=0)))


async def test_is_repeated_by_its_caller_while_the_database_is_away(rig, soon):
    rig.cases.put(soon(3600))
    rig.cases.down = True
    with pytest.raises(Unavailable):
        await sweep(rig.client, rig.cases)


async def test_a_case_that_cannot_be_armed_does_not_keep_the_others_from_it(rig, soon, until, monkeypatch):
    sets, arm = [rig.cases.put(soon(3600)) for _ in range(4)], sweeping.arm

    async def arm_unless_broken(client, waits):
        if waits.case_id == sets[0].case_id:
            raise ValueError("a defect")
        await arm(client, waits)

    monkeypatch.setattr(sweeping, "PAGE", 2)
    monkeypatch.setattr(sweeping, "arm", arm_unless_broken)
    await sweep(rig.client, rig.cases)
    assert [await rig.status(one.case_id) for one in sets[1:]] == ["RUNNING"] * 3


async def test_rearms_every_case_after_the_loss_of_temporals_database(own_temporal_server, make_rig, soon, until):
    server = own_temporal_server
    rig = make_rig(await server.client())
    at = soon(12)
    sets = [rig.cases.put(at) for _ in range(CASES)]
    async with rig.working(), _kept_swept(server, rig.cases):
        await until(lambda: _listed(rig, CASES), 30)
        await asyncio.to_thread(server.lose_database)
        started = time.monotonic()
        await until(lambda: _listed(rig, CASES), 30)
        assert time.monotonic() - started < 10
        await until(lambda: len(rig.cases.fired) >= CASES, 40)
    assert sorted(firing.case_id for firing in rig.cases.fired) == sorted(waits.case_id for waits in sets)
    assert all(firing.late_seconds >= 0 for firing in rig.cases.fired)


@asynccontextmanager
async def _kept_swept(server, open_waits):
    """The background task of the service, with a connection of its own."""
    connection = Temporal(TemporalSettings(temporal_address=server.address, temporal_codec_key_file=server.key_file))
    await connection.run()
    task = asyncio.create_task(_restarted(lambda: keep_swept(connection, {ports.WORKFLOW: open_waits})))
    try:
        yield
    finally:
        await end([task])


async def _restarted(run):
    """As `kit.runtime` keeps its background tasks."""
    while True:
        with suppress(RPCError):
            await run()
        await asyncio.sleep(0.2)


async def _listed(rig, number):
    with suppress(RPCError):
        return (await rig.client.count_workflows("ExecutionStatus = 'Running'")).count == number
    return False


async def _sweeps_to(rig, expected):
    return await sweep(rig.client, rig.cases) == expected
