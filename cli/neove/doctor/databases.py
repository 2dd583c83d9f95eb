"""Is the database of each service at the newest migration, and does its outbox empty itself?"""

import asyncio
from importlib.resources import files
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine

from kit import migrations, relay
from neove.doctor.finding import Finding
from neove.shared.databases import connection, database
from stack.stack import Stack

OLD_EVENT_SECONDS = 30


async def findings(stack: Stack, service: str) -> list[Finding]:
    """Two lines for one service: its migrations and its outbox."""
    async with database(stack, service) as engine:
        return [await _version(engine, service), await _outbox(engine, service)]


async def _version(engine: AsyncEngine, service: str) -> Finding:
    async with connection(engine) as opened:
        version = await opened.fetchval(f"SELECT version_num FROM {migrations.VERSION_TABLE}")  # noqa: S608 - a constant
    newest = await asyncio.to_thread(_newest, service)
    if [version] == newest:
        return Finding(f"{service}: migrations", "ok", f"newest, {version}")
    return Finding(f"{service}: migrations", "bad", f"at {version}, the newest is {', '.join(newest)}: run `neove up`")


def _newest(service: str) -> list[str]:
    versions = Path(str(files(service))) / "migrations" / "versions"
    return ScriptDirectory(str(files("kit") / "alembic"), version_locations=[str(versions)]).get_heads()


async def _outbox(engine: AsyncEngine, service: str) -> Finding:
    backlog = await relay.backlog(engine)
    part, what = f"{service}: outbox", f"{backlog.waiting} events wait"
    if backlog.waiting:
        what += f", the oldest for {backlog.oldest_seconds:.0f} s"
    if backlog.parked:
        return Finding(part, "look", f"{what}; NATS refused {backlog.parked} for good: see `neove outbox`")
    return Finding(part, "bad" if backlog.oldest_seconds > OLD_EVENT_SECONDS else "ok", what)
