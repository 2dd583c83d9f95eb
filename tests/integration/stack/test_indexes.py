"""Every row that belongs to a case is found by an index, in the databases as they were migrated."""

from typing import Any

import asyncpg
import pytest

from casework.models import ALIAS_KEY, NUMBER_KEY
from stack.config import ROOT
from stack.services import discover
from stack.trial import Trial
from tests.integration.in_process import database

pytestmark = pytest.mark.stack

SERVICES = [service.name for service in discover(ROOT)]
CASE_COLUMNS = ("case_id", "first", "second")
"""Columns with the id of a case; the last two are of two cases that may be one person."""
NOT_READ_ALONE = {
    "casework.amendment_moves.case_id": "read by amendment",
    "casework.assignees.case_id": "read by office, case and lane",
    "casework.corrections.fact_id": "read by case; no fact is ever deleted",
    "casework.handovers.transfer_id": "read by case; no transfer is ever deleted",
    "intake.duplicate_decisions.second": "read by the pair, which `first` begins",
    "notify.deliveries.case_id": "read by channel and target, pending ones only",
    "notify.notices.case_id": "read by office and case: the unique index of office, case, cause",
    "support.deliveries.referral_id": "read by case",
    "support.deliveries.request_id": "read by case",
    "support.referrals.kind": "read by provider and kind, or by case and kind",
}
"""Why a column needs no index that begins with it."""
COLUMNS = """
SELECT c.oid::regclass::text AS "table", a.attname AS "column",
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum
    AND i.indpred IS NULL AND i.indisvalid) AS indexed
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND n.nspname = $1 AND a.attnum > 0 AND NOT a.attisdropped AND (
  a.attname = ANY($2::text[])
  OR EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attnum = ANY(f.conkey)))
"""
MANY = """
INSERT INTO casework.cases (case_id, report_id, route, channel, reporter, actor, province, occurred_at, recorded_at,
  age_band, "foreign", urgent, reporter_known, pack_id, pack_hash, status, closed, version, next_seq)
SELECT 'case_' || n, 'report_' || n, 'self_report', 'in_person', 'commune/lao-cai', 'actor', 'lao-cai', now(), now(),
  'adult', false, false, true, 'law-53-2024', 'x', 'in_process', false, 1, 1 FROM generate_series(1, 2000) n;
INSERT INTO casework.claims (claim_id, case_id, wait_id, stage, kind, lane, at, claimed_at)
SELECT 'claim_' || n, 'case_' || (n % 2000 + 1), 'wait_' || n, 'attention-1', 'attention', 'crime', now(), now()
FROM generate_series(1, 20000) n;
ANALYZE casework.claims;
"""
CLAIMS_OF_A_STEP = """
EXPLAIN SELECT t.* FROM casework.claims t
WHERE t.case_id = 'case_7' AND (t.withdrawn_at IS NULL OR (t.stage = 'breach' AND t.told_at IS NOT NULL))
"""
"""As every step reads them; withdrawn ones are among them, so the unique index of those that hold does not serve."""


SAID = ((NUMBER_KEY, "ix_cases_number"), (ALIAS_KEY, "ix_cases_alias"))
"""What a case is looked up by, as `casework.finding` does it, and the index of it."""


@pytest.fixture
async def connect(stack: Trial) -> Any:
    """Opens a connection to the database that a service runs on, as the administrator."""
    opened: list[Any] = []

    async def connected(name: str) -> Any:
        opened.append(await asyncpg.connect(stack.stack.postgres_url(name)))
        return opened[-1]

    yield connected
    for connection in opened:
        await connection.close()


async def test_every_column_that_leads_to_a_case_has_an_index(connect: Any) -> None:
    without: set[str] = set()
    for service in SERVICES:
        rows = await (await connect(service)).fetch(COLUMNS, service, list(CASE_COLUMNS))
        assert rows, service
        without |= {f"{row['table']}.{row['column']}" for row in rows if not row["indexed"]}
    assert without == set(NOT_READ_ALONE)


async def test_a_step_reads_its_claims_by_an_index(stack: Trial) -> None:
    async with database(stack.stack, "casework") as (_, owner):
        connection: Any = await asyncpg.connect(owner.replace("+asyncpg", ""))
        try:
            await connection.execute(MANY)
            plan = "\n".join(row[0] for row in await connection.fetch(CLAIMS_OF_A_STEP))
        finally:
            await connection.close()
    assert "ix_claims_case_id" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize(("said", "index"), SAID)
async def test_a_case_is_looked_up_by_an_index(stack: Trial, said: str, index: str) -> None:
    async with database(stack.stack, "casework") as (_, owner):
        connection: Any = await asyncpg.connect(owner.replace("+asyncpg", ""))
        try:
            await connection.execute(f"{MANY} ANALYZE casework.cases;")
            looked = f"EXPLAIN SELECT c.case_id FROM casework.cases c WHERE {said} = '234'"
            plan = "\n".join(row[0] for row in await connection.fetch(looked))
        finally:
            await connection.close()
    assert index in plan
