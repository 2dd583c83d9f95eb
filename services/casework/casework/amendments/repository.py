"""The SQL statements of amendments: the signed ones, the progress of their re-fold, and what they moved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, String, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.repository import LAW
from kit.telemetry.sql import UNTRACED

_SIGNING = 0x616D656E64
"""Key of an advisory lock. It lets one transaction sign at a time, so that the signatures have one order."""

_MARK = text(f"SELECT {LAW}::text")
_SIGNED = text("""
SELECT to_jsonb(a)::text FROM casework.amendments a
WHERE a.effective_seq IS NOT NULL AND a.effective_seq <= :seq ORDER BY a.effective_seq
""")
_OF_OFFICES = text("""
SELECT jsonb_build_object('decision', a.decision, 'changes', a.body->'changes')::text
FROM casework.amendments a WHERE a.effective_seq IS NOT NULL AND a.kind = 'offices' ORDER BY a.effective_seq
""")
_NEWEST_OF_OFFICES = text("""
SELECT coalesce(max(a.effective_seq), 0)::text
FROM casework.amendments a WHERE a.effective_seq IS NOT NULL AND a.kind = 'offices'
""")
_INSERT = text("""
INSERT INTO casework.amendments (amendment_id, kind, body, content_hash, decision, reason, proposed_office,
  proposed_actor, proposed_at, state)
SELECT amendment_id, kind, body, content_hash, decision, reason, proposed_office, proposed_actor, proposed_at, state
FROM jsonb_populate_record(NULL::casework.amendments, :amendment)
""").bindparams(bindparam("amendment", type_=JSONB))
_ONE = text("SELECT to_jsonb(a)::text FROM casework.amendments a WHERE a.amendment_id = :id")
_ALL = text("SELECT to_jsonb(a)::text FROM casework.amendments a ORDER BY a.seq")
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_CHANGE = text("""
UPDATE casework.amendments a SET state = n.state, signed_office = n.signed_office, signed_actor = n.signed_actor,
  signed_at = n.signed_at, effective_seq = n.effective_seq, prev_hash = n.prev_hash, chain_hash = n.chain_hash,
  withdrawn_office = n.withdrawn_office, withdrawn_actor = n.withdrawn_actor, withdrawn_at = n.withdrawn_at
FROM jsonb_populate_record(NULL::casework.amendments, :amendment) n
WHERE a.amendment_id = n.amendment_id AND a.state = 'proposed'
""").bindparams(bindparam("amendment", type_=JSONB))
_PROGRESS = text("""
SELECT jsonb_build_object(
  'cases_open', (SELECT count(*) FROM casework.cases c WHERE NOT c.closed),
  'cases_behind', (SELECT count(*) FROM casework.cases c WHERE NOT c.closed AND c.law_seq < :seq),
  'cases_moved', count(DISTINCT m.case_id) FILTER (WHERE m.moved > 0), 'clocks_moved', coalesce(sum(m.moved), 0))::text
FROM casework.amendment_moves m WHERE m.amendment_id = :id
""")
_UNMOVED = text("UPDATE casework.cases SET law_seq = :seq WHERE case_id = ANY(:cases)").bindparams(
    bindparam("cases", type_=ARRAY(String))
)
_MOVES = text("""
INSERT INTO casework.amendment_moves SELECT * FROM jsonb_populate_recordset(NULL::casework.amendment_moves, :moves)
ON CONFLICT DO NOTHING
""").bindparams(bindparam("moves", type_=JSONB))
_LEFT = text(f"""
SELECT newest.seq,
  coalesce((SELECT min(c.law_seq) FROM casework.cases c WHERE NOT c.closed) < newest.seq, false) AS behind,
  EXISTS (SELECT FROM casework.amendments a WHERE a.effective_seq <= newest.seq AND a.applied_at IS NULL)
  OR EXISTS (SELECT FROM casework.amendment_moves m WHERE m.told_at IS NULL) AS unfinished
