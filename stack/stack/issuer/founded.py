"""Offices that a signed change founded: the issuer asks casework for an office that its release does not have."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from contracts.ids import audience_of
from regulations.rights import ISSUER
from stack.issuer.signer import Signer, service

OWN_TOKEN_SECONDS = 60
log = logging.getLogger("stack.issuer")

if TYPE_CHECKING:
    import httpx

ClientMaker = Callable[[], "httpx.AsyncClient"]
"""Makes a client with the base URL of casework."""


class Founded:
    """Asks casework for an office, signed in as the issuer itself. While it does not answer, nobody new signs in.

    Args:
        signer: of the issuer's own token.
        casework: None where no casework can be asked.
    """

    def __init__(self, signer: Signer, casework: ClientMaker | None) -> None:
        self._signer, self._casework = signer, casework

    async def __call__(self, office: str) -> bool:
        """Whether casework knows this office."""
        if self._casework is None:
            return False
        import httpx  # only here: it takes five megabytes, and few stacks ever ask

        token = self._signer.access_token(service(ISSUER), [audience_of("casework")], ISSUER, OWN_TOKEN_SECONDS)
        signed_in = {"Authorization": f"Bearer {token['access_token']}"}
        try:
            async with self._casework() as casework:
                return (await casework.get(f"/v1/offices/{office}", headers=signed_in)).is_success
        except httpx.HTTPError as error:
            log.warning("casework cannot be asked for an office: %s", type(error).__name__)
            return False
