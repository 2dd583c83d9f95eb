"""The sweep: arms every case and transfer whose workflow is missing, or may wake later than the earliest open wait.

PostgreSQL has everything that Temporal needs, so Temporal may lose its database. The sweep runs at the start, every
hour, after an outage of Temporal, and when Temporal has a new database.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from casework.arming import arm
from casework.open_waits import OpenWaits
from casework.workflows import ports
from casework.workflows.search_attributes import NEXT_AT
from contracts.problems import Unavailable
from kit.temporal import Temporal, translated

PAGE = 500
"""Cases (or transfers) compared with one query each to PostgreSQL and to Temporal."""
AT_ONCE = 16
"""Cases armed at the same time; fewer than the connections of the pool with its overflow."""
EVERY = timedelta(hours=1)
PROBE = timedelta(seconds=1)
"""Time between two looks at Temporal; a look takes one millisecond, in Temporal and in the worker together."""

_log = logging.getLogger("casework.sweep")


@dataclass(frozen=True)
class Swept:
    """What a sweep found and did: cases and transfers with open waits, and how many of them it armed."""

    waiting: int
    armed: int


async def sweep(client: Client, open_waits: OpenWaits, workflow: str = ports.WORKFLOW) -> Swept:
    """Compare everything that waits with the running workflows of this type, page by page, and arm what differs.

    Raises:
        Unavailable: Temporal or PostgreSQL went away; what was armed stays armed, sweep again.
    """
    waiting = armed = 0
    after = ""
    while page := await open_waits.earliest_waits(after, PAGE):
        behind = await _behind(client, workflow, page)
        await _arm_all(client, open_waits, behind)
        waiting, armed, after = waiting + len(page), armed + len(behind), page[-1][0]
    return Swept(waiting, armed)


async def keep_swept(
    temporal: Temporal,
    by_workflow: Mapping[str, OpenWaits],
    every: timedelta = EVERY,
    probe: timedelta = PROBE,
) -> None:
    """Sweep now, then once in every `every`, and when Temporal may have lost something. Never returns.

    Args:
        by_workflow: type of a workflow → the open waits of its subjects.
    """
    client = await temporal.connected()
    clock = asyncio.get_running_loop().time
    due, complaint, swept_store = clock(), "", ""
    while True:
        try:
            store = await temporal.look()
            if complaint or store != swept_store or clock() >= due:
                for workflow, open_waits in by_workflow.items():
                    swept = await sweep(client, open_waits, workflow)
                    _log.info("swept %s: %d wait, %d armed", workflow, swept.waiting, swept.armed)
                due, complaint, swept_store = clock() + every.total_seconds(), "", store
        except Unavailable as error:
            if error.detail != complaint:
                _log.warning("the sweep waits: %s", error.detail)
            complaint = error.detail
        await asyncio.sleep(probe.total_seconds())


async def _behind(client: Client, workflow: str, page: Sequence[tuple[str, datetime]]) -> list[str]:
    """Those of a page whose workflow does not run, or may wake later than their earliest instant.

    `NextAt` is the instant that a workflow held when it started or was last swept. If it has passed, the workflow may
    hold another one: it is sent its set again, and brings `NextAt` up to date.
    """
    ids = [subject for subject, _ in page]
    query = (
        f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running' "
        f"AND WorkflowId BETWEEN '{min(ids)}' AND '{max(ids)}'"
    )
    wakes: dict[str, datetime] = {}
    with translated():
        async for run in client.list_workflows(query, page_size=2 * PAGE):
            if (next_at := run.typed_search_attributes.get(NEXT_AT)) is not None:
                wakes[run.id] = next_at
    now = datetime.now(UTC)
    return [subject for subject, at in page if not _wakes_in_time(wakes.get(subject), at, now)]


def _wakes_in_time(held: datetime | None, at: datetime, now: datetime) -> bool:
    return held is not None and (held == at or now < held <= at)


async def _arm_all(client: Client, open_waits: OpenWaits, subjects: Sequence[str]) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def arm_one(subject: str) -> None:
        async with turns:
            if (waits := await open_waits.wait_set(subject)) is not None:
                await arm(client, waits)

    done = await asyncio.gather(*(arm_one(subject) for subject in subjects), return_exceptions=True)
    failures = [failure for failure in done if isinstance(failure, BaseException)]
    for failure in failures:
        if isinstance(failure, Unavailable) or not isinstance(failure, Exception):
            raise failure
    if failures:  # a defect of one must not keep the others from being armed
        _log.error("the sweep could not arm %d of %d", len(failures), len(subjects), exc_info=failures[0])
