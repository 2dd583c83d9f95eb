"""Intake as a process: `python -m intake all|api|events|migrate|openapi`."""

from intake import api, consumers, models
from intake.settings import Settings
from intake.unconfirmed import settle_unconfirmed
from kit.client import ServiceClient
from kit.runtime import Service, State, main
from kit.sealing import Sealer


async def start(state: State) -> None:
    """Make the client of the vault, which is the one service that intake calls."""
    if not isinstance(state.settings, Settings) or state.token is None:
        raise TypeError("intake needs its own settings and an account at the issuer")
    vault = ServiceClient(state.settings.vault_url, state.token, state.http)
    state.put(vault)
    state.put(Sealer(vault))


SERVICE = Service(
    "intake",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=start,
    consumers=consumers.register,
    background=[settle_unconfirmed],
)

if __name__ == "__main__":
    main(SERVICE)
