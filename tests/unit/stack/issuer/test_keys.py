"""The signing keys of the development issuer, and what it keeps in memory."""

from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import jwt
import pytest

from stack.issuer import grants
from stack.issuer.provider import Issuer
from tests.unit.stack.issuer.flow import BACK, OFFICE, URL, VAULT, VERIFIER, claims_of


async def test_a_former_key_stays_until_its_last_token_has_expired(client: httpx.AsyncClient, clock: Any):
    async def kids() -> list[str]:
        return [key["kid"] for key in (await client.get("/jwks.json")).json()["keys"]]

    async def fresh() -> str:
        return (await client.post("/token", json={"office": OFFICE})).json()["access_token"]

    before = await fresh()
    [first] = await kids()
    assert (await client.post("/rotate", content="", headers={"content-type": "text/plain"})).status_code == 415
    second = (await client.post("/rotate", json={})).json()["kid"]
    assert await kids() == [second, first]
    assert jwt.get_unverified_header(await fresh())["kid"] == second
    assert await claims_of(client, before, VAULT)
    clock.later(3600)
    assert await kids() == [second, first]
    clock.later(61)
    assert await kids() == [second]


async def test_keys_survive_a_restart_and_do_not_become_many(provider: Issuer, client: httpx.AsyncClient, clock: Any):
    for _ in range(5):
        assert (await client.post("/rotate", json={})).status_code == 200
    assert (await client.post("/rotate", json={})).status_code == 409
    files = list(provider.keys._path.parent.iterdir())
    assert len(files) == 6
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    again = Issuer(URL, [VAULT], provider.keys._path, {}, provider.offices, clock)
    assert again.keys.jwks == provider.keys.jwks
    clock.later(3700)
    assert (await client.post("/rotate", json={})).status_code == 200


def test_memory_is_bounded(provider: Issuer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grants, "MAX_CODES", 3)
    monkeypatch.setattr(grants, "MAX_SIGN_INS", 3)
    kept = provider.grants
    for number in range(10):
        sign_in = grants.SignIn("portal", {"sub": str(number)}, (VAULT,), "")
        code = kept.code(sign_in, BACK, grants.s256(VERIFIER), "")
        kept.redeem(code, "portal", BACK, VERIFIER)
        kept.code(sign_in, BACK, grants.s256(VERIFIER), "")
        kept.begin(sign_in)
    assert [len(kept._codes), len(kept._used), len(kept._sign_ins)] == [3, 3, 3]


async def test_every_answer_says_when_it_was_given(client: httpx.AsyncClient):
    for path in ("/jwks.json", "/nowhere", "/authorize"):
        assert parsedate_to_datetime((await client.get(path)).headers["date"])
