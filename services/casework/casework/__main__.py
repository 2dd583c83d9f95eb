"""Casework as a process: `python -m casework all|api|events|worker|migrate|openapi`."""

from casework import api, consumers, models, worker
from casework.service.amending import Refold
from casework.settings import Settings
from kit.bus import Bus
from kit.client import ServiceClient
from kit.runtime import Service, State, WorkerRole, main
from kit.sealing import Sealer


async def start(state: State) -> None:
    """Make the client of the vault, which is the one service that casework calls, and what re-folds."""
    if not isinstance(state.settings, Settings) or state.token is None:
        raise TypeError("casework needs its own settings and an account at the issuer")
    state.put(Refold(state.uow))
    state.put(Sealer(ServiceClient(state.settings.vault_url, state.token, state.http)))


def tell_temporal(bus: Bus, state: State) -> None:
    """Put the handlers that tell Temporal on the worker's bus."""
    arming = worker.arming(state)
    bus.on("casework__arm_waits")(arming.on_case_changed)
    bus.on("casework__arm_moved")(arming.on_clocks_moved)
    bus.on("casework__arm_transfer")(arming.on_transfer_changed)


SERVICE = Service(
    "casework",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=start,
    consumers=consumers.register,
    worker=WorkerRole(worker.work, consumers=tell_temporal, background=[worker.sweep_waits, worker.apply_amendments]),
)

if __name__ == "__main__":
    main(SERVICE)
