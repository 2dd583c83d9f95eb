"""Two kills under load; `make proof` kills every process many times."""

import asyncio
import os
import signal

import pytest

from stack.trial import Trial
from tests.load.desk import POLICE, Desk
from tests.load.house import until, value
from tests.load.steady import Steady

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]

MOST = 150


async def test_worker_and_register_killed_under_load_lose_and_double_nothing(running: Trial) -> None:
    async with Steady(running, clients=4, pause=0.02, most=MOST) as load:
        await until(lambda: _sent(load, 30), 60, "some facts are acknowledged")
        victims = [running.process(name).pid for name in ("casework", "casework-worker")]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        before = load.sent
        for name, pid in zip(("casework", "casework-worker"), victims, strict=True):
            await asyncio.to_thread(running.wait_ready, name, pid)
        await until(lambda: _sent(load, before + 30), 60, "facts are acknowledged again")
    reckoning = await load.reckon()
    assert reckoning.sent >= 60
    assert reckoning.clean, reckoning


async def test_what_the_relay_published_and_did_not_mark_has_its_effect_once(running: Trial) -> None:
    """Killed between publishing and marking, while NATS is restarted: the same events are published a second time.

    The state after such a kill is made exactly: the rows of published events lose their mark.
    """
    stack = running.stack
    async with Steady(running, clients=2, pause=0.0, most=20) as load:
        await until(lambda: _sent(load, 20), 60, "facts are acknowledged")
    assert (await load.reckon()).clean
    unmark = "WITH again AS (UPDATE {0}.outbox SET published_at = NULL WHERE data->>'subject' = ANY($1) RETURNING 1) "
    for service in ("intake", "casework"):
        pid = running.process(service).pid
        nats = running.process("nats").pid
        os.kill(pid, signal.SIGKILL)
        statement = unmark.format(service) + "SELECT count(*) FROM again"
        assert await value(stack, service, statement, load.cases) > 0
        os.kill(nats, signal.SIGKILL)
        await asyncio.to_thread(running.wait_ready, "nats", nats)
        await asyncio.to_thread(running.wait_ready, service, pid)
    reckoning = await load.reckon()
    assert reckoning.clean, reckoning
    async with Desk(running.endpoints) as desk:
        case = await desk.case(load.cases[0], POLICE)
    assert case["version"] == await value(
        stack, "casework", "SELECT version FROM casework.cases WHERE case_id = $1", load.cases[0]
    )


async def _sent(load: Steady, count: int) -> bool:
    return load.sent >= count
