"""Binds the Temporal parts to the open waits of cases and transfers; `__main__` hands them to `kit.runtime`."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from casework.activities import OpenWaitActivities
from casework.amendments.book import LawBook
from casework.arming import Arming
from casework.claims.fold import FoldsAfterClaims
from casework.open_waits import OpenWaits
from casework.service import transfers, waits
from casework.sweep import keep_swept
from casework.workflows import ports
from casework.workflows.case import CaseWorkflow
from casework.workflows.ports import TASK_QUEUE, WaitSet
from casework.workflows.transfer import TransferWorkflow
from kit.state import State
from kit.temporal import Temporal, Work
from kit.together import Together
from kit.uow import UnitOfWork

ANSWERED_AT_ONCE = 250
"""Most workflows in one round of answers."""


class OpenWaitsOfCases:
    """The use cases of `service.waits`. Workflows that wake at the same instant are answered together.

    Args:
        folds: the task that folds what is claimed here.
    """

    def __init__(self, uow: UnitOfWork, book: LawBook, folds: FoldsAfterClaims) -> None:
        self._uow = uow
        self._fire = Together(partial(waits.fire_for_all, uow, book, folds.wake), ANSWERED_AT_ONCE)

    async def wait_set(self, subject: str) -> WaitSet | None:
        """See `OpenWaits`."""
        return await waits.wait_set(self._uow, subject)

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        """See `OpenWaits`."""
        return await self._fire(waits.Asked(subject, tuple(wait_ids)))

    async def earliest_waits(self, after: str, limit: int) -> Sequence[tuple[str, datetime]]:
        """See `OpenWaits`."""
        return await waits.earliest_waits(self._uow, after, limit)


class OpenWaitsOfTransfers:
    """The use cases of `service.transfers`, each in a transaction of its own."""

    def __init__(self, uow: UnitOfWork, book: LawBook) -> None:
        self._uow, self._book = uow, book

    async def wait_set(self, subject: str) -> WaitSet | None:
        """See `OpenWaits`."""
        return await transfers.wait_set(self._uow, subject)

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        """See `OpenWaits`."""
        return await transfers.fire(self._uow, self._book, subject, wait_ids)

    async def earliest_waits(self, after: str, limit: int) -> Sequence[tuple[str, datetime]]:
        """See `OpenWaits`."""
        return await transfers.earliest_waits(self._uow, after, limit)


def _cases(state: State) -> OpenWaitsOfCases:
    return OpenWaitsOfCases(state.uow, state.get(LawBook), state.get(FoldsAfterClaims))


def _transfers(state: State) -> OpenWaitsOfTransfers:
    return OpenWaitsOfTransfers(state.uow, state.get(LawBook))


def work(state: State) -> Work:
    """The workflows and the activity that the worker of casework runs."""
    return Work(
        task_queue=TASK_QUEUE,
        workflows=[CaseWorkflow, TransferWorkflow],
        activities=[OpenWaitActivities(_cases(state), _transfers(state)).fire_due],
    )


def arming(state: State) -> Arming:
    """The handlers that send sets of waits to Temporal."""
    return Arming(_cases(state), _transfers(state), _temporal(state))


async def sweep_waits(state: State) -> None:
    """Background task of the worker, without end: sends Temporal the sets of waits that it has lost."""
    by_workflow: dict[str, OpenWaits] = {
        ports.WORKFLOW: _cases(state),
        ports.TRANSFER_WORKFLOW: _transfers(state),
    }
    await keep_swept(_temporal(state), by_workflow)


def _temporal(state: State) -> Temporal:
    if state.temporal is None:
        raise TypeError("casework's settings name no Temporal server, or this process has no connection to it")
    return state.temporal
