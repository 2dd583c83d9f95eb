"""The SQL statements of restrictions beside the file of the case."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.domain.restricting import OPERATIONS

_CASE_OF = text("SELECT case_id FROM casework.restrictions WHERE restriction_id = :id")
_HAVING_WORK = text("""
SELECT office, lane, subject FROM casework.assignees WHERE case_id = :case_id AND ended_at IS NULL
""")
_RESTRICTED = text("""
SELECT 'case' AS kind, p.key AS case_id, p.key AS id, p.body::text AS body FROM casework.projections p
WHERE p.kind = 'standing' AND p.key IN (SELECT r.case_id FROM casework.restrictions r WHERE r.lifted_at IS NULL)
UNION ALL
SELECT 'signing', c.case_id, c.signing_id, c.body::text FROM casework.countersignings c
WHERE :office IN (c.asked, c.office) AND c.operation = ANY(:operations)
""").bindparams(bindparam("operations", type_=ARRAY(String)))


async def case_of(session: AsyncSession, restriction_id: str) -> str | None:
    """The case of a restriction."""
    return (await (await session.connection()).execute(_CASE_OF, {"id": restriction_id})).scalars().first()


async def having_work(session: AsyncSession, case_id: str) -> Sequence[tuple[str, str, str]]:
    """(office, lane, subject) of everybody who has work of a case."""
    rows = await (await session.connection()).execute(_HAVING_WORK, {"case_id": case_id})
    return [(row.office, row.lane, row.subject) for row in rows]


async def restricted(session: AsyncSession, office: str) -> Sequence[Any]:
    """Rows of `kind`, `case_id`, `id` and `body`: the standing of each restricted case, and the restrictions
    (`RestrictionRecord`) that an office stated or was asked to sign.
    """
    values = {"office": office, "operations": list(OPERATIONS)}
    return (await (await session.connection()).execute(_RESTRICTED, values)).all()
