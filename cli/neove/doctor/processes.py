"""Does every process of the stack run and answer, and how much memory do they use?"""

import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from neove.doctor.finding import Finding
from stack import lock, status
from stack.processes import Child, Records
from stack.stack import Stack

MEGABYTE = 1_000_000


def findings(stack: Stack) -> Iterator[Finding]:
    """The supervisor, each server, each service and worker, and the memory of all."""
    pid = lock.holder(stack.state)
    supervisor = [psutil.Process(pid)] if pid else []
    yield Finding("supervisor", "ok", _described(supervisor)) if pid else Finding("supervisor", "bad", "does not run")
    known = status.read(stack.state)
    restarts = {part.name: part.restarts for part in known.parts} if known else {}
    records, everything = Records(stack.state), supervisor
    for child in (*stack.servers(), *stack.processes()):
        process = records.process(child.name)
        family = [process, *process.children(recursive=True)] if process else []
        everything = everything + family
        yield _process(child, family, restarts.get(child.name, 0))
    yield Finding("memory", "ok", f"{_megabytes(everything):.0f} MB in {len(everything)} processes")


def _process(child: Child, family: list[psutil.Process], restarts: int) -> Finding:
    if not family:
        return Finding(child.name, "bad", "does not run")
    what = _described(family) + (f", started again {restarts} times" if restarts else "")
    if not child.ready():
        return Finding(child.name, "bad", f"{what}, does not answer at {child.where}")
    return Finding(child.name, "look" if restarts else "ok", what)


def _described(family: list[psutil.Process]) -> str:
    """Pid and age of the first process, memory of all."""
    minutes = (time.time() - family[0].create_time()) / 60
    return f"pid {family[0].pid}, {minutes:.0f} min, {_megabytes(family):.0f} MB"


def _megabytes(family: list[psutil.Process]) -> float:
    """Memory of these processes; pages that they share are counted once."""
    total = 0
    for process in family:
        with suppress(psutil.Error, OSError):
            total += process.memory_full_info().pss
    return total / MEGABYTE
