"""The provider's public keys (JWKS): never older than an hour while it answers, and at most a day while it is away."""

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from typing import Any

import httpx
import jwt
from pydantic import BaseModel, ConfigDict

from contracts.problems import Unauthenticated, Unavailable

KEY_TYPE_OF = {"EdDSA": "OKP", "RS256": "RSA"}
"""Only these algorithms are believed, each with a key of its own kind."""
REFRESH_SECONDS = 600
"""A running process fetches the keys again after this time, also when nobody calls."""
OLD_SECONDS = 3600
"""Older keys are used only while the provider is away, which `watch` sees; that is an alarm in the log."""
STALE_SECONDS = 86_400
"""Older keys are not used at all."""
PAUSE_SECONDS = 5
"""Between two fetches for a key that is not known or too old, so that invented key ids are no load on the provider."""
AWAY_SECONDS = 60
"""Between two fetches while keys that are known serve."""
TIMEOUT_SECONDS = 3
log = logging.getLogger(__name__)


class KeySet:
    """The public keys at one URL. Every fetch replaces all of them: a key that the provider took out is gone."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url, self._http = url, http
        self._keys: dict[str, jwt.PyJWK] = {}
        self._made_at = monotonic()
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id. A key that is known serves at once: nobody waits for a provider that is slow.

        Raises:
            Unauthenticated: the provider has no such key. Unavailable: it cannot be asked.
        """
        if kid not in self._keys or self._age() > STALE_SECONDS:
            await self._refresh(PAUSE_SECONDS)
        if kid in self._keys and self._age() <= STALE_SECONDS:
            return self._keys[kid]
        if self._failed:
            raise Unavailable("The token cannot be checked now.")
        raise Unauthenticated()

    async def watch(self) -> None:
        """Endless: fetches the keys before they are old, and says in the log every minute that they are old."""
        while True:
            await self.look()
            await asyncio.sleep(AWAY_SECONDS)

    async def look(self) -> None:
        """One look of `watch`."""
        if self._age() > REFRESH_SECONDS:
            await self._refresh(PAUSE_SECONDS)
        since = self._made_at if self._fetched_at is None else self._fetched_at
        if monotonic() - since > OLD_SECONDS:
            minutes = int((monotonic() - since) / 60)
            log.error("the provider's keys are %d minutes old; after a day no token is accepted", minutes)

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else monotonic() - self._fetched_at

    async def _refresh(self, pause: float) -> None:
        """Fetches, but not within `pause` seconds after the last try."""
        before = self._tried_at
        async with self._lock:
            if self._tried_at != before:
                return  # another task has just fetched them
            if self._tried_at is not None and monotonic() - self._tried_at < pause:
                return
            try:
                response = await self._http.get(self._url, timeout=TIMEOUT_SECONDS)
                response.raise_for_status()
                self._keys = usable_keys(response.content)
                self._fetched_at, self._failed = monotonic(), False
            except (httpx.HTTPError, ValueError) as error:
                self._failed = True
                log.warning("the provider's keys cannot be fetched: %s", error)
            self._tried_at = monotonic()


class _Document(BaseModel):
    """The shape of a key set; each key is judged by itself."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    keys: list[dict[str, Any]]


def usable_keys(document: bytes) -> dict[str, jwt.PyJWK]:
    """The signing keys of a JWKS document by key id; others are passed over.

    Raises:
        ValueError: it has none, so it is not the document that was asked for.
    """
    found: dict[str, jwt.PyJWK] = {}
    for entry in _Document.model_validate_json(document).keys:
        kid, kind = entry.get("kid"), entry.get("kty")
        if isinstance(kid, str) and kind in KEY_TYPE_OF.values() and entry.get("use", "sig") == "sig":
            with suppress(jwt.PyJWTError):  # one that cannot be read takes no other with it
                found[kid] = jwt.PyJWK(entry, algorithm="EdDSA" if kind == "OKP" else "RS256")
    if not found:
        raise ValueError("no usable key")
    return found
