"""Who calls: tokens (OIDC, JWT) of callers, and this service's own token. Rights are decided elsewhere.

Only EdDSA and RS256 are believed, each with a key of its own kind: neither `none` nor an HMAC over a public key
passes.
"""

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Protocol, cast

import httpx
import jwt
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from contracts.ids import Code, OfficeRef, role_of
from contracts.problems import Unauthenticated, Unavailable
from kit.settings import AuthSettings

KEY_TYPE_OF = {"EdDSA": "OKP", "RS256": "RSA"}
REQUIRED = ["iss", "aud", "exp", "sub"]
LEEWAY_SECONDS = 5
BELIEVED_SECONDS = 30.0
"""How long a verified token needs no second verification; never beyond its own expiry."""
MAX_BELIEVED = 2_000
MAX_TOKEN_LENGTH = 4096
JWKS_FRESH_SECONDS = 600
JWKS_STALE_SECONDS = 86_400
JWKS_PAUSE_SECONDS = 5
TIMEOUT_SECONDS = 3
RENEW_BEFORE_SECONDS = 30
OFFICE: TypeAdapter[str] = TypeAdapter(OfficeRef)
CODE: TypeAdapter[str] = TypeAdapter(Code)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Principal:
    """Who is signed in: a person of an office, or (with `service`, all of office empty) a service as itself.

    `actor` is the token's opaque subject, never a name.
    """

    office: str
    role: str
    actor: str
    service: str | None = None

    @property
    def name(self) -> str:
        """The office, or `service/<name>`: one word for keys and journals."""
        return self.office or f"service/{self.service}"


class Decision(Protocol):
    """Decides whether a caller may do an operation. It is handed to this package, which knows no rights itself."""

    def __call__(self, principal: Principal, operation: str, subject: Any = None, **context: Any) -> bool:
        """True when it is allowed.

        Args:
            principal: who calls.
            operation: `<service>.<operationId>`.
            subject: what the decision depends on, where it depends on something.
            context: what else the decision may look at, for example `lane="shelter"`.
        """
        ...


def deny_all(principal: Principal, operation: str, subject: Any = None, **context: Any) -> bool:
    """The decision of a service that has no other: nobody may do anything."""
    return False


class KeySet:
    """The issuer's public keys: fetched when needed, again for an unknown key id, kept a day when it is away."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url, self._http = url, http
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id.

        Raises:
            Unauthenticated: the issuer has no such key. Unavailable: it cannot be asked.
        """
        if kid not in self._keys or self._age() > JWKS_FRESH_SECONDS:
            await self._refresh()
        if kid in self._keys and self._age() <= JWKS_STALE_SECONDS:
            return self._keys[kid]
        if self._failed:
            raise Unavailable("The token cannot be checked now.")
        raise Unauthenticated()

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else monotonic() - self._fetched_at

    async def _refresh(self) -> None:
        """Fetches at most once in `JWKS_PAUSE_SECONDS`, so that invented key ids are no load on the issuer."""
        before = self._tried_at
        async with self._lock:
            if self._tried_at != before:
                return  # another task has just fetched them
            if self._tried_at is not None and monotonic() - self._tried_at < JWKS_PAUSE_SECONDS:
                return
            try:
                response = await self._http.get(self._url, timeout=TIMEOUT_SECONDS)
                response.raise_for_status()
                self._keys = _keys(response.json())
                self._fetched_at, self._failed = monotonic(), False
            except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
                self._failed = True
                log.warning("the issuer's keys cannot be fetched: %s", type(error).__name__)
            self._tried_at = monotonic()


def _keys(document: Any) -> dict[str, jwt.PyJWK]:
    """The usable signing keys of a JWKS document by key id; others are passed over."""
    if not isinstance(document, dict):
        raise ValueError("not a key set")
    found: dict[str, jwt.PyJWK] = {}
    for entry in cast(dict[str, list[dict[str, Any]]], document).get("keys", []):
        kid, usable = entry.get("kid"), entry.get("kty") in KEY_TYPE_OF.values() and entry.get("use", "sig") == "sig"
        if isinstance(kid, str) and usable:
            algorithm = "EdDSA" if entry["kty"] == "OKP" else "RS256"
            found[kid] = jwt.PyJWK(entry, algorithm=algorithm)
    return found


class TokenVerifier:
    """Turns an `Authorization` header into a `Principal`."""

    def __init__(self, settings: AuthSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._keys = KeySet(settings.jwks_url, http)
        self._known: dict[str, tuple[float, Principal]] = {}

    async def principal(self, authorization: str | None) -> Principal:
        """The caller. A token that was verified is believed for `BELIEVED_SECONDS` without verifying it again.

        Raises:
            Unauthenticated: no token, or one that is malformed, expired, forged, for others or by others.
            Unavailable: the issuer's keys are neither known nor available.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_LENGTH:
            raise Unauthenticated()
        believed_until, principal = self._known.get(token, (0.0, None))
        if principal is not None and time() < believed_until:
            return principal
        claims = await self._claims(token.strip())
        principal = _principal(claims)
        if len(self._known) >= MAX_BELIEVED:
            self._known.clear()
        self._known[token] = (min(time() + BELIEVED_SECONDS, float(claims["exp"])), principal)
        return principal

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            kid, algorithm = header.get("kid"), header.get("alg")
            if not isinstance(kid, str) or algorithm not in KEY_TYPE_OF:
                raise Unauthenticated()
            key = await self._keys.key(kid)
            if key.key_type != KEY_TYPE_OF[algorithm]:
                raise Unauthenticated()
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated() from None


def _principal(claims: dict[str, Any]) -> Principal:
    """Exactly one of `office` and `service`, and a subject that is a code."""
    office, service = claims.get("office"), claims.get("service")
    try:
        actor = CODE.validate_python(claims["sub"], strict=True)
        if service is None:
            found = OFFICE.validate_python(office, strict=True)
            return Principal(found, role_of(found), actor)
        if office is not None:
            raise Unauthenticated()
        return Principal("", "", actor, CODE.validate_python(service, strict=True))
    except ValidationError:
        raise Unauthenticated() from None


class _Grant(BaseModel):
    """The issuer's answer."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(repr=False)
    expires_in: float


class ServiceToken:
    """This service's own token from the issuer, kept until half a minute before it expires."""

    def __init__(self, service: str, settings: AuthSettings, http: httpx.AsyncClient) -> None:
        self._service, self._settings, self._http = service, settings, http
        self._token, self._renew_at = "", 0.0
        self._lock = asyncio.Lock()

    async def value(self) -> str:
        """The token for `Authorization: Bearer …`; raises `Unavailable` when the issuer does not give one."""
        async with self._lock:
            if monotonic() >= self._renew_at:
                grant = await self._fetch()
                self._token = grant.access_token
                self._renew_at = monotonic() + max(grant.expires_in - RENEW_BEFORE_SECONDS, 1)
            return self._token

    def forget(self) -> None:
        """Drops the token, for example after a 401: the next `value` asks for a new one."""
        self._renew_at = 0.0

    async def _fetch(self) -> _Grant:
        settings = self._settings
        if not settings.token_url or not settings.client_secret:
            raise Unavailable("This service has no account at the issuer.")
        form = {"service": self._service, "client_secret": settings.client_secret.get_secret_value()}
        try:
            response = await self._http.post(settings.token_url, json=form, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            return _Grant.model_validate_json(response.content)
        except (httpx.HTTPError, ValueError) as error:
            log.warning("no service token: %s", type(error).__name__)
            raise Unavailable("The issuer cannot be reached.") from None
