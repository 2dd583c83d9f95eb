"""Migrations and rights, with a small package that has models and a revision of its own."""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlmodel import Field

from kit import migrations
from kit.db import table_base
from kit.tables import install

Base = table_base("ledger")


class Entry(Base, table=True):
    __tablename__ = "entries"
    id: int | None = Field(default=None, primary_key=True)
    what: str
    note: str | None = Field(default=None, max_length=9)
    at: datetime


install(Base.metadata)


@pytest.fixture
def package(tmp_path: Path) -> Iterator[str]:
    name = "ledger_for_test"
    (tmp_path / name / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield name
    sys.path.remove(str(tmp_path))
    sys.modules.pop(name, None)


async def refused(connection: Any, statement: str) -> bool:
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


async def test_a_revision_is_written_applied_compared_and_undone(
    package: str, pg_url_factory: Callable[[str], Awaitable[tuple[str, str]]], postgres: Any
) -> None:
    url, owner_url = await pg_url_factory("ledger")
    in_thread = asyncio.to_thread
    assert len(await in_thread(migrations.check, "ledger", owner_url, Base.metadata)) >= 5
    path = await in_thread(migrations.revision, "ledger", package, owner_url, Base.metadata, "first tables")
    assert path.name[:2] == "20"
    assert path.name.endswith("_first_tables.py")
    script = path.read_text()
    assert "grant_runtime" in script
    assert "sqlmodel" not in script
    grant = '\n    grant_runtime(op, "ledger", append_only=["entries"])\n\n\ndef downgrade'
    path.write_text(script.replace("\n\n\ndef downgrade", grant))

    await in_thread(migrations.upgrade_all, [("ledger", package, owner_url)])
    await in_thread(migrations.upgrade, "ledger", package, owner_url)
    assert await in_thread(migrations.check, "ledger", owner_url, Base.metadata) == []

    runtime = await asyncpg.connect(url.replace("+asyncpg", ""))
    await runtime.execute("INSERT INTO ledger.entries (what, at) VALUES ('one', now())")
    assert await runtime.fetchval("SELECT what FROM ledger.entries") == "one"
    for statement in (
        "UPDATE ledger.entries SET what = 'two'",
        "DELETE FROM ledger.entries",
        "TRUNCATE ledger.entries",
        "CREATE TABLE ledger.mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "UPDATE ledger.schema_version SET version_num = '0'",
    ):
        assert await refused(runtime, statement), statement
    await runtime.execute("DELETE FROM ledger.outbox")
    await runtime.close()
    await postgres.run("CREATE ROLE stranger LOGIN")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(postgres.url("stranger", "ledger").replace("+asyncpg", ""))

    await in_thread(migrations.downgrade, "ledger", package, owner_url)
    assert len(await in_thread(migrations.check, "ledger", owner_url, Base.metadata)) >= 5
    await in_thread(migrations.upgrade, "ledger", package, owner_url)
    assert await in_thread(migrations.check, "ledger", owner_url, Base.metadata) == []


async def test_a_lock_is_not_waited_for_longer_than_five_seconds(
    package: str, pg_url_factory: Callable[[str], Awaitable[tuple[str, str]]]
) -> None:
    _, owner_url = await pg_url_factory("ledger_locks")
    folder = Path(sys.path[0]) / package / "migrations" / "versions"
    (folder / "2026_01_01_first.py").write_text(
        "from alembic import op\nrevision = '1'\ndown_revision = None\n"
        "def upgrade():\n    op.execute(\"SELECT set_config('neove.seen', current_setting('lock_timeout'), false)\")\n"
        "    assert op.get_bind().exec_driver_sql('SHOW lock_timeout').scalar() == '5s'\n"
        "    assert op.get_bind().exec_driver_sql('SELECT current_user').scalar() == 'ledger_locks_owner'\n"
    )
    await asyncio.to_thread(migrations.upgrade, "ledger_locks", package, owner_url)
