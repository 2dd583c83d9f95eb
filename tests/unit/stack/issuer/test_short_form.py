"""The short form of the development issuer: who gets a token, what stands in it, where the issuer may listen."""

import httpx
import jwt
import pytest

from stack.issuer.__main__ import require_loopback

OFFICE = "border_guard/lao-cai"
URL = "http://127.0.0.1:8100"
ALL = ["urn:neove:intake", "urn:neove:casework", "urn:neove:vault"]


async def granted(client: httpx.AsyncClient, body: dict[str, str]) -> dict[str, object]:
    """The claims of the token that this body gets."""
    token = (await client.post("/token", json=body)).json()["access_token"]
    [key] = (await client.get("/jwks.json")).json()["keys"]
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["EdDSA"], audience=ALL[0], issuer=URL)


async def test_an_office_gets_a_token_that_names_it_and_an_opaque_person(client: httpx.AsyncClient):
    claims = await granted(client, {"office": OFFICE})
    assert claims["office"] == OFFICE
    assert claims["aud"] == ALL, "one token for all services, which only the embedded stack accepts"
    assert str(claims["sub"]).startswith("act_")
    assert "service" not in claims
    assert (await client.post("/token", json={"office": OFFICE})).json()["expires_in"] == 3600


async def test_two_persons_of_an_office_differ_and_stay_the_same(client: httpx.AsyncClient):
    one, again, other = [(await granted(client, {"office": OFFICE, "actor": actor}))["sub"] for actor in "112"]
    assert one == again != other


async def test_a_service_gets_a_token_for_its_secret(client: httpx.AsyncClient):
    claims = await granted(client, {"service": "intake", "client_secret": "s3:cret"})
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
