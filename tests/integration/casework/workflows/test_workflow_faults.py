"""What is due is done in the end: PostgreSQL away, a worker killed, a refusal, a long history."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from casework.workflows.calls import LOCAL_RETRY

WORKER = Path(__file__).with_name("doomed_worker.py")


async def test_an_outage_of_the_database_adds_nothing_to_the_history_and_deafens_nobody(rig, soon, until, record):
    rig.cases.down = True
    waits = rig.cases.put(soon(0.3))
    await rig.arm(waits)
    await until(lambda: len(rig.cases.calls) >= LOCAL_RETRY.maximum_attempts + 1)
    before = await rig.events(waits.case_id)
    calls = len(rig.cases.calls)
    await until(lambda: len(rig.cases.calls) > calls)
    assert await rig.events(waits.case_id) == before
    await rig.arm(rig.cases.put(*(wait.at for wait in waits.waits), soon(0), case_id=waits.case_id))
    await until(lambda: _has(rig, waits.case_id, "WORKFLOW_EXECUTION_SIGNALED", 2))
    rig.cases.down = False
    await until(lambda: len(rig.cases.fired) == 2, 20)
    assert rig.cases.firings(waits.case_id) == ["w0", "w1"]
    await record(waits.case_id, "database-away")


async def test_waits_that_casework_leaves_open_are_asked_for_again_after_a_pause(rig, soon, until, record):
    rig.cases.refuses = True
    waits = rig.cases.put(soon(0.3))
    await rig.arm(waits)
    await until(lambda: len(rig.cases.calls) == 2)
    events = await rig.events(waits.case_id)
    assert events.count("TIMER_STARTED") >= 2
    rig.cases.refuses = False
    await until(lambda: rig.cases.fired)
    await record(waits.case_id, "left-open-then-done")


async def test_a_case_that_casework_does_not_know_ends_its_workflow(rig, soon, until):
    waits = rig.cases.put(soon(0.3))
    del rig.cases.sets[waits.case_id]
    await rig.arm(waits)
    await until(lambda: _completed(rig, waits.case_id))


async def test_waits_survive_the_renewal_of_a_long_history(rig, soon, until, record):
    waits = rig.cases.put(soon(3600))
    await rig.arm(waits)
    first_run = (await rig.handle(waits.case_id).describe()).run_id
    for _ in range(40):
        await rig.arm(rig.cases.put(soon(3600), case_id=waits.case_id))
    await rig.arm(rig.cases.put(soon(1), soon(3600), case_id=waits.case_id))
    await until(lambda: rig.cases.fired)
    description = await rig.handle(waits.case_id).describe()
    assert description.run_id != first_run
    assert description.status.name == "RUNNING"
    assert rig.cases.firings(waits.case_id) == ["w0"]
    await record(waits.case_id, "renewed")
    await record(waits.case_id, "renewed-before", first_run)


async def test_a_worker_killed_after_the_commit_does_not_make_it_happen_twice(
    idle_rig, temporal_server, soon, until, tmp_path
):
    rig = idle_rig
    claims = tmp_path / "claims.db"
    with sqlite3.connect(claims) as database:
        database.execute("CREATE TABLE claims (wait_id TEXT PRIMARY KEY)")
        database.execute("CREATE TABLE attempts (pid INTEGER)")
    waits = rig.cases.put(soon(0.3), closed=True)
    await rig.arm(waits)
    doomed = _start(temporal_server.address, claims, "hang")
    try:
        await until(lambda: _rows(claims, "claims") == 1, 30)
    finally:
        doomed.kill()
        doomed.wait()
    second = _start(temporal_server.address, claims, "answer")
    try:
        await until(lambda: _completed(rig, waits.case_id), 30)
    finally:
        second.terminate()
        await asyncio.to_thread(second.wait)
    assert _rows(claims, "claims") == 1
    assert _rows(claims, "attempts") == 2


def _start(address, claims, behaviour):
    key_file = Path(__file__).parents[3] / "replay" / "histories" / "key-of-the-tests.json"
    return subprocess.Popen([sys.executable, WORKER, address, key_file, claims, behaviour])


def _rows(path, table):
    with sqlite3.connect(path) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


async def _completed(rig, case_id):
    return await rig.status(case_id) == "COMPLETED"


async def _has(rig, case_id, event, number):
    return (await rig.events(case_id)).count(event) >= number


@pytest.fixture(autouse=True)
def _short_test_timeout(request):
    request.node.add_marker(pytest.mark.timeout(90))
