"""Offices that a signed change founded: the issuer asks casework for an office that its release does not have."""

import logging
from collections.abc import Awaitable, Callable

import httpx

Founded = Callable[[str, str], Awaitable[bool]]
"""Whether a signed change founded this office; the second text is a token of the issuer for casework."""
log = logging.getLogger("stack.issuer")


async def nobody_founded(office: str, token: str) -> bool:
    """The answer where no casework can be asked."""
    return False


def asked_at(casework: str, http: httpx.AsyncClient) -> Founded:
    """Asks casework for an office. While it does not answer, nobody new signs in.

    Args:
        casework: its base URL.
        http: the client to use.
    """

    async def founded(office: str, token: str) -> bool:
        try:
            answer = await http.get(f"{casework}/v1/offices/{office}", headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            log.warning("casework cannot be asked for an office: %s", type(error).__name__)
            return False
        return answer.is_success

    return founded
