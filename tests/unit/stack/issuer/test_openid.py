"""The OpenID flows of the development issuer, driven by Authlib, a client library that we did not write."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import jwt
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt as jose
from joserfc.jwk import KeySet

from stack.issuer import grants
from stack.issuer.app import build_app
from stack.issuer.provider import Issuer
from tests.unit.stack.issuer.flow import (
    BACK,
    CASEWORK,
    CHOICE,
    OFFICE,
    URL,
    VAULT,
    VERIFIER,
    chosen,
    claims_of,
    request_of,
    signed_in,
)


async def test_discovery_is_sound(client: httpx.AsyncClient):
    document = (await client.get("/.well-known/openid-configuration")).json()
    OpenIDProviderMetadata({**document, "id_token_signing_alg_values_supported": ["RS256", "EdDSA"]}).validate()
    assert document["issuer"] == URL
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
        assert document[name].startswith(URL)


async def test_code_and_pkce(portal: AsyncOAuth2Client, client: httpx.AsyncClient):
    token = await signed_in(portal, client)
    header = jwt.get_unverified_header(token["access_token"])
    claims = await claims_of(client, token["access_token"], CASEWORK)
    assert header["typ"] == "at+jwt"
    assert (claims["aud"], claims["office"], claims["client_id"]) == (CASEWORK, OFFICE, "portal")
    assert claims["acr"] == "two-factors"
    assert claims["exp"] - claims["iat"] == token["expires_in"] == 600
    assert claims["jti"]

    keys = KeySet.import_key_set((await client.get("/jwks.json")).json())
    decoded = jose.decode(token["id_token"], keys, algorithms=["EdDSA"])
    identity = CodeIDToken(decoded.claims, decoded.header, {"iss": {"value": URL}, "aud": {"value": "portal"}})
    identity.params = {"nonce": "n-0S6", "client_id": "portal"}
    identity.validate()
    assert identity["sub"] == claims["sub"]
    assert jwt.get_unverified_header(token["id_token"])["typ"] == "JWT"


async def test_the_answer_names_state_and_issuer(portal: AsyncOAuth2Client, client: httpx.AsyncClient):
    address, state = request_of(portal)
    fields = dict(parse_qsl(urlsplit(await chosen(client, address)).query))
    assert fields.keys() == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == (state, URL)


async def test_one_sign_in_gives_one_token_for_each_service(portal: AsyncOAuth2Client, client: httpx.AsyncClient):
    first = await signed_in(portal, client)
    second = await portal.refresh_token(f"{URL}/token", first["refresh_token"], resource=VAULT)
    one = await claims_of(client, first["access_token"], CASEWORK)
    two = await claims_of(client, second["access_token"], VAULT)
    assert (one["aud"], two["aud"]) == (CASEWORK, VAULT)
    assert one["sub"] == two["sub"]
    refresh = second["refresh_token"]
    for resources in (["urn:neove:intake"], [CASEWORK, VAULT], []):
        form = {"grant_type": "refresh_token", "client_id": "portal", "refresh_token": refresh, "resource": resources}
        answer = await client.post("/token", data=form)
        assert answer.json()["error"] == "invalid_target"
    assert await portal.refresh_token(f"{URL}/token", refresh, resource=VAULT), "a mistake uses nothing up"


async def test_a_refresh_token_is_used_once_and_the_second_use_ends_the_sign_in(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient
):
    first = (await signed_in(portal, client))["refresh_token"]
    second = (await portal.refresh_token(f"{URL}/token", first, resource=VAULT))["refresh_token"]
    third = (await portal.refresh_token(f"{URL}/token", second, resource=VAULT))["refresh_token"]
    assert len({first, second, third}) == 3
    for token in (first, third):  # the thief's, and the one that was good
        with pytest.raises(OAuthError, match="invalid_grant"):
            await portal.refresh_token(f"{URL}/token", token, resource=VAULT)


async def test_a_sign_in_ends_after_its_time(portal: AsyncOAuth2Client, client: httpx.AsyncClient, clock: Any):
    token = (await signed_in(portal, client))["refresh_token"]
    clock.later(grants.SIGN_IN_SECONDS + 1)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await portal.refresh_token(f"{URL}/token", token, resource=VAULT)


async def test_a_code_is_used_once_and_the_second_use_ends_the_sign_in(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient
):
    address, state = request_of(portal)
    back = await chosen(client, address)

    async def fetch() -> dict[str, Any]:
        return await portal.fetch_token(
            authorization_response=back, code_verifier=VERIFIER, resource=CASEWORK, state=state
        )

    refresh = (await fetch())["refresh_token"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        await fetch()
    with pytest.raises(OAuthError, match="invalid_grant"):
        await portal.refresh_token(f"{URL}/token", refresh, resource=VAULT)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 50},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:43118/callback"},
        {"client_id": "intake"},
        {"client_id": "nobody"},
        {"client_secret": "any"},
        {"code": "invented"},
        {"resource": "urn:neove:intake"},
    ],
    ids=str,
)
async def test_a_code_is_worth_nothing_elsewhere(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient, changes: dict[str, str]
):
    address, _ = request_of(portal)
    code = parse_qs(urlsplit(await chosen(client, address)).query)["code"][0]
    form = {"grant_type": "authorization_code", "client_id": "portal", "code": code, "redirect_uri": BACK}
    answer = await client.post("/token", data={**form, "code_verifier": VERIFIER, "resource": VAULT, **changes})
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_grant", "invalid_client", "invalid_target")
    assert "access_token" not in answer.text


async def test_a_code_expires(portal: AsyncOAuth2Client, client: httpx.AsyncClient, clock: Any):
    address, state = request_of(portal)
    back = await chosen(client, address)
    clock.later(grants.CODE_SECONDS + 1)
    with pytest.raises(OAuthError, match="invalid_grant"):
        await portal.fetch_token(authorization_response=back, code_verifier=VERIFIER, resource=VAULT, state=state)


@pytest.mark.parametrize(
    ("client_id", "secret", "method"),
    [
        ("intake", "s3:cret", "client_secret_basic"),
        ("intake", "s3:cret", "client_secret_post"),
        (OFFICE, "demo", "client_secret_basic"),
    ],
)
async def test_client_credentials(
    provider: Issuer, client: httpx.AsyncClient, client_id: str, secret: str, method: str
):
    transport = httpx.ASGITransport(build_app(provider))
    async with AsyncOAuth2Client(client_id, secret, token_endpoint_auth_method=method, transport=transport) as machine:
        token = await machine.fetch_token(f"{URL}/token", grant_type="client_credentials", resource=VAULT)
    claims = await claims_of(client, token["access_token"], VAULT)
    assert claims["aud"] == VAULT
    assert claims.get("service", claims.get("office")) == client_id
    assert "refresh_token" not in token
    assert "id_token" not in token


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong", "resource": VAULT}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": "demo", "resource": VAULT}, 401, "invalid_client"),
        ({"client_id": "portal", "client_secret": "demo", "resource": VAULT}, 401, "invalid_client"),
        ({"client_id": "", "client_secret": "", "resource": VAULT}, 401, "invalid_client"),
        ({}, 400, "invalid_target"),
        ({"resource": "urn:neove:atlantis"}, 400, "invalid_target"),
        ({"resource": [VAULT, CASEWORK]}, 400, "invalid_target"),
        ({"grant_type": "password", "resource": VAULT}, 400, "unsupported_grant_type"),
        ({"client_id": ["intake", "vault"], "resource": VAULT}, 400, "invalid_request"),
    ],
    ids=str,
)
async def test_client_credentials_are_refused_in_the_words_of_the_standard(
    client: httpx.AsyncClient, form: dict[str, Any], status: int, error: str
):
    usual = {"grant_type": "client_credentials", "client_id": "intake", "client_secret": "s3:cret"}
    answer = await client.post("/token", data={**usual, **form})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("header", ["Basic !", "Bearer x", "Basic aW50YWtl", "Basic"])
async def test_a_header_that_is_no_login_is_refused(client: httpx.AsyncClient, header: str):
    form = {"grant_type": "client_credentials", "resource": VAULT}
    answer = await client.post("/token", data=form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "back",
    [
        "http://127.0.0.1:43117/other",
        "http://127.0.0.1:43117/callback/",
        "http://127.0.0.1:43117/callback?next=x",
        "http://127.0.0.1:43117/callback#x",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:1@evil.example/callback",
        "https://127.0.0.1:43117/callback",
        "https://evil.example/callback",
        "javascript:alert(1)",
        "",
    ],
)
async def test_a_person_is_never_sent_to_an_address_that_is_not_registered(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient, back: str
):
    address, _ = request_of(portal, redirect_uri=back)
    for answer in (await client.get(address), await client.post(address, data=CHOICE)):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "back", ["http://127.0.0.1/callback", "http://[::1]:9/callback", "http://localhost:9/callback"]
)
async def test_a_program_on_this_machine_listens_on_any_port(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient, back: str
):
    address, _ = request_of(portal, redirect_uri=back)
    assert (await chosen(client, address)).startswith(f"{back}?")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"resource": ""}, "invalid_target"),
        ({"resource": "urn:neove:atlantis"}, "invalid_target"),
        ({"prompt": "none"}, "login_required"),
        ({"nonce": "x" * 1001}, "invalid_request"),
    ],
    ids=str,
)
async def test_what_else_is_wrong_is_told_to_the_client(client: httpx.AsyncClient, changes: dict[str, str], error: str):
    query = {
        "client_id": "portal",
        "redirect_uri": BACK,
        "response_type": "code",
        "code_challenge": grants.s256(VERIFIER),
        "code_challenge_method": "S256",
        "resource": VAULT,
        "state": "s",
        **changes,
    }
    answer = await client.get("/authorize", params=query)
    assert answer.status_code == 303
    fields = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert fields == {"error": error, "state": "s", "iss": URL}
