"""The bare programs that the benchmarks are ratios of (design, "Budgets"); their absolute figures are printed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
from fastapi import FastAPI, Request
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

SIGNALS = 12
QUEUE = "baseline"


def api(database_url: str) -> FastAPI:
    """FastAPI + asyncpg: one POST inserts two rows in one transaction, nothing else."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(database_url, min_size=4, max_size=10)
        await app.state.pool.execute(
            "create table if not exists bare_fact (id bigint generated always as identity primary key, body text);"
            "create table if not exists bare_outbox (id bigint generated always as identity primary key, body text)"
        )
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/two-rows")
    async def two_rows(request: Request) -> dict[str, int]:
        body = (await request.body()).decode()
        async with app.state.pool.acquire() as connection, connection.transaction():
            fact = await connection.fetchval("insert into bare_fact (body) values ($1) returning id", body)
            await connection.execute("insert into bare_outbox (body) values ($1)", body)
        return {"fact": fact}

    return app


@workflow.defn(name="BareWorkflow")
class BareWorkflow:
    """Counts signals and ends with the twelfth."""

    def __init__(self) -> None:
        self.seen = 0

    @workflow.signal
    def step(self) -> None:
        """One of the twelve."""
        self.seen += 1

    @workflow.run
    async def run(self) -> int:
        """Number of signals seen."""
        await workflow.wait_condition(lambda: self.seen >= SIGNALS)
        return self.seen


async def workflows_per_second(client: Client, count: int, at_once: int = 10) -> float:
    """Rate of whole bare workflows, `at_once` of them in flight."""
    limit = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with limit:
            handle = await client.start_workflow(
                BareWorkflow.run, id=f"bare-{number}", task_queue=QUEUE, task_timeout=timedelta(seconds=2)
            )
            for _ in range(SIGNALS):
                await handle.signal(BareWorkflow.step)
            await handle.result()

    runner = UnsandboxedWorkflowRunner()  # the sandbox would import FastAPI anew for each workflow
    async with Worker(client, task_queue=QUEUE, workflows=[BareWorkflow], workflow_runner=runner):
        start = asyncio.get_running_loop().time()
        await asyncio.gather(*(one(number) for number in range(count)))
        return count / (asyncio.get_running_loop().time() - start)
