"""Cold start of an installed checkout until the first report is accepted; memory and processor time when idle."""

import asyncio
import time

import psutil

from stack import lock
from stack.trial import Trial, trial
from tests.bench.budget import Budget
from tests.bench.meter import SUPERVISOR, Meter
from tests.load.desk import Desk
from tests.load.figures import Row, Section, percentile
from tests.load.house import settled

STARTS = 3
REST_SECONDS, IDLE_SECONDS = 10.0, 30.0
START, MEMORY = Budget(15, None, "17 s", " s"), Budget(700, None, "772 MB", " MB", digits=0)
IDLE = Budget(30, None, "55 ms/s", " ms/s")
NOTE = (
    f"Median of {STARTS} starts with an empty state directory: clusters, databases, migrations and streams are "
    "made. Memory is PSS (shared pages counted once) of all processes of the stack after a first report; ours "
    "are all but the three servers and the supervisor. Idle processor time is that of all processes of the stack, the "
    f"supervisor too, over {IDLE_SECONDS:.0f} seconds without any request."
)
SERVERS = frozenset({"postgres", "nats", "temporal"})


async def measure(running: Trial) -> Section:
    """Memory of the stack that is there, then starts of others after it."""
    async with Desk(running.endpoints) as desk:
        await desk.report()
    await settled(running.stack)
    await asyncio.sleep(REST_SECONDS)  # idle is what is measured
    idle = await Meter.of(running).idle(IDLE_SECONDS)
    memory = {name: _pss(running.process(name)) for name in _names(running)}
    ours = sum(size for name, size in memory.items() if name not in SERVERS)
    memory[SUPERVISOR] = psutil.Process(lock.holder(running.state)).memory_full_info().pss
    seconds = [await asyncio.to_thread(_start) for _ in range(STARTS)]
    rows = [
        START.row("cold start → first report accepted", percentile(seconds, 0.5)),
        MEMORY.row("idle memory of our processes", ours / 2**20),
        IDLE.row("idle processor time of the whole stack", 1000 * idle.rate, f": {idle.each(round(idle.seconds))}"),
        *(Row(f"idle memory of {name}", f"{size / 2**20:.0f} MB") for name, size in memory.items()),
    ]
    return Section("start", "Start and memory", rows, NOTE)


def _start() -> float:
    began = time.monotonic()
    with trial() as fresh:
        asyncio.run(_first_report(fresh))
        return time.monotonic() - began


async def _first_report(fresh: Trial) -> None:
    async with Desk(fresh.endpoints) as desk:
        await desk.report()


def _names(running: Trial) -> list[str]:
    return [child.name for child in (*running.stack.servers(), *running.stack.processes())]


def _pss(process: psutil.Process) -> int:
    """Bytes of a process and its children."""
    return sum(each.memory_full_info().pss for each in (process, *process.children(recursive=True)))
