"""What anybody can send to a workflow by one call to the server changes none of its waits, and is counted.

The server asks nobody who calls: a signal, a start and the answer of an activity may be forged, or copied from another
case, where they were sealed by us.
"""

import pytest
from temporalio import client as temporal_client
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import WorkflowSerializationContext
from temporalio.service import RPCError

from casework.workflows import ports
from casework.workflows.ports import CLOCKS_CHANGED, TASK_QUEUE, WaitSet
from kit import temporal
from kit.crypto import KeyRing

KINDS = [(ports.WORKFLOW, False), (ports.TRANSFER_WORKFLOW, True)]
ATTACKS = {
    "forged in the clear": lambda bare, own, other, sealed: bare.signal(CLOCKS_CHANGED, own),
    "unopenable": lambda bare, own, other, sealed: bare.signal(CLOCKS_CHANGED, b"\x00\x01"),
    "nothing": lambda bare, own, other, sealed: bare.signal(CLOCKS_CHANGED),
    "twice": lambda bare, own, other, sealed: bare.signal(CLOCKS_CHANGED, args=[own, own]),
    "of another name": lambda bare, own, other, sealed: bare.signal("another", own),
    "sealed, of another case": lambda bare, own, other, sealed: bare.signal(CLOCKS_CHANGED, RawValue(sealed(other))),
    "sealed before, of another case": lambda bare, own, other, sealed: bare.signal(
        CLOCKS_CHANGED, RawValue(sealed(None))
    ),
    "sealed for it, but naming another case": lambda bare, own, other, sealed: bare.signal(
        CLOCKS_CHANGED, RawValue(sealed(own))
    ),
}

TRACES = "_tracer-data"
HEADERS = {
    "of an unknown encoding": Payload(metadata={"encoding": b"nonsense"}, data=b"x"),
    "without an encoding": Payload(data=b"x"),
    "not JSON": Payload(metadata={"encoding": b"json/plain"}, data=b"{"),
    "not UTF-8": Payload(metadata={"encoding": b"json/plain"}, data=b"\xff"),
    "JSON of another type": Payload(metadata={"encoding": b"json/plain"}, data=b'"x"'),
    "a value of another type": Payload(metadata={"encoding": b"json/plain"}, data=b'{"traceparent": [7]}'),
    "deep": Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 2_000),
}
"""What may stand where the sender's trace is expected."""
HUGE = Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 1_000_000)


class WithHeader(temporal_client.Interceptor):
    """Puts this header on every call of a client."""

    def __init__(self, header: Payload) -> None:
        self.header = header

    def intercept_client(self, next: temporal_client.OutboundInterceptor) -> temporal_client.OutboundInterceptor:
        header = self.header

        class Outbound(temporal_client.OutboundInterceptor):
            async def start_workflow(self, input):
                input.headers = {TRACES: header}
                return await super().start_workflow(input)

            async def signal_workflow(self, input):
                input.headers = {TRACES: header}
                return await super().signal_workflow(input)

            async def query_workflow(self, input):
                input.headers = {TRACES: header}
                return await super().query_workflow(input)

            async def start_workflow_update(self, input):
                input.headers = {TRACES: header}
                return await super().start_workflow_update(input)

        return Outbound(next)


@pytest.fixture
async def with_header(temporal_server):
    """Makes a client of somebody without a key who sends this header with everything."""

    async def connect(header: Payload) -> Client:
        return await Client.connect(temporal_server.address, interceptors=[WithHeader(header)])

    return connect


@pytest.fixture
async def bare(temporal_server) -> Client:
    """A client of somebody who has no key."""
    return await Client.connect(temporal_server.address, data_converter=pydantic_data_converter)


@pytest.fixture
def ring(temporal_server) -> KeyRing:
    return KeyRing.load(temporal_server.key_file)