FROM (SELECT coalesce(({LAW} ->> 'seq')::int, 0) AS seq) newest
""").execution_options(**{UNTRACED: True})  # noqa: S608  # the inserted text is a constant
_APPLIED = text("""
UPDATE casework.amendments SET applied_at = :now WHERE effective_seq <= :seq AND applied_at IS NULL
""")
_NOTIFY = text("""
WITH notified AS (UPDATE casework.amendment_moves SET told_at = :now WHERE told_at IS NULL
  RETURNING amendment_id, case_id, office, moved)
SELECT jsonb_build_object('amendment_id', amendment_id, 'office', office, 'moved', sum(moved), 'cases', count(*))::text
FROM notified WHERE office <> '' AND moved > 0 GROUP BY amendment_id, office ORDER BY amendment_id, office
""")


async def _all(session: AsyncSession, statement: TextClause, **values: Any) -> Sequence[Any]:
    return (await (await session.connection()).execute(statement, values)).scalars().all()


async def _run(session: AsyncSession, statement: TextClause, **values: Any) -> None:
    await (await session.connection()).execute(statement, values)


async def mark(session: AsyncSession) -> str | None:
    """The newest signed amendment (JSON: `seq`, `head` of the chain), or None."""
    return (await _all(session, _MARK))[0]


async def signed(session: AsyncSession, seq: int) -> Sequence[str]:
    """Signed amendments (JSON) up to this one, in the order of their signatures."""
    return await _all(session, _SIGNED, seq=seq)


async def of_offices(session: AsyncSession) -> Sequence[str]:
    """Decision and changes (JSON) of each signed amendment of the offices, in the order of their signatures."""
    return await _all(session, _OF_OFFICES)


async def newest_of_offices(session: AsyncSession) -> int:
    """Number of the newest signed amendment of the offices; 0 without any."""
    return int((await _all(session, _NEWEST_OF_OFFICES))[0])


async def insert(session: AsyncSession, amendment: dict[str, Any]) -> None:
    """Store a proposal."""
    await _run(session, _INSERT, amendment=amendment)


async def one(session: AsyncSession, amendment_id: str) -> str | None:
    """An amendment (JSON)."""
    return next(iter(await _all(session, _ONE, id=amendment_id)), None)


async def everything(session: AsyncSession) -> Sequence[str]:
    """Every amendment (JSON), in the order in which they were proposed."""
    return await _all(session, _ALL)


async def lock_signing(session: AsyncSession) -> None:
    """Wait until no other transaction signs or withdraws; held until the end of this one."""
    await _run(session, _LOCK, key=_SIGNING)


async def change(session: AsyncSession, amendment: dict[str, Any]) -> None:
    """Write the signature or the withdrawal of a proposal."""
    await _run(session, _CHANGE, amendment=amendment)


async def progress(session: AsyncSession, amendment_id: str, seq: int) -> str:
    """Counts (JSON) of cases and clocks: open, behind `seq`, moved by the amendment."""
    return (await _all(session, _PROGRESS, id=amendment_id, seq=seq))[0]


async def note_unmoved(session: AsyncSession, case_ids: list[str], seq: int) -> None:
    """Note that these cases did not change under the law of `seq`."""
    await _run(session, _UNMOVED, cases=case_ids, seq=seq)


async def add_moves(session: AsyncSession, moves: list[dict[str, Any]]) -> None:
    """Store in which cases clocks of which offices moved."""
    await _run(session, _MOVES, moves=moves)


class Left(NamedTuple):
    """What is left to do after the newest signature.

    `seq`: of that amendment; 0 if none is signed. `behind`: an open case is behind it. `unfinished`: an amendment up to
    it is not marked as applied, or an office is not notified yet.
    """

    seq: int
    behind: bool
    unfinished: bool


async def left(session: AsyncSession) -> Left:
    """What is left to do, as one statement sees it."""
    row = (await (await session.connection()).execute(_LEFT)).one()
    return Left(row.seq, row.behind, row.unfinished)


async def finish(session: AsyncSession, seq: int, now: datetime) -> Sequence[str]:
    """Mark the amendments up to `seq` as applied and all moves as notified; gives the notice (JSON) for each office."""
    await _run(session, _APPLIED, seq=seq, now=now)
    return await _all(session, _NOTIFY, now=now)
