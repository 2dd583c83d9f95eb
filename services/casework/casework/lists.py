"""The SQL statement of the lists of hand-overs and transfers of an office, without what is kept from the reader."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal

from sqlalchemy import ARRAY, String, TextClause, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

Table = Literal["handovers", "transfers"]
_SHOWN = "NOT case_id = ANY(:shut_out) AND NOT (case_id = ANY(:closed) AND (state <> 'proposed' OR {mine}))"
"""Who is asked to take a closed case over must see the proposal, which does not say which case it is."""
_LIST = """
SELECT (to_jsonb(h) || jsonb_build_object('age_band', c.age_band, 'needs', c.needs))::text
FROM casework.{table} h JOIN casework.cases c USING (case_id)
WHERE h.{column} = :office AND {shown} AND (h.recorded_at, h.{key}) < (:before_at, :before_id)
ORDER BY h.recorded_at DESC, h.{key} DESC LIMIT :limit
"""
_KEYS: dict[Table, str] = {"handovers": "handover_id", "transfers": "transfer_id"}


async def listed(
    session: AsyncSession,
    table: Table,
    office: str,
    closed: Collection[str],
    shut_out: Collection[str],
    *,
    incoming: bool,
    before: tuple[datetime, str],
    limit: int,
) -> Sequence[str]:
    """Rows (JSON) to or from an office, the newest first, with what a receiver may know of the person.

    `closed`, `shut_out`: cases that are kept from the reader (`casework.restrictions.hidden`).
    """
    values = {"office": office, "before_at": before[0], "before_id": before[1], "limit": limit}
    values |= {"closed": sorted(closed), "shut_out": sorted(shut_out)}
    return (await (await session.connection()).execute(_statement(table, incoming), values)).scalars().all()


@lru_cache
def _statement(table: Table, incoming: bool) -> TextClause:
    column, shown = "to_office" if incoming else "from_office", _SHOWN.format(mine="FALSE" if incoming else "TRUE")
    found = text(_LIST.format(table=table, key=_KEYS[table], column=column, shown=shown))
    return found.bindparams(*(bindparam(name, type_=ARRAY(String)) for name in ("closed", "shut_out")))
