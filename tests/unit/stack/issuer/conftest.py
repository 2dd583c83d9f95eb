"""The development issuer in this process, with a clock that a test moves."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client

from contracts.ids import audience_of
from stack.demo_offices import DemoOffices
from stack.issuer.app import build_app
from stack.issuer.provider import Issuer
from tests.library import LIBRARY
from tests.unit.stack.issuer.flow import BACK, URL

SERVICES = {"intake": "s3:cret", "casework": "s4", "vault": "s5"}
AUDIENCES = [audience_of(service) for service in SERVICES]


@dataclass
class Clock:
    """Seconds since 1970; `later` moves it."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(tmp_path: Path, clock: Clock) -> Issuer:
    offices = DemoOffices(LIBRARY.world.directory)
    return Issuer(URL, AUDIENCES, tmp_path / "keys" / "issuer.pem", SERVICES, offices, clock)


@pytest.fixture
def client(provider: Issuer) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(provider)), base_url=URL)


@pytest.fixture
async def portal(provider: Issuer) -> AsyncIterator[AsyncOAuth2Client]:
    """The portal as a client: public, with PKCE."""
    async with AsyncOAuth2Client(
        client_id="portal",
        token_endpoint_auth_method="none",
        redirect_uri=BACK,
        scope="openid",
        code_challenge_method="S256",
        token_endpoint=f"{URL}/token",
        transport=httpx.ASGITransport(build_app(provider)),
    ) as made:
        yield made
