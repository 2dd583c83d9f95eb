"""`TransferWorkflow`: carries one transfer between provinces through its steps, or to its end without them.

propose → accept → person moved → file received → sender closed. Each step that an office states comes as a newer set of
waits: those of the side that now owes something. Where nobody acts, the register asks that side at its instant, then
its supervisor; at the lapse of a proposal it undoes what was begun, and the set that it answers with ends the run.
Which step comes next, who owes it and what is undone is `casework.domain.transfers`: the workflow knows instants only.
"""

from typing import Any

from temporalio import workflow

from casework.workflows import ports
from casework.workflows.waiting import WaitsThroughTime


@workflow.defn(name=ports.TRANSFER_WORKFLOW)
class TransferWorkflow(WaitsThroughTime):
    """One per transfer, id = transfer id, beside the case's own; completes when the transfer is at an end."""

    @workflow.init
    def __init__(self, *start: Any) -> None:
        super().__init__(*start)

    @workflow.run
    async def run(self, *start: Any) -> None:
        """Until the sender has closed, or the transfer ended before; `start` was taken by `__init__`."""
        await self._conduct()
