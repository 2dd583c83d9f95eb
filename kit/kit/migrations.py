"""Migrations of all services by one Alembic environment: revisions live in `<package>/migrations/versions`.

They run as the owner's role, each in its own transaction, wait for no lock longer than five seconds, and note the
version in the service's own schema. Expand, fill, contract: in separate releases.

    def upgrade() -> None:
        op.create_table(...)
        grant_runtime(op, "vault", append_only=["access_log"])
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import AutoString, UTCDateTime

from kit.db import server_settings

VERSION_TABLE = "schema_version"
LOCK_KEY = 0x6D69677261746501
"""Advisory lock: two processes that migrate one database do it one after the other."""


def upgrade(service: str, package: str, owner_url: str, revision: str = "head") -> None:
    """Bring a service's database to a revision; makes its schema first. Blocks: from a coroutine call it in a thread.

    Args:
        service: name of the schema.
        package: importable package that has `migrations/versions`.
        owner_url: `postgresql+asyncpg://…` of the owner's role.
        revision: the newest by default.
    """
    _run(owner_url, service, lambda connection: command.upgrade(_config(service, package, connection), revision))


def upgrade_all(services: Iterable[tuple[str, str, str]]) -> None:
    """`upgrade` for each `(service, package, owner_url)`, in one process."""
    for service, package, owner_url in services:
        upgrade(service, package, owner_url)


def downgrade(service: str, package: str, owner_url: str, revision: str = "-1") -> None:
    """Go back to a revision, by default one step."""
    _run(owner_url, service, lambda connection: command.downgrade(_config(service, package, connection), revision))


def check(service: str, owner_url: str, metadata: MetaData) -> list[str]:
    """How the models differ from the migrated database, one line each; empty if they do not."""
    found: list[str] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts=_options(service))
        found.extend(repr(difference) for difference in compare_metadata(context, metadata))

    _run(owner_url, service, compare, compares=True)
    return found


def revision(service: str, package: str, owner_url: str, metadata: MetaData, message: str) -> Path:
    """Write a new revision with what the models have and the (migrated) database lacks. Read it before you use it.

    Returns:
        The new file, named date first.
    """
    written: list[Path] = []

    def write(connection: Connection) -> None:
        config = _config(service, package, connection, metadata)
        stamp = f"{datetime.now(UTC):%Y%m%d%H%M}"
        script: Any = command.revision(config, message, autogenerate=True, rev_id=stamp)
        written.append(Path(script.path))

    _run(owner_url, service, write, compares=True)
    return written[0]


def grant_runtime(op: Any, role: str, append_only: Sequence[str] = ()) -> None:
    """Let the runtime role use the schema; call this at the end of every migration that makes tables.

    New tables get SELECT, INSERT, UPDATE, DELETE. Those named in `append_only` get SELECT and INSERT only and lose what
    else they had. Other tables that the role can read already are left as they are.

    Args:
        op: Alembic's operations, as in the migration.
        role: runtime role of the service.
        append_only: tables (without schema) whose rows nobody may change or delete.
    """
    schema = op.get_context().version_table_schema
    quote = op.get_bind().dialect.identifier_preparer.quote
    database, grantee, space = (quote(name) for name in (op.get_bind().engine.url.database, role, schema))
    op.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    op.execute(f"GRANT CONNECT ON DATABASE {database} TO {grantee}")
    op.execute(f"GRANT USAGE ON SCHEMA {space} TO {grantee}")
    for table in _unreadable(op.get_bind(), schema, role):
        rights = "SELECT" if table == VERSION_TABLE else "SELECT, INSERT, UPDATE, DELETE"
        op.execute(f"GRANT {rights} ON {space}.{quote(table)} TO {grantee}")
    for table in (*append_only, VERSION_TABLE):
        rights = "SELECT" if table == VERSION_TABLE else "SELECT, INSERT"
        op.execute(f"REVOKE ALL ON {space}.{quote(table)} FROM {grantee}")
        op.execute(f"GRANT {rights} ON {space}.{quote(table)} TO {grantee}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {space} TO {grantee}")


def _unreadable(connection: Connection, schema: str, role: str) -> list[str]:
    query = text(
        "SELECT tablename FROM pg_tables WHERE schemaname = :schema "
        "AND NOT has_table_privilege(:role, format('%I.%I', schemaname, tablename), 'SELECT') ORDER BY 1"
    )
    return [str(row[0]) for row in connection.execute(query, {"schema": schema, "role": role})]


def _options(service: str) -> dict[str, Any]:
    """Options of the comparison: only what is in the service's schema counts."""

    def mine(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
        return name == service if kind == "schema" else not (kind == "table" and name == VERSION_TABLE)

    return {
        "version_table": VERSION_TABLE,
        "version_table_schema": service,
        "include_schemas": True,
        "include_name": mine,
        "compare_type": True,
        "render_item": _plain,
        "transaction_per_migration": True,
    }


def _plain(kind: str, item: Any, _: Any) -> str | bool:
    """SQLModel's own column types in SQLAlchemy's words: a migration must not change with a library."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _config(service: str, package: str, connection: Connection, metadata: MetaData | None = None) -> Config:
    config = Config()
    versions = Path(str(files(package))) / "migrations" / "versions"
    config.set_main_option("script_location", str(files("kit") / "alembic"))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes.update(connection=connection, metadata=metadata, options=_options(service))
    return config


def _run(owner_url: str, service: str, work: Callable[[Connection], None], *, compares: bool = False) -> None:
    asyncio.run(_run_async(owner_url, service, work, compares))


async def _run_async(owner_url: str, service: str, work: Callable[[Connection], None], compares: bool) -> None:
    url = make_url(owner_url)
    # A table of the default schema is reflected without one and would not be taken for the model's.
    path = "pg_catalog" if compares else f'"{service}"'
    settings = {**server_settings(url), "statement_timeout": "0", "lock_timeout": "0", "search_path": path}
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": 10, "server_settings": settings})
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            await connection.execute(text("SET lock_timeout = '5s'"))
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
            await connection.commit()
            await connection.run_sync(work)
    finally:
        await engine.dispose()
