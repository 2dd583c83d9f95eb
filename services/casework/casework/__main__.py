"""Casework as a process: `python -m casework all|api|events|worker|migrate|openapi`."""

from casefile.start import start
from casework import api, consumers, models, worker
from casework.amendments.book import LawBook
from casework.amendments.refold import Refold
from casework.claims.fold import OwedFolds
from casework.settings import Settings
from kit.bus import Bus
from kit.runtime import Service, State, WorkerRole, main
from regulations import Library


async def start_casework(state: State) -> None:
    """Put into the state what every case service needs, the book of the law, and the re-fold of open cases."""
    await start(state)
    book = LawBook(state.get(Library))
    state.put(book)
    state.put(Refold(state.uow, book))
    state.put(OwedFolds(state.uow, book))


def send_waits(bus: Bus, state: State) -> None:
    """Put the handlers that send sets of waits to Temporal on the worker's bus."""
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
        worker.work,
        consumers=send_waits,
        background=[worker.sweep_waits, worker.apply_amendments, worker.fold_claimed],
    ),
)

if __name__ == "__main__":
    main(SERVICE)
