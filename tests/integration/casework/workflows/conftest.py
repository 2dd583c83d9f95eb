"""A Temporal development server of our own, and open waits in memory that behave as those in PostgreSQL."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from casework.activities import OpenWaitActivities
from casework.arming import arm
from casework.workflows.case import CaseWorkflow
from casework.workflows.ports import TASK_QUEUE, Wait, WaitSet
from casework.workflows.transfer import TransferWorkflow
from contracts.ids import new_id
from contracts.problems import NotFound, Unavailable
from kit import temporal
from kit.settings import TemporalSettings
from tests.integration.waiting import until

TEMPORAL = Path(sys.executable).parent / "temporal"
REPLAY = Path(__file__).parents[3] / "replay" / "histories"
KEY_FILE = REPLAY / "key-of-the-tests.json"
RENEW_AFTER_EVENTS = 60
"""The server suggests to continue as new from here on; production leaves Temporal's default (4,096)."""

OPTIONS = ["--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={RENEW_AFTER_EVENTS}"]
for _name, _kind in (("CaseId", "Keyword"), ("WaitsVersion", "Int"), ("NextAt", "Datetime")):
    OPTIONS += ["--search-attribute", f"{_name}={_kind}"]


class TemporalServer:
    """A development server on a port of its own; with a folder its database is a file there, else it is in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.key_file = KEY_FILE
        self.database = folder / "temporal.db" if folder else None
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--headless", "--ip", "127.0.0.1", "--port", str(self.port), "--log-level", "never", *OPTIONS]
        if self.database:
            options += ["--db-filename", str(self.database), "--sqlite-pragma", "journal_mode=wal"]
            options += ["--sqlite-pragma", "synchronous=1"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([TEMPORAL, "server", "start-dev", *options], stdout=quiet, stderr=quiet)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def lose_database(self) -> None:
        """Killed, its files removed, and back: as if its disk had been replaced by an empty one."""
        self.kill()
        assert self.database
        for file in self.database.parent.glob("temporal.db*"):
            file.unlink()
        self.start()

    async def client(self) -> Client:
        settings = TemporalSettings(temporal_address=self.address, temporal_codec_key_file=KEY_FILE)
        end = time.monotonic() + 20
        while True:
            try:
                return await temporal.connect(settings)
            except (RuntimeError, TimeoutError):
                assert self.lives(), "the server ended"
                assert time.monotonic() < end, "the server does not answer"
                await asyncio.sleep(0.05)

    def lives(self) -> bool:
        return self.process.poll() is None


class ContainedTemporal(TemporalServer):
    """The same in a container; in memory, and for tests that leave it running."""

    def __init__(self, containers: Any) -> None:
        self.port = containers.temporal(*OPTIONS, namespace="default").port

    def lives(self) -> bool:
        return True

    def kill(self) -> None:
        """The fixture `containers` ends it."""


@dataclass(frozen=True)
class Firing:
    case_id: str
    wait_id: str
    at: datetime
    fired_at: datetime

    @property
    def late_seconds(self) -> float:
        return (self.fired_at - self.at).total_seconds()


@dataclass
class OpenWaitsInMemory:
    """Cases (or transfers) with their open waits; a wait can be claimed once; each change makes a new version."""

    of_transfers: bool = False
    sets: dict[str, WaitSet] = field(default_factory=dict[str, WaitSet])
    fired: list[Firing] = field(default_factory=list[Firing])
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list[tuple[str, tuple[str, ...]]])
    follow: Callable[[Wait], Wait | None] = lambda _: None
    down: bool = False
    refuses: bool = False
    closes_when_fired: bool = False

    def put(self, *instants: datetime, case_id: str = "", closed: bool = False) -> WaitSet:
        """A new complete set of a case, known or new."""
        subject = case_id or new_id("transfer" if self.of_transfers else "case")
        known = self.sets.get(subject)
        waits = tuple(Wait(wait_id=f"w{number}", at=at) for number, at in enumerate(instants))
        version = known.version + 1 if known else 1
        ids = {"case_id": new_id("case"), "transfer_id": subject} if self.of_transfers else {"case_id": subject}
        self.sets[subject] = WaitSet(**ids, version=version, waits=waits, closed=closed)
        return self.sets[subject]

    def close(self, case_id: str) -> WaitSet:
        return self.put(case_id=case_id, closed=True)

    def firings(self, case_id: str) -> list[str]:
        return [firing.wait_id for firing in self.fired if firing.case_id == case_id]

    async def wait_set(self, case_id: str) -> WaitSet | None:
        if self.down:
            raise Unavailable
        return self.sets.get(case_id)

    async def fire(self, case_id: str, wait_ids: Sequence[str]) -> WaitSet:
        self.calls.append((case_id, tuple(wait_ids)))
        if self.down:
            raise Unavailable
        if self.refuses:
            return self.sets[case_id]
        if case_id not in self.sets:
            raise NotFound
        held, now = self.sets[case_id], datetime.now(UTC)
        waits = {wait.wait_id: wait for wait in held.waits}
        due = [waits[wait_id] for wait_id in wait_ids if wait_id in waits]
        if due:
            self.fired += [Firing(case_id, wait.wait_id, wait.at, now) for wait in due]
            left = [wait for wait in held.waits if wait not in due]
            left += [after for wait in due if (after := self.follow(wait))]
            changes = {
                "version": held.version + 1,
                "waits": tuple(left),
                "closed": held.closed or self.closes_when_fired,
            }
            self.sets[case_id] = held.model_copy(update=changes)
        return self.sets[case_id]

    async def earliest_waits(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        if self.down:
            raise Unavailable
        waiting = sorted(key for key, held in self.sets.items() if held.waits and key > after)
        return [(case_id, min(wait.at for wait in self.sets[case_id].waits)) for case_id in waiting[:limit]]


@dataclass(frozen=True)
class Rig:
    """A client, the open waits, and what tests ask again and again."""

    client: Client
    cases: OpenWaitsInMemory
    transfers: OpenWaitsInMemory

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker as the service runs it."""
        fire = OpenWaitActivities(self.cases, self.transfers).fire_due
        workflows = [CaseWorkflow, TransferWorkflow]
        async with temporal.worker(self.client, TASK_QUEUE, workflows, [fire]):
            yield

    async def arm(self, waits: WaitSet) -> None:
        await arm(self.client, waits)

    def handle(self, case_id: str) -> WorkflowHandle[CaseWorkflow, None]:
        return self.client.get_workflow_handle_for(CaseWorkflow.run, case_id)

    async def status(self, case_id: str) -> str:
        description = await self.handle(case_id).describe()
        return description.status.name if description.status else ""

    async def events(self, case_id: str) -> list[str]:
        """Names of the events of the current run, without their common prefix."""
        history = await self.handle(case_id).fetch_history()
        return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events]


