"""Tokens: what is believed, what is not, and what happens while the issuer is away."""

import asyncio
import base64
import hashlib
import hmac
import json
from contextlib import suppress
from time import time
from types import SimpleNamespace
from typing import Any

import httpx
import jwt
import pytest

from contracts.problems import Forbidden, NotFound, Refused, Unauthenticated, Unavailable
from kit.auth import Principal, ServiceToken, TokenVerifier, deny_all, deny_list, keys, service_token
from kit.auth.keys import AWAY_SECONDS, OLD_SECONDS, PAUSE_SECONDS, REFRESH_SECONDS, STALE_SECONDS
from kit.client import ServiceClient
from kit.settings import ServiceSettings

DAY = 86_400  # parameters are made when tests are collected, minutes before they run


@pytest.fixture
def verifier(settings: ServiceSettings, issuer: Any) -> TokenVerifier:
    return TokenVerifier("casework", settings, issuer.client())


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`later(seconds)` moves the monotonic clock of the package."""
    moved = [keys.monotonic()]
    for module in (keys, service_token, deny_list):
        monkeypatch.setattr(module, "monotonic", lambda: moved[0])

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


@pytest.mark.parametrize("kid", ["ed", "rsa"])
async def test_believes_the_issuers_keys(verifier: TokenVerifier, issuer: Any, kid: str) -> None:
    found = await verifier.principal(f"Bearer {issuer.token(kid)}")
    assert found == Principal("border_guard/lao-cai", "border_guard", "actor-1")


async def test_a_service_signs_in_as_itself(verifier: TokenVerifier, issuer: Any) -> None:
    found = await verifier.principal(f"Bearer {issuer.token(office=None, service='intake')}")
    assert (found.service, found.office, found.name) == ("intake", "", "service/intake")


async def test_allows_five_seconds_between_clocks(verifier: TokenVerifier, issuer: Any) -> None:
    assert await verifier.principal(f"Bearer {issuer.token(exp=time() - 3)}")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"aud": "another"},
        {"aud": "urn:neove:vault"},
        {"aud": ["urn:neove:casework", "urn:neove:vault"]},
        {"aud": ["urn:neove:casework", "account"]},
        {"iat": None},
        {"iat": "yesterday"},
        {"exp": time() + DAY},
        {"exp": float("inf")},
        {"iat": float("nan")},
        {"nonce": "n"},
        {"at_hash": "h"},
        {"events": {}},
        {"aud": None},
        {"iss": "https://forger.test"},
        {"iss": None},
        {"sub": None},
        {"sub": "Nguyễn Thị Bịa"},
        {"nbf": time() + DAY},
        {"iat": time() + DAY},
        {"office": None},
        {"office": "border guard"},
        {"office": ["border_guard/lao-cai"]},
        {"service": "intake"},
        {"office": None, "service": ""},
    ],
    ids=", ".join,  # the claims alone: every process must give the tests the same names
)
async def test_refuses_claims_that_are_missing_past_or_for_others(
    verifier: TokenVerifier, issuer: Any, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.principal(f"Bearer {issuer.token(**changes)}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer " + "a" * 9999])
async def test_refuses_what_is_no_token(verifier: TokenVerifier, issuer: Any, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.principal(header)
    assert issuer.fetches == 0


def unsigned(issuer: Any, header: dict[str, Any]) -> str:
    def part(document: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(issuer.claims())}."


def hmac_signed(issuer: Any, secret: bytes, kid: str) -> str:
    """By hand: the library refuses to sign with a public key, a forger does not."""
    head = unsigned(issuer, {"alg": "HS256", "typ": "at+jwt", "kid": kid}).removesuffix(".")
    mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


async def test_refuses_forgeries(verifier: TokenVerifier, issuer: Any) -> None:
    genuine = issuer.token()
    head, body, signature = genuine.split(".")
    other = issuer.token(office="provincial_police/lao-cai").split(".")[1]
    forged = {
        "alg none": unsigned(issuer, {"alg": "none", "kid": "ed", "typ": "at+jwt"}),
        "alg None": unsigned(issuer, {"alg": "None", "kid": "ed", "typ": "at+jwt"}),
        "no alg": unsigned(issuer, {"kid": "ed", "typ": "at+jwt"}),
        "HMAC with the public key": hmac_signed(issuer, issuer.public_pem(), "rsa"),
        "HMAC with a key of the set": hmac_signed(issuer, b"x" * 32, "shared"),
        "no key id": jwt.encode(issuer.claims(), issuer.ed, "EdDSA", {"typ": "at+jwt"}),
        "unknown key id": issuer.token("other"),
        "another kind of key": jwt.encode(issuer.claims(), issuer.rsa, "RS256", {"kid": "ed", "typ": "at+jwt"}),
        "another RSA hash": jwt.encode(issuer.claims(), issuer.rsa, "RS512", {"kid": "rsa", "typ": "at+jwt"}),
        "other claims": f"{head}.{other}.{signature}",
        "alg is a list": unsigned(issuer, {"alg": ["EdDSA"], "kid": "ed", "typ": "at+jwt"}),
        "typ is a list": unsigned(issuer, {"alg": "EdDSA", "kid": "ed", "typ": ["at+jwt"]}),
        "kid is a list": unsigned(issuer, {"alg": "EdDSA", "kid": ["ed"], "typ": "at+jwt"}),
        "a header without end": f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.",
        "no type": issuer.token(typ=None),
        "another type": issuer.token(typ="JWT"),
        "changed signature": f"{head}.{body}.{signature[:-4]}AAAA",
        "no signature": f"{head}.{body}.",
    }
    believed: list[str] = []
    for how, token in forged.items():
        with suppress(Unauthenticated):
            await verifier.principal(f"Bearer {token}")
            believed.append(how)
    assert believed == []


async def test_asks_the_provider_once_and_again_for_an_unknown_key_but_not_for_each(
    verifier: TokenVerifier, issuer: Any, later: Any
) -> None:
    await verifier.principal(f"Bearer {issuer.token()}")
    await verifier.principal(f"Bearer {issuer.token('rsa')}")
    assert issuer.fetches == 1
    later(PAUSE_SECONDS)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await verifier.principal(f"Bearer {issuer.token('invented')}")
    assert issuer.fetches == 2


async def test_no_key_is_older_than_an_hour_while_the_provider_answers(
    verifier: TokenVerifier, issuer: Any, later: Any
) -> None:
    await verifier.keys.look()
    later(REFRESH_SECONDS + 1)
    await verifier.keys.look()  # also when nobody calls
    assert issuer.fetches == 2
    before = issuer.token("rsa")
    issuer.kept = ["ed"]  # the provider takes a key out
    later(OLD_SECONDS + 1)
    await verifier.keys.look()
    assert await verifier.principal(f"Bearer {issuer.token()}")
    with pytest.raises(Unauthenticated):
        await verifier.principal(f"Bearer {before}")


async def test_uses_known_keys_for_a_day_while_the_provider_is_away_with_an_alarm(
    verifier: TokenVerifier, issuer: Any, later: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def alarms() -> int:
        return sum(record.levelname == "ERROR" for record in caplog.records)

    await verifier.principal(f"Bearer {issuer.token()}")
    issuer.down = True
    later(OLD_SECONDS - 1)
    await verifier.keys.look()
    assert alarms() == 0
    later(2)
    await verifier.keys.look()
    assert alarms() == 1
    fetches = issuer.fetches
    for _ in range(3):
        assert await verifier.principal(f"Bearer {issuer.token(jti='a')}")
    assert issuer.fetches == fetches, "a known key does not wait for a provider that was asked just now"
    later(AWAY_SECONDS)
    assert await verifier.principal(f"Bearer {issuer.token(jti='b')}")
    later(STALE_SECONDS)
    with pytest.raises(Unavailable):
        await verifier.principal(f"Bearer {issuer.token(jti='c')}")


async def test_a_known_key_does_not_wait_for_the_fetch_that_an_unknown_key_began(
    verifier: TokenVerifier, issuer: Any, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.principal(f"Bearer {issuer.token()}")
    later(OLD_SECONDS + 1)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hangs(url: str, **more: Any) -> Any:
        asked.set()
        await go_on.wait()
        raise httpx.ReadTimeout("slow")

    monkeypatch.setattr(verifier.keys, "_http", SimpleNamespace(get=hangs))
    unknown = asyncio.create_task(verifier.principal(f"Bearer {issuer.token('invented')}"))
    await asked.wait()
    assert await verifier.principal(f"Bearer {issuer.token(jti='meanwhile')}")
    go_on.set()
    with pytest.raises(Unavailable):
        await unknown


async def test_an_answer_without_a_key_is_no_answer(verifier: TokenVerifier, issuer: Any, later: Any) -> None:
    await verifier.principal(f"Bearer {issuer.token()}")
    issuer.kept = []
    later(REFRESH_SECONDS + 1)
    await verifier.keys.look()
    assert await verifier.principal(f"Bearer {issuer.token(jti='again')}")


async def test_says_unavailable_when_nothing_is_known_and_recovers(
    verifier: TokenVerifier, issuer: Any, later: Any
) -> None:
    issuer.down = True
    with pytest.raises(Unavailable):
        await verifier.principal(f"Bearer {issuer.token()}")
    issuer.down = False
    later(PAUSE_SECONDS)
    assert await verifier.principal(f"Bearer {issuer.token()}")


async def test_the_services_own_token_is_kept_until_shortly_before_its_end_one_for_each_service(
    settings: ServiceSettings, issuer: Any, later: Any
) -> None:
    token = ServiceToken("intake", settings, issuer.client())
    assert [await token.value("urn:neove:vault"), await token.value("urn:neove:vault")] == ["token-1", "token-1"]
    assert await token.value("", "api://casework/.default") == "token-2"
    later(3600 - 30)
    assert await token.value("urn:neove:vault") == "token-3"
    basic = "Basic " + base64.b64encode(b"intake:no%3Ane").decode()
    assert issuer.asked[:2] == [
        (basic, {"grant_type": "client_credentials", "resource": "urn:neove:vault"}),
        (basic, {"grant_type": "client_credentials", "scope": "api://casework/.default"}),
    ]
    token.forget()
    issuer.down = True
    with pytest.raises(Unavailable):
        await token.value("urn:neove:vault")


def test_a_service_that_was_given_no_decision_denies_everything() -> None:
    assert not deny_all(Principal("commune/lao-cai", "commune", "actor-1"), "intake.submit_report")


async def test_a_client_of_another_service_gets_its_refusals_back(settings: ServiceSettings, issuer: Any) -> None:
    answers = iter(
        [
            httpx.Response(200, json={"refs": ["a"]}),
            httpx.Response(401, json={}),
            httpx.Response(200, json={}),
            httpx.Response(409, json={"type": "https://neove.vn/problems/sealed-twice", "title": "T", "ref": "r"}),
            httpx.Response(404, json={"type": "https://neove.vn/problems/not-found"}),
            httpx.Response(500, text="oops"),
            httpx.Response(503, json={}),
            httpx.Response(403, json=["?"]),
        ]
    )

    def other(request: httpx.Request) -> httpx.Response:
        return issuer.answer(request) if request.url.path == "/token" else next(answers)

    http = httpx.AsyncClient(transport=httpx.MockTransport(other))
    client = ServiceClient(
        "http://vault.test/", ServiceToken("intake", settings, http), http, resource="urn:neove:vault"
    )
    assert await client.post("/v1/x", {}) == {"refs": ["a"]}
    assert await client.post("/v1/x", {}) == {}  # with a new token
    with pytest.raises(Refused) as refused:
        await client.post("/v1/x", {})
    assert (refused.value.slug, refused.value.extra) == ("sealed-twice", {"ref": "r"})
    with pytest.raises(NotFound):
        await client.post("/v1/x", {})
    for _ in range(2):
        with pytest.raises(Unavailable):
            await client.post("/v1/x", {})
    with pytest.raises(Forbidden):
        await client.post("/v1/x", {})
