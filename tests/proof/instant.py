"""A thousand waits at one instant: with the worker killed in the middle, with two workers, and without Temporal."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stack.trial import Trial, trial
from tests.load.figures import Row, Section
from tests.load.house import until, value
from tests.load.opened import open_cases
from tests.proof.waits import CASES, HOURS, all_fired, lateness_rows, left, notified_twice

NAME = "instant"
FROM_NOW_SECONDS = 180
KILLED_AFTER_SECONDS = 0.3
NOTE = (
    f"{CASES} reports as events of intake, due at one instant. In the first table rows the worker is killed "
    f"{KILLED_AFTER_SECONDS:g} s after it and is started again; then two workers share the instant; then Temporal is "
    "stopped before it and killed after it."
)
_OWED = "SELECT count(*) FROM casework.waits WHERE claimed_at IS NOT NULL"
_DUE = "SELECT count(*) FROM casework.waits WHERE at < now() AND claimed_at IS NULL"


async def prove() -> Section:
    """All on one stack, one after the other."""
    with trial() as running:
        rows = [replace(row, what=f"killed: {row.what}") for row in await killed_in_the_middle(running, CASES)]
        rows += [replace(row, what=f"two workers: {row.what}") for row in await with_two_workers(running, CASES)]
        rows += [replace(row, what=f"no Temporal: {row.what}") for row in await without_temporal(running, CASES)]
    return Section(NAME, "One instant: a kill, two workers, no Temporal", rows, NOTE)


async def killed_in_the_middle(
    running: Trial, cases: int, from_now: int = FROM_NOW_SECONDS, after: float = KILLED_AFTER_SECONDS
) -> list[Row]:
    """The worker is killed so many seconds after the instant."""
    due = await waiting(running, cases, from_now)
    victim = running.process("casework-worker").pid
    await asyncio.sleep(left(due) + after)
    os.kill(victim, signal.SIGKILL)
    await asyncio.to_thread(running.wait_ready, "casework-worker", victim)
    return await fired_rows(running, cases, due, back=(datetime.now(UTC) - due).total_seconds())


async def with_two_workers(running: Trial, cases: int, from_now: int = FROM_NOW_SECONDS) -> list[Row]:
    """A second worker process polls the same task queue."""
    with second_worker(running) as second:
        due = await waiting(running, cases, from_now)
        await asyncio.sleep(left(due))
        rows = await fired_rows(running, cases, due)
        lives = second.poll() is None
    return [*rows, Row("the second worker lives in the end", "yes" if lives else "no", "yes", lives)]


async def without_temporal(running: Trial, cases: int, from_now: int = FROM_NOW_SECONDS) -> list[Row]:
    """Temporal answers nobody from a second before the instant, and is killed a second after it."""
    due = await waiting(running, cases, from_now)
    victim = running.process("temporal")
    await asyncio.sleep(left(due - timedelta(seconds=1)))
    victim.suspend()
    await asyncio.sleep(left(due + timedelta(seconds=1)))
    os.kill(victim.pid, signal.SIGKILL)
    await asyncio.to_thread(running.wait_ready, "temporal", victim.pid)
    return await fired_rows(running, cases, due, back=(datetime.now(UTC) - due).total_seconds())


async def waiting(running: Trial, cases: int, from_now: int) -> datetime:
    """Open cases that are due at one instant, and wait until they are armed; the instant."""
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=from_now)
    await open_cases(running.stack, cases, left(due), due - timedelta(hours=HOURS))
    return due


async def fired_rows(running: Trial, cases: int, due: datetime, back: float = 0.0) -> list[Row]:
    """What fired, and what is left when all is quiet. `back`: as for `lateness_rows`."""
    rows = lateness_rows(await all_fired(running, cases, due), cases, back)
    twice = await notified_twice(running)

    async def nothing_left() -> bool:
        return not await value(running.stack, "casework", _OWED) and not await value(running.stack, "casework", _DUE)

    seconds = await until(nothing_left, 60, "every claimed case is folded, and nothing is due any more")
    return [
        *rows,
        Row("notified twice", str(twice), "0", not twice),
        Row("last claim → every case folded", f"{seconds:.1f} s"),
    ]


@contextmanager
def second_worker(running: Trial) -> Generator["subprocess.Popen[bytes]"]:
    """Another process that works on the same task queue."""
    environment = {**os.environ, **running.stack.environment("casework")}
    command = [sys.executable, "-P", "-m", "casework", "worker"]
    with (running.logs / "second-worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
