"""The complete set, whichever order it is told in."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from casework.workflows.search_attributes import NEXT_AT, WAITS_VERSION


async def test_an_older_version_is_ignored(rig, soon, until, record):
    older = rig.cases.put(soon(0.5))
    newer = rig.cases.put(soon(3600), case_id=older.case_id)
    await rig.arm(newer)
    await rig.arm(older)
    marker = rig.cases.put(soon(1.5))
    await rig.arm(marker)
    await until(lambda: rig.cases.firings(marker.case_id))
    assert rig.cases.firings(older.case_id) == []
    await record(older.case_id, "older-version-ignored")


async def test_a_newer_set_moves_the_instant_both_ways(rig, soon, until, record):
    earlier, later = rig.cases.put(soon(3600)), rig.cases.put(soon(1))
    await rig.arm(earlier)
    await rig.arm(later)
    await rig.arm(rig.cases.put(soon(1), case_id=earlier.case_id))
    await rig.arm(rig.cases.put(soon(3600), case_id=later.case_id))
    await until(lambda: rig.cases.firings(earlier.case_id))
    assert rig.cases.firings(later.case_id) == []
    await record(earlier.case_id, "instant-moved-earlier")


async def test_a_newer_set_with_the_same_next_instant_leaves_the_timer(rig, soon, until):
    at = soon(3600)
    waits = rig.cases.put(at)
    await rig.arm(waits)
    for _ in range(3):
        await rig.arm(rig.cases.put(at, soon(7200), case_id=waits.case_id))
    await until(lambda: _count(rig, waits.case_id, "WORKFLOW_EXECUTION_SIGNALED", 4))
    await until(lambda: _idle(rig, waits.case_id))
    events = await rig.events(waits.case_id)
    assert events.count("TIMER_STARTED") == 1
    assert "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES" not in events


async def test_signals_sent_before_the_first_line_ran_are_heard(idle_rig, soon, until, record):
    rig = idle_rig
    waits = rig.cases.put(soon(3600))
    await rig.arm(waits)
    for _ in range(2):
        await rig.arm(rig.cases.put(soon(0.2), soon(0.2), case_id=waits.case_id))
    async with rig.working():
        await until(lambda: rig.cases.fired)
        assert rig.cases.calls == [(waits.case_id, ("w0", "w1"))]
        await until(lambda: _idle(rig, waits.case_id))
    await record(waits.case_id, "signals-before-start")


async def test_completes_when_closed_and_a_reopened_case_starts_anew(rig, soon, until, record):
    waits = rig.cases.put(soon(3600))
    await rig.arm(waits)
    await rig.arm(rig.cases.close(waits.case_id))
    await until(lambda: _has_status(rig, waits.case_id, "COMPLETED"))
    await record(waits.case_id, "closed")
    first_run = (await rig.handle(waits.case_id).describe()).run_id
    await rig.arm(rig.cases.put(soon(0.5), case_id=waits.case_id))
    await until(lambda: rig.cases.firings(waits.case_id))
    assert (await rig.handle(waits.case_id).describe()).run_id != first_run


async def test_a_closed_case_is_kept_until_its_last_wait_fired(rig, soon, until):
    waits = rig.cases.put(soon(1), closed=True)
    await rig.arm(waits)
    await until(lambda: _has_status(rig, waits.case_id, "COMPLETED"))
    assert rig.cases.firings(waits.case_id) == ["w0"]


async def test_no_run_is_started_for_a_closed_case_without_waits(rig):
    waits = rig.cases.close("case_" + "a" * 26)
    await rig.arm(waits)
    with pytest.raises(RPCError) as missing:
        await rig.handle(waits.case_id).describe()
    assert missing.value.status is RPCStatusCode.NOT_FOUND


async def test_search_attributes_follow_when_a_version_is_told_again(rig, soon, until, record):
    waits = rig.cases.put(soon(0.5), soon(3600))
    await rig.arm(waits)
    await until(lambda: rig.cases.fired)
    await until(lambda: _idle(rig, waits.case_id))
    assert await _mirrored(rig, waits.case_id) == (waits.version, waits.waits[0].at)
    now_open = rig.cases.sets[waits.case_id]
    for _ in range(2):
        await rig.arm(now_open)
    await until(lambda: _is_mirrored(rig, now_open))
    await until(lambda: _idle(rig, waits.case_id))
    assert (await rig.events(waits.case_id)).count("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES") == 1
    await record(waits.case_id, "told-again-after-firing")


async def _mirrored(rig, case_id):
    found = (await rig.handle(case_id).describe()).typed_search_attributes
    return found.get(WAITS_VERSION), found.get(NEXT_AT)


async def _is_mirrored(rig, waits):
    return await _mirrored(rig, waits.case_id) == (waits.version, waits.next_at)


async def _has_status(rig, case_id, status):
    return await rig.status(case_id) == status


async def _count(rig, case_id, event, number):
    return (await rig.events(case_id)).count(event) == number


async def _idle(rig, case_id):
    """The last workflow task is completed; after it nothing but its commands."""
    events = await rig.events(case_id)
    return events.count("WORKFLOW_TASK_COMPLETED") == events.count("WORKFLOW_TASK_SCHEDULED")
