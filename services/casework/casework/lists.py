"""The SQL statements of the lists of hand-overs and transfers of an office, without what is kept from the reader."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ARRAY, String, TextClause, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

_SHOWN = "NOT case_id = ANY(:shut_out) AND NOT (case_id = ANY(:closed) AND (state <> 'proposed' OR {mine}))"
"""Who is asked to take a closed case over must see the proposal, which does not say which case it is."""
_HANDOVERS = """
SELECT (to_jsonb(h) || jsonb_build_object('age_band', c.age_band, 'needs', c.needs))::text
FROM casework.handovers h JOIN casework.cases c USING (case_id)
WHERE h.{column} = :office AND {shown} AND (h.recorded_at, h.handover_id) < (:before_at, :before_id)
ORDER BY h.recorded_at DESC, h.handover_id DESC LIMIT :limit
"""
_TRANSFERS = """
SELECT (to_jsonb(t) || jsonb_build_object('age_band', c.age_band, 'needs', c.needs))::text
FROM casework.transfers t JOIN casework.cases c USING (case_id)
WHERE t.{column} = :office AND {shown} AND (t.recorded_at, t.transfer_id) < (:before_at, :before_id)
ORDER BY t.recorded_at DESC, t.transfer_id DESC LIMIT :limit
"""


async def handovers(
    session: AsyncSession,
    office: str,
    closed: Collection[str],
    shut_out: Collection[str],
    *,
    incoming: bool,
    before: tuple[datetime, str],
    limit: int,
) -> Sequence[str]:
    """Hand-overs (JSON) to or from an office, the newest first, with what a receiver may know of the person.

    `closed`, `shut_out`: cases that are kept from the reader (`casework.restrictions.hidden`).
    """
    statement, hidden = _statement(_HANDOVERS, incoming), {"closed": sorted(closed), "shut_out": sorted(shut_out)}
    values = {"office": office, "before_at": before[0], "before_id": before[1], "limit": limit}
    return (await (await session.connection()).execute(statement, {**values, **hidden})).scalars().all()


async def transfers(
    session: AsyncSession,
    office: str,
    closed: Collection[str],
    shut_out: Collection[str],
    *,
    incoming: bool,
    before: tuple[datetime, str],
    limit: int,
) -> Sequence[str]:
    """Transfers (JSON) to or from an office, as `handovers`."""
    statement, hidden = _statement(_TRANSFERS, incoming), {"closed": sorted(closed), "shut_out": sorted(shut_out)}
    values = {"office": office, "before_at": before[0], "before_id": before[1], "limit": limit}
    return (await (await session.connection()).execute(statement, {**values, **hidden})).scalars().all()


@lru_cache
def _statement(statement: str, incoming: bool) -> TextClause:
    column = "to_office" if incoming else "from_office"
    found = text(statement.format(column=column, shown=_SHOWN.format(mine="FALSE" if incoming else "TRUE")))
    return found.bindparams(*(bindparam(name, type_=ARRAY(String)) for name in ("closed", "shut_out")))
