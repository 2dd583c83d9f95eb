"""A change of kit's tables is written once, and two lines of a revision bring it to a service."""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from kit import migrations, table_changes
from kit.db import NAMING
from kit.table_changes import TableChange
from kit.tables import install
from stack.services import discover

ROOT = Path(__file__).resolve().parents[3]
SERVICES = [service.name for service in discover(ROOT)]
OFFICES = ("first_office", "second_office")
NAME = "2026_12_01_quotas"
REVISION = f"""
from alembic import op
from kit import table_changes

revision, down_revision = "202612010900", "{{before}}"

def upgrade():
    table_changes.upgrade(op, "{NAME}")

def downgrade():
    table_changes.downgrade(op, "{NAME}")
"""
Urls = Callable[[str], Awaitable[tuple[str, str]]]


def tables(schema: str, *, changed: bool) -> sa.MetaData:
    """kit's tables in a service, before or after the change: a new table, and a new column of the outbox."""
    metadata = sa.MetaData(schema=schema, naming_convention=NAMING)
    install(metadata)
    if changed:
        metadata.tables[f"{schema}.outbox"].append_column(sa.Column("priority", sa.Integer))
        sa.Table("quotas", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("left", sa.Integer))
    return metadata


def add_quotas(op: Any, schema: str) -> None:
    op.create_table(
        "quotas", sa.Column("name", sa.Text(), primary_key=True), sa.Column("left", sa.Integer()), schema=schema
    )
    op.add_column("outbox", sa.Column("priority", sa.Integer()), schema=schema)


def drop_quotas(op: Any, schema: str) -> None:
    op.drop_column("outbox", "priority", schema=schema)
    op.drop_table("quotas", schema=schema)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where packages of services lie."""
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for office in OFFICES:
        sys.modules.pop(office, None)


async def first_tables(folder: Path, office: str, owner_url: str) -> str:
    """A service with kit's tables of today in its first revision; returns the revision."""
    (folder / office / "migrations" / "versions").mkdir(parents=True)
    (folder / office / "__init__.py").write_text("")
    importlib.invalidate_caches()
    metadata = tables(office, changed=False)
    path = await asyncio.to_thread(migrations.revision, office, office, owner_url, metadata, "first tables")
    grant = f'\n    grant_runtime(op, "{office}")\n\n\ndef downgrade'
    path.write_text(path.read_text().replace("\n\n\ndef downgrade", grant))
    await asyncio.to_thread(migrations.upgrade, office, office, owner_url)
    return str(ScriptDirectory(str(path.parent.parent), version_locations=[str(path.parent)]).get_current_head())


async def differences(office: str, owner_url: str, *, changed: bool) -> list[str]:
    return await asyncio.to_thread(migrations.check, office, owner_url, tables(office, changed=changed))


async def test_one_change_reaches_every_service_and_is_undone(
    folder: Path, pg_url_factory: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(table_changes.CHANGES, NAME, TableChange(add_quotas, drop_quotas))
    for office in OFFICES:
        url, owner_url = await pg_url_factory(office)
        before = await first_tables(folder, office, owner_url)
        assert await differences(office, owner_url, changed=False) == []
        versions = folder / office / "migrations" / "versions"
        (versions / f"{NAME}.py").write_text(REVISION.format(before=before))

        await asyncio.to_thread(migrations.upgrade, office, office, owner_url)
        assert await differences(office, owner_url, changed=True) == []
        runtime = await asyncpg.connect(url.replace("+asyncpg", ""))
        await runtime.execute(f"INSERT INTO {office}.quotas VALUES ('a', 1)")
        assert await runtime.fetchval(f'SELECT "left" FROM {office}.quotas') == 1
        await runtime.close()

        await asyncio.to_thread(migrations.downgrade, office, office, owner_url)
        assert await differences(office, owner_url, changed=False) == []
        await asyncio.to_thread(migrations.upgrade, office, office, owner_url)
        assert await differences(office, owner_url, changed=True) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_exactly_the_tables_of_its_models_and_of_kit(service: str, pg_url_factory: Urls) -> None:
    _, owner_url = await pg_url_factory(service)
    metadata: sa.MetaData = importlib.import_module(f"{service}.models").Base.metadata
    assert {f"{service}.{name}" for name in ("outbox", "inbox", "idempotency", "projections")} <= set(metadata.tables)

    await asyncio.to_thread(migrations.upgrade, service, service, owner_url)
    assert await asyncio.to_thread(migrations.check, service, owner_url, metadata) == []
