"""Support as a process: `python -m support all|api|events|migrate|openapi`."""

from kit.client import ServiceClient
from kit.runtime import Service, State, main
from kit.sealing import Sealer
from support import api, consumers, models, providers
from support.settings import Settings


async def start(state: State) -> None:
    """Make the client of the vault, which is the one service that support calls."""
    if not isinstance(state.settings, Settings) or state.token is None:
        raise TypeError("support needs its own settings and an account at the issuer")
    state.put(Sealer(ServiceClient(state.settings.vault_url, state.token, state.http)))


SERVICE = Service(
    "support",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=start,
    consumers=consumers.register,
    background=[providers.provider_list],
)

if __name__ == "__main__":
    main(SERVICE)
