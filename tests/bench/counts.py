"""What a report, a step and a whole case make the servers do: statements, transactions, writes of the log, messages.

PostgreSQL is started again with `pg_stat_statements`, so processor time is measured elsewhere. Its figures come with a
delay, so the stack is left alone for a while before each reading. What an idle stack does in that time is taken off.
"""

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from stack.trial import Trial
from tests.bench.budget import Budget
from tests.load.desk import WHOLE_CASE, Desk
from tests.load.figures import Row, Section
from tests.load.house import settled, sql, temporal_client, until

CASES = 20
AT_ONCE = 10
QUIET_SECONDS = 5.0
"""By then most is done: each look at what is left is a transaction that is counted, too."""
FLUSHED_SECONDS = 12.0
"""An idle process of PostgreSQL hands its figures over after ten seconds."""
LIBRARY = "pg_stat_statements"
STATEMENTS, TRANSACTIONS, FSYNCS, WAL, ROWS = "SQL statements", "transactions", "WAL fsyncs", "WAL, kB", "rows written"
IN, OUT, TASKS, EVENTS = "NATS messages in", "NATS messages out", "workflow tasks", "events in histories"
WAS = {
    STATEMENTS: ("31", "403"),
    TRANSACTIONS: ("", "138"),
    FSYNCS: ("7.2", "83"),
    WAL: ("", "368"),
    IN: ("16.7", "211"),
    OUT: ("", "118"),
    TASKS: ("", "8.75"),
}
"""What is counted → figures of commit 05ecf39 for a step and for a case, where they are known."""
NOTE = (
    f"{CASES} reports, then {len(WHOLE_CASE)} steps of each case, {AT_ONCE} at once, until all services are quiet, "
    "less what an idle stack does. Statements are those of the services' roles, with BEGIN and COMMIT; transactions "
    "are those that PostgreSQL counts in the services' databases; rows are inserted, changed and deleted ones."
)
_STATEMENTS = f"""
SELECT coalesce(sum(s.calls), 0)::float8 FROM {LIBRARY} s JOIN pg_roles r ON r.oid = s.userid
WHERE r.rolname = ANY($1)
"""
_DATABASES = """
SELECT sum(xact_commit)::float8 AS transactions, sum(tup_inserted + tup_updated + tup_deleted)::float8 AS rows
FROM pg_stat_database WHERE datname = ANY($1)
"""
_LOG = """
SELECT (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS fsyncs,
  (SELECT wal_bytes::float8 / 1000 FROM pg_stat_wal) AS kilobytes
"""
_TASKS = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


@dataclass(frozen=True)
class Reading:
    """All counters at one instant (`seconds`), or what was counted in so many seconds."""

    seconds: float
    counts: Mapping[str, float]

    def since(self, before: "Reading") -> "Reading":
        """What was counted from an earlier reading to this one."""
        return Reading(
            self.seconds - before.seconds, {name: found - before.counts[name] for name, found in self.counts.items()}
        )

    def without(self, idle: "Reading") -> "Reading":
        """Less what an idle stack does in the same time."""
        share = self.seconds / idle.seconds
        return Reading(self.seconds, {name: found - share * idle.counts[name] for name, found in self.counts.items()})


async def measure(running: Trial) -> Section:
    """Reports, then steps."""
    await _with_statements(running)
    client = await temporal_client(running.stack)
    async with Desk(running.endpoints) as desk:
        await desk.step(await desk.report(), *WHOLE_CASE[0])
        cases: list[str] = []
        start = await _read(running, client, cases)
        await asyncio.sleep(FLUSHED_SECONDS)  # idle is what is counted
        idle = (before := await _read(running, client, cases)).since(start)
        cases += await _together([desk.report() for _ in range(CASES)])
        reported = await _read(running, client, cases)
        await _together([_steps(desk, case_id) for case_id in cases])
        stepped = await _read(running, client, cases)
    reports, steps = reported.since(before).without(idle), stepped.since(reported).without(idle)
    return Section("counts", "What a step and a case make the servers do", _rows(reports, steps), NOTE)


async def _together(work: Sequence[Any]) -> list[Any]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(each: Any) -> Any:
        async with turns:
            return await each

    return await asyncio.gather(*(one(each) for each in work))


async def _steps(desk: Desk, case_id: str) -> None:
    for step in WHOLE_CASE:
        await desk.step(case_id, *step)


async def _with_statements(running: Trial) -> None:
    """Start PostgreSQL again with the library that counts statements."""
    await sql(running.stack, "postgres", f"ALTER SYSTEM SET shared_preload_libraries = '{LIBRARY}'")
    server = running.process("postgres")
    server.send_signal(signal.SIGINT)
    await asyncio.to_thread(running.wait_ready, "postgres", server.pid)
    await sql(running.stack, "postgres", f"CREATE EXTENSION {LIBRARY}")

    async def answers() -> bool:
        urls = [f"{running.url(name)}/healthz/ready" for name in running.stack.service_names]
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                return all([(await http.get(url)).is_success for url in urls])
            except httpx.HTTPError:
                return False

    await until(answers, 30, "all services answer again")


async def _read(running: Trial, client: Client, cases: Sequence[str]) -> Reading:
    """All counters, when everything is done and counted."""
    await asyncio.sleep(QUIET_SECONDS)
    await settled(running.stack, 120)
    await asyncio.sleep(FLUSHED_SECONDS)
    names = running.stack.service_names
    roles = [role for name in names for role in (name, f"{name}_owner")]
    statements = (await sql(running.stack, "postgres", _STATEMENTS, roles))[0][0]
    databases = (await sql(running.stack, "postgres", _DATABASES, names))[0]
    log = (await sql(running.stack, "postgres", _LOG))[0]
    async with httpx.AsyncClient(trust_env=False) as http:
        bus = (await http.get(f"{running.endpoints.nats_monitor}/varz")).json()
    tasks, events = await _histories(client, cases)
    counts = {STATEMENTS: statements, TRANSACTIONS: databases["transactions"], ROWS: databases["rows"]}
    counts |= {FSYNCS: log["fsyncs"], WAL: log["kilobytes"], IN: bus["in_msgs"], OUT: bus["out_msgs"]}
    return Reading(time.monotonic(), counts | {TASKS: tasks, EVENTS: events})


async def _histories(client: Client, cases: Sequence[str]) -> tuple[int, int]:
    """(workflow tasks, events) in the histories of these cases."""
    tasks = events = 0
    for case_id in cases:
        async for event in client.get_workflow_handle(case_id).fetch_history_events():
            events += 1
            tasks += event.event_type == _TASKS
    return tasks, events


def _rows(reports: Reading, steps: Reading) -> list[Row]:
    rows: list[Row] = []
    for name in reports.counts:
        report, step = reports.counts[name] / CASES, steps.counts[name] / CASES / len(WHOLE_CASE)
        case = report + len(WHOLE_CASE) * step
        was_step, was_case = WAS.get(name, ("", ""))
        was = ", ".join(f"{said} {what}" for said, what in ((was_step, "a step"), (was_case, "a case")) if said)
        rows.append(Budget(was=was).row(f"{name}: a step; a report; a case", step, f"; {report:.1f}; {case:.0f}"))
    return rows
