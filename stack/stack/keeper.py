"""Keeps one process running: starts it, sees when it answers, starts it again when it dies."""

import logging
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from stack.config import Failure
from stack.processes import Child, Records, start
from stack.status import Part, PartState

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 5.0
"""A process that answered for this long is started again after the first pause, however often it had died before: most
deaths are not of its own making, and a server that is away makes all others wait."""
TAIL_BYTES = 4096
LINE_CHARACTERS = 300
log = logging.getLogger("supervisor")


class Keeper:
    """One child and the thread that keeps it.

    Args:
        child: what to run.
        state: the state directory.
        logs: folder of its log.
        stopping: set once the stack stops; then nothing is started any more.
        prepared: set once databases and streams are as a child that is held needs them.
        changed: set whenever the state of the child changes, so that nobody has to look for it.
    """

    def __init__(
        self,
        child: Child,
        state: Path,
        logs: Path,
        stopping: threading.Event,
        prepared: threading.Event,
        changed: threading.Event,
    ) -> None:
        self.child = child
        self.part = Part(name=child.name, where=child.where)
        self.failures = 0
        """Deaths since it last answered."""
        self.last_words = ""
        self._state, self._log = state, logs / f"{child.name}.log"
        self._records = Records(state)
        self._stopping, self._prepared, self._changed = stopping, prepared, changed
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers_since: float | None = None
        self._thread = threading.Thread(target=self._keep, name=child.name, daemon=True)

    def begin(self) -> None:
        """Start the process, now and whenever it dies."""
        self._thread.start()

    def process(self) -> psutil.Process | None:
        """The running process; ask for it when nothing is started any more."""
        with self._starting:
            running = self._process
        try:
            return psutil.Process(running.pid) if running and running.poll() is None else None
        except psutil.NoSuchProcess:
            return None

    def join(self) -> None:
        """Wait for the thread, whose process was stopped."""
        if self._thread.ident:
            self._thread.join(timeout=5)

    def _keep(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            began, self._answers_since = time.monotonic(), None
            ending = self._run_once(began)
            if self._stopping.is_set():
                break
            died = time.monotonic()
            pause = pause_after(pause, died - (self._answers_since or died))
            self._note_death(ending, died - began, pause)
            self._stopping.wait(pause)
        self._set("stopped")

    def _run_once(self, began: float) -> str:
        """Start the process and stay with it; returns how it ended."""
        with self._starting:
            if self._stopping.is_set():
                return "stopped"
            try:
                process = self._process = start(self.child, self._log, self._state)
                self._records.write(self.child.name, process.pid)
            except Exception as error:  # every error is reported and the start tried again: the thread must live
                return f"could not be started: {error}"
        self._set("starting", process.pid)
        if process.stdin:
            self._let_begin(process, process.stdin)
        while process.poll() is None and not self._answers():
            self._stopping.wait(self.child.ready_pause)
        if process.poll() is None:
            self._note_ready(time.monotonic() - began)
        code = process.wait()
        self._records.forget(self.child.name)
        return _ending(code)

    def _let_begin(self, process: subprocess.Popen[bytes], held: IO[bytes]) -> None:
        """Let a held process begin once all is prepared. One that dies or is stopped before that needs no byte."""
        while process.poll() is None and not self._stopping.is_set():
            if self._prepared.wait(self.child.ready_pause):
                break
        with suppress(OSError), held:
            if self._prepared.is_set():
                held.write(b"\n")

    def _answers(self) -> bool:
        try:
            return self.child.ready()
        except (Failure, OSError, ValueError, subprocess.SubprocessError):
            return False

    def _note_ready(self, seconds: float) -> None:
        if self.part.restarts:
            log.info("%s answers again, %.1f s after its start", self.child.name, seconds)
        self.failures, self._answers_since = 0, time.monotonic()
        self.part.seconds = seconds
        self._set("ready", self.part.pid)

    def _note_death(self, ending: str, ran: float, pause: float) -> None:
        self.failures += 1
        self.part.restarts += 1
        self.last_words = f"{ending}; {words}" if (words := last_line(self._log)) else ending
        self._set("restarting")
        log.warning("%s %s after %.1f s; starting it again in %.1f s", self.child.name, ending, ran, pause)

    def _set(self, state: PartState, pid: int | None = None) -> None:
        self.part.state, self.part.pid = state, pid
        self._changed.set()


def pause_after(earlier: float, healthy: float) -> float:
    """Seconds until a process that died is started again: twice the earlier pause, unless it had been healthy.

    Args:
        earlier: the pause before its last start, 0 if there was none.
        healthy: seconds from its first answer to its death, 0 if it never answered.
    """
    if not earlier or healthy >= HEALTHY_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(2 * earlier, LONGEST_PAUSE_SECONDS)


def last_line(path: Path) -> str:
    """The last line of a log that says something, shortened."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1][-LINE_CHARACTERS:] if lines else ""


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with status {code}"
    return f"was killed by {signal.Signals(-code).name}"
