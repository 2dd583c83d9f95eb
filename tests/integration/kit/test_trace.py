"""One trace follows a step: HTTP, outbox, NATS, consumer, Temporal, activity, SQL; and a worker outlives its server."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from nats.aio.client import Client
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import column, insert, table
from temporalio import activity, workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.worker import Worker

import kit.relay
import kit.settle
import kit.telemetry.sql
import kit.temporal
from contracts.events.intake import CasesLinked
from contracts.ids import new_id
from contracts.problems import Unavailable
from kit import telemetry
from kit.auth import Principal, TokenVerifier
from kit.bus import Bus, Meta
from kit.clock import SystemClock
from kit.ending import end
from kit.http import APIRouter, Call, Response, build_app, operation
from kit.relay import Relay
from kit.settings import ServiceSettings, TemporalSettings
from kit.state import State
from kit.telemetry.correlation import CorrelationOnEverySpan
from kit.telemetry.setup import TraceparentOnly
from kit.telemetry.spans import SafeExporter
from kit.temporal import TASK_TIMEOUT, Temporal, Work, run_worker, translated
from kit.uow import UnitOfWork

QUEUE = "traced"
EFFECTS = table("effects", column("what"))
TEMPORAL = Path(sys.executable).parent / "temporal"
Until = Callable[..., Awaitable[None]]
router = APIRouter()


@operation(router, "POST", "/v1/cases/{case_id}/links", "link")
async def link(call: Call) -> Response:
    case_id = call.id("case_id")
    event = CasesLinked(
        case_id=case_id,
        other_case_id=new_id("case"),
        same=True,
        office="commune_police/lao-cai",
        actor="actor-1",
        recorded_at=datetime.now(UTC),
    )
    async with call.uow() as tx:
        tx.emit(event)
    return Response()


@workflow.defn(name="Traced", sandboxed=False)
class Traced:
    """Waits for a signal, then has the effect written."""

    def __init__(self) -> None:
        self._may_go = False

    @workflow.run
    async def run(self, case_id: str) -> None:
        await workflow.wait_condition(lambda: self._may_go)
        timeout = timedelta(seconds=5)
        await workflow.execute_local_activity("traced.write", case_id, start_to_close_timeout=timeout)

    @workflow.signal
    def go_on(self) -> None:
        self._may_go = True


@dataclass
class Activities:
    """The effect."""

    uow: UnitOfWork
    cases: list[str | None] = field(default_factory=list[str | None])

    @activity.defn(name="traced.write")
    async def write(self, case_id: str) -> None:
        self.cases.append(telemetry.correlation())
        async with self.uow() as tx:
            await tx.session.exec(insert(EFFECTS).values(what=case_id))


class TemporalServer:
    """A development server on a free port, its database a file."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder

    def start(self) -> None:
        where = ["--ip", "127.0.0.1", "--port", str(self.port), "--db-filename", str(self.folder / "temporal.db")]
        quiet = subprocess.DEVNULL
        command = [TEMPORAL, "server", "start-dev", "--headless", "--log-level", "never", *where]
        self.process = subprocess.Popen(command, stdout=quiet, stderr=quiet)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def settings(self) -> TemporalSettings:
        ring = self.folder / "ring.json"
        return TemporalSettings(temporal_address=f"127.0.0.1:{self.port}", temporal_codec_key_file=ring)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Everything that would be exported. Module tracers remember their first provider, hence one by one."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(CorrelationOnEverySpan())
    provider.add_span_processor(SimpleSpanProcessor(SafeExporter(memory)))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    for module, name in ((kit.relay, "_tracer"), (kit.settle, "_tracer"), (kit.telemetry.sql, "tracer")):
        monkeypatch.setattr(module, name, provider.get_tracer("test"))
    monkeypatch.setattr(propagate, "get_global_textmap", TraceparentOnly)
    return memory


@pytest_asyncio.fixture(loop_scope="session")
async def temporal(tmp_path: Path) -> AsyncIterator[tuple[TemporalServer, Temporal]]:
    """A connection that was begun before its server was there."""
    server = TemporalServer(tmp_path)
    connection = Temporal(server.settings())
    connecting = asyncio.create_task(connection.run())
    await asyncio.sleep(0)
    assert not await connection.ready()
    server.start()
    await asyncio.wait_for(connection.connected(), 20)
    yield server, connection
    connecting.cancel()
    server.kill()


class _Anyone(TokenVerifier):
    async def principal(self, authorization: str | None) -> Principal:
        return Principal("commune_police/lao-cai", "commune_police", "actor-1")


def http_client(uow: UnitOfWork) -> httpx.AsyncClient:
    settings = ServiceSettings.model_construct(max_body_bytes=1000, jwks_url="https://issuer.test")
    http = httpx.AsyncClient()
    state = State("intake", settings, SystemClock(), uow, _Anyone("intake", settings, http), http)
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app("intake", [router], state)), base_url="http://t")


