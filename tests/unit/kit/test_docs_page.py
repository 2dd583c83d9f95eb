"""The pages of the documents show everything, fetch nothing, and execute nothing."""

import base64
import hashlib
import re

import httpx
import pytest

from contracts.ids import Code
from kit.http import APIRouter, Body, Call, build_app, operation

router = APIRouter()


class NoteIn(Body):
    """A note."""

    lane: Code
    word: str | None = None


@operation(router, "POST", "/v1/notes/{note_id}", "add_note", body=NoteIn, answer=NoteIn)
async def add_note(call: Call) -> None:
    """Adds <script>alert(1)</script> a note."""


async def get(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(build_app("casework", [router], None))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_every_operation_shows_with_its_fields_and_nothing_is_markup() -> None:
    page = await get("/docs")
    assert page.status_code == 200
    for part in ("add_note", "POST /v1/notes/{note_id}", "note_id", "lane", "word?", "idempotency-key?", "409"):
        assert part in page.text
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_every_event_shows_with_its_address_and_fields() -> None:
    page = await get("/asyncapi")
    for part in ("evt.casework.case.changed.v1", "casework__arm_waits", "CASEWORK_EVENTS", "case_version", "standing"):
        assert part in page.text
    assert (await get("/asyncapi.json")).json()["info"]["title"] == "casework"


@pytest.mark.parametrize("path", ["/docs", "/asyncapi"])
async def test_nothing_comes_from_elsewhere_and_only_the_one_style_is_allowed(path: str) -> None:
    page = await get(path)
    assert not re.search(r"https?://|<(link|img|iframe)|@import|url\(", page.text)
    (policy,) = page.headers.get_list("content-security-policy")
    (style,) = re.findall(r"<style>(.*?)</style>", page.text)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_the_pages_are_no_operations_and_the_default_ones_are_off() -> None:
    assert list((await get("/openapi.json")).json()["paths"]) == ["/v1/notes/{note_id}", "/v1/looks"]
    assert (await get("/redoc")).status_code == 404
