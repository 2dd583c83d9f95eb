"""What a deployment may set about tokens: types, audiences, lifetime, level of sign-in, deny list, addresses."""

import logging
from pathlib import Path
from time import time
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.problems import SignInTooWeak, Unauthenticated
from kit.auth import TokenVerifier, deny_list
from kit.auth.deny_list import DenyListWrong
from kit.auth.verifier import AudienceWrong
from kit.client import uses_tls
from kit.http import APIRouter, Call, build_app, operation
from kit.http.problem import problem_response
from kit.settings import AuthSettings, ServiceSettings
from kit.state import State

LOOPBACK = {"issuer": "http://127.0.0.1:8100", "jwks_url": "http://127.0.0.1:8100/jwks.json"}


async def accepts(issuer: Any, given: ServiceSettings, service: str = "casework", **changes: Any) -> bool:
    """Whether a service with these settings accepts a token with these changes."""
    try:
        await TokenVerifier(service, given, issuer.client()).principal(f"Bearer {issuer.token(**changes)}")
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_an_access_token_says_so_in_one_of_its_spellings(issuer: Any, settings: ServiceSettings, typ: str):
    assert await accepts(issuer, settings, typ=typ)


async def test_a_provider_that_gives_all_tokens_one_type(issuer: Any, settings: ServiceSettings):
    given = settings.model_copy(update={"token_types": ["JWT"]})
    assert await accepts(issuer, given, typ="JWT")
    assert not await accepts(issuer, given, typ="at+jwt")
    assert not await accepts(issuer, given, typ="JWT", nonce="of an ID token")


async def test_the_audience_is_the_services_own_or_that_of_the_settings(issuer: Any, settings: ServiceSettings):
    assert await accepts(issuer, settings, "vault", aud="urn:neove:vault")
    assert not await accepts(issuer, settings, "vault", aud="urn:neove:casework")
    given = settings.model_copy(update={"audience": "api://neove-vault"})
    assert await accepts(issuer, given, "vault", aud="api://neove-vault")
    assert not await accepts(issuer, given, "vault", aud="urn:neove:vault")


async def test_a_token_for_others_too_is_refused_unless_the_settings_name_them(issuer: Any, settings: ServiceSettings):
    both = ["urn:neove:casework", "account"]
    assert not await accepts(issuer, settings, aud=both)
    given = settings.model_copy(update={"other_audiences": ["account"]})
    assert await accepts(issuer, given, aud=both)
    assert not await accepts(issuer, given, aud=["account"])
    assert not await accepts(issuer, given, aud=[*both, "urn:neove:vault"])


def test_a_token_for_several_services_is_for_the_demonstration_alone():
    assert AuthSettings(**LOOPBACK, other_audiences=["urn:neove:vault"])
    with pytest.raises(ValidationError, match="several_services_only_on_loopback"):
        AuthSettings(
            issuer="https://id.example.vn", jwks_url="https://id.example.vn/keys", other_audiences=["urn:neove:vault"]
        )


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://id.example.vn/realms/neove", True),
        ("http://127.0.0.1:8100", True),
        ("http://[::1]:8100", True),
        ("http://localhost:8100", True),
        ("http://id.example.vn", False),
        ("http://127.0.0.1.example.vn", False),
        ("ftp://127.0.0.1", False),
        ("id.example.vn", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("field", ["issuer", "jwks_url", "token_url"])
def test_addresses_of_the_provider_are_https_except_on_loopback(field: str, url: str, good: bool):
    if good:
        assert AuthSettings(**{**LOOPBACK, field: url})
        return
    with pytest.raises(ValidationError):
        AuthSettings(**{**LOOPBACK, field: url})


@pytest.mark.parametrize(
    ("url", "tls"),
    [("https://id.example.vn/token", True), ("HTTPS://id.example.vn/token", True), ("http://127.0.0.1:1/token", False)],
)
def test_certificates_are_believed_where_an_address_has_tls(settings: ServiceSettings, url: str, tls: bool):
    plain = {"issuer": "http://127.0.0.1:1", "jwks_url": "http://127.0.0.1:1/keys"}
    assert uses_tls(settings.model_copy(update={**plain, "token_url": url})) == tls


@pytest.mark.parametrize(("lifetime", "seconds", "good"), [(3600, 3600, True), (3600, 3602, False), (60, 90, False)])
async def test_the_lifetime_is_bounded(
    issuer: Any, settings: ServiceSettings, lifetime: int, seconds: int, good: bool
) -> None:
    now, given = int(time()), settings.model_copy(update={"token_lifetime_seconds": lifetime})
    assert await accepts(issuer, given, iat=now, exp=now + seconds) == good


async def test_the_subject_may_stand_in_another_claim(issuer: Any, settings: ServiceSettings):
    given = settings.model_copy(update={"subject_claim": "oid"})
    verifier = TokenVerifier("casework", given, issuer.client())
    found = await verifier.principal(f"Bearer {issuer.token(sub='-pairwise', oid='5f0c3d')}")
    assert found.actor == "5f0c3d"
    assert not await accepts(issuer, given)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "sub", "office", "service", "jti", "acr"])