async def test_one_trace_from_the_request_to_the_last_row(
    database: Any,
    nats_server: Any,
    admin: Client,
    temporal: tuple[TemporalServer, Temporal],
    spans: InMemorySpanExporter,
    until: Until,
) -> None:
    _, connection = temporal
    telemetry.trace_engine(database.engine)
    uow, case_id = database.uow(), new_id("case")
    activities = Activities(uow)
    sender, receiver = Bus(nats_server.settings("intake"), "intake"), Bus(nats_server.settings("casework"), "casework")

    @receiver.on("casework__on_cases_linked")
    async def on_cases_linked(event: CasesLinked, meta: Meta) -> None:
        with translated():
            await connection.client.start_workflow(
                Traced.run,
                event.case_id,
                id=event.case_id,
                task_queue=QUEUE,
                start_signal="go_on",
                task_timeout=TASK_TIMEOUT,
            )

    await sender.start()
    await receiver.start()
    tasks = [
        asyncio.create_task(Relay(database.engine, sender).run()),
        asyncio.create_task(run_worker(connection, Work(QUEUE, [Traced], [activities.write]))),
    ]
    try:
        async with http_client(uow) as client:
            assert (await client.post(f"/v1/cases/{case_id}/links")).status_code == 200
        await until(lambda: activities.cases, 10)
        await until(lambda: "INSERT INTO effects" in statements(spans), 5)
    finally:
        await end(tasks)
        await sender.stop()
        await receiver.stop()
    assert activities.cases == [case_id]
    check(spans.get_finished_spans(), case_id)


def statements(spans: InMemorySpanExporter) -> str:
    return " ".join(str((span.attributes or {}).get("db.query.text")) for span in spans.get_finished_spans())


def check(found: tuple[ReadableSpan, ...], case_id: str) -> None:
    """All steps are in one trace, each with the case, none with its id in the name."""
    (http,) = [span for span in found if span.name == "POST /v1/cases/{case_id}/links"]
    trace_id = cast(Any, http.context).trace_id
    ours = [span for span in found if cast(Any, span.context).trace_id == trace_id]
    names = {span.name for span in ours}
    assert {
        "relay",
        "casework__on_cases_linked",
        "SignalWithStartWorkflow:Traced",
        "HandleSignal:go_on",
        "RunActivity:traced.write",
        "INSERT",
    } <= names
    without = [span.name for span in ours if (span.attributes or {}).get("case.id") != case_id]
    assert without == []
    assert not any(case_id in span.name for span in found)


async def test_a_worker_goes_on_after_its_server_was_killed(
    database: Any, temporal: tuple[TemporalServer, Temporal], until: Until
) -> None:
    server, connection = temporal
    activities = Activities(database.uow())
    working = asyncio.create_task(run_worker(connection, Work(QUEUE, [Traced], [activities.write])))
    case_id = new_id("case")
    await begin(connection, case_id)
    server.kill()
    await until(lambda: _not(connection.ready()), 5)
    server.start()
    await until(connection.ready, 15)
    with pytest.raises(WorkflowAlreadyStartedError):
        await begin(connection, case_id)
    await connection.client.get_workflow_handle(case_id).signal("go_on")
    await until(lambda: activities.cases == [case_id], 15)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_an_outage_that_is_not_short_renews_the_worker_and_leaves_no_old_one(
    database: Any, temporal: tuple[TemporalServer, Temporal], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, connection = temporal
    made = count_workers(monkeypatch)
    activities = Activities(database.uow())
    working = asyncio.create_task(run_worker(connection, Work(QUEUE, [Traced], [activities.write])))
    case_ids = [new_id("case") for _ in range(3)]
    for case_id in case_ids:
        await begin(connection, case_id)
    for case_id, longest, workers in zip(case_ids, (60, 0, 0), (1, 2, 3), strict=True):
        monkeypatch.setattr(kit.temporal, "SHORT_OUTAGE_SECONDS", longest)
        server.kill()
        assert not await answers(connection)
        server.start()
        await until(lambda: answers(connection), 15)
        await connection.client.get_workflow_handle(case_id).signal("go_on")
        await until(lambda case_id=case_id: case_id in activities.cases, 30)
        await until(lambda left=workers - 1: [one.is_running for one in made] == [False] * left + [True], 15)
    assert activities.cases == case_ids
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert not made[-1].is_running


def count_workers(monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """Those that are made from now on."""
    made: list[Worker] = []
    make = kit.temporal.worker

    def noted(*arguments: Any) -> Worker:
        made.append(make(*arguments))
        return made[-1]

    monkeypatch.setattr(kit.temporal, "worker", noted)
    return made


async def answers(connection: Temporal) -> bool:
    try:
        return bool(await connection.look())
    except Unavailable:
        return False


async def begin(connection: Temporal, case_id: str) -> None:
    start = connection.client.start_workflow
    await start(Traced.run, case_id, id=case_id, task_queue=QUEUE, task_timeout=TASK_TIMEOUT)


async def _not(answer: Awaitable[bool]) -> bool:
    return not await answer
