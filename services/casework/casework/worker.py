"""Binds the Temporal parts to the registers of cases and transfers; `__main__` hands them to `kit.runtime`."""

from collections.abc import Sequence

from casework.activities import RegisterActivities
from casework.arming import Arming
from casework.register import Register
from casework.service import transfers, waits
from casework.sweep import keep_swept
from casework.workflows import ports, search_attributes
from casework.workflows.case import CaseWorkflow
from casework.workflows.ports import TASK_QUEUE, WaitSet
from casework.workflows.transfer import TransferWorkflow
from kit.state import State
from kit.temporal import Temporal, Work
from kit.uow import UnitOfWork


class PostgresRegister:
    """The use cases of `service.waits`, each in a transaction of its own."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def wait_set(self, subject: str) -> WaitSet | None:
        """See `Register`."""
        return await waits.wait_set(self._uow, subject)

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        """See `Register`."""
        return await waits.fire(self._uow, subject, wait_ids)

    async def open_wait_versions(self, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """See `Register`."""
        return await waits.open_wait_versions(self._uow, after, limit)


class PostgresTransfers:
    """The same for the use cases of `service.transfers`."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def wait_set(self, subject: str) -> WaitSet | None:
        """See `Register`."""
        return await transfers.wait_set(self._uow, subject)

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        """See `Register`."""
        return await transfers.fire(self._uow, subject, wait_ids)

    async def open_wait_versions(self, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """See `Register`."""
        return await transfers.open_wait_versions(self._uow, after, limit)


def work(state: State) -> Work:
    """What the worker of casework does."""
    return Work(
        task_queue=TASK_QUEUE,
        workflows=[CaseWorkflow, TransferWorkflow],
        activities=[RegisterActivities(PostgresRegister(state.uow), PostgresTransfers(state.uow)).fire_due],
        passed_through=[search_attributes.__name__],
    )


def arming(state: State) -> Arming:
    """The handlers that tell Temporal."""
    return Arming(PostgresRegister(state.uow), PostgresTransfers(state.uow), _temporal(state))


async def sweep_waits(state: State) -> None:
    """Background task of the worker: re-arms what Temporal has lost, for ever."""
    registers: dict[str, Register] = {
        ports.WORKFLOW: PostgresRegister(state.uow),
        ports.TRANSFER_WORKFLOW: PostgresTransfers(state.uow),
    }
    await keep_swept(_temporal(state), registers)


def _temporal(state: State) -> Temporal:
    if state.temporal is None:
        raise TypeError("casework's settings name no Temporal server, or this process has no connection to it")
    return state.temporal
