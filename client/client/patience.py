"""Asks a service again while it starts. Only reads and sign-in are asked again, never a step of a case."""

import time
from collections.abc import Callable

import httpx

from client.errors import Unreachable

CONNECT_SECONDS = 5.0
"""How long a service that does not answer is asked again for its document or a token; a restart takes less."""
PAUSE_SECONDS = 0.25


def patiently(ask: Callable[[], httpx.Response], who: str) -> httpx.Response:
    """The answer, asked for again after each connection that fails.

    Args:
        ask: sends the request; it may be sent several times.
        who: gets the request; named in the error.

    Raises:
        Unreachable: no answer within `CONNECT_SECONDS`.
    """
    until = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return ask()
        except httpx.TransportError as error:
            if time.monotonic() + PAUSE_SECONDS > until:
                raise Unreachable(f"`{who}` does not answer ({type(error).__name__})") from error
        time.sleep(PAUSE_SECONDS)  # a service that starts gives no sign, so it is asked again
