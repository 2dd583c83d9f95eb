"""The processes of a stack: what to start, what was started, and how to end all of it.

A process is known by its pid *and* its start time (a pid is used again), and carries the state directory in its
environment, so that one whose record was lost is found as well.
"""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil

from stack.config import Failure

HELD = "NEOVE_HELD"
"""Environment variable that holds a service before it begins; equal to `kit.runtime.HELD`."""
LEAN = {"PYTHONUNBUFFERED": "1", "PYTHONNODEBUGRANGES": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""Environment of every process. Logs are written at once. Columns of code, which a traceback would show by `^^^`, are
not kept in memory. Free memory is given back: 131,072 bytes is glibc's own limit, but unless it is set it grows."""
MARK = "NEOVE_SUPERVISED_FROM"
"""Environment variable of every supervised process: the state directory of its stack."""
STOP_SECONDS = 12.0
"""A service has ten seconds to finish what it holds; what is then left is killed."""
CLOCK_STEP_SECONDS = 2.0
"""The system computes start times from its clock, which may be set a little in between."""
POLL_SECONDS = 0.05
POSTGRES = "postgres"
"""This process stops last: others need it while they finish. SIGTERM would make it wait for their connections."""


@dataclass(frozen=True)
class Child:
    """One supervised process.

    Args:
        name: also the name of its log.
        command: the arguments; asked before each start, and may first put right what the process needs.
        where: what `up` shows, a URL where there is one.
        ready: whether it answers; called off the event loop, may block for some seconds.
        environment: on top of the supervisor's own.
        user: operating system user to run as, if not the supervisor's.
        stop_signal: what asks it to finish.
        folder: where it runs; there when it is started, at the latest after `command` was asked.
        held: it loads its code at once, but begins only after a byte on its standard input (`kit.runtime.HELD`).
        ready_pause: seconds between two questions whether it answers.
    """

    name: str
    command: Callable[[], tuple[str, ...]]
    where: str
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    folder: Path = Path("/")
    held: bool = False
    ready_pause: float = 0.1


class Records:
    """Pid files in `run/`, one a process."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._folder = state / "run"

    def write(self, name: str, pid: int) -> None:
        """Record a process that was just started."""
        self._folder.mkdir(exist_ok=True)
        record = {"pid": pid, "created": psutil.Process(pid).create_time()}
        (self._folder / f"{name}.pid").write_text(json.dumps(record))

    def forget(self, name: str) -> None:
        """Drop the record of a process that ended."""
        (self._folder / f"{name}.pid").unlink(missing_ok=True)

    def process(self, name: str) -> psutil.Process | None:
        """The recorded process, if it is still the same and alive."""
        try:
            record = json.loads((self._folder / f"{name}.pid").read_text())
            process = psutil.Process(record["pid"])
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None
        same = abs(process.create_time() - record["created"]) < CLOCK_STEP_SECONDS
        return process if same and is_alive(process) else None

    def names(self) -> list[str]:
        """Every recorded name, alive or not."""
        return sorted(path.stem for path in self._folder.glob("*.pid"))

    def leftovers(self) -> dict[str, psutil.Process]:
        """Every process of this stack that is alive, by its name."""
        found = {name: process for name in self.names() if (process := self.process(name))}
        known = {process.pid for process in found.values()}
        strays = (process for process in psutil.process_iter() if process.pid not in known)
        return found | {f"pid-{stray.pid}": stray for stray in strays if self._is_ours(stray)}

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == str(self._state) and is_alive(process)
        except (psutil.Error, OSError):
            return False


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a process that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(processes: Iterable[tuple[psutil.Process, signal.Signals]], seconds: float = STOP_SECONDS) -> None:
    """Ask all to finish, wait, and kill what is left together with its group."""
    targets = list(processes)
    for process, asked in targets:
        _send(process, asked)
    until(lambda: not any(is_alive(process) for process, _ in targets), seconds)
    for process, _ in targets:
        if is_alive(process):
            _kill_group(process)
    until(lambda: not any(is_alive(process) for process, _ in targets), seconds)


def stop_leftovers(state: Path) -> list[str]:
    """End every process of a stack that has no supervisor, PostgreSQL last; returns their names."""
    records = Records(state)
    found = records.leftovers()
    stop((process, signal.SIGTERM) for name, process in found.items() if name != POSTGRES)
    stop((process, signal.SIGINT) for name, process in found.items() if name == POSTGRES)
    for name in records.names():
        records.forget(name)
    return sorted(found)


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it holds; false if it did not within the time."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)  # what is awaited here gives no sign, for example the end of another's child
    return held


def start(child: Child, log: Path, state: Path) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own; its output is appended to the log, which outlives the supervisor.

    A child that is held begins after a byte on its `stdin`.
    """
    command, account = child.command(), Account.of(child.user)
    environment = {**os.environ, **LEAN, **child.environment, MARK: str(state)}
    environment |= {HELD: "1"} if child.held else {}
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if child.held else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=child.folder,
            start_new_session=True,
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """Run a module with this interpreter; `-P` keeps the working directory off the import path."""
    return (sys.executable, "-P", "-m", module, *arguments)


def program(name: str) -> Path:
    """A program that a wheel put beside the interpreter.

    Raises:
        Failure: it is not there.
    """
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise Failure(f"{path} is missing: remove .venv and run `make up` again.")
    return path


def run_as(user: str | None, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as this user (none: the caller's own), keeping what it says."""
    account = Account.of(user)
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )


class Account(NamedTuple):
    """The rights that a process gets; where all fields are empty, those of its parent."""

    user: str | None = None
    group: int | None = None
    extra_groups: list[int] | None = None

    @classmethod
    def of(cls, user: str | None) -> "Account":
        """The rights of this user and its own group, without any of root's groups."""
        return cls(user, pwd.getpwnam(user).pw_gid, []) if user else cls()


def _send(process: psutil.Process, asked: signal.Signals) -> None:
    try:
        process.send_signal(asked)
    except psutil.NoSuchProcess:
        return


def _kill_group(process: psutil.Process) -> None:
    try:
        group = os.getpgid(process.pid)
        if group == process.pid:
            os.killpg(group, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, psutil.NoSuchProcess):
        return
