"""What work costs: processor time of every process of a stack, and when the stack is quiet again.

Processor time is utime + stime of /proc, of each process with its descendants, and of those that ended and were waited
for (PostgreSQL starts and ends one process a connection). What the stack takes when it is idle is taken off.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx

from stack import lock
from stack.stack import Stack
from stack.trial import Trial
from tests.load.house import until, waiting_messages

TICKS = os.sysconf("SC_CLK_TCK")
PPID, FIRST_TIME = 1, 11
"""Places in /proc/PID/stat after the name of the program: parent; then utime, stime, cutime, cstime."""
IDLE_SECONDS = 10.0
MOMENT_SECONDS = 0.1
BUSY_SHARE = 2.0
"""A second in which the stack takes up to so many times its idle processor time, and a little, counts as idle."""
A_LITTLE = 0.03
SUPERVISOR = "supervisor"
_WAITING = "SELECT count(*) FROM {0}.outbox WHERE published_at IS NULL"


@dataclass(frozen=True)
class Spent:
    """Processor seconds by process, and the seconds in which they were spent."""

    seconds: float
    cpu: Mapping[str, float]

    @property
    def total(self) -> float:
        """Processor seconds of all processes."""
        return sum(self.cpu.values())

    @property
    def rate(self) -> float:
        """Processor seconds a second."""
        return self.total / self.seconds

    def without(self, idle: "Spent") -> "Spent":
        """Less what the idle stack takes in the same time."""
        share = self.seconds / idle.seconds
        return Spent(self.seconds, {name: used - share * idle.cpu.get(name, 0.0) for name, used in self.cpu.items()})

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        names = self.cpu.keys() | other.cpu.keys()
        return Spent(
            self.seconds + other.seconds,
            {name: self.cpu.get(name, 0.0) + other.cpu.get(name, 0.0) for name in names},
        )

    def each(self, count: int) -> str:
        """Milliseconds of each process for one of so many operations, the largest first."""
        parts = sorted(((used, name) for name, used in self.cpu.items()), reverse=True)
        return ", ".join(f"{name} {1000 * used / count:.1f}" for used, name in parts if 1000 * used / count >= 0.05)


@dataclass(frozen=True)
class Meter:
    """Reads processor time.

    Args:
        roots: name → pid; a name's figure is that of the process and all its descendants.
    """

    roots: Mapping[str, int]

    @classmethod
    def of(cls, running: Trial, **more: int) -> "Meter":
        """All processes of a stack as they run now, with its supervisor, and other ones."""
        names = [child.name for child in (*running.stack.servers(), *running.stack.processes())]
        pids = {name: running.process(name).pid for name in names}
        return cls(pids | {SUPERVISOR: lock.holder(running.state) or 0} | more)

    def read(self) -> Spent:
        """Since the start of each process, at the instant `seconds`; subtract two of them."""
        children: dict[int, list[int]] = {}
        used: dict[int, float] = {}
        for pid, parent, seconds in _processes():
            children.setdefault(parent, []).append(pid)
            used[pid] = seconds
        return Spent(time.monotonic(), {name: _of_tree(pid, children, used, self) for name, pid in self.roots.items()})

    def since(self, before: Spent) -> Spent:
        """What was spent since an earlier reading."""
        now = self.read()
        return Spent(now.seconds - before.seconds, {name: now.cpu[name] - before.cpu[name] for name in now.cpu})

    async def idle(self, seconds: float = IDLE_SECONDS) -> Spent:
        """What is spent while nothing is asked; ask when the stack is quiet."""
        before = self.read()
        await asyncio.sleep(seconds)  # idle is what is measured
        return self.since(before)


def _of_tree(root: int, children: Mapping[int, list[int]], used: Mapping[int, float], meter: Meter) -> float:
    """The supervisor is the parent of all others, which have names of their own."""
    own = used.get(root, 0.0)
    if root == meter.roots.get(SUPERVISOR):
        return own
    return own + sum(_of_tree(child, children, used, meter) for child in children.get(root, ()))


def _processes() -> list[tuple[int, int, float]]:
    """(pid, parent, processor seconds) of all processes of the machine."""
    found: list[tuple[int, int, float]] = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended; its parent has its time
            ticks = sum(map(int, after_name[FIRST_TIME : FIRST_TIME + 4]))
            found.append((int(folder.name), int(after_name[PPID]), ticks / TICKS))
    return found


@dataclass
class Quiet:
    """Says when nothing is under way, over connections that stay open: to sign in costs more than to look.

    Attributes:
        looks: statements sent so far to each database.
    """

    stack: Stack
    connections: Mapping[str, Any]
    looks: int = 0

    async def settled(self, seconds: float = 60) -> None:
        """Wait until every durable has handled all that it got, and every outbox is published."""

        async def still() -> bool:
            try:
                return not await waiting_messages(self.stack) and not await self._waiting_events()
            except httpx.HTTPError:
                return False

        await until(still, seconds, "outboxes and durables are empty")

    async def rested(self) -> None:
        """Wait until it is settled, and a moment more: no counter says whether Temporal still works for a case."""
        await self.settled()
        await asyncio.sleep(MOMENT_SECONDS)

    async def resting(self, meter: Meter, idle: Spent, seconds: float = 60) -> None:
        """Wait until it is settled, and takes hardly more processor time than an idle stack for a second."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.settled(seconds)
            if (await meter.idle(1.0)).rate <= BUSY_SHARE * idle.rate + A_LITTLE:
                return

    async def _waiting_events(self) -> int:
        self.looks += 1
        found = 0
        for name, connection in self.connections.items():
            found += await connection.fetchval(_WAITING.format(name))
        return found


@asynccontextmanager
async def quiet(stack: Stack) -> AsyncGenerator[Quiet]:
    """The looks of one measurement."""
    async with AsyncExitStack() as opened:
        connections: dict[str, Any] = {}
        for name in stack.service_names:
            # Any: asyncpg's connections have no types
            connections[name] = await cast(Any, asyncpg).connect(stack.postgres_url(name))
            opened.push_async_callback(connections[name].close)
        yield Quiet(stack, connections)
