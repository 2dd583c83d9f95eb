"""A signal of somebody without a key reaches a running case: nothing of the case changes, and the doctor reports it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client

from stack import temporal
from stack.trial import Trial
from tests.load.desk import Desk
from tests.load.house import temporal_client, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


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
    assert await runs()
    await reading.get_workflow_handle(case_id).terminate()
