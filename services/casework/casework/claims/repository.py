"""The SQL statements of claims: what is due in all cases, its records, and the cases of which a wait was claimed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.models import CLAIMABLE
from casework.repository import LINES, OF_EACH
from regulations import Wait

_LAW_SEQ = "(SELECT coalesce(max(a.effective_seq), 0) FROM casework.amendments a)"
"""Number of the newest signed amendment. A case that is behind it is folded before anything of it is claimed."""

_LOCK_DUE = text(f"""
SELECT c.case_id FROM casework.waits w JOIN casework.cases c USING (case_id)
WHERE w.at <= :now AND {CLAIMABLE} AND c.law_seq >= {_LAW_SEQ}
ORDER BY w.at LIMIT :limit FOR UPDATE OF c SKIP LOCKED
""")  # noqa: S608  # the inserted texts are constants

_DUE = text(f"""
SELECT w.case_id, w.body::text AS body FROM casework.waits w
WHERE w.case_id = ANY(:case_ids) AND w.at <= :now AND {CLAIMABLE} ORDER BY w.at, w.case_id, w.wait_id
""").bindparams(bindparam("case_ids", type_=ARRAY(String)))  # noqa: S608  # the inserted text is a constant

# Every part sees the rows as they were before: `wakes_at` becomes the earliest instant that is not claimed here.
_CLAIM = text(f"""
WITH the_cases AS (
  UPDATE casework.cases c SET version = c.version + 1, wakes_at = (
    SELECT min(w.at) FROM casework.waits w
    WHERE w.case_id = c.case_id AND w.claimed_at IS NULL AND NOT (w.at <= :now AND {CLAIMABLE}))
  WHERE c.case_id = ANY(:case_ids) AND c.law_seq >= {_LAW_SEQ} RETURNING c.case_id),
claimed AS (
  INSERT INTO casework.claims SELECT n.* FROM jsonb_populate_recordset(NULL::casework.claims, :claims) n
  WHERE n.case_id IN (SELECT case_id FROM the_cases)
  ON CONFLICT DO NOTHING RETURNING claim_id),
marked AS (
  UPDATE casework.waits w SET claimed_at = :now FROM the_cases c
  WHERE w.case_id = c.case_id AND w.at <= :now AND {CLAIMABLE})
SELECT (SELECT count(*) FROM the_cases) AS cases, (SELECT coalesce(array_agg(claim_id), '{{}}') FROM claimed) AS claimed
""").bindparams(bindparam("case_ids", type_=ARRAY(String)), bindparam("claims", type_=JSONB))  # noqa: S608  # constants

_LINES = text(LINES).bindparams(bindparam("journal", type_=JSONB))

_LOCK_CLAIMED = text(f"""
WITH locked AS (SELECT * FROM casework.cases
  WHERE case_id = ANY(ARRAY(SELECT DISTINCT w.case_id FROM casework.waits w WHERE w.claimed_at IS NOT NULL LIMIT 1000))
    AND (closed OR law_seq >= {_LAW_SEQ}) AND NOT case_id = ANY(:without)
  LIMIT :limit FOR UPDATE SKIP LOCKED)
SELECT c.case_id, json_build_object('case', c,
  'snapshot_version', (SELECT t.version FROM casework.cases t WHERE t.case_id = c.case_id), {OF_EACH})::text AS file
FROM locked c
""").bindparams(bindparam("without", type_=ARRAY(String)))  # noqa: S608  # the inserted texts are constants
_ANY_CLAIMED = text("SELECT EXISTS (SELECT FROM casework.waits w WHERE w.claimed_at IS NOT NULL)")


async def lock_due(session: AsyncSession, now: datetime, limit: int) -> list[str]:
    """Lock the cases of the `limit` earliest due waits; gives one id for each wait.

    Cases that another transaction has locked, or that are behind the law, are passed over.
    """
    found = await (await session.connection()).execute(_LOCK_DUE, {"now": now, "limit": limit})
    return list(found.scalars())


async def due(session: AsyncSession, case_ids: Sequence[str], now: datetime) -> list[tuple[str, Wait]]:
    """(case_id, wait) of all due waits of locked cases. A new statement sees also what changed before the lock."""
    rows = await (await session.connection()).execute(_DUE, {"case_ids": list(case_ids), "now": now})
    return [(row.case_id, Wait.model_validate_json(row.body)) for row in rows]


async def claim(
    session: AsyncSession, case_ids: Sequence[str], claims: list[dict[str, Any]], now: datetime
) -> tuple[int, set[str]]:
    """Write the records of what is due in locked cases, and mark its waits.

    Returns:
        How many of the cases are not behind the law, as the writing statement sees it, and the ids of the new records.
    """
    values = {"case_ids": list(case_ids), "claims": claims, "now": now}
    row = (await (await session.connection()).execute(_CLAIM, values)).one()
    return row.cases, set(row.claimed)


async def add_lines(session: AsyncSession, lines: list[dict[str, Any]]) -> None:
    """Add lines to timelines."""
    await (await session.connection()).execute(_LINES, {"journal": lines})


async def lock_claimed(session: AsyncSession, limit: int, without: Sequence[str]) -> list[tuple[str, str]]:
    """Lock cases with claimed waits that no fold has removed yet: the id of each, and its whole file (JSON).

    Open cases that are behind the law are passed over: the re-fold brings them up to date.
    """
    values = {"limit": limit, "without": list(without)}
    rows = await (await session.connection()).execute(_LOCK_CLAIMED, values)
    return [(row.case_id, row.file) for row in rows]


async def any_claimed(session: AsyncSession) -> bool:
    """Whether a case has claimed waits that no fold has removed yet."""
    return bool((await (await session.connection()).execute(_ANY_CLAIMED)).scalar_one())
