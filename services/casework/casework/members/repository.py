"""The SQL statements of members and absences."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

_ROSTER = text("""
SELECT jsonb_build_object('office', CAST(:office AS text),
  'members', coalesce((SELECT jsonb_agg(to_jsonb(m) ORDER BY m.subject)
    FROM casework.members m WHERE m.office = :office), '[]'),
  'absences', coalesce((SELECT jsonb_agg(to_jsonb(a) ORDER BY a.subject, a.valid_from)
    FROM casework.absences a WHERE a.office = :office), '[]'))::text
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('members:' || :office, 0))")
_PUT_MEMBERS = text("""
INSERT INTO casework.members (office, subject, name, position, valid_from, valid_to)
SELECT office, subject, name, position, valid_from, valid_to
FROM jsonb_populate_recordset(NULL::casework.members, :rows)
ON CONFLICT (office, subject) DO UPDATE SET name = excluded.name, position = excluded.position,
  valid_from = excluded.valid_from, valid_to = excluded.valid_to
""").bindparams(bindparam("rows", type_=JSONB))
_PUT_ABSENCE = text("""
INSERT INTO casework.absences (office, subject, valid_from, valid_to, deputy)
SELECT office, subject, valid_from, valid_to, deputy FROM jsonb_populate_record(NULL::casework.absences, :row)
ON CONFLICT (office, subject, valid_from) DO UPDATE SET valid_to = excluded.valid_to, deputy = excluded.deputy
""").bindparams(bindparam("row", type_=JSONB))
_LOG = text("""
INSERT INTO casework.member_changes (office, subject, changed_by, actor, changed_at, before, after)
SELECT office, subject, changed_by, actor, changed_at, before, after
FROM jsonb_populate_recordset(NULL::casework.member_changes, :rows)
""").bindparams(bindparam("rows", type_=JSONB))


async def lock(session: AsyncSession, office: str) -> None:
    """Let one transaction change the members of an office at a time."""
    await (await session.connection()).execute(_LOCK, {"office": office})


async def roster(session: AsyncSession, office: str) -> str:
    """Members and absences of an office (JSON), in one statement."""
    rows = await (await session.connection()).execute(_ROSTER, {"office": office})
    return str(rows.scalar_one())


async def put_members(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add members, or change those that are there."""
    await (await session.connection()).execute(_PUT_MEMBERS, {"rows": list(rows)})


async def put_absence(session: AsyncSession, row: dict[str, Any]) -> None:
    """Add an absence, or change the one of this member that begins on the same day."""
    await (await session.connection()).execute(_PUT_ABSENCE, {"row": row})


async def add_changes(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows to the log."""
    await (await session.connection()).execute(_LOG, {"rows": list(rows)})
