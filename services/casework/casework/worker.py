"""Binds the Temporal parts to the case register; `__main__` hands them to `kit.runtime`."""

from collections.abc import Sequence

from casework.activities import RegisterActivities
from casework.arming import Arming
from casework.service import waits
from casework.sweep import keep_swept
from casework.workflows import search_attributes
from casework.workflows.case import CaseWorkflow
from casework.workflows.ports import TASK_QUEUE, WaitSet
from kit.state import State
from kit.temporal import Temporal, Work
from kit.uow import UnitOfWork


class PostgresRegister:
    """The use cases of `service.waits`, each in a transaction of its own."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def wait_set(self, case_id: str) -> WaitSet | None:
        """See `Register`."""
        return await waits.wait_set(self._uow, case_id)

    async def fire(self, case_id: str, wait_ids: Sequence[str]) -> WaitSet:
        """See `Register`."""
        return await waits.fire(self._uow, case_id, wait_ids)

    async def open_wait_versions(self, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """See `Register`."""
        return await waits.open_wait_versions(self._uow, after, limit)


def work(state: State) -> Work:
    """What the worker of casework does."""
    return Work(
        task_queue=TASK_QUEUE,
        workflows=[CaseWorkflow],
        activities=[RegisterActivities(PostgresRegister(state.uow)).fire_due],
        passed_through=[search_attributes.__name__],
    )


def arming(state: State) -> Arming:
    """The handler of `casework__arm_waits`, in the process that consumes."""
    return Arming(PostgresRegister(state.uow), _temporal(state))


async def sweep_waits(state: State) -> None:
    """Background task of the process that consumes: re-arms what Temporal has lost, for ever."""
    await keep_swept(_temporal(state), PostgresRegister(state.uow))


def _temporal(state: State) -> Temporal:
    if state.temporal is None:
        raise TypeError("casework's settings name no Temporal server, or this process has no connection to it")
    return state.temporal