@pytest.fixture(name="until", scope="session")
def until_fixture() -> Callable[..., Awaitable[None]]:
    async def patiently(met: Callable[[], object], seconds: float = 15.0) -> None:
        await until(met, seconds)

    return patiently


@pytest.fixture(scope="session")
def soon() -> Callable[[float], datetime]:
    """An instant so many seconds from now."""
    return lambda seconds: datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def temporal_server(containers: Any) -> Iterator[TemporalServer]:
    server = ContainedTemporal(containers) if containers else TemporalServer()
    yield server
    server.kill()


@pytest.fixture
def own_temporal_server(tmp_path: Path) -> Iterator[TemporalServer]:
    """One that a test may break."""
    server = TemporalServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture(scope="session")
async def client(temporal_server: TemporalServer) -> Client:
    return await temporal_server.client()


@pytest.fixture
async def rig(client: Client) -> AsyncIterator[Rig]:
    """With a worker at work; what is left running at the end is terminated."""
    made = Rig(client, OpenWaitsInMemory(), OpenWaitsInMemory(of_transfers=True))
    async with made.working():
        yield made
    await _end_all(client)


@pytest.fixture
async def idle_rig(client: Client) -> AsyncIterator[Rig]:
    """Without a worker: the test says when one works."""
    yield Rig(client, OpenWaitsInMemory(), OpenWaitsInMemory(of_transfers=True))
    await _end_all(client)


@pytest.fixture
def make_rig() -> Callable[[Client], Rig]:
    """For a server of the test's own."""
    return lambda client: Rig(client, OpenWaitsInMemory(), OpenWaitsInMemory(of_transfers=True))


async def _end_all(client: Client) -> None:
    async for run in client.list_workflows("ExecutionStatus = 'Running'"):
        with suppress(RPCError):  # it ended by itself
            await client.get_workflow_handle(run.id).terminate()


Recorder = Callable[..., Awaitable[None]]


@pytest.fixture
def record(request: pytest.FixtureRequest, client: Client) -> Recorder:
    """Keeps the history of a case or a transfer for the replay tests, when pytest runs with `--record-histories`."""

    async def keep(case_id: str, scenario: str, run_id: str | None = None, workflow: str = "CaseWorkflow") -> None:
        if request.config.getoption("--record-histories"):
            history = await client.get_workflow_handle(case_id, run_id=run_id).fetch_history()
            text = json.dumps(json.loads(history.to_json()), indent=1)
            text = re.sub(r'"identity": "[^"]*"', '"identity": "recorded"', text)  # it names the machine
            (REPLAY / workflow / f"{scenario}.json").write_text(text + "\n", "utf-8")

    return keep
