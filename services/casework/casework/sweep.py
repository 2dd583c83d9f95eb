"""Re-arms every case whose workflow is missing or behind: what Temporal holds can always be rebuilt from PostgreSQL.

Runs at start, every hour, when Temporal is back after an outage, and when its database turns out to be another one.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from casework.arming import arm
from casework.register import Register
from casework.workflows import ports
from casework.workflows.search_attributes import CASE_ID, WAITS_VERSION
from contracts.problems import Unavailable
from kit.temporal import Temporal, translated

PAGE = 500
"""Cases compared with one query each to PostgreSQL and to Temporal."""
AT_ONCE = 16
"""Cases re-armed at the same time; below the connections of the pool with its overflow."""
EVERY = timedelta(hours=1)
PROBE = timedelta(seconds=1)
"""Between two looks at Temporal (one millisecond each)."""
PROBE_TIMEOUT = timedelta(seconds=2)

_log = logging.getLogger("casework.sweep")


@dataclass(frozen=True)
class Swept:
    """What a sweep did: cases with open waits, and those among them whose workflow had to be told."""

    waiting: int
    armed: int


async def sweep(client: Client, register: Register) -> Swept:
    """Compare all cases that wait with the running workflows, page by page, and arm those that differ.

    Raises:
        Unavailable: Temporal or PostgreSQL went away; what was armed stays armed, sweep again.
    """
    waiting = armed = 0
    after = ""
    while page := await register.open_wait_versions(after, PAGE):
        behind = await _behind(client, page)
        await _arm_all(client, register, behind)
        waiting, armed, after = waiting + len(page), armed + len(behind), page[-1][0]
    return Swept(waiting, armed)


async def keep_swept(
    temporal: Temporal, register: Register, every: timedelta = EVERY, probe: timedelta = PROBE
) -> None:
    """Sweep now, then `every` so often, and whenever what was armed may be gone. Never returns."""
    client = await temporal.connected()
    clock = asyncio.get_running_loop().time
    due, complaint, swept_store = clock(), "", ""
    while True:
        try:
            store = await _store(client)
            if complaint or store != swept_store or clock() >= due:
                swept = await sweep(client, register)
                due, complaint, swept_store = clock() + every.total_seconds(), "", store
                _log.info("swept: %d cases wait, %d armed", swept.waiting, swept.armed)
        except Unavailable as error:
            if error.detail != complaint:
                _log.warning("the sweep waits: %s", error.detail)
            complaint = error.detail
        await asyncio.sleep(probe.total_seconds())


async def _store(client: Client) -> str:
    """Id of the namespace: given when a database is first used, hence another one after it was deleted.

    A server can be back with an empty database faster than an outage is noticed (measured: 0.2 s).
    """
    request = DescribeNamespaceRequest(namespace=client.namespace)
    with translated():
        answer = await client.workflow_service.describe_namespace(request, timeout=PROBE_TIMEOUT)
    return answer.namespace_info.id


async def _behind(client: Client, page: Sequence[tuple[str, int]]) -> list[str]:
    """The cases of a page whose workflow does not run or holds an older version.

    Search attributes may lag behind their workflow; then it is told a version that it has, and brings them up to date.
    """
    ids = [case_id for case_id, _ in page]
    query = (
        f"WorkflowType = '{ports.WORKFLOW}' AND ExecutionStatus = 'Running' "
        f"AND {CASE_ID.name} BETWEEN '{min(ids)}' AND '{max(ids)}'"
    )
    held: dict[str, int] = {}
    with translated():
        async for run in client.list_workflows(query, page_size=2 * PAGE):
            held[run.id] = run.typed_search_attributes.get(WAITS_VERSION) or 0
    return [case_id for case_id, version in page if held.get(ports.workflow_id(case_id), -1) < version]


async def _arm_all(client: Client, register: Register, case_ids: Sequence[str]) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def arm_one(case_id: str) -> None:
        async with turns:
            if (waits := await register.wait_set(case_id)) is not None:
                await arm(client, waits)

    done = await asyncio.gather(*(arm_one(case_id) for case_id in case_ids), return_exceptions=True)
    for failure in done:
        if isinstance(failure, BaseException):
            raise failure
