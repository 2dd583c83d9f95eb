"""The SQL statements of the particulars of offices. Their log is the only table: its newest row is what holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

_NEWEST = text("""
SELECT to_jsonb(p)::text FROM casework.office_particulars p WHERE p.office = :office ORDER BY p.seq DESC LIMIT :limit
""")
_ADD = text("""
INSERT INTO casework.office_particulars (office, seq, changed_by, actor, changed_at, before, after)
SELECT office, seq, changed_by, actor, changed_at, before, after
FROM jsonb_populate_record(NULL::casework.office_particulars, :row)
""").bindparams(bindparam("row", type_=JSONB))
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('office_particulars:' || :office, 0))")


async def lock(session: AsyncSession, office: str) -> None:
    """Let one transaction change the particulars of an office at a time, so that `before` is what was there."""
    await (await session.connection()).execute(_LOCK, {"office": office})


async def newest(session: AsyncSession, office: str, limit: int) -> Sequence[str]:
    """Rows (JSON) of the log of an office, newest first."""
    rows = await (await session.connection()).execute(_NEWEST, {"office": office, "limit": limit})
    return rows.scalars().all()


async def add(session: AsyncSession, row: dict[str, Any]) -> None:
    """Add a row to the log."""
    await (await session.connection()).execute(_ADD, {"row": row})
