"""`CaseWorkflow`: carries the waits of one case through time."""

from typing import Any

from temporalio import workflow

from casework.workflows import ports
from casework.workflows.waiting import WaitsThroughTime


@workflow.defn(name=ports.WORKFLOW)
class CaseWorkflow(WaitsThroughTime):
    """One per case, id = case id; completes when the case is closed and nothing is left to wait for."""

    @workflow.init
    def __init__(self, *start: Any) -> None:
        super().__init__(*start)

    @workflow.run
    async def run(self, *start: Any) -> None:
        """Until the case is closed; `start` was taken by `__init__`."""
        await self._conduct()
