"""A connection to the database of one service, with the rights that the service itself has."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from kit import db, relay
from kit.settings import PostgresSettings
from stack.config import Failure
from stack.stack import Stack, sqlalchemy_url


@asynccontextmanager
async def database(stack: Stack, service: str) -> AsyncGenerator[AsyncEngine]:
    """The database of a service.

    Raises:
        Failure: it does not answer, or refuses the query.
    """
    engine = db.engine(PostgresSettings(database_url=sqlalchemy_url(stack.runtime_url(service))))
    try:
        yield engine
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Failure(f"The database of {service} cannot be asked: {type(error).__name__}.") from error
    finally:
        await engine.dispose()


@asynccontextmanager
async def connection(engine: AsyncEngine) -> AsyncGenerator[Any]:
    """An asyncpg connection (a library without types), closed afterwards."""
    opened = await relay.connect(engine)
    try:
        yield opened
    finally:
        await opened.close()
