"""At the instant, once, together: what is due is done."""

import asyncio
from datetime import timedelta

from casework.sweep import AT_ONCE
from casework.workflows.ports import Wait

TOLERANCE_SECONDS = 5
"""Two cores, shared with other tests. Early is never tolerated."""


async def test_fires_once_at_the_instant_and_stays_for_what_comes(rig, soon, until, record):
    waits = rig.cases.put(soon(1.5))
    await rig.arm(waits)
    await until(lambda: rig.cases.fired)
    (firing,) = rig.cases.fired
    assert 0 <= firing.late_seconds < TOLERANCE_SECONDS
    await until(lambda: rig.handle(waits.case_id).describe())
    assert await rig.status(waits.case_id) == "RUNNING"
    await rig.arm(rig.cases.close(waits.case_id))
    await until(lambda: _completed(rig, waits.case_id))
    await record(waits.case_id, "fires-once-then-closed")
    assert len(rig.cases.fired) == 1


async def test_each_instant_in_its_turn_and_none_early(rig, soon, until, record):
    first = soon(1)
    waits = rig.cases.put(first + timedelta(seconds=4), first, first + timedelta(seconds=2))
    await rig.arm(waits)
    await until(lambda: len(rig.cases.fired) == 3)
    assert rig.cases.firings(waits.case_id) == ["w1", "w2", "w0"]
    assert all(0 <= firing.late_seconds < TOLERANCE_SECONDS for firing in rig.cases.fired)
    await record(waits.case_id, "three-instants")


async def test_what_is_past_already_fires_at_once(rig, soon, until):
    await rig.arm(rig.cases.put(soon(-3600)))
    await until(lambda: rig.cases.fired)


async def test_200_waits_of_one_instant_fire_in_one_activity(rig, soon, until, record):
    at = soon(1.5)
    waits = rig.cases.put(*[at] * 200)
    await rig.arm(waits)
    await until(lambda: rig.cases.fired)
    assert len(rig.cases.calls) == 1
    assert sorted(rig.cases.firings(waits.case_id)) == sorted(wait.wait_id for wait in waits.waits)
    await record(waits.case_id, "200-waits-at-one-instant")


async def test_200_cases_due_at_one_instant(rig, soon, until):
    at = soon(6)
    sets, turns = [rig.cases.put(at) for _ in range(200)], asyncio.Semaphore(AT_ONCE)

    async def arm(waits):
        async with turns:  # as the sweep does: a slow machine does not answer 200 at once in time
            await rig.arm(waits)

    await asyncio.gather(*(arm(waits) for waits in sets))
    await until(lambda: len(rig.cases.fired) >= 200, 30)
    assert sorted(firing.case_id for firing in rig.cases.fired) == sorted(waits.case_id for waits in sets)
    assert all(0 <= firing.late_seconds <= 6 for firing in rig.cases.fired)


async def test_what_follows_from_a_firing_is_waited_for_without_a_signal(rig, soon, until, record):
    after = soon(2)
    rig.cases.follow = lambda wait: Wait(wait_id="escalate-1", at=after) if wait.wait_id == "w0" else None
    waits = rig.cases.put(soon(1))
    await rig.arm(waits)
    await until(lambda: len(rig.cases.fired) == 2)
    assert rig.cases.firings(waits.case_id) == ["w0", "escalate-1"]
    await record(waits.case_id, "escalation-follows-breach")


async def _completed(rig, case_id):
    return await rig.status(case_id) == "COMPLETED"
