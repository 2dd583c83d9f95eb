"""Many waits at one instant, with a worker that is killed in the middle and with two workers: each fires once."""

import asyncio
import os
import signal
from datetime import timedelta

import pytest

from stack.trial import Trial
from tests.load.figures import Row
from tests.load.house import temporal_client
from tests.proof.instant import fired_rows, killed_in_the_middle, waiting, with_two_workers
from tests.proof.waits import left

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]

CASES = 60
FROM_NOW_SECONDS = 25
MUST_HOLD = {"fired early", "missing", "fired twice", "notified twice"}


def check(rows: list[Row]) -> None:
    """None early, missing or twice. How late they are is for `make proof`."""
    assert {row.what: row.figure for row in rows if row.what in MUST_HOLD} == dict.fromkeys(MUST_HOLD, "0")


@pytest.mark.parametrize("after_seconds", [0.1, 0.4])
async def test_a_worker_that_is_killed_in_the_middle(running: Trial, after_seconds: float) -> None:
    check(await killed_in_the_middle(running, CASES, FROM_NOW_SECONDS, after_seconds))


async def test_two_workers_share_the_instant(running: Trial) -> None:
    check(await with_two_workers(running, CASES, FROM_NOW_SECONDS))


async def test_temporal_is_away_across_the_instant(running: Trial) -> None:
    due = await waiting(running, CASES, FROM_NOW_SECONDS)
    await asyncio.sleep(left(due - timedelta(seconds=1)))
    victim = running.process("temporal")
    victim.suspend()
    await asyncio.sleep(left(due + timedelta(seconds=1)))
    os.kill(victim.pid, signal.SIGKILL)
    await asyncio.to_thread(running.wait_ready, "temporal", victim.pid)
    check(await fired_rows(running, CASES, due))
    client = await temporal_client(running.stack)
    assert (await client.count_workflows("ExecutionStatus = 'Running'")).count >= CASES
