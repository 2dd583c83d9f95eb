"""The development issuer in this process, with a clock that a test moves."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from contracts.ids import audience_of
from stack.demo_offices import DemoOffices
from stack.issuer.app import build_app
from stack.issuer.provider import Issuer
from tests.library import LIBRARY

URL = "http://127.0.0.1:8100"
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
