"""The SQL statements of the look-up. Each expression is indexed (`casework.models.Cases`); none of it is a column.

The database makes number and alias from the id as `contracts.numbers` does, so no row keeps them and nothing has to be
written when a case is opened.
"""

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.models import ALIAS_KEY, NUMBER_KEY
from contracts.ids import new_id

_FIND = """
WITH found AS (SELECT c.case_id, p.body FROM casework.cases c
  JOIN casework.projections p ON p.kind = 'standing' AND p.key = c.case_id WHERE {said} = :key)
SELECT case_id, body::text AS body FROM found
UNION ALL
(SELECT '', p.body::text FROM casework.projections p
  WHERE NOT EXISTS (SELECT FROM found) AND p.kind = 'standing' AND p.key >= :any ORDER BY p.key LIMIT 1)
"""
_BY_NUMBER, _BY_ALIAS = (text(_FIND.format(said=said)) for said in (NUMBER_KEY, ALIAS_KEY))


async def by_number(session: AsyncSession, key: str) -> dict[str, str]:
    """The standings (JSON) of the cases with this number (`contracts.numbers.number_key`), by case id.

    If there is none: the standing of any case, under an empty id. To read and to decide it takes as long as for a case
    that was found, so that the time of the answer does not tell whether there is one.
    """
    return await _found(session, _BY_NUMBER, key)


async def by_alias(session: AsyncSession, key: str) -> dict[str, str]:
    """As `by_number`, for the cases with this alias (`contracts.numbers.alias_key`)."""
    return await _found(session, _BY_ALIAS, key)


async def _found(session: AsyncSession, statement: TextClause, key: str) -> dict[str, str]:
    values = {"key": key, "any": new_id("case")}
    rows = await (await session.connection()).execute(statement, values)
    return {row.case_id: row.body for row in rows}
