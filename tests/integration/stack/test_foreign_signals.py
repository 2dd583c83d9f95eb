"""A signal of somebody without a key reaches a running case: nothing of the case changes, and the doctor reports it.

So it is with what stands in the header in which traces travel: the SDK reads it before our code runs.
"""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import Header, Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client

from stack import temporal
from stack.trial import Trial
from tests.load.desk import Desk
from tests.load.house import temporal_client, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


HEADERS = (
    Payload(metadata={"encoding": b"nonsense"}, data=b"x"),
    Payload(metadata={"encoding": b"json/plain"}, data=b"{"),
    Payload(metadata={"encoding": b"json/plain"}, data=b'"x"'),
    Payload(metadata={"encoding": b"json/plain"}, data=b'{"traceparent": [7]}'),
    Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 1_000_000),
)
"""Of an unknown encoding; not JSON; JSON of another type; a value of another type; huge and deep."""


async def test_the_doctor_counts_workflows_that_were_sent_what_is_not_theirs(stack: Trial) -> None:
    async with Desk(stack.endpoints) as desk:
        case_id = await desk.report()
        await desk.case(case_id)
    reading = await temporal_client(stack.stack)

    async def runs() -> bool:
        query = f"WorkflowId = '{case_id}' AND ExecutionStatus = 'Running'"
        return (await reading.count_workflows(query)).count == 1

    await until(runs, 60, "the case waits in Temporal")
    bare = await Client.connect(stack.stack.temporal_address, namespace=temporal.NAMESPACE)
    await bare.get_workflow_handle(case_id).signal("clocks_changed", "anything", rpc_timeout=timedelta(seconds=10))

    async def counted() -> bool:
        return await asyncio.to_thread(temporal.runs_that_ignored_signals, stack.stack.temporal_address) == 1

    await until(counted, 60, "the doctor counts it")
    for header in HEADERS:
        forged = SignalWorkflowExecutionRequest(
            namespace=temporal.NAMESPACE,
            workflow_execution=WorkflowExecution(workflow_id=case_id),
            signal_name="clocks_changed",
            header=Header(fields={"_tracer-data": header}),
        )
        await bare.workflow_service.signal_workflow_execution(forged)

    async def ignored() -> bool:
        described = await reading.get_workflow_handle(case_id).describe()
        return await described.memo_value("signals_ignored") == 1 + len(HEADERS)

    await until(ignored, 60, "every signal is counted, and the workflow goes on")
    assert await runs()
    await reading.get_workflow_handle(case_id).terminate()
