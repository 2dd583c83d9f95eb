"""A register with many cases, in little time: copies of the rows that the code wrote for one invented report.

Each case gets one row in each table of casework that belongs to a case, with ids, offices and instants of its own. No
other service, no message and no workflow knows of these cases; their waits lie in the future.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import asyncpg

from stack.demo_offices import DemoOffices
from stack.trial import Trial
from tests.library import LIBRARY
from tests.load.desk import HEALTH, Desk, report
from tests.load.house import settled, sql, until, value

OWN_LINES = 200
"""Work lines of the office that is asked for its queue."""
AT_ONCE = 2
LATE = timedelta(days=2)
"""So long ago was the modelled report received: a limit of a day is over, and a breach claimed."""
CLAIM_SECONDS = 30
TABLES = ("facts", "lanes", "clocks", "waits", "claims", "journal")
"""Beside `cases` and `work`, which have rules of their own; one that a later version lacks is left out."""
DUTIES = {"C-INF-02": "n % 7 <> 0", "B-RES-02": "n % 7 = 0"}
"""Rule of a work line → which cases have it: a limit with a due instant; a duty without one, last in each queue."""
FUTURE = "now() + make_interval(days => 30, secs => (hashtext('wait' || n) & 2147483647) % 8640000)"
OTHER_VALUES = {("waits", "at"): FUTURE, ("waits", "claimed_at"): "NULL"}
"""Of (table, column), where the copy must not have what the model has: its waits come later."""
_MAKE = "CREATE UNLOGGED TABLE IF NOT EXISTS public.made (n int PRIMARY KEY, case_id text)"
_IDS = """
INSERT INTO public.made SELECT n, {0} FROM generate_series((SELECT count(*) FROM public.made)::int + 1, $1::int) n
"""
_ID = "'{0}_' || substr(translate(md5('{0}' || n), '0189', 'wxyz'), 1, 26)"
"""26 of the letters that ids have, in no order."""
_COLUMNS = """
SELECT a.attname AS name, a.attidentity <> '' AS identity,
  EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY(i.indkey)
    AND i.indnatts = 1) AS alone
FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_CASES = """
INSERT INTO casework.cases SELECT made.*
FROM (SELECT c FROM casework.cases c WHERE c.case_id = '{model}') model, public.made ids,
  jsonb_populate_record(model.c, jsonb_build_object('case_id', ids.case_id, 'wakes_at', {future})) made
WHERE ids.n > {from_n} ORDER BY ids.case_id
"""
_ROWS = """
INSERT INTO casework.{table} ({columns}) SELECT {values}
FROM (SELECT * FROM casework.{table} WHERE case_id = '{model}' LIMIT 1) m, public.made ids
WHERE ids.n > {from_n} ORDER BY ids.case_id
"""
_LINES = """
INSERT INTO casework.work SELECT made.*
FROM (SELECT w FROM casework.work w WHERE w.body->>'rule' = '{rule}' LIMIT 1) model, public.made ids,
  LATERAL (SELECT now() + make_interval(secs => hashtext('at' || n) % 8640000) AS at,
    ($1::text[])[1 + (hashtext('office' || n) & 2147483647) % cardinality($1::text[])] AS office) chosen,
  LATERAL (SELECT jsonb_build_object('case_id', ids.case_id, 'work_id', {work_id},
    'office', CASE WHEN n % {apart} = 0 AND n <= {apart} * {own} THEN '{office}' ELSE chosen.office END)
    || CASE WHEN (model.w).overdue_from IS NULL THEN '{{}}'::jsonb
       ELSE jsonb_build_object('order_at', chosen.at, 'overdue_from', chosen.at) END AS columns) named,
  jsonb_populate_record(model.w, columns || jsonb_build_object('body', (model.w).body || columns
    || jsonb_build_object('clock_id', columns->'work_id', 'due_at', columns->'overdue_from'))) made
WHERE ids.n > {from_n} AND {of_case}
"""


