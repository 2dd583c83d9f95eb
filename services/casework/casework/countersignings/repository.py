"""The SQL statements of second signatures beside the file of the case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, String, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.restrictions.hidden import Hidden

_CASE_OF = text("SELECT case_id FROM casework.countersignings WHERE signing_id = :id")
_LISTED = """
SELECT to_jsonb(c)::text FROM casework.countersignings c
WHERE c.{column} = :office AND NOT c.case_id = ANY(:shut_out) AND NOT c.signing_id = ANY(:hidden)
  AND (c.recorded_at, c.signing_id) < (:before_at, :before_id)
ORDER BY c.recorded_at DESC, c.signing_id DESC LIMIT :limit
"""
_HIDDEN = [bindparam(name, type_=ARRAY(String)) for name in ("shut_out", "hidden")]
_INCOMING, _OUTGOING = (text(_LISTED.format(column=one)).bindparams(*_HIDDEN) for one in ("asked", "office"))


async def case_of(session: AsyncSession, signing_id: str) -> str | None:
    """The case of a step that needs a second signature."""
    return (await (await session.connection()).execute(_CASE_OF, {"id": signing_id})).scalars().first()


async def listed(
    session: AsyncSession, office: str, hidden: Hidden, *, incoming: bool, before: tuple[datetime, str], limit: int
) -> Sequence[str]:
    """Steps (JSON) that an office is asked to sign, or that it stated; newest first. `hidden`: from the reader."""
    values = {"office": office, "before_at": before[0], "before_id": before[1], "limit": limit}
    values |= {"shut_out": sorted(hidden.shut_out), "hidden": sorted(hidden.signings)}
    rows = await (await session.connection()).execute(_INCOMING if incoming else _OUTGOING, values)
    return rows.scalars().all()
