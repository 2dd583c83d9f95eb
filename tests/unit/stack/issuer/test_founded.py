"""An office that a signed change founded signs in at the development issuer, although the release does not have it."""

from pathlib import Path

import httpx
import jwt
import pytest

from stack.demo_offices import DemoOffices
from stack.issuer.app import build_app
from stack.issuer.provider import Issuer
from tests.library import LIBRARY

URL = "http://127.0.0.1:8100"
CASEWORK = "urn:neove:casework"
NEW, OLD = "facility/sa-pa-moi", "border_guard/lao-cai"


class Casework:
    """Knows offices, and keeps who asked."""

    def __init__(self) -> None:
        self.knows, self.is_away = {NEW}, False
        self.asked: list[tuple[str, str]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("down")
        office = request.url.path.removeprefix("/v1/offices/")
        self.asked.append((office, request.headers["authorization"].removeprefix("Bearer ")))
        return httpx.Response(200 if office in self.knows else 404, json={})


@pytest.fixture
def casework() -> Casework:
    return Casework()


@pytest.fixture
def client(casework: Casework, tmp_path: Path) -> httpx.AsyncClient:

    def http() -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url="http://casework.test", transport=httpx.MockTransport(casework.answer))

    key, offices = tmp_path / "keys" / "issuer.pem", DemoOffices(LIBRARY.world.directory)
    issuer = Issuer(URL, [CASEWORK], key, {}, offices, casework=http)
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(issuer)), base_url=URL)


async def signs_in(client: httpx.AsyncClient, office: str) -> list[int]:
    """The status by the short form, and of the office's system."""
    short = await client.post("/token", json={"office": office})
    form = {"grant_type": "client_credentials", "client_id": office, "client_secret": "demo", "resource": CASEWORK}
    return [short.status_code, (await client.post("/token", data=form)).status_code]


async def test_it_signs_in_and_the_issuer_asks_casework_as_itself(client: httpx.AsyncClient, casework: Casework):
    assert await signs_in(client, NEW) == [200, 200]
    assert [office for office, _ in casework.asked] == [NEW, NEW]
    [key] = (await client.get("/jwks.json")).json()["keys"]
    claims = jwt.decode(casework.asked[0][1], jwt.PyJWK(key), ["EdDSA"], audience=CASEWORK, issuer=URL)
    assert (claims["service"], "office" in claims) == ("issuer", False)


async def test_one_that_casework_does_not_know_does_not(client: httpx.AsyncClient, casework: Casework):
    assert await signs_in(client, "facility/nowhere") == [400, 401]
    casework.is_away = True
    assert await signs_in(client, NEW) == [400, 401]


async def test_one_of_the_release_signs_in_without_casework(client: httpx.AsyncClient, casework: Casework):
    assert await signs_in(client, OLD) == [200, 200]
    assert casework.asked == []


@pytest.mark.parametrize("name", ["../cases", "facility/x?y=1", "facility/../../x", "facility", ""])
async def test_casework_is_asked_for_ids_of_offices_only(client: httpx.AsyncClient, casework: Casework, name: str):
    assert await signs_in(client, name) == [400, 401]
    assert casework.asked == []
