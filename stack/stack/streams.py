"""Keeps the streams and durables of the embedded NATS: what is missing is made again while the stack runs.

The supervisor asks the server's monitor how many streams and durables there are, and which ones when their number has
changed. Only when one is missing does it start `python -m stack.streams`, which applies the topology as NATS's
administrator and ends.
No service has the right to make or delete a stream or a durable (`kit.topology.permissions`).
"""

import asyncio
import http.client
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import closing
from typing import Any, NamedTuple

from contracts.topology import BUCKETS, DURABLES, STREAMS
from stack.config import Failure
from stack.keeper import last_line
from stack.ports import LOOPBACK
from stack.processes import MARK, python
from stack.stack import Stack

ANSWER_SECONDS = 1.0
APPLY_SECONDS = 60.0
"""An application of the topology that takes longer is killed, and the next look starts another."""
NUMBERS, NAMES = "/jsz", "/jsz?streams=true&consumers=true"
NAMES_SECONDS = 30.0
"""Longest time between two looks at the names, which cost the server more than all else that it does when idle."""
log = logging.getLogger("supervisor")


class Numbers(NamedTuple):
    """How many streams, and consumers of them, a server has."""

    streams: int
    consumers: int


class StreamKeeper:
    """Looks for missing streams and durables, and has them made again.

    Args:
        stack: the stack whose NATS it looks at. Of a server that runs outside, the operator applies the topology.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._path = stack.logs / "streams.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self._whole, self._names_due = Numbers(0, 0), 0.0

    def look(self) -> None:
        """Called every few seconds while NATS runs; never waits longer than a second."""
        if self._stack.outside.nats or self._busy():
            return
        port = self._stack.ports["nats_monitor"]
        now, numbers = time.monotonic(), numbers_of(port)
        if numbers is None or (numbers == self._whole and now < self._names_due):
            return
        absent = missing(port)
        if absent:
            log.error("missing in NATS: %s; applying the topology", ", ".join(absent))
            self._begin()
        elif absent is not None:
            self._whole, self._names_due = numbers, now + NAMES_SECONDS

    def stop(self) -> None:
        """End a running application of the topology."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _begin(self) -> None:
        self._deadline = time.monotonic() + APPLY_SECONDS
        with self._path.open("wb") as output:
            self._process = subprocess.Popen(
                python("stack.streams"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "NEOVE_STATE": str(self._stack.state), MARK: str(self._stack.state)},
                cwd="/",
            )

    def _busy(self) -> bool:
        """Whether an application still runs. Logs how the last one ended."""
        if not self._process:
            return False
        if self._process.poll() is None:
            if time.monotonic() < self._deadline:
                return True
            self._process.kill()
        code = self._process.wait()
        self._process = None
        if code:
            log.error("the topology could not be applied: %s", last_line(self._path))
        else:
            log.info("the streams and durables are as declared again")
        return False


def numbers_of(monitor_port: int) -> Numbers | None:
    """How much the server has; None while it does not answer."""
    report = _ask(monitor_port, NUMBERS)
    return Numbers(report.get("streams", 0), report.get("consumers", 0)) if report is not None else None


def missing(monitor_port: int) -> list[str] | None:
    """Names of declared streams and durables that the server does not have; None while it does not answer."""
    report = _ask(monitor_port, NAMES)
    return lacking(report) if report is not None else None


def _ask(monitor_port: int, path: str) -> dict[str, Any] | None:
    with closing(http.client.HTTPConnection(LOOPBACK, monitor_port, timeout=ANSWER_SECONDS)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == http.client.OK else None
        except (OSError, ValueError, http.client.HTTPException):
            return None


def lacking(report: dict[str, Any]) -> list[str]:
    """Names of what is declared and missing in a report of the monitor (`/jsz`)."""
    streams = [each for account in report.get("account_details") or () for each in account.get("stream_detail") or ()]
    known = {each["name"] for each in streams}
    consumers = {(each["name"], one["name"]) for each in streams for one in each.get("consumer_detail") or ()}
    durables = [each.name for each in DURABLES if (each.stream, each.name) not in consumers]
    declared = [*STREAMS, *(bucket.stream for bucket in BUCKETS)]
    return [*(name for name in declared if name not in known), *durables]


def main() -> None:
    """Apply the topology to the stack of this environment."""
    from stack.prepare import streams  # the supervisor, which imports this module, must stay small

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        for change in asyncio.run(streams(Stack.from_environment())):
            log.info("%s", change)
    except Failure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
