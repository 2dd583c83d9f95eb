"""Signing in at the running stack, with a client library that we did not write, and what every service refuses."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.ids import audience_of, new_id
from stack.config import ROOT
from stack.services import discover
from stack.trial import Trial
from tests.load.house import until

pytestmark = pytest.mark.stack

OFFICE = "border_guard/lao-cai"
BACK = "http://127.0.0.1:43117/callback"
VERIFIER = secrets.token_urlsafe(48)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as made:
        yield made


async def metadata(stack: Trial, http: httpx.AsyncClient) -> dict[str, Any]:
    """What the provider says of itself."""
    return (await http.get(f"{stack.stack.issuer_url}/.well-known/openid-configuration")).json()


def operations(service: str) -> list[tuple[str, str]]:
    """Method and path of every operation of a service, with ids of nothing."""
    document = json.loads((ROOT / f"contracts/schemas/openapi/{service}.json").read_text(encoding="utf-8"))
    return [
        (method.upper(), path.replace("{case_id}", new_id("case")).replace("{", "").replace("}", ""))
        for path, methods in document["paths"].items()
        for method in methods
    ]


async def accepted(stack: Trial, http: httpx.AsyncClient, service: str, token: str, method: str, path: str) -> bool:
    """Whether the service took the token; then it answers something else than 401."""
    url, headers = stack.endpoints.services[service] + path, {"Authorization": f"Bearer {token}"}
    answer = await http.request(method, url, headers=headers)
    assert answer.status_code != 503, (service, path)
    return answer.status_code != 401


async def reads(stack: Trial, http: httpx.AsyncClient, service: str, token: str) -> bool:
    """Whether the service takes the token for its first reading, of a case that is not there if it needs one."""
    method, path = min(operations(service))  # GET comes before POST; the vault has only POST, and all about a case
    return await accepted(stack, http, service, token, method, path)


SERVICES = [folder.name for folder in discover(ROOT)]


async def test_a_person_signs_in_with_code_and_pkce_and_gets_a_token_for_each_service(
    stack: Trial, http: httpx.AsyncClient
):
    found = await metadata(stack, http)
    casework, notify = audience_of("casework"), audience_of("notify")
    async with AsyncOAuth2Client(
        "portal",
        token_endpoint_auth_method="none",
        redirect_uri=BACK,
        scope="openid",
        code_challenge_method="S256",
        token_endpoint=found["token_endpoint"],
        trust_env=False,
    ) as portal:
        address, state = portal.create_authorization_url(
            found["authorization_endpoint"], code_verifier=VERIFIER, nonce="n", resource=[casework, notify]
        )
        assert (await http.get(address)).status_code == 200
        back = (await http.post(address, data={"office": OFFICE, "actor": "7"})).headers["location"]
        first = await portal.fetch_token(
            authorization_response=back, code_verifier=VERIFIER, resource=casework, state=state
        )
        second = await portal.refresh_token(found["token_endpoint"], first["refresh_token"], resource=notify)
    for service, token in (("casework", first["access_token"]), ("notify", second["access_token"])):
        assert [one for one in SERVICES if await reads(stack, http, one, token)] == [service]
        assert not await reads(stack, http, service, first["id_token"])


async def test_the_system_of_an_office_signs_in_with_client_credentials(stack: Trial, http: httpx.AsyncClient):
    token = await machine_token(stack, http, OFFICE, "demo", "support")
    answer = await http.get(
        stack.endpoints.services["support"] + "/v1/providers", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200


async def machine_token(stack: Trial, http: httpx.AsyncClient, client_id: str, secret: str, service: str) -> str:
    """A token by client credentials, for one service."""
    url = (await metadata(stack, http))["token_endpoint"]
    async with AsyncOAuth2Client(client_id, secret, trust_env=False) as client:
        token = await client.fetch_token(url, grant_type="client_credentials", resource=audience_of(service))
    return token["access_token"]


async def test_a_bearer_that_one_service_saw_opens_no_other(stack: Trial, http: httpx.AsyncClient):
    """What an operator, or a hole, of one service could steal there: tokens of offices and of services."""
    tried, taken = 0, list[str]()
    print(f"\n{'seen by':<14} tried elsewhere  accepted")
    for seen in SERVICES:
        office = await machine_token(stack, http, OFFICE, "demo", seen)
        service = await machine_token(stack, http, "intake", stack.stack.secrets.clients["intake"], seen)
        assert await reads(stack, http, seen, office)
        asked = [
            (other, token, *operation)
            for other in SERVICES
            if other != seen
            for token in (office, service)
            for operation in operations(other)
        ]
        answers = await asyncio.gather(*(accepted(stack, http, *one) for one in asked))
        taken += [f"{one[0]} {one[3]}" for one, took in zip(asked, answers, strict=True) if took]
        tried += len(asked)
        print(f"{seen:<14} {len(asked):>15}  {sum(answers):>8}")
    print(f"{'all':<14} {tried:>15}  {len(taken):>8}")
    assert tried > 500
    assert taken == []


def forger(stack: Trial, issuer_kid: str) -> Callable[..., str]:
    """Signs with the provider's own key, so that only what a test changes is wrong. `_…` are no claims."""
    own: Any = load_pem_private_key((stack.stack.keys / "issuer.pem").read_bytes(), None)

    def forge(_key: Any = None, _kid: str | None = None, _typ: str | None = "at+jwt", **changes: Any) -> str:
        now = int(time.time())
        usual = {"iss": stack.stack.issuer_url, "aud": audience_of("support"), "sub": "act_forged", "office": OFFICE}
        claims = {**usual, "iat": now, "exp": now + 300, "jti": secrets.token_hex(8), **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, _key or own, "EdDSA", {"kid": _kid or issuer_kid, "typ": _typ})

    return forge


