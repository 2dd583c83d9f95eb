"""Starts and stops the supervisor of a stack from another process."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from stack import lock, status
from stack.config import Failure
from stack.keeper import last_line
from stack.processes import Records, python, stop_leftovers, until
from stack.status import Status
from stack.supervisor import ALREADY_RUNNING

STOP_SECONDS = 60
"""Services, then servers: each batch may take its full time."""
TICK_SECONDS = 0.1


def up(state: Path, environment: Mapping[str, str], show: Callable[[Status], None] = lambda _: None) -> Status:
    """Start the stack, or join one that starts or runs; returns when everything answers.

    Args:
        state: the state directory; made if it is not there.
        environment: for the supervisor, with the `NEOVE_…` variables.
        show: called with the status again and again.

    Raises:
        Failure: it did not start; nothing of it then runs.
    """
    _make_state(state)
    supervisor = _start_supervisor(state, environment)
    while True:
        seen = status.read(state)
        if seen and (seen.pid == supervisor.pid or seen.supervisor_lives()):
            show(seen)
            if seen.phase == "ready":
                return seen
            if seen.phase == "failed":
                supervisor.wait()
                raise Failure(seen.failure or "The stack did not start.")
            if seen.pid == supervisor.pid and supervisor.poll() is not None:
                raise Failure("It was stopped before everything answered.")
        elif supervisor.poll() == ALREADY_RUNNING and lock.holder(state) is None:
            supervisor = _start_supervisor(state, environment)  # the other one was just ending
        elif supervisor.poll() not in {None, ALREADY_RUNNING}:
            raise Failure(f"The supervisor did not start: {last_line(state / 'logs' / 'supervisor.log')}")
        time.sleep(TICK_SECONDS)  # between two looks at the status file; the supervisor has the time limit


def down(state: Path) -> list[str]:
    """Stop everything of a stack, whether or not its supervisor lives; returns the names of what ran.

    Raises:
        Failure: something could not be stopped.
    """
    running = sorted(Records(state).leftovers())
    if pid := lock.holder(state):
        supervisor = psutil.Process(pid)
        supervisor.terminate()
        if not until(lambda: lock.holder(state) is None, STOP_SECONDS):
            supervisor.kill()
    stop_leftovers(state)
    if left := Records(state).leftovers():
        raise Failure(f"These could not be stopped: {', '.join(f'{n} (pid {p.pid})' for n, p in left.items())}")
    return running


def _start_supervisor(state: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (state / "logs" / "supervisor.log").open("ab") as output:
        return subprocess.Popen(
            python("stack.supervisor"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment, "NEOVE_STATE": str(state)},
            cwd="/",
            start_new_session=True,
        )


def _make_state(state: Path) -> None:
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in ("logs", "run"):
            (state / folder).mkdir(mode=0o700, exist_ok=True)
        probe = state / "run" / f"probe-{os.getpid()}"
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        raise Failure(f"The state directory {state} cannot be written: {error.strerror}.") from None
