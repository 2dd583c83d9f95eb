"""Casework as a process: `python -m casework all|api|events|worker|migrate|openapi`."""

from typing import TYPE_CHECKING

from casefile.offices import version_of
from casefile.start import start
from casework import api, consumers, models
from casework.amendments.book import LawBook
from casework.amendments.refold import Refold, apply_amendments, apply_beside_consumers
from casework.claims.fold import FoldsAfterClaims, fold_claimed
from casework.older_standings import write_older_standings
from casework.settings import Settings
from kit.bus import Bus
from kit.runtime import Service, State, WorkerRole, main
from kit.uow import UnitOfWork
from regulations import Library

if TYPE_CHECKING:  # half a second and ten megabytes that only the worker pays
    from kit.temporal import Work


async def start_casework(state: State) -> None:
    """Put into the state what every case service needs, the book of the law, and the re-fold of open cases."""
    await start(state)
    book = LawBook(state.get(Library))
    state.put(book)
    state.tells["directory"] = lambda: _directory(state.uow, book)
    state.put(Refold(state.uow, book))
    state.put(FoldsAfterClaims(state.uow, book))


async def _directory(uow: UnitOfWork, book: LawBook) -> str:
    """The version of the directory under which a step would be folded now."""
    async with uow() as tx:
        return version_of((await book.current(tx)).world)


def work(state: State) -> "Work":
    """The workflows and the activity that the worker runs."""
    from casework import worker

    return worker.work(state)


async def sweep_waits(state: State) -> None:
    """Background task of the worker, without end: sends Temporal the sets of waits that it has lost."""
    from casework import worker

    await worker.sweep_waits(state)


def send_waits(bus: Bus, state: State) -> None:
    """Put the handlers that send sets of waits to Temporal on the worker's bus."""
    from casework import worker

    arming = worker.arming(state)
    bus.on("casework__arm_waits")(arming.on_case_changed)
    bus.on("casework__arm_moved")(arming.on_clocks_moved)
    bus.on("casework__arm_transfer")(arming.on_transfer_changed)


SERVICE = Service(
    "casework",
    Settings,
    api.ROUTERS,
    models.Base.metadata,
    on_start=start_casework,
    consumers=consumers.register,
    worker=WorkerRole(
        work, consumers=send_waits, background=[sweep_waits, apply_amendments, fold_claimed, write_older_standings]
    ),
    background=[apply_beside_consumers],
)

if __name__ == "__main__":
    main(SERVICE)
