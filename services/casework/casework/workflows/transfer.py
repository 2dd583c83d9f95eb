"""`TransferWorkflow`: carries one transfer between provinces through its steps, or to its end without them.

The steps are: propose → accept → person moved → file received → sender closed. Each step brings a newer set of waits,
those of the side that owes the next step. If nobody acts, casework notifies that side at its instant, then its
supervisor. When a proposal lapses, casework undoes what was begun, and its answer, a finished set, ends the run.
`casework.domain.transfers` knows which step comes next, who owes it and what is undone; the workflow knows instants.
"""

from typing import Any

from temporalio import workflow

from casework.workflows import ports
from casework.workflows.waiting import WaitsThroughTime


@workflow.defn(name=ports.TRANSFER_WORKFLOW)
class TransferWorkflow(WaitsThroughTime):
    """One per transfer, besides that of its case; its id is the transfer id. It completes when the transfer ends."""

    @workflow.init
    def __init__(self, *start: Any) -> None:
        super().__init__(*start)

    @workflow.run
    async def run(self, *start: Any) -> None:
        """Runs until the sender has closed or the transfer has ended early. `__init__` has taken `start` already."""
        await self._conduct()
