"""The SQL statements of the look-up. Each expression is indexed (`casework.models.Cases`); none of it is a column.

The database makes number and alias from the id as `contracts.numbers` does, so no row keeps them and nothing has to be
written when a case is opened.
"""

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.models import ALIAS_KEY, NUMBER_KEY

_FIND = """
SELECT c.case_id, p.body::text AS body FROM casework.cases c
JOIN casework.projections p ON p.kind = 'standing' AND p.key = c.case_id WHERE {said} = :key
"""
_BY_NUMBER, _BY_ALIAS = (text(_FIND.format(said=said)) for said in (NUMBER_KEY, ALIAS_KEY))


async def by_number(session: AsyncSession, key: str) -> dict[str, str]:
    """The standings (JSON) of the cases with this number (`contracts.numbers.number_key`), by case id."""
    return await _found(session, _BY_NUMBER, key)


async def by_alias(session: AsyncSession, key: str) -> dict[str, str]:
    """The standings (JSON) of the cases with this alias (`contracts.numbers.alias_key`), by case id."""
    return await _found(session, _BY_ALIAS, key)


async def _found(session: AsyncSession, statement: TextClause, key: str) -> dict[str, str]:
    rows = await (await session.connection()).execute(statement, {"key": key})
    return {row.case_id: row.body for row in rows}
