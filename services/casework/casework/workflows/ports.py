"""The port of the workflows: the sets that they are sent, what they ask of casework, and the names of both.

Pure data without law, persons or I/O. The replay tests pass this module through their sandbox, so it imports little.
Temporal's library is not among that: the process that answers makes sets too, and the library is 10 MB.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.ids import Code, OpaqueId

TASK_QUEUE: Final = "casework"
WORKFLOW: Final = "CaseWorkflow"
TRANSFER_WORKFLOW: Final = "TransferWorkflow"
CLOCKS_CHANGED: Final = "clocks_changed"
FIRE_DUE: Final = "casework.fire_due"
IGNORES_FOREIGN: Final = "2026-11-ignores-what-is-not-its-own"
"""Patch of runs that ignored a signal. An operator finds these runs by the search attribute `TemporalChangeVersion`."""
IGNORED: Final = "signals_ignored"
"""Memo of a run: how many signals it ignored. It is carried over when the run is renewed."""

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=2)
"""Bounds of the pause when casework leaves a wait open that is due here, for example because its clock is behind. Each
pause is twice the one before, and costs about six events of the history."""


class Wait(BaseModel):
    """One instant at which something must happen if nobody acts. Only casework knows what must happen."""

    model_config = ConfigDict(frozen=True)

    wait_id: Code
    at: AwareDatetime


class WaitSet(BaseModel):
    """All open waits of a case, or of one of its transfers, at one version. It is always complete.

    A set is the input and the state of a workflow.
    """

    model_config = ConfigDict(frozen=True)

    case_id: OpaqueId
    version: int = Field(ge=0, description="Grows with every change of the waits; an older set is ignored.")
    waits: tuple[Wait, ...] = ()
    closed: bool = Field(default=False, description="No new wait can come unless the case is opened again.")
    transfer_id: OpaqueId | None = Field(default=None, description="The transfer that waits; None: the case itself.")

    @property
    def workflow_id(self) -> str:
        """Id of the workflow: the id of the case or the transfer, which is random and opaque."""
        return self.transfer_id or self.case_id

    @property
    def finished(self) -> bool:
        """Whether no wait is open and none will come."""
        return self.closed and not self.waits

    @property
    def next_at(self) -> datetime | None:
        """The earliest instant, or None without waits."""
        return min((wait.at for wait in self.waits), default=None)

    def due(self, now: datetime) -> tuple[str, ...]:
        """Ids of the waits whose instant is `now` (aware) or earlier, the earliest first."""
        reached = sorted((wait.at, wait.wait_id) for wait in self.waits if wait.at <= now)
        return tuple(wait_id for _, wait_id in reached)

    def asked(self, due: tuple[str, ...]) -> "FireDue":
        """The call to casework when these waits are due."""
        return FireDue(case_id=self.case_id, version=self.version, wait_ids=due, transfer_id=self.transfer_id)

    def holds_any(self, wait_ids: Sequence[str]) -> bool:
        """Whether one of these waits is open in this set."""
        asked = set(wait_ids)
        return any(wait.wait_id in asked for wait in self.waits)


def told(values: Sequence[object], workflow_id: str) -> WaitSet | None:
    """The set that a workflow was sent; None if it is not one complete set of this very workflow.

    Anybody who reaches the Temporal server can send a workflow anything, for example a set that was sealed for another.

    Args:
        values: the arguments as they came, read from JSON or already a `WaitSet`.
        workflow_id: id of the workflow that got them.
    """
    try:
        (value,) = values
        waits = WaitSet.model_validate(value)
    except ValueError:  # raised by pydantic, and by the unpacking if there is not exactly one value
        return None
    return waits if waits.workflow_id == workflow_id else None


class FireDue(BaseModel):
    """The due waits of a case or a transfer. `version` is that of the set in which the workflow found them."""

    model_config = ConfigDict(frozen=True)

    case_id: OpaqueId
    version: int
    wait_ids: tuple[Code, ...]
    transfer_id: OpaqueId | None = None
