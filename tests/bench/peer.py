"""The peers as processes: their virtual environment, a database of their own each, and the same cases over HTTP."""

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx

from contracts.ids import new_id
from stack.config import ROOT
from stack.ports import LOOPBACK, free_base
from stack.stack import Stack
from tests.load.desk import WHOLE_CASE
from tests.load.house import sql, until, value

HERE = Path(__file__).parent / "peers"
LOCK = HERE / "requirements.lock"
HOME = ROOT / ".cache/peers"
PYTHON = HOME / "bin/python"
START_SECONDS = 60


async def install() -> None:
    """Make the virtual environment, unless it is there as the lock says."""
    made_for, wanted = HOME / "lock.sha256", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if made_for.exists() and made_for.read_text() == wanted:
        return
    shutil.rmtree(HOME, ignore_errors=True)
    await _done(sys.executable, "-m", "venv", HOME)
    await _done(PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r", LOCK)
    made_for.write_text(wanted)


async def _done(*command: str | Path) -> None:
    """Run to its end.

    Raises:
        AssertionError: it failed.
    """
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0, f"failed: {' '.join(map(str, command))}"


@dataclass(frozen=True)
class Peer:
    """A running peer.

    Args:
        stack: whose PostgreSQL it uses. name: also of its database. pid: of its process. http: a client of its own.
    """

    stack: Stack
    name: str
    pid: int
    http: httpx.AsyncClient

    async def whole_cases(self, count: int, at_once: int) -> None:
        """So many cases, each opened and taken through the same steps, as the same client sends them to ours."""
        turns = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with turns:
                case_id = new_id("case")
                (await self.http.post(f"/cases/{case_id}")).raise_for_status()
                for office, lane, state in WHOLE_CASE:
                    fact = {
                        "office": office,
                        "lane": lane,
                        "state": state,
                        "occurred_at": datetime.now(UTC).isoformat(),
                    }
                    (await self.http.post(f"/cases/{case_id}/facts", json=fact)).raise_for_status()

        before = await self.facts()
        await asyncio.gather(*(one() for _ in range(count)))

        async def written() -> bool:
            return await self.facts() >= before + count * len(WHOLE_CASE)

        await until(written, 60, f"{self.name} has written all facts")

    async def facts(self) -> int:
        """Facts that it has written."""
        return int(await value(self.stack, self.name, "SELECT count(*) FROM facts"))


@asynccontextmanager
async def running(stack: Stack, name: str) -> AsyncGenerator[Peer]:
    """The program `NAME_case.py` on a database of its own in the stack's cluster."""
    await sql(stack, "postgres", f"CREATE DATABASE {name}")
    await _prepare(stack.postgres_url(name))
    port = free_base()
    process = await asyncio.create_subprocess_exec(
        PYTHON, HERE / f"{name}_case.py", stack.postgres_url(name), str(port), cwd=HOME, env=_environment()
    )
    try:
        # The client gives an idle connection up before the server does: a request at that instant would fail.
        kept = httpx.Limits(max_connections=100, keepalive_expiry=20)
        async with httpx.AsyncClient(
            base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=30, limits=kept
        ) as http:

            async def answers() -> bool:
                with suppress(httpx.TransportError):
                    return (await http.get("/openapi.json")).is_success
                return False

            await until(answers, START_SECONDS, f"{name} answers")
            yield Peer(stack, name, process.pid, http)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _prepare(url: str) -> None:
    # Any: asyncpg's connections have no types
    connection: Any = await cast(Any, asyncpg).connect(url)
    try:
        await connection.execute((HERE / "schema.sql").read_text())
    finally:
        await connection.close()


def _environment() -> dict[str, str]:
    """Without settings of a stack, and without what would send anything elsewhere."""
    return {key: kept for key, kept in os.environ.items() if not key.startswith(("NEOVE_", "DBOS_", "PYTHON"))}
