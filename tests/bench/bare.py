"""The bare API of `baseline.py` as a process: `python -m tests.bench.bare DATABASE_URL PORT`."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from stack.config import ROOT
from stack.ports import LOOPBACK, free_base
from stack.stack import Stack
from tests.bench.baseline import api
from tests.load.house import sql, until

DATABASE = "bare"


@asynccontextmanager
async def running(stack: Stack) -> AsyncGenerator[str]:
    """The bare API on a database of its own in the stack's cluster; its base URL."""
    if not await sql(stack, "postgres", "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await sql(stack, "postgres", f"CREATE DATABASE {DATABASE}")
    port = str(free_base())
    url = f"http://{LOOPBACK}:{port}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __spec__.name, stack.postgres_url(DATABASE), port, cwd=ROOT
    )
    try:
        async with httpx.AsyncClient(trust_env=False) as http:

            async def answers() -> bool:
                try:
                    return (await http.get(f"{url}/openapi.json")).is_success
                except httpx.TransportError:
                    return False

            await until(answers, 20, "the bare API answers")
        yield url
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    # With h11, as it was measured from the beginning: the baseline must not move when our services change their parser.
    bare, port = api(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(bare, host=LOOPBACK, port=port, http="h11", log_level="warning", access_log=False)
