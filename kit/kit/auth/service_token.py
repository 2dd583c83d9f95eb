"""This service as a client: its own access tokens, by client credentials (RFC 6749 section 4.4, RFC 8707)."""

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import quote_plus

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from contracts.problems import Unavailable
from kit.settings import AuthSettings

RENEW_BEFORE_SECONDS = 30
TIMEOUT_SECONDS = 3
log = logging.getLogger(__name__)


class Grant(BaseModel):
    """The provider's answer."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(repr=False)
    expires_in: float = 60.0


@dataclass
class _Kept:
    """One token, until half a minute before it expires."""

    value: str = field(default="", repr=False)
    renew_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ServiceToken:
    """This service's own tokens, one for each service that it calls: none of them opens another service.

    Args:
        service: its name, which is its client id unless the settings have another one.
        settings: with the provider's token URL and this client's secret.
        http: the process's one client.
    """

    def __init__(self, service: str, settings: AuthSettings, http: httpx.AsyncClient) -> None:
        self._client_id = settings.client_id or service
        self._settings, self._http = settings, http
        self._kept: dict[tuple[str, str], _Kept] = {}

    async def value(self, resource: str, scope: str = "") -> str:
        """The token for `Authorization: Bearer …` at one service.

        Args:
            resource: audience of the service that is called; empty where the provider takes a scope instead.
            scope: what the provider asks for beside or instead of the resource.

        Raises:
            Unavailable: the provider does not give one.
        """
        kept = self._kept.setdefault((resource, scope), _Kept())
        async with kept.lock:
            if monotonic() >= kept.renew_at:
                grant = await self._fetch(resource, scope)
                kept.value = grant.access_token
                kept.renew_at = monotonic() + max(grant.expires_in - RENEW_BEFORE_SECONDS, 1)
            return kept.value

    def forget(self) -> None:
        """Drops the tokens, for example after a 401: the next `value` asks for a new one."""
        for kept in self._kept.values():
            kept.renew_at = 0.0

    async def _fetch(self, resource: str, scope: str) -> Grant:
        url, secret = self._settings.token_url, self._settings.client_secret
        if not url or not secret:
            raise Unavailable("This service has no account at the provider.")
        asked = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
        form = {name: value for name, value in asked.items() if value}
        try:
            response = await self._http.post(url, data=form, auth=self._login(secret), timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            return Grant.model_validate_json(response.content)
        except httpx.HTTPStatusError as refusal:
            log.warning("the provider refuses this service a token: %d", refusal.response.status_code)
            raise Unavailable("The provider gives no token.") from None
        except (httpx.HTTPError, ValueError) as error:
            log.warning("no service token: %s", error)
            raise Unavailable("The provider cannot be reached.") from None

    def _login(self, secret: SecretStr) -> httpx.BasicAuth:
        """The way that every provider must offer; both parts are form-encoded first (RFC 6749 section 2.3.1)."""
        return httpx.BasicAuth(quote_plus(self._client_id), quote_plus(secret.get_secret_value()))