@profile(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=st.dictionaries(NAMES, JSON, min_size=1, max_size=4))
async def test_whatever_the_claims_are_a_token_is_accepted_or_refused(
    issuer: Any, settings: ServiceSettings, claims: dict[str, Any]
):
    """No claim, not even a signed one, makes a fault; and none of these may change who is meant, for whom, how long."""
    try:
        signed = issuer.token(**claims)
    except (TypeError, ValueError, OverflowError):
        return  # the library does not sign it
    verifier = TokenVerifier("casework", settings, issuer.client())
    try:
        found = await verifier.principal(f"Bearer {signed}")
    except Unauthenticated:
        return
    wanted = issuer.claims(**claims)
    assert wanted["iss"] == issuer.url
    assert wanted["aud"] in ("urn:neove:casework", ["urn:neove:casework"])
    assert int(wanted["exp"]) - int(wanted["iat"]) <= 3600
    assert (found.office or None, found.service) == (wanted.get("office"), wanted.get("service"))
    assert found.actor == wanted["sub"]


def app_with_strong_operation(state: State) -> httpx.AsyncClient:
    router = APIRouter()

    @operation(router, "POST", "/v1/reveal", "reveal", strong=True)
    async def reveal(call: Call) -> None:
        """Reveal."""

    @operation(router, "POST", "/v1/note", "note")
    async def note(call: Call) -> None:
        """Note."""

    _ = reveal, note
    transport = httpx.ASGITransport(build_app("casework", [router], state))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_a_strong_operation_asks_for_a_level_only_if_the_settings_name_one(state: State, signed: Any):
    async with app_with_strong_operation(state) as client:
        assert (await client.post("/v1/reveal", headers=signed())).status_code == 200
        state.settings = state.settings.model_copy(update={"strong_acr": ["mfa", "smartcard"]})
        weak = await client.post("/v1/reveal", headers=signed(acr="password"))
        assert weak.status_code == 401
        assert weak.headers["www-authenticate"] == (
            'Bearer error="insufficient_user_authentication", acr_values="mfa smartcard"'
        )
        assert weak.headers["content-type"] == "application/problem+json"
        assert weak.json()["type"].endswith("/sign-in-too-weak")
        assert weak.json()["acr_values"] == ["mfa", "smartcard"]
        assert (await client.post("/v1/reveal", headers=signed())).status_code == 401
        assert (await client.post("/v1/reveal", headers=signed(acr=["mfa"]))).status_code == 401
        assert (await client.post("/v1/reveal", headers=signed(acr="smartcard"))).status_code == 200
        assert (await client.post("/v1/note", headers=signed(acr="password"))).status_code == 200
        assert (await client.post("/v1/reveal")).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("level", ["", "two words", 'a"b', "a\\b", "cấp hai"])
def test_a_level_can_stand_in_a_header(level: str):
    with pytest.raises(ValidationError):
        AuthSettings(**LOOPBACK, strong_acr=[level])


def test_the_problem_names_the_levels():
    assert problem_response(SignInTooWeak(["urn:loa:3"])).headers["www-authenticate"].endswith('acr_values="urn:loa:3"')


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`later()` lets the time between two looks at the deny list pass."""
    moved = [deny_list.monotonic()]
    monkeypatch.setattr(deny_list, "monotonic", lambda: moved[0])

    def move() -> None:
        moved[0] += deny_list.LOOK_SECONDS

    return move


def write(path: Path, text: str) -> None:
    """As an operator's editor does: a new file in the place of the old one."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


async def test_a_denied_subject_or_token_dies_although_it_was_believed(
    issuer: Any, settings: ServiceSettings, later: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path = tmp_path / "denied.toml"
    path.write_text('subjects = ["somebody"]\ntokens = []', encoding="utf-8")
    given = settings.model_copy(update={"deny_list_file": path})
    verifier = TokenVerifier("casework", given, issuer.client())
    one, two = f"Bearer {issuer.token(jti='t1')}", f"Bearer {issuer.token(jti='t2')}"
    assert await verifier.principal(one)
    assert await verifier.principal(two)
    assert not await accepts(issuer, given, sub="somebody")

    write(path, 'subjects = []\ntokens = ["t1"]  # stolen')
    later()
    with pytest.raises(Unauthenticated):
        await verifier.principal(one)
    assert await verifier.principal(two)

    caplog.clear()
    for broken in ("subject = []\ntokens = []", "", "subjects = []", "not toml", None):
        path.unlink(missing_ok=True)
        if broken:
            write(path, broken)
        later()
        with pytest.raises(Unauthenticated):
            await verifier.principal(one)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 5

    write(path, 'subjects = ["actor-1"]\ntokens = []')
    later()
    with pytest.raises(Unauthenticated):
        await verifier.principal(two)


@pytest.mark.parametrize("text", ["subjects = [1]\ntokens = []", "people = []", "", "="])
def test_a_deny_list_that_is_wrong_or_missing_keeps_the_service_from_starting(
    issuer: Any, settings: ServiceSettings, tmp_path: Path, text: str
):
    path = tmp_path / "denied.toml"
    given = settings.model_copy(update={"deny_list_file": path})
    with pytest.raises(DenyListWrong):
        TokenVerifier("casework", given, issuer.client())
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DenyListWrong):
        TokenVerifier("casework", given, issuer.client())


@pytest.mark.parametrize("audience", ["urn:neove:support", "urn:neove:"])
def test_the_audience_of_another_service_keeps_a_service_from_starting(
    issuer: Any, settings: ServiceSettings, audience: str
):
    with pytest.raises(AudienceWrong):
        TokenVerifier("casework", settings.model_copy(update={"audience": audience}), issuer.client())


async def test_spaces_around_a_token_make_no_further_token(
    issuer: Any, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
):
    verifier = TokenVerifier("casework", settings, issuer.client())
    token = issuer.token()
    await verifier.principal(f"Bearer {token}")
    monkeypatch.setattr(jwt, "decode", None)  # which a second verification would call
    for number in range(1, 5):
        assert await verifier.principal(f"Bearer {' ' * number}{token} ")
