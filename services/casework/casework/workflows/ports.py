"""What the workflows are told, what it asks for, and how patiently. Pure data: no law, no person, no I/O.

Passed through the sandbox of the replay tests, therefore imports stay light.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from temporalio import activity
from temporalio.common import RetryPolicy

from contracts.ids import Code, OpaqueId

TASK_QUEUE: Final = "casework"
WORKFLOW: Final = "CaseWorkflow"
TRANSFER_WORKFLOW: Final = "TransferWorkflow"
CLOCKS_CHANGED: Final = "clocks_changed"
FIRE_DUE: Final = "casework.fire_due"
IGNORES_FOREIGN: Final = "2026-11-ignores-what-is-not-its-own"
"""Patch. A run that carries it was sent a signal which it ignored: `TemporalChangeVersion` lets an operator find it."""
IGNORED: Final = "signals_ignored"
"""Memo of a run: how many signals it ignored; carried over when it is renewed."""

LOCAL_TIMEOUT: Final = timedelta(seconds=5)
"""One local attempt. While it runs, signals wait for the next heartbeat of the workflow task (under two seconds)."""

LOCAL_RETRY: Final = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2)
"""Two attempts: a serialisation failure passes, an outage goes to the patient activity."""

PATIENT_TIMEOUT: Final = timedelta(seconds=10)

PATIENT_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=5)
)
"""Without end. Retries of a normal activity add nothing to the history, however long PostgreSQL is away, and at most
five seconds pass between its return and the next attempt."""

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=2)
"""Pauses, doubling from the first, when the register left a wait open that is due here (its clock is behind, or a
defect): each costs about six history events."""


class Wait(BaseModel):
    """One instant at which something must happen if nobody acts; what it is, only the register knows."""

    model_config = ConfigDict(frozen=True)

    wait_id: Code
    at: AwareDatetime


class WaitSet(BaseModel):
    """All open waits of a case, or of a transfer of it, at one version: always complete, never a difference.

    Input and state of a workflow.
    """

    model_config = ConfigDict(frozen=True)

    case_id: OpaqueId
    version: int = Field(ge=0, description="Grows with every change of the waits; an older set is ignored.")
    waits: tuple[Wait, ...] = ()
    closed: bool = Field(default=False, description="No new wait can come unless the case is opened again.")
    transfer_id: OpaqueId | None = Field(default=None, description="The transfer that waits; None: the case itself.")

    @property
    def workflow_id(self) -> str:
        """Id of the one workflow of a case or a transfer: its own id, which is random and opaque."""
        return self.transfer_id or self.case_id

    @property
    def finished(self) -> bool:
        """Nothing is left to wait for, and nothing will come."""
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
        """What the register is asked when these waits are due."""
        return FireDue(case_id=self.case_id, version=self.version, wait_ids=due, transfer_id=self.transfer_id)

    def holds_any(self, wait_ids: Sequence[str]) -> bool:
        """Whether one of these waits is open in this set."""
        asked = set(wait_ids)
        return any(wait.wait_id in asked for wait in self.waits)


def told(values: Sequence[object], workflow_id: str) -> WaitSet | None:
    """The set that a workflow was sent, or None where that is not one complete set of this workflow's own.

    Whoever reaches the server can send anything to any workflow, also what was sealed for another one.

    Args:
        values: as they came, read from JSON or already a `WaitSet`.
        workflow_id: of the workflow that got them.
    """
    try:
        (value,) = values
        waits = WaitSet.model_validate(value)
    except ValueError:  # also pydantic's, and that of a number of values other than one
        return None
    return waits if waits.workflow_id == workflow_id else None


class FireDue(BaseModel):
    """These waits of the case, or of its transfer, are due; `version` is that of the set they were read from."""

    model_config = ConfigDict(frozen=True)

    case_id: OpaqueId
    version: int
    wait_ids: tuple[Code, ...]
    transfer_id: OpaqueId | None = None


class CaseActivities:
    """What the workflow asks of the register. `casework.activities` implements it; tests put a fake in its place."""

    @activity.defn(name=FIRE_DUE)
    async def fire_due(self, due: FireDue) -> WaitSet:
        """Does what each still open wait stands for, once, in one transaction, and gives the new complete set.

        Safe to run twice: each wait is claimed by a unique row.
        """
        raise NotImplementedError
