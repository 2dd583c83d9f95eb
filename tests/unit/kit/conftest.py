"""An issuer without a server, and the state of a service without its dependencies."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm
from pydantic import SecretStr

from casefile.start import use_library
from kit.auth import TokenVerifier
from kit.clock import FixedClock
from kit.looks import Look
from kit.looks.recorder import Recorder
from kit.settings import ServiceSettings
from kit.state import State
from kit.uow import UnitOfWork
from tests.library import LIBRARY

NOW = datetime(2026, 10, 9, 7, 5, tzinfo=UTC)


@dataclass
class Issuer:
    """Signs tokens and serves its public keys; `down` makes it unreachable."""

    ed: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    rsa: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))
    down: bool = False
    fetches: int = 0
    kept: list[str] | None = None
    """Ids of the keys that it still has; None: all."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    """Of each request for a token: its `Authorization`, and its form."""

    url = "https://issuer.test"

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Valid claims of the border guard of Lào Cai; a change to None removes the claim."""
        claims = {
            "iss": self.url,
            "aud": "urn:neove:casework",
            "iat": time(),
            "exp": time() + 300,
            "sub": "actor-1",
            "office": "border_guard/lao-cai",
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, kid: str = "ed", typ: str | None = "at+jwt", **changes: Any) -> str:
        """A token of that type, signed by the key of that name."""
        key, algorithm = (self.rsa, "RS256") if kid == "rsa" else (self.ed, "EdDSA")
        return jwt.encode(self.claims(**changes), key, algorithm, {"kid": kid, "typ": typ})

    def public_pem(self) -> bytes:
        """The public RSA key as text, which a forger could use as an HMAC secret."""
        return self.rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The HTTP side."""
        self.fetches += 1
        if self.down:
            raise httpx.ConnectError("down", request=request)
        if request.url.path == "/token":
            self.asked.append((request.headers["authorization"], dict(parse_qsl(request.content.decode()))))
            return httpx.Response(200, json={"access_token": f"token-{self.fetches}", "expires_in": 3600})
        keys = [
            json.loads(OKPAlgorithm.to_jwk(self.ed.public_key())) | {"kid": "ed", "use": "sig"},
            json.loads(RSAAlgorithm.to_jwk(self.rsa.public_key())) | {"kid": "rsa", "use": "sig"},
            {"kty": "OKP", "kid": "unreadable", "crv": "Ed25519", "x": "!"},
            {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"x" * 32).decode()},
        ]
        there = [key for key in keys if self.kept is None or key["kid"] in self.kept]
        return httpx.Response(200, json={"keys": there})

    def client(self) -> httpx.AsyncClient:
        """A client that reaches nobody but this issuer."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))


@pytest.fixture(scope="session")
def signing_keys() -> Issuer:
    """Keys are made once: RSA takes long."""
    return Issuer()


@pytest.fixture
def issuer(signing_keys: Issuer) -> Issuer:
    """An issuer that is up and has not been asked."""
    return Issuer(signing_keys.ed, signing_keys.rsa)


@pytest.fixture
def settings(issuer: Issuer) -> ServiceSettings:
    """Settings of a service that is never started."""
    return ServiceSettings(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:1/none",
        nats_url="nats://127.0.0.1:1",
        nats_user="none",
        nats_password=SecretStr("none"),
        issuer=issuer.url,
        jwks_url=f"{issuer.url}/jwks.json",
        token_url=f"{issuer.url}/token",
        client_secret=SecretStr("no:ne"),
        port=1,
        max_body_bytes=1000,
    )


class Written(Recorder):
    """Entries of looks that a database of the test's own takes; `down` makes it take none."""

    def __init__(self) -> None:
        super().__init__(cast(Any, None))
        self.rows: list[Look] = []
        self.down = False

    async def _insert(self, looks: Sequence[Look]) -> frozenset[str]:
        if self.down:
            return frozenset()
        self.rows += looks
        return frozenset(look.id for look in looks)


@pytest.fixture
def state(issuer: Issuer, settings: ServiceSettings) -> State:
    """The state of the service `casework`, without a database."""
    clock, http = FixedClock(NOW), issuer.client()
    no_sessions = cast(Any, None)
    made = State(
        "casework", settings, clock, UnitOfWork(no_sessions, clock), TokenVerifier("casework", settings, http), http
    )
    made.looks = Written()
    use_library(made, LIBRARY)
    return made


@pytest.fixture
def signed(issuer: Issuer) -> Callable[..., dict[str, str]]:
    """`signed(office=…)`: headers of a signed-in caller."""

    def headers(**changes: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {issuer.token(**changes)}"}

    return headers
