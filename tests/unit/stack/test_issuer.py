"""The development issuer: who gets a token, what stands in it, where it may listen."""

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stack.demo_offices import DemoOffices
from stack.issuer import Issuer, asked_at, build_app, require_loopback
from tests.library import LIBRARY

OFFICE = "border_guard/lao-cai"
URL = "http://127.0.0.1:8100"


@pytest.fixture
def client() -> httpx.AsyncClient:
    issuer = Issuer(URL, "neove", Ed25519PrivateKey.generate(), {"intake": "s3"}, DemoOffices(LIBRARY.world.directory))
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(issuer)), base_url=URL)


async def granted(client: httpx.AsyncClient, body: dict[str, str]) -> dict[str, object]:
    """The claims of the token that this body gets."""
    token = (await client.post("/token", json=body)).json()["access_token"]
    [key] = (await client.get("/jwks.json")).json()["keys"]
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["EdDSA"], audience="neove", issuer=URL)


async def test_an_office_gets_a_token_that_names_it_and_an_opaque_person(client: httpx.AsyncClient):
    claims = await granted(client, {"office": OFFICE})
    assert claims["office"] == OFFICE
    assert str(claims["sub"]).startswith("act_")
    assert "service" not in claims
    assert (await client.post("/token", json={"office": OFFICE})).json()["expires_in"] == 3600


async def test_two_persons_of_an_office_differ_and_stay_the_same(client: httpx.AsyncClient):
    one, again, other = [(await granted(client, {"office": OFFICE, "actor": actor}))["sub"] for actor in "112"]
    assert one == again != other


async def test_a_service_gets_a_token_for_its_secret(client: httpx.AsyncClient):
    claims = await granted(client, {"service": "intake", "client_secret": "s3"})
    assert claims["service"] == "intake"
    assert "office" not in claims


@pytest.mark.parametrize(
    "body",
    [
        {"office": "border_guard/atlantis"},
        {"office": "no office"},
        {"office": OFFICE, "role": "admin"},
        {"service": "intake", "client_secret": "wrong"},
        {"service": "intake"},
        {"service": "nobody", "client_secret": ""},
        [],
        {},
    ],
)
async def test_everybody_else_is_refused(client: httpx.AsyncClient, body: object):
    answer = await client.post("/token", json=body)
    assert answer.status_code == 400
    assert "access_token" not in answer.text


async def test_a_web_page_cannot_ask_for_a_token(client: httpx.AsyncClient):
    plain = await client.post("/token", content='{"office": "x/y"}', headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    rebound = await client.post("/token", json={"office": OFFICE}, headers={"host": "evil.example"})
    assert rebound.status_code == 400
    assert "access_token" not in rebound.text


async def test_a_large_body_is_refused(client: httpx.AsyncClient):
    assert (await client.post("/token", json={"office": "x" * 5000})).status_code == 413


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_it_listens_on_loopback(host: str):
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_it_does_not_start_anywhere_else(host: str):
    with pytest.raises(SystemExit, match="loopback only"):
        require_loopback(host)


async def listed(client: httpx.AsyncClient, **query: str) -> set[str]:
    return set((await client.get("/offices", params=query)).json()["offices"])


async def test_offices_are_listed_without_those_of_communes_and_those_of_a_place_alone(
    client: httpx.AsyncClient,
):
    rows = await listed(client)
    assert {OFFICE, "commune/lao-cai", "provider/lang-son-hospital-2"} <= rows
    assert len(rows) < 1_000
    of_province = await listed(client, place="lao-cai")
    assert {OFFICE, "commune/lao-cai", "facility/lao-cai", "labour_authority/lao-cai"} <= of_province
    assert "border_guard/lang-son" not in of_province
    assert await listed(client, place="atlantis") == set()


async def test_an_office_of_a_commune_is_found_by_its_place_and_may_sign_in(client: httpx.AsyncClient):
    there = await listed(client, place="sa-pa")
    assert {"commune/34-03006", "provincial_police/lao-cai", "health_authority/lao-cai"} <= there
    assert "commune/lao-cai" not in there
    assert (await granted(client, {"office": "commune/34-03006"}))["office"] == "commune/34-03006"


async def test_an_office_that_a_signed_change_founded_signs_in_and_while_casework_is_away_it_waits() -> None:
    asked: list[tuple[str, str]] = []
    answers = [200]

    def casework(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, request.headers["authorization"]))
        if not answers:
            raise httpx.ConnectError("down")
        return httpx.Response(answers.pop(), json={})

    http = httpx.AsyncClient(transport=httpx.MockTransport(casework))
    offices = DemoOffices(LIBRARY.world.directory)
    key = Ed25519PrivateKey.generate()
    issuer = Issuer(URL, "neove", key, {}, offices, asked_at("http://casework.test", http))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(build_app(issuer)), base_url=URL)
    new = {"office": "facility/sa-pa-moi"}
    assert (await granted(client, new))["office"] == "facility/sa-pa-moi"
    [(path, authorization)] = asked
    claims = jwt.decode(authorization.removeprefix("Bearer "), key.public_key(), ["EdDSA"], audience="neove")
    assert path == "/v1/offices/facility/sa-pa-moi"
    assert (claims["service"], "office" in claims) == ("issuer", False)
    answers += [404, 503]
    for _ in (503, 404, "away"):
        assert (await client.post("/token", json=new)).status_code == 400
    asked.clear()
    await granted(client, {"office": OFFICE})
    assert asked == [], "an office of the release signs in without casework"
