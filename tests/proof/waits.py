"""Temporal's database is deleted while a thousand cases wait for one instant: all are armed again, and fire once."""

import asyncio
import os
import shutil
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

from stack.trial import Trial, trial
from tests.load.desk import POLICE, Desk, report
from tests.load.figures import Row, Section, percentile
from tests.load.house import sql, temporal_client, until, value

NAME = "waits"
CASES = 1000
AT_ONCE = 8
RULE, HOURS = "C-INF-02", 24
"""A verified limit in hours: due so long after the receipt, which the report states, to the second."""
FROM_NOW_SECONDS = 300
LATEST_SECONDS, LATEST_AFTER_RETURN_SECONDS = 1.0, 5.0
NOTE = (
    f"{CASES} reports over HTTP whose rule {RULE} ({HOURS} hours) is due at one instant. When all wait in "
    "Temporal, its database is deleted under it and the server killed; nothing else is touched. A breach is "
    "`twice` if claimed or notified more than once."
)
_BREACHES = """
SELECT cl.case_id, extract(epoch FROM cl.claimed_at - $2) AS late, count(*) OVER (PARTITION BY cl.case_id) AS times
FROM casework.claims cl WHERE cl.rule = $1 AND cl.stage = 'breach' AND cl.due_at = $2
"""
_NOTIFIED = """
SELECT count(*) FROM (SELECT data->'data'->>'wait_id' FROM casework.outbox
  WHERE type LIKE '%attention.raised%' AND data->'data'->>'stage' = 'breach' AND data->'data'->>'rule' = $1
  GROUP BY 1 HAVING count(*) > 1) AS repeated
"""


async def prove() -> Section:
    """Open the cases, delete, watch."""
    with trial() as running:
        return Section(NAME, "Temporal's database deleted", await deleted_while_waiting(running, CASES), NOTE)


async def deleted_while_waiting(running: Trial, cases: int, from_now: int = FROM_NOW_SECONDS) -> list[Row]:
    """The whole show on a stack.

    Raises:
        AssertionError: the cases were not opened or armed before they were due; allow more seconds from now.
    """
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=from_now)
    await open_cases(running, cases, due)
    await until(lambda: armed(running, cases), left(due), "all cases wait in Temporal")
    loop = asyncio.get_running_loop()
    delete_database(running)
    deleted = loop.time()
    await until(lambda: armed(running, cases), left(due), "all cases wait again before they are due")
    rearmed = loop.time() - deleted
    await asyncio.sleep(left(due))
    fired = await all_fired(running, cases, due)
    twice_notified = await notified_twice(running)
    return [
        Row("waits armed again after the deletion", f"{cases} in {rearmed:.1f} s", str(cases), holds=True),
        *lateness_rows(fired, cases),
        Row("notified twice", str(twice_notified), "0", not twice_notified),
    ]


async def open_cases(running: Trial, cases: int, due: datetime) -> None:
    """Report so many cases that `RULE` is due in at one instant."""
    received = due - timedelta(hours=HOURS)
    turns = asyncio.Semaphore(AT_ONCE)
    async with Desk(running.endpoints) as desk:

        async def one() -> None:
            async with turns:
                await desk.report(report(received), POLICE)

        await asyncio.gather(*(one() for _ in range(cases)))


def delete_database(running: Trial) -> None:
    """Take Temporal's files away under a server that stands still, and kill it: it starts with nothing."""
    process = running.process("temporal")
    process.suspend()
    shutil.rmtree(running.state / "temporal")
    os.kill(process.pid, signal.SIGKILL)


def lateness_rows(fired: list[Any], cases: int, back: float = 0.0) -> list[Row]:
    """Early, missing, twice, and how late.

    Args:
        fired: rows of `breaches`. cases: how many there should be.
        back: seconds after the due instant from which lateness counts, where nothing could fire before.
    """
    early, twice = sum(row["late"] < 0 for row in fired), sum(row["times"] > 1 for row in fired)
    late = [max(float(row["late"]) - back, 0.0) if back else float(row["late"]) for row in fired]
    missing = cases - len({row["case_id"] for row in fired})
    worst, latest = max(late, default=float("inf")), LATEST_AFTER_RETURN_SECONDS if back else LATEST_SECONDS
    return [
        Row("fired early", str(early), "0", early == 0),
        Row("missing", str(missing), "0", missing == 0),
        Row("fired twice", str(twice), "0", twice == 0),
        Row("lateness, median", f"{percentile(late, 0.5):.2f} s" if late else "-"),
        Row("lateness, worst", f"{worst:.2f} s", f"≤ {latest:g} s", worst <= latest),
    ]


async def breaches(running: Trial, due: datetime) -> list[Any]:
    """Claimed breaches of the instant."""
    return await sql(running.stack, "casework", _BREACHES, RULE, due)


async def all_fired(running: Trial, cases: int, due: datetime) -> list[Any]:
    """Wait until as many breaches are claimed, for a minute at most; those that are."""

    async def all_there() -> bool:
        return len(await breaches(running, due)) >= cases

    try:
        await until(all_there, 60, "all waits fired")
    except AssertionError as late:
        print(late)  # what is missing is a row of the table
    return await breaches(running, due)


async def armed(running: Trial, cases: int) -> bool:
    """Whether Temporal's visibility lists a running workflow for each case."""
    try:
        client = await temporal_client(running.stack)
        return (await client.count_workflows("ExecutionStatus = 'Running'")).count >= cases
    except Exception:  # any error of a server that starts means: not yet
        return False


async def notified_twice(running: Trial) -> int:
    """Breaches of `RULE` that an office was notified of more than once."""
    return int(await value(running.stack, "casework", _NOTIFIED, RULE))


def left(due: datetime) -> float:
    """Seconds until an instant; 0 when it is past."""
    return max(0.0, (due - datetime.now(UTC)).total_seconds())