async def test_what_a_service_refuses(stack: Trial, http: httpx.AsyncClient):
    jwks = (await http.get((await metadata(stack, http))["jwks_uri"])).json()
    forge, now = forger(stack, jwks["keys"][0]["kid"]), int(time.time())
    with stack.stack.deny_list.open("w", encoding="utf-8") as file:
        file.write('subjects = ["act_leaver"]\ntokens = ["stolen-1"]\n')
    denied = {"deny list: subject": forge(sub="act_leaver"), "deny list: token": forge(jti="stolen-1")}
    for token in denied.values():

        async def refused(token: str = token) -> bool:
            return not await reads(stack, http, "support", token)

        await until(refused, 60, "the service reads the deny list")
    logout = {"http://schemas.openid.net/event/backchannel-logout": {}}
    table = {
        "genuine": forge(),
        "genuine, of a service": forge(office=None, service="intake"),
        "wrong audience": forge(aud=audience_of("vault")),
        "its own audience and a foreign one": forge(aud=[audience_of("support"), "account"]),
        "no audience": forge(aud=None),
        "a key that is no longer shown": forge(_key=Ed25519PrivateKey.generate(), _kid="former"),
        "another key under the name of the current one": forge(_key=Ed25519PrivateKey.generate()),
        "ID token": forge(_typ="JWT", aud="portal", nonce="n"),
        "ID token that names the service": forge(_typ="JWT"),
        "ID token that calls itself an access token": forge(nonce="n"),
        "logout token": forge(_typ="logout+jwt", events=logout, office=None),
        "logout token that calls itself an access token": forge(events=logout),
        "refresh token": secrets.token_urlsafe(32),
        "no type": forge(_typ=None),
        "far future exp": forge(exp=now + 10 * 365 * 86_400),
        "expired": forge(iat=now - 700, exp=now - 100),
        "no exp": forge(exp=None),
        "no iat": forge(iat=None),
        "iat in the future": forge(iat=now + 900, exp=now + 1200),
        "wrong issuer": forge(iss="https://id.example.vn"),
        "no issuer": forge(iss=None),
        "no subject": forge(sub=None),
        "an office and a service": forge(service="intake"),
        "nobody": forge(office=None),
        **denied,
    }
    found = {what: await reads(stack, http, "support", token) for what, token in table.items()}
    print()
    for what, took in found.items():
        print(f"{what:<50} {'accepted' if took else '401'}")
    assert [what for what, took in found.items() if took] == ["genuine", "genuine, of a service"]


async def test_a_changed_key_is_believed_and_the_former_one_still(stack: Trial, http: httpx.AsyncClient):
    before = await machine_token(stack, http, OFFICE, "demo", "support")
    assert (await http.post(f"{stack.stack.issuer_url}/rotate", json={})).status_code == 200
    after = await machine_token(stack, http, OFFICE, "demo", "support")
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    for service in SERVICES:  # each asks for the keys again when it sees a new one, but not within five seconds
        token = await machine_token(stack, http, OFFICE, "demo", service)
        await until(lambda one=service, token=token: reads(stack, http, one, token), 20, f"{service} knows the new key")
    assert await reads(stack, http, "support", before)