@pytest.mark.parametrize(("kind", "of_transfers"), KINDS)
async def test_nothing_foreign_moves_the_waits_of_a_workflow(rig, bare, ring, soon, until, record, kind, of_transfers):
    open_waits = rig.transfers if of_transfers else rig.cases
    waits, other = open_waits.put(soon(6)), open_waits.put()
    await rig.arm(waits)
    handle = bare.get_workflow_handle(waits.workflow_id)
    for attack in ATTACKS.values():
        late = other.model_copy(update={"version": 99})
        own = waits.model_copy(update={"version": 99, "waits": ()})
        copied = await _copies(ring, waits, late)
        await attack(handle, own, late, lambda to, copied=copied: copied[to and to.workflow_id])
    await until(lambda: open_waits.firings(waits.workflow_id), 20)
    (firing,) = open_waits.fired
    assert 0 <= firing.late_seconds < 5
    described = await rig.client.get_workflow_handle(waits.workflow_id).describe()
    assert await described.memo_value(ports.IGNORED) == len(ATTACKS)
    await until(lambda: _found(rig, waits.workflow_id))
    assert "WORKFLOW_TASK_FAILED" not in await rig.events(waits.workflow_id)
    await rig.arm(open_waits.put(soon(3600), case_id=waits.workflow_id))
    await rig.arm(open_waits.close(waits.workflow_id))
    await until(lambda: _completed(rig, waits.workflow_id))
    await record(waits.workflow_id, "foreign-signals", workflow=kind)
    history = await rig.client.get_workflow_handle(waits.workflow_id).fetch_history()
    await _replayer(rig).replay_workflow(history)


@pytest.mark.parametrize(("kind", "of_transfers"), KINDS)
async def test_no_header_of_a_signal_stops_a_workflow(rig, with_header, soon, until, record, kind, of_transfers):
    open_waits = rig.transfers if of_transfers else rig.cases
    waits = open_waits.put(soon(4))
    await rig.arm(waits)
    for header in HEADERS.values():
        stranger = await with_header(header)
        await stranger.get_workflow_handle(waits.workflow_id).signal("another", "x")
    await until(lambda: open_waits.firings(waits.workflow_id), 20)
    await until(lambda: _counted(rig, waits.workflow_id, len(HEADERS)))
    assert "WORKFLOW_TASK_FAILED" not in await rig.events(waits.workflow_id)
    await record(waits.workflow_id, "foreign-headers", workflow=kind)


@pytest.mark.parametrize("header", [*HEADERS.values(), HUGE], ids=[*HEADERS, "huge"])
async def test_no_header_of_a_start_stops_a_workflow(idle_rig, with_header, soon, until, header):
    rig, waits = idle_rig, idle_rig.cases.put(soon(1))
    stranger = await with_header(header)
    await stranger.start_workflow(ports.WORKFLOW, "x", id=waits.case_id, task_queue=TASK_QUEUE)
    await rig.arm(waits)
    async with rig.working():
        await until(lambda: rig.cases.firings(waits.case_id))
    assert "WORKFLOW_TASK_FAILED" not in await rig.events(waits.case_id)


async def test_no_header_of_a_query_or_an_update_and_no_huge_one_stops_a_workflow(rig, with_header, soon, until):
    waits = rig.cases.put(soon(4))
    await rig.arm(waits)
    for header in (*HEADERS.values(), HUGE):
        handle = (await with_header(header)).get_workflow_handle(waits.case_id)
        await handle.signal("another")
        with pytest.raises((WorkflowQueryFailedError, RPCError)):
            await handle.query("another")
        with pytest.raises((WorkflowUpdateFailedError, RPCError)):
            await handle.execute_update("another")
    await until(lambda: rig.cases.firings(waits.case_id))
    assert "WORKFLOW_TASK_FAILED" not in await rig.events(waits.case_id)


async def test_a_forged_count_of_ignored_signals_stops_no_workflow(idle_rig, bare, soon, until):
    rig, waits = idle_rig, idle_rig.cases.put(soon(3))
    await bare.start_workflow(
        ports.WORKFLOW, "x", id=waits.case_id, task_queue=TASK_QUEUE, memo={ports.IGNORED: "forged"}
    )
    await rig.arm(waits)
    async with rig.working():
        await bare.get_workflow_handle(waits.case_id).signal("another", "x")
        await until(lambda: rig.cases.firings(waits.case_id))
    assert "WORKFLOW_TASK_FAILED" not in await rig.events(waits.case_id)


