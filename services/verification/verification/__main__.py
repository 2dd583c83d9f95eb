"""Verification as a process: `python -m verification all|api|events|migrate|openapi`."""

from kit.client import ServiceClient
from kit.runtime import Service, State, main
from kit.sealing import Sealer
from verification import api, consumers, models
from verification.settings import Settings


async def start(state: State) -> None:
    """Make the client of the vault, which is the one service that verification calls."""
    if not isinstance(state.settings, Settings) or state.token is None:
        raise TypeError("verification needs its own settings and an account at the issuer")
    state.put(Sealer(ServiceClient(state.settings.vault_url, state.token, state.http)))


SERVICE = Service(
    "verification", Settings, [api.router], models.Base.metadata, on_start=start, consumers=consumers.register
)

if __name__ == "__main__":
    main(SERVICE)
