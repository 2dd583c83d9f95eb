"""The same case on SpiffWorkflow: `python spiff_case.py DATABASE_URL PORT`, in a virtual environment of its own.

The process has twelve user tasks, each with a timer on its edge. A step reads the state of the process, completes the
task, and writes state, fact and both projections in one transaction. The diagram is kept once, in memory, not in each
case's state. Once a second it asks which timers are due.
"""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI
from spiff_data import ALARM, DUE, FACT, NODES, OPEN, SERIALIZER, SPEC, STATE
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import TaskState

LIMIT = timedelta(days=1)


async def timers(pool: Any) -> None:
    while True:
        async with pool.acquire() as connection, connection.transaction():
            for row in await connection.fetch(DUE):
                workflow = SERIALIZER.deserialize_json(row["state"])
                workflow.refresh_waiting_tasks()
                workflow.do_engine_steps()
                await connection.execute(ALARM, row["case_id"], SERIALIZER.serialize_json(workflow))
        await asyncio.sleep(1)


@asynccontextmanager
async def lifespan(app: FastAPI) -> Any:
    app.state.pool = await asyncpg.create_pool(sys.argv[1], min_size=4, max_size=10)
    app.state.timers = asyncio.create_task(timers(app.state.pool))
    yield
    app.state.timers.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/cases/{case_id}")
async def open_case(case_id: str) -> dict[str, str]:
    workflow = BpmnWorkflow(SPEC)
    workflow.do_engine_steps()
    await app.state.pool.execute(OPEN, case_id, SERIALIZER.serialize_json(workflow), datetime.now(UTC) + LIMIT)
    return {"case_id": case_id}


@app.post("/cases/{case_id}/facts")
async def record_fact(case_id: str, fact: dict[str, Any]) -> dict[str, str]:
    async with app.state.pool.acquire() as connection, connection.transaction():
        workflow = SERIALIZER.deserialize_json(await connection.fetchval(STATE, case_id))
        task = workflow.get_next_task(state=TaskState.READY)
        number = NODES.index(task.task_spec.name)
        task.run()
        workflow.do_engine_steps()
        state, next_at = SERIALIZER.serialize_json(workflow), datetime.now(UTC) + LIMIT
        at = datetime.fromisoformat(fact["occurred_at"])
        row = (case_id, number, fact["lane"], fact["state"], fact["office"], at, state, next_at)
        await connection.execute(FACT, *row)
    return {"case_id": case_id}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False, timeout_keep_alive=30)
