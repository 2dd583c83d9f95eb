"""The pages of the development issuer: signing in and out, and mistakes."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from stack.issuer.app import FORM
from tests.unit.stack.issuer.flow import CHOICE, OFFICE, URL, VAULT, chosen, request_of, signed_in


async def test_the_page_is_in_vietnamese_and_in_english_and_says_that_it_is_a_demonstration(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient
):
    address, _ = request_of(portal)
    page = await client.get(address)
    assert '<html lang="vi">' in page.text
    assert "Tuyệt đối không dùng với vụ việc thật" in page.text
    assert f'<option value="{OFFICE}">' in page.text
    for field in re.findall(r'<(?:input type="text"|select)[^>]* id="(\w+)"', page.text):
        assert f'<label for="{field}">' in page.text, "every field has a label"
    switch = re.search(r'<a href="([^"]*)" lang="en"', page.text)
    assert switch
    english = await client.get("/" + switch[1].replace("&amp;", "&"))
    assert '<html lang="en">' in english.text
    assert "Never use it with real cases" in english.text
    assert '<html lang="en">' in (await client.get(f"{address}&ui_locales=fr+en-GB+vi")).text
    assert "script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_the_form_on_the_page_leads_to_the_client(portal: AsyncOAuth2Client, client: httpx.AsyncClient):
    address, state = request_of(portal)
    action = re.search(r'<form method="post" action="([^"]*)"', (await client.get(address)).text)
    assert action
    back = await chosen(client, "/" + action[1].replace("&amp;", "&"))
    assert parse_qs(urlsplit(back).query)["state"] == [state]


@pytest.mark.parametrize(
    "wrong", [{"office": "border_guard/atlantis"}, {"office": '"><b>'}, {"actor": "a b"}, {"level": "x"}]
)
async def test_a_mistake_is_shown_on_the_page_and_what_was_typed_stays(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient, wrong: dict[str, str]
):
    address, _ = request_of(portal, acr_values="two-factors")
    answer = await client.post(address, data={**CHOICE, **wrong})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<b>" not in answer.text
    assert 'value="two-factors" checked' in answer.text


async def test_a_person_may_decline(portal: AsyncOAuth2Client, client: httpx.AsyncClient):
    address, _ = request_of(portal)
    assert "error=access_denied" in await chosen(client, address, do="cancel")


async def test_signing_out_ends_the_sign_in(portal: AsyncOAuth2Client, client: httpx.AsyncClient, clock: Any):
    token = await signed_in(portal, client)
    clock.later(3000)  # an expired ID token still says who signs out
    query = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": "http://127.0.0.1:43117/", "state": "bye"}
    answer = await client.get("/logout", params=query)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:43117/?state=bye")
    with pytest.raises(OAuthError, match="invalid_grant"):
        await portal.refresh_token(f"{URL}/token", token["refresh_token"], resource=VAULT)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"id_token_hint": "x.y.z", "post_logout_redirect_uri": "http://127.0.0.1/"},
        {"client_id": "portal", "post_logout_redirect_uri": "https://evil.example/"},
        {"client_id": "portal", "post_logout_redirect_uri": "http://127.0.0.1:1@evil.example/"},
    ],
    ids=str,
)
async def test_after_signing_out_nobody_is_sent_elsewhere(client: httpx.AsyncClient, asked: dict[str, str]):
    form, headers = urlencode(asked), {"content-type": FORM}
    for answer in (
        await client.get("/logout", params=asked),
        await client.post("/logout", content=form, headers=headers),
    ):
        assert answer.status_code == 200
        assert "location" not in answer.headers


async def test_a_form_with_a_field_twice_and_a_body_that_is_none_are_refused(
    portal: AsyncOAuth2Client, client: httpx.AsyncClient
):
    address, _ = request_of(portal)
    for path, body in ((address, "office=a&office=b"), (address, "\xff"), ("/logout", "state=a&state=b")):
        answer = await client.post(path, content=body.encode(), headers={"content-type": FORM})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
