"""A transfer, proposed over HTTP, is waited for by a workflow of its own, which ends with it."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from stack import temporal
from stack.trial import Trial
from tests.proof.fuzz import some_ids


@pytest.mark.stack
async def test_a_workflow_runs_while_the_transfer_is_open(stack: Trial) -> None:
    transfer_id = some_ids(stack)["transfer_id"]
    client = await Client.connect(stack.stack.temporal_address, namespace=temporal.NAMESPACE)
    assert await becomes(client, transfer_id, "RUNNING")
    with stack.client("health_authority/thai-nguyen", "casework") as receiver:
        body = {
            "accept": False,
            "reason": "no_capacity",
            "occurred_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        }
        receiver.post(f"/v1/transfers/{transfer_id}/answer", json=body).raise_for_status()
    assert await becomes(client, transfer_id, "COMPLETED")


async def becomes(client: Client, workflow_id: str, status: str, seconds: float = 20) -> bool:
    """Whether the workflow has this status before the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(RPCError):  # not started yet
            found = (await client.get_workflow_handle(workflow_id).describe()).status
            if found is not None and found.name == status:
                return True
        await asyncio.sleep(0.1)
    return False
