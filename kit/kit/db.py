"""The service's own PostgreSQL: engine, sessions, base of its tables, and the meaning of its errors.

Tables are addressed without a schema by kit and with one by the service's models. The search path holds the schema
of the database's name (a service's database, schema and role are all named as the service), so both find the same.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from pydantic_core import to_json
from sqlalchemy import URL, MetaData, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from contracts.problems import Unavailable
from kit.settings import PostgresSettings

CONNECT_SECONDS = 5.0
POOL_WAIT_SECONDS = 5.0
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SERVER_SETTINGS = {
    "application_name": "neove",
    "timezone": "UTC",
    "jit": "off",  # short statements only: compiling one costs more than running it
    "lock_timeout": "5s",
    "statement_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
}
TRY_AGAIN_STATES = ("08", "40", "53", "57", "55P03")
"""SQLSTATE prefixes: connection, rollback (deadlock, serialisation), resources, intervention, lock not available."""

Sessions = async_sessionmaker[AsyncSession]


def server_settings(url: URL) -> dict[str, str]:
    """Settings of every connection to this database, the search path among them."""
    return {**SERVER_SETTINGS, "search_path": f'"{url.database}", "$user"'}


def engine(settings: PostgresSettings) -> AsyncEngine:
    """A pooled engine of the runtime role. A connection that died with the server is replaced before it is used."""
    url = make_url(settings.database_url)
    server = {**server_settings(url), "plan_cache_mode": settings.plan_cache_mode}
    made = create_async_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_use_lifo=True,  # the connection used last has its statements prepared
        hide_parameters=True,
        json_serializer=_json,
        connect_args={"timeout": CONNECT_SECONDS, "server_settings": server},
    )
    event.listen(made.sync_engine, "checkout", _replace_dead)
    return made


def _json(value: Any) -> str:
    """JSON in a third of the time that the standard library takes; a step writes 12 kB of it."""
    return to_json(value).decode()


def _replace_dead(connection: Any, record: object, proxy: object) -> None:
    """Called by the pool, which connects anew and asks again.

    asyncpg notices by itself that the server closed the connection, so this costs no round trip as `pool_pre_ping` does
    (one of eight of a step). A connection that dies between this and the first statement is `Unavailable` either way.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def sessions(engine: AsyncEngine) -> Sessions:
    """Factory of sessions; objects stay readable after the commit."""
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False, autoflush=False)


def table_base(schema: str) -> type[SQLModel]:
    """A base class for a service's tables: own registry, own metadata, own schema, named constraints.

    Usage: `Base = table_base("intake")`, then `class Report(Base, table=True)`; `Base.metadata` is for migrations.
    """
    own = registry(metadata=MetaData(schema=schema, naming_convention=NAMING))

    class Base(SQLModel, registry=own):
        pass

    return Base


@contextmanager
def translated() -> Generator[None]:
    """Turns "the database is down, busy or gave way" into `Unavailable`; every other error passes unchanged."""
    try:
        yield
    except (PoolTimeout, TimeoutError, ConnectionError) as error:
        raise Unavailable("The database does not answer.") from error
    except DBAPIError as error:
        if not _try_again(error):
            raise
        raise Unavailable("The database could not do this now.") from error
    except Exception as error:
        if not _state(error).startswith(TRY_AGAIN_STATES):
            raise
        # asyncpg refuses a connection (starting up, shutting down, too many) before SQLAlchemy can wrap it
        raise Unavailable("The database takes no connection.") from error


def _state(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _try_again(error: DBAPIError) -> bool:
    # InterfaceError alone also means misuse of a connection; a lost one is marked as invalidated
    if error.connection_invalidated or isinstance(error, OperationalError):
        return True
    return _state(error.orig).startswith(TRY_AGAIN_STATES)
