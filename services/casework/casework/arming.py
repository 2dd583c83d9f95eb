"""Sends a workflow its set of waits. An event says where it must: `casework.domain.wakes` decides that with the change.

A consumer either changes its database or calls Temporal, never both. With both, an event could be noted as handled
although Temporal never got the set, and the retry would skip it. So nothing here writes to the database.
"""

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from casework.open_waits import OpenWaits
from casework.workflows import search_attributes
from casework.workflows.case import CaseWorkflow
from casework.workflows.ports import CLOCKS_CHANGED, TASK_QUEUE, WaitSet
from casework.workflows.transfer import TransferWorkflow
from contracts.events.casework import CaseChanged, ClocksMoved, TransferChanged
from kit.bus import Meta
from kit.temporal import TASK_TIMEOUT, Temporal, translated

RPC_TIMEOUT = timedelta(seconds=3)
"""Less than the durable's `ack_wait`."""


class Arming:
    """Handlers of `casework__arm_waits`, `…arm_moved` and `…arm_transfer`. Delivery repeats while Temporal is away.

    Args:
        cases, transfers: their open waits, read as they are committed now and not as of the event.
        temporal: the connection of this process.
    """

    def __init__(self, cases: OpenWaits, transfers: OpenWaits, temporal: Temporal) -> None:
        self._cases, self._transfers, self._temporal = cases, transfers, temporal

    async def on_case_changed(self, event: CaseChanged, meta: Meta) -> None:
        """Arms the waits of the case, if the event says so.

        Raises:
            Unavailable: Temporal or PostgreSQL is down; deliver again.
        """
        if event.arms:
            await self._arm(self._cases, event.case_id)

    async def on_clocks_moved(self, event: ClocksMoved, meta: Meta) -> None:
        """Arms the waits of a case that was folded under an amended law; raises as `on_case_changed` does."""
        if event.arms:
            await self._arm(self._cases, event.case_id)

    async def on_transfer_changed(self, event: TransferChanged, meta: Meta) -> None:
        """Arms the waits of the transfer; raises as `on_case_changed` does."""
        await self._arm(self._transfers, event.transfer_id)

    async def _arm(self, open_waits: OpenWaits, subject: str) -> None:
        client = self._temporal.client
        if (waits := await open_waits.wait_set(subject)) is not None:
            await arm(client, waits)


async def arm(client: Client, waits: WaitSet) -> None:
    """Signals the workflow of the case or transfer, and starts it if it does not run. Repeating this is harmless.

    Raises:
        Unavailable: Temporal did not confirm.
    """
    with translated():
        if waits.finished:
            await _send_if_running(client, waits)
        else:
            await _signal_with_start(client, waits)


async def _signal_with_start(client: Client, waits: WaitSet) -> None:
    await client.start_workflow(
        CaseWorkflow.run if waits.transfer_id is None else TransferWorkflow.run,
        waits,
        id=waits.workflow_id,
        task_queue=TASK_QUEUE,
        start_signal=CLOCKS_CHANGED,
        start_signal_args=[waits],
        search_attributes=search_attributes.at_start(waits),
        # A closed case that is opened again starts a new run under the same id.
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        task_timeout=TASK_TIMEOUT,
        rpc_timeout=RPC_TIMEOUT,
    )


async def _send_if_running(client: Client, waits: WaitSet) -> None:
    """Ends a workflow that still runs, and starts none: a closed case without waits needs no workflow."""
    handle = client.get_workflow_handle(waits.workflow_id)
    try:
        await handle.signal(CLOCKS_CHANGED, waits, rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
