"""Temporal for services: a client that waits for the server, sealed payloads, the one worker factory, traces.

A history holds no readable payload: payloads are sealed with the key ring of the codec file, and so are the texts of
failures. Each is sealed for one workflow and one direction, so that it opens nowhere else. Workflow ids,
types, search attributes and headers are never sealed: they hold ids and codes only.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from time import monotonic
from typing import Any

from google.protobuf.message import DecodeError
from temporalio import activity, client
from temporalio import worker as worker_side
from temporalio.api.common.v1 import Payload
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, UnsandboxedWorkflowRunner, Worker

from contracts.problems import Problem, Unavailable
from kit import telemetry
from kit.crypto import KeyRing, Tampered
from kit.settings import TemporalSettings
from kit.traces_in_temporal import Traces

TASK_TIMEOUT = timedelta(seconds=2)
"""Workflow task timeout, given at the start of every workflow: the defaults left 10.6 s of silence after a kill."""
STICKY_SCHEDULE_TO_START = timedelta(seconds=10)
"""How long a task waits for the worker that has its workflow in memory. After a kill this is silence; but a burst that
takes longer is all timed out and replayed (1,000 timers at one instant, two busy cores: 1 s 9.7 s late, 5 s 6.1 s)."""
GRACE = timedelta(seconds=8)
CONNECT_SECONDS = 5.0
HEALTH_TIMEOUT = timedelta(seconds=2)
SHORT_OUTAGE_SECONDS = 2.0
"""After a longer one the worker is renewed. While the server is away, the SDK's core asks for tasks at intervals that
double up to 12 seconds, whatever the client's `RetryConfig` says; so a worker would begin to work as much later."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 3.0
SEALED = b"binary/neove-sealed"
"""Encoding of payloads that were sealed before payloads were bound to a workflow. They still open in any workflow: the
workflow that receives one compares the ids in it with its own."""
BOUND = b"binary/neove-sealed-for-workflow"
INTO, OUT = b"into-workflow", b"out-of-workflow"
"""Directions: what a workflow receives (start, signal, renewal, answer of an activity); what it asks an activity."""
CONTEXT = b"temporal-payload"
NOT_OPENED = Payload(metadata={"encoding": b"json/plain"}, data=b'{"neove":"not-opened"}')
"""What a workflow or an activity is given for a payload that does not open. No model accepts it."""
BUILD_ID = f"neove-{version('neove-kit')}"
"""Stands in histories beside each task. The SDK's own is a hash over the code of every imported module: without cached
bytecode that compiles them all, and the worker's process neither works nor answers for seconds."""
CACHED_WORKFLOWS = 5_000
"""In memory between two of their tasks; one that is not is replayed. The default is 1,000."""
TASKS_AT_ONCE = 16
"""Tasks of workflows that a worker takes from the server before it has answered one. Each must be answered within
`TASK_TIMEOUT`, or the server gives it out again and the work is done twice. When 300 workflows woke on two busy cores,
a task was given out up to 2.5 times with 100 (the SDK's default), and 1.02 times with 16."""
log = logging.getLogger(__name__)

TRANSIENT = frozenset(
    {
        RPCStatusCode.ABORTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.UNKNOWN,
    }
)


