"""An access token becomes a principal: signature, kind, issuer, audience, lifetime, deny list, in this order.

Only EdDSA and RS256 are believed, each with a key of its own kind: neither `none` nor an HMAC over a public key
passes. A token of another kind that the provider signs with the same keys (ID token, logout token) is no access token.
"""

from dataclasses import replace
from hashlib import sha256
from time import time
from typing import Any, NamedTuple

import httpx
import jwt

from contracts.ids import audience_of
from contracts.problems import Unauthenticated
from kit.auth.deny_list import DenyList
from kit.auth.keys import KEY_TYPE_OF, KeySet
from kit.auth.principal import Principal
from kit.settings import AuthSettings

REQUIRED = ["iss", "aud", "exp", "iat"]
OF_OTHER_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events"})
"""Claims that only an ID token or a logout token has; they tell where a provider gives all its tokens one type."""
NO_TOKEN = (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError)
"""What the library raises at text that somebody made up: a list for a word, a number that is no instant, no end."""
LEEWAY_SECONDS = 5
BELIEVED_SECONDS = 30.0
"""How long a verified token needs no second verification; never beyond its own expiry."""
MAX_BELIEVED = 2_000
MAX_TOKEN_LENGTH = 4096


class AudienceWrong(ValueError):
    """The settings name the audience of another service: a token for that one would open this one."""


class Verified(NamedTuple):
    """A token that was verified, until when that is believed, and its `jti`."""

    principal: Principal
    believed_until: float
    jti: str | None


class TokenVerifier:
    """Turns an `Authorization` header into a `Principal`.

    Args:
        service: its name; a token must be for its audience, and for no other service.
        settings: of the provider.
        http: the process's one client.

    Raises:
        DenyListWrong: the settings name a deny list that is not there or not sound.
        AudienceWrong: the audience is that of another service.
    """

    def __init__(self, service: str, settings: AuthSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._audience = settings.audience or audience_of(service)
        if self._audience != audience_of(service) and self._audience.startswith(audience_of("")):
            raise AudienceWrong(f"{self._audience} is the audience of another service, not of {service}")
        self._audiences = {self._audience, *settings.other_audiences}
        self._types = {_short(kind) for kind in settings.token_types}
        self.keys = KeySet(settings.jwks_url, http)
        self._denied = DenyList(settings.deny_list_file)
        self._known: dict[str, Verified] = {}

    async def principal(self, authorization: str | None) -> Principal:
        """The caller. A token that was verified is believed for `BELIEVED_SECONDS` without verifying it again.

        Raises:
            Unauthenticated: no token, or one that is malformed, expired, forged, denied, for others or by others.
            Unavailable: the provider's keys are neither known nor available.
        """
        scheme, _, given = (authorization or "").partition(" ")
        token = given.strip()
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_LENGTH:
            raise Unauthenticated()
        found = self._known.get(token)
        if found is None or time() >= found.believed_until:
            found = await self._verified(token)
        if self._denied.has(found.principal.actor, found.jti):
            raise Unauthenticated()
        return found.principal

    def who_came_with(self, authorization: str | None) -> Principal | None:
        """Who came with this token before; None if nobody did. It may have expired: this proves nothing."""
        known = self._known.get((authorization or "").partition(" ")[2].strip())
        return known.principal if known else None

    async def _verified(self, token: str) -> Verified:
        claims = await self._claims(token)
        jti, until = claims.get("jti"), min(time() + BELIEVED_SECONDS, float(claims["exp"]))
        principal = Principal.of(claims, self._settings.subject_claim, self._settings.position_claim)
        principal = replace(principal, token=sha256(token.encode()).hexdigest()[:32])
        found = Verified(principal, until, jti if isinstance(jti, str) else None)
        if len(self._known) >= MAX_BELIEVED:
            self._known.clear()
        self._known[token] = found
        return found

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            kid, algorithm = header.get("kid"), header.get("alg")
            if not isinstance(kid, str) or algorithm not in KEY_TYPE_OF or _short(header.get("typ")) not in self._types:
                raise Unauthenticated()
            key = await self.keys.key(kid)
            if key.key_type != KEY_TYPE_OF[algorithm]:
                raise Unauthenticated()
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": [*REQUIRED, self._settings.subject_claim]},
            )
            self._check_bounds(claims)
        except NO_TOKEN:
            raise Unauthenticated() from None
        return claims

    def _check_bounds(self, claims: dict[str, Any]) -> None:
        """Refuses a token for further services, one that lives too long, and one of another kind."""
        named = {claims["aud"]} if isinstance(claims["aud"], str) else set(claims["aud"])
        too_long = int(claims["exp"]) - int(claims["iat"]) > self._settings.token_lifetime_seconds
        if not named <= self._audiences or too_long or not OF_OTHER_TOKENS.isdisjoint(claims):
            raise Unauthenticated()


def _short(kind: object) -> str:
    """A media type as the header `typ` has it: without `application/`, in lower case; empty for anything else."""
    return kind.lower().removeprefix("application/") if isinstance(kind, str) else ""
