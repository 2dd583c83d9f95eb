"""The SQL statements of second signatures beside the file of the case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_CASE_OF = text("SELECT case_id FROM casework.countersignings WHERE signing_id = :id")
_LISTED = """
SELECT to_jsonb(c)::text FROM casework.countersignings c
WHERE c.{column} = :office AND (c.recorded_at, c.signing_id) < (:before_at, :before_id)
ORDER BY c.recorded_at DESC, c.signing_id DESC LIMIT :limit
"""
_INCOMING, _OUTGOING = (text(_LISTED.format(column=one)) for one in ("asked", "office"))


async def case_of(session: AsyncSession, signing_id: str) -> str | None:
    """The case of a step that needs a second signature."""
    return (await (await session.connection()).execute(_CASE_OF, {"id": signing_id})).scalars().first()


async def listed(
    session: AsyncSession, office: str, *, incoming: bool, before: tuple[datetime, str], limit: int
) -> Sequence[str]:
    """Steps (JSON) that an office is asked to sign, or that it stated; newest first."""
    values = {"office": office, "before_at": before[0], "before_id": before[1], "limit": limit}
    rows = await (await session.connection()).execute(_INCOMING if incoming else _OUTGOING, values)
    return rows.scalars().all()
