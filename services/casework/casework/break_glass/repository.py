"""The SQL statements of break-glass beside the file of the case."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_CASE_OF = text("SELECT case_id FROM casework.break_glass WHERE break_glass_id = :id")


async def case_of(session: AsyncSession, break_glass_id: str) -> str | None:
    """The case of a break-glass."""
    return (await (await session.connection()).execute(_CASE_OF, {"id": break_glass_id})).scalars().first()