class SealingCodec(PayloadCodec, WithSerializationContext):
    """Seals every payload with the ring's primary key and opens with the key that the payload names.

    Args:
        ring: the keys.
        context: of which workflow or activity the payloads are; given by the SDK through `with_context`.
    """

    def __init__(self, ring: KeyRing, context: SerializationContext | None = None) -> None:
        self._ring, self._context = ring, context

    def with_context(self, context: SerializationContext) -> "SealingCodec":
        """Called by the SDK."""
        return SealingCodec(self._ring, context)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Called by the SDK. Raises `ValueError` for a payload that belongs to no workflow."""
        direction = self._direction()
        bound = self._bound(direction)
        metadata = {"encoding": BOUND, "direction": direction}
        return [
            Payload(metadata=metadata, data=self._ring.seal(one.SerializeToString(), context=bound)) for one in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Called by the SDK. What does not open did not come from us, or was meant for another workflow.

        In a workflow an exception here would fail its task again and again, so it is given `NOT_OPENED` instead.

        Raises:
            Tampered: a payload does not open, and belongs to no workflow.
        """
        return [self._opened_or_not(one) for one in payloads]

    def _opened_or_not(self, payload: Payload) -> Payload:
        try:
            return self._opened(payload)
        except (Tampered, ValueError, DecodeError):
            if self._context is None:
                raise Tampered() from None
            return NOT_OPENED

    def _opened(self, payload: Payload) -> Payload:
        encoding, direction = payload.metadata.get("encoding"), payload.metadata.get("direction", b"")
        if encoding == BOUND and self._may_come(direction):
            context = self._bound(direction)
        elif encoding == SEALED:
            context = CONTEXT
        else:
            raise Tampered()
        return Payload.FromString(self._ring.open(payload.data, context=context))

    def _direction(self) -> bytes:
        """The direction of what is sealed here. A workflow seals its question to an activity outside of one."""
        asks = isinstance(self._context, ActivitySerializationContext) and not activity.in_activity()
        return OUT if asks else INTO

    def _may_come(self, direction: bytes) -> bool:
        """An activity gets questions, and its workflow the answers; all else goes into the workflow."""
        allowed = (INTO, OUT) if isinstance(self._context, ActivitySerializationContext) else (INTO,)
        return direction in allowed

    def _bound(self, direction: bytes) -> bytes:
        """The associated data: a payload opens neither in another workflow nor in the other direction."""
        context = self._context
        known = isinstance(context, WorkflowSerializationContext | ActivitySerializationContext)
        if not known or not context.workflow_id:
            raise ValueError("a payload is sealed for a workflow")
        return b"|".join((CONTEXT, direction, context.workflow_id.encode()))


def data_converter(ring: KeyRing | None) -> DataConverter:
    """Pydantic models, sealed where there is a ring; also for the `Replayer`."""
    if ring is None:
        return pydantic_data_converter
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=SealingCodec(ring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


class ActivityEdge(client.Interceptor, worker_side.Interceptor):
    """Around every activity: its workflow's id is the correlation id, and a refusal becomes an error of Temporal."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Called by the SDK."""
        return _Activity(next)


class _Activity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        with telemetry.uncorrelated():
            telemetry.correlate(activity.info().workflow_id or "")
            try:
                return await super().execute_activity(input)
            except Problem as problem:
                raise application_error(problem) from problem


def application_error(problem: Problem) -> ApplicationError:
    """A refusal for Temporal: its slug is the type; only `Unavailable` is tried again."""
    if isinstance(problem, Unavailable):
        later = timedelta(seconds=problem.retry_after)
        return ApplicationError(problem.title, type=problem.slug, next_retry_delay=later)
    return ApplicationError(
        problem.title, type=problem.slug, non_retryable=True, category=ApplicationErrorCategory.BENIGN
    )


@contextmanager
def translated() -> Generator[None]:
    """Around calls of a client: a server that is away or busy becomes `Unavailable`; other answers pass unchanged."""
    try:
        yield
    except RPCError as error:
        if error.status not in TRANSIENT:
            raise
        raise Unavailable("Temporal does not answer.") from error


def interceptors() -> list["Traces | ActivityEdge"]:
    """Those of every client and its workers; also for the `Replayer`."""
    return [Traces(), ActivityEdge()]


async def connect(settings: TemporalSettings) -> Client:
    """One attempt, at most five seconds; raises `RuntimeError`, `RPCError` or `TimeoutError`."""
    path = settings.temporal_codec_key_file
    ring = KeyRing.load_or_create(path) if path else None
    if ring is None:
        log.warning("payloads in Temporal are not sealed: no codec key file is set")
    async with asyncio.timeout(CONNECT_SECONDS):
        return await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=data_converter(ring),
            interceptors=interceptors(),
            runtime=_core(),
        )


