"""The activity that the workflows call, with its timeouts and retries: what of their port needs Temporal's library."""

from datetime import timedelta
from typing import Final

from temporalio import activity
from temporalio.common import RetryPolicy

from casework.workflows.ports import FIRE_DUE, FireDue, WaitSet

LOCAL_TIMEOUT: Final = timedelta(seconds=5)
"""Of one local attempt. While it runs, signals wait for the next heartbeat of the workflow task (under two seconds)."""

LOCAL_RETRY: Final = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2)
"""Two attempts are enough for a serialisation failure. In an outage the patient activity takes over."""

PATIENT_TIMEOUT: Final = timedelta(seconds=10)

PATIENT_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=5)
)
"""Retries without end. They add nothing to the history, however long PostgreSQL is away, and the next attempt comes at
most five seconds after it is back."""


class CaseActivities:
    """The activity that the workflows call. `casework.activities` implements it; tests put a fake in its place."""

    @activity.defn(name=FIRE_DUE)
    async def fire_due(self, due: FireDue) -> WaitSet:
        """Acts on each of these waits that is still open, once; gives the new complete set.

        It is safe to run twice: each wait that fires gets a unique row.
        """
        raise NotImplementedError  # a workflow needs only its name and types; `casework.activities` does the work
