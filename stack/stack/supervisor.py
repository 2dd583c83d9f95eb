"""The supervisor: a process of its own that starts everything in order, keeps it running and stops it.

`python -m stack.supervisor` is started by `neove up`. It holds a lock on the state directory, so there is one at
most. It logs what it does to `logs/supervisor.log` and writes the state of every part to `status.json`.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from stack import lock, status
from stack.config import Failure
from stack.keeper import Keeper, last_line
from stack.processes import MARK, Child, is_alive, python, stop, stop_leftovers
from stack.stack import Stack
from stack.status import Phase, Status
from stack.streams import StreamKeeper

ALREADY_RUNNING = 3
"""Exit status of a second supervisor."""
START_SECONDS = 90
PREPARE_SECONDS = 300
"""A migration may take its time."""
PATIENCE = 3
"""A process that dies this often before its first answer makes the start fail."""
LOG_BYTES = 20_000_000
LOG_KEPT = 3
TICK_SECONDS = 0.1
HOUSEKEEPING_SECONDS = 2
log = logging.getLogger("supervisor")


class Stopped(Exception):
    """It was asked to stop while it was starting."""


class Supervisor:
    """Runs one stack.

    Args:
        stack: what to run.
        owner: process whose end ends the stack; used by tests, so that none outlives its run.
    """

    def __init__(self, stack: Stack, owner: psutil.Process | None = None) -> None:
        self._stack, self._owner = stack, owner
        self._stopping, self._prepared, self._changed = threading.Event(), threading.Event(), threading.Event()
        self._keepers: list[Keeper] = []
        self._streams = StreamKeeper(stack)
        self._status = Status(pid=os.getpid(), created=psutil.Process().create_time())
        self._written = ""

    def ask_to_stop(self, *_: object) -> None:
        """Stop soon; a handler of signals."""
        self._stopping.set()
        self._changed.set()

    def run(self) -> int:
        """Start, keep, stop; the exit status."""
        code = 0
        try:
            self._start()
            self._say("ready")
            log.info("everything answers")
            self._keep()
        except Stopped:
            log.info("asked to stop before everything answered")
        except (Failure, OSError) as failure:
            log.error("%s", failure)
            self._status.failure, code = str(failure), 1
        finally:
            self._stop(failed=bool(code))
        return code

    def _start(self) -> None:
        stack = self._stack
        self._say("starting")
        self._clear_leftovers()
        if busy := stack.ports.busy(stack.used_ports()):
            raise Failure("; ".join(busy))
        stack.keys.mkdir(mode=0o700, exist_ok=True)
        stack.regulations.mkdir(mode=0o755, exist_ok=True)
        servers = self._keepers_of(stack.servers())
        stack.save()
        processes = self._keepers_of(stack.processes())
        for keeper in (*servers, *processes):
            keeper.begin()  # the services load their code while the servers start and are prepared
        self._wait_for(servers)
        self._prepare()
        self._prepared.set()
        self._wait_for(processes)

    def _keepers_of(self, children: list[Child]) -> list[Keeper]:
        stack = self._stack
        events = (self._stopping, self._prepared, self._changed)
        made = [Keeper(child, stack.state, stack.logs, *events) for child in children]
        self._keepers += made
        self._status.parts += [keeper.part for keeper in made]
        return made

    def _wait_for(self, keepers: list[Keeper]) -> None:
        """Wait until all of these answer."""
        deadline = time.monotonic() + START_SECONDS
        while waiting := [keeper for keeper in keepers if keeper.part.state != "ready"]:
            for keeper in waiting:
                if keeper.failures >= PATIENCE:
                    raise Failure(f"{keeper.part.name} does not start: it {keeper.last_words} ({self._log_of(keeper)})")
            if time.monotonic() > deadline:
                late = waiting[0]
                raise Failure(f"{late.part.name} does not answer within {START_SECONDS} s ({self._log_of(late)})")
            self._tick()

    def _prepare(self) -> None:
        """Roles, databases, migrations, topology: in one process that ends, so that nothing of it stays in memory."""
        self._status.doing = "roles, migrations, topology"
        path = self._stack.logs / "prepare.log"
        with path.open("wb") as output:
            process = subprocess.Popen(
                python("stack.prepare"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, MARK: str(self._stack.state)},
                cwd="/",
            )
            deadline = time.monotonic() + PREPARE_SECONDS
            try:
                while process.poll() is None and time.monotonic() < deadline:
                    self._tick()
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            raise Failure(f"{last_line(path)} ({path})")
        self._status.doing = ""

    def _keep(self) -> None:
        """Write what the keepers tell, at once; in between keep house."""
        next_round = 0.0
        while not self._stopping.is_set():
            self._changed.wait(HOUSEKEEPING_SECONDS)
            self._changed.clear()  # before the status is written: a change that comes meanwhile is written next
            self._publish()
            if time.monotonic() >= next_round:
                next_round = time.monotonic() + HOUSEKEEPING_SECONDS
                rotate_logs(self._stack.logs)
                self._streams.look()
                if self._owner and not is_alive(self._owner):
                    log.info("its owner has ended")
                    self._stopping.set()

    def _stop(self, failed: bool) -> None:
        self._stopping.set()
        self._streams.stop()
        if not failed:
            self._say("stopping")
        servers = {child.name for child in self._stack.servers()}
        for batch in (
            [keeper for keeper in self._keepers if keeper.child.name not in servers],
            [keeper for keeper in self._keepers if keeper.child.name in servers],
        ):
            running = [(process, keeper.child.stop_signal) for keeper in batch if (process := keeper.process())]
            stop(running)
            for keeper in batch:
                keeper.join()
        self._say("failed" if failed else "stopping")
        log.info("stopped")

    def _clear_leftovers(self) -> None:
        """End what a killed supervisor left running."""
        if stopped := stop_leftovers(self._stack.state):
            log.warning("stopped what an earlier supervisor had left: %s", ", ".join(stopped))

    def _tick(self) -> None:
        if self._stopping.wait(TICK_SECONDS):
            raise Stopped()
        self._publish()

    def _say(self, phase: Phase) -> None:
        self._status.phase = phase
        self._publish()

    def _publish(self) -> None:
        """Write the status when it has changed."""
        text = self._status.model_dump_json()
        if text != self._written:
            status.write(self._stack.state, self._status)
            self._written = text

    def _log_of(self, keeper: Keeper) -> Path:
        return self._stack.logs / f"{keeper.child.name}.log"


def rotate_logs(folder: Path) -> None:
    """Copy a log that has grown too long aside and empty it; its writers append, so they go on at the start."""
    for path in (*folder.glob("*.log"), *folder.glob("*.jsonl")):
        if path.stat().st_size < LOG_BYTES:
            continue
        for number in range(LOG_KEPT - 1, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.rename(path.with_name(f"{path.name}.{number + 1}"))
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)


def main() -> None:
    """Run the stack of this environment until SIGTERM."""
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stack = Stack.from_environment()
    held = lock.take(stack.state)
    if held is None:
        sys.exit(ALREADY_RUNNING)
    owner = os.environ.get("NEOVE_OWNER_PID")
    supervisor = Supervisor(stack, psutil.Process(int(owner)) if owner else None)
    signal.signal(signal.SIGTERM, supervisor.ask_to_stop)
    signal.signal(signal.SIGINT, supervisor.ask_to_stop)
    code = supervisor.run()
    held.close()
    sys.exit(code)


if __name__ == "__main__":
    main()