class Temporal:
    """The connection of one process: tried for as long as it takes; once made, the SDK keeps it up by itself."""

    def __init__(self, settings: TemporalSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._there, self._back = asyncio.Event(), asyncio.Event()
        self._silent_since: float | None = None

    @property
    def client(self) -> Client:
        """The client; raises `Unavailable` while the server has not been reached. Use it inside `translated()`."""
        if self._client is None:
            raise Unavailable("Temporal is not connected.")
        return self._client

    async def connected(self) -> Client:
        """Waits for the server."""
        await self._there.wait()
        return self.client

    async def run(self) -> None:
        """Tries until it is connected, then ends."""
        pause = FIRST_PAUSE_SECONDS
        while self._client is None:
            try:
                self._client = await connect(self._settings)
            except (RuntimeError, RPCError, TimeoutError) as error:
                log.warning("Temporal is not there yet: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._there.set()

    async def look(self) -> str:
        """Id of the namespace, asked of the server now. Whoever calls this regularly lets `back` know of outages.

        Temporal gives a new id to a new database, so a deleted database comes back with another one. A server can be
        back with an empty database faster than an outage is noticed (measured: 0.2 s).

        Raises:
            Unavailable: the server does not answer.
        """
        request = DescribeNamespaceRequest(namespace=self.client.namespace)
        try:
            with translated():
                answer = await self.client.workflow_service.describe_namespace(request, timeout=HEALTH_TIMEOUT)
        except Unavailable:
            self._silent_since = self._silent_since or monotonic()
            raise
        if self._silent_since and monotonic() - self._silent_since > SHORT_OUTAGE_SECONDS:
            self._back.set()
        self._silent_since = None
        return answer.namespace_info.id

    async def back(self) -> None:
        """Waits until the server answers again after an outage that is longer than a short one; see `look`."""
        self._back.clear()
        await self._back.wait()

    async def ready(self) -> bool:
        """Whether the server answers."""
        if self._client is None:
            return False
        try:
            return await self._client.service_client.check_health(timeout=HEALTH_TIMEOUT)
        except (RPCError, RuntimeError):
            return False


@dataclass(frozen=True)
class Work:
    """What a worker does.

    Attributes:
        task_queue: the service's name.
        workflows: classes.
        activities: bound methods of the activity classes.
    """

    task_queue: str
    workflows: Sequence[type]
    activities: Sequence[Callable[..., Any]]


def worker(to: Client, task_queue: str, workflows: Sequence[type], activities: Sequence[Callable[..., Any]]) -> Worker:
    """The one worker factory; the tracing and the sealing come with the client. Arguments as in `Work`.

    Without the SDK's sandbox, which took a third of the processor time of a workflow task. What it would find is found
    before: the import contract of the workflows, and the replay of every history inside the sandbox (ADR 0006).
    """
    return Worker(
        to,
        task_queue=task_queue,
        workflows=workflows,
        activities=activities,
        build_id=BUILD_ID,
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=CACHED_WORKFLOWS,
        max_concurrent_workflow_tasks=TASKS_AT_ONCE,
        sticky_queue_schedule_to_start_timeout=STICKY_SCHEDULE_TO_START,
        graceful_shutdown_timeout=GRACE,
    )


async def run_worker(temporal: Temporal, work: Work) -> None:
    """Waits for the server, then works until cancelled and lets running activities finish; raises when it fails.

    After an outage a new worker takes the place of the old one, which ends first: the SDK's core refuses two for the
    same queue on one connection. The old one ends at once, or when its running activities have finished, after `GRACE`
    at the latest. The server gives out again what it had not answered, and workflows that it held are replayed.
    """
    to = await temporal.connected()
    while True:
        async with worker(to, work.task_queue, work.workflows, work.activities):
            log.info("working on the queue %s", work.task_queue)
            await temporal.back()


_runtime: Runtime | None = None


def _core() -> Runtime:
    """The SDK's core with its log lines among ours, without their fields: those may quote failures."""
    global _runtime  # noqa: PLW0603 - the core is one per process
    if _runtime is None:
        forwarding = LogForwardingConfig(logging.getLogger("temporalio.core"), append_log_fields_to_message=False)
        lines = LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding)
        _runtime = Runtime(telemetry=TelemetryConfig(logging=lines))
    return _runtime