async def test_the_count_outlives_a_renewal(rig, bare, soon, until):
    waits = rig.cases.put(soon(3600))
    await rig.arm(waits)
    first = (await rig.handle(waits.case_id).describe()).run_id
    for _ in range(40):
        await bare.get_workflow_handle(waits.case_id).signal(CLOCKS_CHANGED, "x")
    await until(lambda: _renewed(rig, waits.case_id, first), 60)
    await bare.get_workflow_handle(waits.case_id).signal(CLOCKS_CHANGED, "x")
    await until(lambda: _counted(rig, waits.case_id, 41), 60)


@pytest.mark.parametrize("arguments", [[], ["x"], ["x", "y"]], ids=len)
async def test_a_forged_start_does_not_keep_a_case_from_its_waits(idle_rig, bare, soon, until, arguments):
    rig, waits = idle_rig, idle_rig.cases.put(soon(1))
    await bare.start_workflow(ports.WORKFLOW, args=arguments, id=waits.case_id, task_queue=TASK_QUEUE)
    await rig.arm(waits)
    async with rig.working():
        await until(lambda: rig.cases.firings(waits.case_id))


async def test_a_forged_start_alone_ends_at_once(rig, bare, soon, until):
    waits = rig.cases.put(soon(1))
    await bare.start_workflow(ports.WORKFLOW, "x", id=waits.case_id, task_queue=TASK_QUEUE)
    await until(lambda: _completed(rig, waits.case_id))
    await rig.arm(waits)
    await until(lambda: rig.cases.firings(waits.case_id))


@pytest.mark.parametrize("forged", ["x", None], ids=["other", "none"])
async def test_a_forged_answer_of_an_activity_ends_no_waiting(rig, bare, soon, until, forged):
    rig.cases.down = True
    waits = rig.cases.put(soon(0.3))
    await rig.arm(waits)
    await until(lambda: _asks(bare, waits.case_id), 20)
    (asked,) = (await bare.get_workflow_handle(waits.case_id).describe()).raw_description.pending_activities
    handle = bare.get_async_activity_handle(workflow_id=waits.case_id, run_id=None, activity_id=asked.activity_id)
    await handle.complete(forged)
    rig.cases.down = False
    await until(lambda: rig.cases.firings(waits.case_id), 30)
    assert await rig.status(waits.case_id) == "RUNNING"


async def _copies(ring: KeyRing, own: WaitSet, other: WaitSet) -> dict[str | None, Payload]:
    """The set of another case, as an attacker may have got it: sealed for it, for this case, and as it was before."""
    converter = temporal.data_converter(ring)
    (inner,) = converter.payload_converter.to_payloads([other])
    copies: dict[str | None, Payload] = {
        None: Payload(
            metadata={"encoding": temporal.SEALED}, data=ring.seal(inner.SerializeToString(), context=temporal.CONTEXT)
        )
    }
    for one in (own, other):
        bound = converter.with_context(WorkflowSerializationContext("default", one.workflow_id))
        (copies[one.workflow_id],) = await bound.encode([other])
    return copies


def _replayer(rig):
    from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

    from casework.workflows.case import CaseWorkflow
    from casework.workflows.transfer import TransferWorkflow

    return Replayer(
        workflows=[CaseWorkflow, TransferWorkflow],
        data_converter=rig.client.data_converter,
        interceptors=temporal.interceptors(),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


async def _asks(bare, case_id):
    return list((await bare.get_workflow_handle(case_id).describe()).raw_description.pending_activities)


async def _completed(rig, subject):
    return await rig.status(subject) == "COMPLETED"


async def _renewed(rig, case_id, first):
    return (await rig.handle(case_id).describe()).run_id != first


async def _counted(rig, subject, number):
    described = await rig.client.get_workflow_handle(subject).describe()
    return await described.memo_value(ports.IGNORED, default=0) == number


async def _found(rig, subject):
    query = f"WorkflowId = '{subject}' AND TemporalChangeVersion = '{ports.IGNORES_FOREIGN}'"
    return (await rig.client.count_workflows(query)).count
