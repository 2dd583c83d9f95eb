"""The same case on DBOS: `python dbos_case.py DATABASE_URL PORT`. Runs in a virtual environment of its own.

One workflow a case. A fact is accepted when its message is stored; the workflow takes it, writes it and both
projections in one statement, which may be repeated, and waits for the next one until the limit, after which it
writes an alarm.
"""

import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvicorn
from dbos import DBOS, SetWorkflowID
from fastapi import FastAPI

FACTS = 12
LIMIT = timedelta(days=1)
DATABASE_URL, PORT = sys.argv[1], int(sys.argv[2])
FACT = """WITH fact AS (INSERT INTO facts VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING),
  lane AS (INSERT INTO lanes VALUES ($1, $3, $4, $5)
    ON CONFLICT (case_id, lane) DO UPDATE SET state = excluded.state, holder = excluded.holder)
  INSERT INTO work VALUES ($1, $5, $7)
    ON CONFLICT (case_id) DO UPDATE SET office = excluded.office, due_at = excluded.due_at"""
ALARM = "INSERT INTO alarms (case_id, number) VALUES ($1, $2) ON CONFLICT DO NOTHING"


@DBOS.step()
async def record(case_id: str, number: int, fact: dict[str, Any]) -> None:
    due_at, at = datetime.now(UTC) + LIMIT, datetime.fromisoformat(fact["occurred_at"])
    row = (case_id, number, fact["lane"], fact["state"], fact["office"], at, due_at)
    await app.state.pool.execute(FACT, *row)


@DBOS.step()
async def raise_alarm(case_id: str, number: int) -> None:
    await app.state.pool.execute(ALARM, case_id, number)


@DBOS.workflow()
async def carry(case_id: str) -> None:
    for number in range(FACTS):
        while (fact := await DBOS.recv_async("fact", timeout_seconds=LIMIT.total_seconds())) is None:
            await raise_alarm(case_id, number)
        await record(case_id, number, fact)


@asynccontextmanager
async def lifespan(app: FastAPI) -> Any:
    DBOS(config={"name": "bench", "system_database_url": DATABASE_URL, "log_level": "WARNING"})
    app.state.pool = await asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10)
    DBOS.launch()
    yield
    DBOS.destroy()


app = FastAPI(lifespan=lifespan)


@app.post("/cases/{case_id}")
async def open_case(case_id: str) -> dict[str, str]:
    with SetWorkflowID(case_id):
        await DBOS.start_workflow_async(carry, case_id)
    return {"case_id": case_id}


@app.post("/cases/{case_id}/facts")
async def record_fact(case_id: str, fact: dict[str, Any]) -> dict[str, str]:
    await DBOS.send_async(case_id, fact, "fact")
    return {"case_id": case_id}


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False, timeout_keep_alive=30)
