"""A statement on asyncpg's own connection, past SQLAlchemy, which holds the connection.

SQLAlchemy takes 0.3 ms of processor time for the two statements of a step (ADR 0019): it changes to a greenlet and
back, and makes a context, a cursor and a result for each. Here the same text goes to the same connection, with the same
types of its parameters, and asyncpg keeps it prepared.

Only for a connection on which each statement is a transaction by itself (`kit.uow.Tx.fetch`): SQLAlchemy begins a
transaction when it sends the first statement of it, and does not see these.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import Dialect, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.telemetry import sql_span

Encode = Callable[[Any], Any]


async def fetch(connection: AsyncConnection, statement: TextClause, values: Mapping[str, Any]) -> Sequence[Any]:
    """All rows of a statement.

    Args:
        values: parameters by name; of a type that asyncpg takes, or the one that the statement binds (JSON, ARRAY).

    Raises:
        asyncpg.PostgresError: what the server refused. `kit.db.translated` knows it by its SQLSTATE.
        ConnectionError: the connection was lost before.
    """
    sql, parameters = _sent(statement, connection.dialect)
    pooled: Any = connection.sync_connection  # Any: asyncpg's connections have no types
    driver = pooled.connection.driver_connection
    try:
        with sql_span(sql, connection.engine.url.database):
            return await driver.fetch(sql, *[encode(values[name]) for name, encode in parameters])
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if driver.is_closed():  # the pool replaces it before it is used again (`kit.db.engine`)
            raise ConnectionError("The connection was lost.") from error
        raise
    except asyncio.CancelledError:
        await connection.invalidate()  # the server may still work on the statement: nobody else gets the connection
        raise


@lru_cache
def _sent(statement: TextClause, dialect: Dialect) -> tuple[str, tuple[tuple[str, Encode], ...]]:
    """The text as SQLAlchemy sends it, and its parameters in their order, each with what SQLAlchemy makes of a value.

    A statement is made once, so it stands for itself here.
    """
    compiled: Any = statement.compile(dialect=dialect)  # Any: its base class does not declare what it has for SQL
    types = [(name, compiled.binds[name].type.dialect_impl(dialect)) for name in compiled.positiontup]
    return compiled.string, tuple((name, kind.bind_processor(dialect) or _as_it_is) for name, kind in types)


def _as_it_is(value: Any) -> Any:
    return value
