"""`CaseWorkflow`: carries the waits of one case through time."""

from typing import Any

from temporalio import workflow

from casework.workflows import ports
from casework.workflows.waiting import WaitsThroughTime


@workflow.defn(name=ports.WORKFLOW)
class CaseWorkflow(WaitsThroughTime):
    """One per case; its id is the case id. It completes when the case is closed and has no waits."""

    @workflow.init
    def __init__(self, *start: Any) -> None:
        super().__init__(*start)

    @workflow.run
    async def run(self, *start: Any) -> None:
        """Runs until the case is closed. `__init__` has taken `start` already."""
        await self._conduct()
