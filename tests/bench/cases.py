"""Whole cases over HTTP, as a share of bare workflows with twelve signals, and their processor time."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
from temporalio.client import Client

from stack.trial import Trial
from tests.bench.baseline import SIGNALS, workflows_per_second
from tests.bench.budget import Budget
from tests.bench.meter import Meter, Quiet, Spent, quiet
from tests.load.desk import WHOLE_CASE, Desk
from tests.load.figures import Row, Section
from tests.load.house import temporal_client, value

ROUNDS = 3
CASES = 20
BARE = 60
AT_ONCE = 10
WARM_UP = 10
RATIO = Budget(0.25, 0.3, "0.11 ×", " ×", least=True, digits=2)
CPU = Budget(230, 180, "570 ms", " ms", digits=0)
NOTE = (
    f"{ROUNDS} rounds of {BARE} bare workflows and {CASES} whole cases in turn, {AT_ONCE} at once. A case: one report, "
    f"{len(WHOLE_CASE)} facts over HTTP, until every outbox is published and every service has handled all messages. A "
    f"bare workflow: {SIGNALS} signals; its worker and client are one process, the measuring one, and counted. "
    "Processor time is that of all processes of the stack, with what they take when idle taken off; the client of the "
    "cases is not one of them."
)

_CLOCKS = "SELECT count(*)::float8 / count(DISTINCT case_id) FROM casework.clocks"
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname <> 'postgres' AND usename <> current_user"
_DATABASES = "SELECT sum(pg_database_size(datname))::bigint FROM pg_database WHERE datname = ANY($1)"


async def measure(trial: Trial) -> Section:
    """Bare and ours in turn: what else the machine does falls on both."""
    client, meter = await temporal_client(trial.stack), Meter.of(trial)
    async with quiet(trial.stack) as still, Desk(trial.endpoints) as desk:
        await whole_cases(desk, WARM_UP)
        await workflows_per_second(client, WARM_UP, AT_ONCE)
        await still.settled()
        idle, grown = await meter.idle(), Counter[str]()
        bare, ours = list[Spent](), list[Spent]()
        for _ in range(ROUNDS):
            bare.append(await _bare(client, meter, idle))
            grown.subtract(await disk_bytes(trial))
            ours.append(await spent(lambda: whole_cases(desk, CASES), still, meter, idle))
            grown.update(await disk_bytes(trial))
    clocks = await value(trial.stack, "casework", _CLOCKS)
    connections = await value(trial.stack, "postgres", _CONNECTIONS)
    rows = [
        *_rows(total(bare), total(ours), clocks),
        Row(
            "disk of a case", ", ".join(f"{name} {size / CASES / ROUNDS / 1000:.0f} kB" for name, size in grown.items())
        ),
        Row("connections of the services to PostgreSQL", f"{connections}"),
    ]
    return Section("cases", "Whole cases", rows, NOTE)


async def disk_bytes(trial: Trial) -> dict[str, int]:
    """What each server keeps: all databases, all streams, and Temporal's database with its log of writes."""
    async with httpx.AsyncClient(trust_env=False) as http:
        streams = (await http.get(f"{trial.endpoints.nats_monitor}/jsz")).raise_for_status().json()["bytes"]
    databases = int(await value(trial.stack, "postgres", _DATABASES, trial.stack.service_names))
    temporal = sum(file.stat().st_size for file in (trial.state / "temporal").iterdir())
    return {"PostgreSQL": databases, "NATS": streams, "Temporal": temporal}


async def whole_cases(desk: Desk, count: int) -> None:
    """So many cases, each from its report to its last step, without waiting for what they cause."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with turns:
            case_id = await desk.report()
            for step in WHOLE_CASE:
                await desk.step(case_id, *step)

    await asyncio.gather(*(one() for _ in range(count)))


async def spent(work: Callable[[], Awaitable[object]], still: Quiet, meter: Meter, idle: Spent) -> Spent:
    """What a piece of work costs until the stack has done all that follows from it."""
    before = meter.read()
    await work()
    await still.settled(120)
    return meter.since(before).without(idle)


def total(parts: list[Spent]) -> Spent:
    """All rounds together."""
    first, *others = parts
    for other in others:
        first = first.plus(other)
    return first


async def _bare(client: Client, meter: Meter, idle: Spent) -> Spent:
    """The seconds are those of the workflows alone, without the start of their worker."""
    with_own = Meter({"temporal": meter.roots["temporal"], **own_process()})
    before = with_own.read()
    rate = await workflows_per_second(client, BARE, AT_ONCE)
    used = with_own.since(before).without(idle)
    return Spent(BARE / rate, used.cpu)


def own_process() -> dict[str, int]:
    """The root of a meter that stands for the measuring process itself."""
    return {"worker and client": os.getpid()}


def _rows(bare: Spent, ours: Spent, clocks: float) -> list[Row]:
    bare_count, count = ROUNDS * BARE, ROUNDS * CASES
    bare_rate, rate = bare_count / bare.seconds, count / ours.seconds
    bare_ms, ms = 1000 * bare.total / bare_count, 1000 * ours.total / count
    return [
        Row("bare workflows", f"{bare_rate:.1f} a second"),
        RATIO.row("whole case ÷ bare workflow", rate / bare_rate, f", {rate:.2f} a second"),
        Row("processor time of a bare workflow", f"{bare_ms:.0f} ms: {bare.each(bare_count)}"),
        CPU.row("processor time of all processes, a case", ms, f" = {ms / bare_ms:.1f} × bare"),
        Row("of it in ms, by process", ours.each(count)),
        Row("facts accepted", f"{rate * len(WHOLE_CASE):.0f} a second"),
        Budget(6, least=True).row("clocks of a case", clocks),
    ]
