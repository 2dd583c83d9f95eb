"""Cold start of an installed checkout until the first report is accepted, and idle memory of our processes."""

import asyncio
import time

import psutil

from stack.trial import Trial, trial
from tests.load.desk import Desk
from tests.load.figures import Row, Section, percentile
from tests.load.house import settled

STARTS = 3
START_SECONDS = 25
MEMORY_GB = 1.2
IDLE_SECONDS = 5
NOTE = (
    f"Median of {STARTS} starts with an empty state directory: clusters, databases, migrations and streams are "
    "made. Memory is PSS (shared pages counted once) of all processes of the stack after a first report; ours "
    "are all but the three servers."
)
SERVERS = frozenset({"postgres", "nats", "temporal"})


async def measure(running: Trial) -> Section:
    """Memory of the stack that is there, then starts of others after it."""
    async with Desk(running.endpoints) as desk:
        await desk.report()
    await settled(running.stack)
    await asyncio.sleep(IDLE_SECONDS)  # idle is what is measured
    memory = {name: _pss(running.process(name)) for name in _names(running)}
    ours = sum(size for name, size in memory.items() if name not in SERVERS)
    seconds = [await asyncio.to_thread(_start) for _ in range(STARTS)]
    middle = percentile(seconds, 0.5)
    rows = [
        Row("cold start → first report accepted", f"{middle:.1f} s", f"≤ {START_SECONDS} s", middle <= START_SECONDS),
        Row("idle memory of our processes", f"{ours / 2**20:.0f} MB", f"≤ {MEMORY_GB} GB", ours <= MEMORY_GB * 2**30),
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