class Register:
    """Casework's tables of one stack, filled in stages.

    Args:
        running: the stack.
        apart: every so manieth case of the first ones has its line in the queue of the asked office.
    """

    def __init__(self, running: Trial, apart: int) -> None:
        self._running, self._apart = running, apart
        self._model = ""
        self.cases = 0

    async def grow(self, cases: int) -> str:
        """Bring it to so many cases; what they take, in words."""
        began = time.perf_counter()
        if not self._model:
            self._model = await self._modelled()
            await sql(self._running.stack, "casework", _MAKE)
            for setting in ("max_wal_size = '8GB'", "checkpoint_timeout = '30min'"):
                await sql(self._running.stack, "casework", f"ALTER SYSTEM SET {setting}")
            await sql(self._running.stack, "casework", "SELECT pg_reload_conf()")
        await sql(self._running.stack, "casework", _IDS.format(_ID.format("case")), cases)
        await self._fill()
        self.cases = cases
        size = await value(self._running.stack, "casework", "SELECT pg_database_size('casework')")
        lines = await value(self._running.stack, "casework", "SELECT count(*) FROM casework.work")
        return f"{lines:,} work lines, {size / 1e9:.2f} GB, made in {time.perf_counter() - began:.0f} s"

    async def _modelled(self) -> str:
        """The case whose rows are copied: reported late, so that a breach is claimed."""
        async with Desk(self._running.endpoints) as desk:
            case_id = await desk.report(report(datetime.now(UTC) - LATE))
            await settled(self._running.stack)

            async def claimed() -> bool:
                claims = "SELECT count(*) FROM casework.claims WHERE case_id = $1"
                return await value(self._running.stack, "casework", claims, case_id) > 0

            await until(claimed, CLAIM_SECONDS, "the modelled case has a claim")
        return case_id

    async def _fill(self) -> None:
        turns = asyncio.Semaphore(AT_ONCE)
        marks = {"model": self._model, "from_n": self.cases}
        work = {"work_id": _ID.format("clk"), "apart": self._apart, "own": OWN_LINES, "office": HEALTH}
        lines = [_LINES.format(rule=rule, of_case=which, **work, **marks) for rule, which in DUTIES.items()]
        rows = [await self._copies(table, marks) for table in TABLES]

        async def one(statement: str, table: str, *values: object) -> None:
            async with turns:
                await self._written(statement, table, *values)

        await asyncio.gather(
            one(_CASES.format(future=FUTURE, **marks), "cases"),
            *(one(line, "work", _others()) for line in lines),
            *(one(statement, table) for table, statement in zip(TABLES, rows, strict=True) if statement),
        )
        await sql(self._running.stack, "casework", "CHECKPOINT")

    async def _copies(self, table: str, marks: Mapping[str, object]) -> str:
        """The statement that copies one row of the model for each case; empty where there is none."""
        columns = await sql(self._running.stack, "casework", _COLUMNS, f"casework.{table}")
        values = {row["name"]: _value(table, row) for row in columns if not row["identity"]}
        if not values:
            return ""
        return _ROWS.format(table=table, columns=", ".join(values), values=", ".join(values.values()), **marks)

    async def _written(self, statement: str, table: str, *values: object) -> None:
        """Without the checks of foreign keys, because the cases may come later."""
        # Any: asyncpg's connections have no types
        connection: Any = await cast(Any, asyncpg).connect(self._running.stack.postgres_url("casework"))
        try:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute("SET work_mem = '256MB'")
            await connection.execute(statement, *values)
            await connection.execute(f"VACUUM (ANALYZE) casework.{table}")
        finally:
            await connection.close()


def _value(table: str, column: Any) -> str:
    name = str(column["name"])
    if name == "case_id":
        return "ids.case_id"
    if column["alone"]:
        return _ID.format(f"{table[:3]}")
    return OTHER_VALUES.get((table, name), f"m.{name}")


def _others() -> Sequence[str]:
    """The offices of provinces and of the demonstration that exist today, but for the one that is asked."""
    directory, today = LIBRARY.world.directory, datetime.now(UTC).date()
    listed = sorted(DemoOffices(directory).listed() - {HEALTH})
    return [ref for ref in listed if (office := directory.office(ref)) is not None and office.exists(today)]
