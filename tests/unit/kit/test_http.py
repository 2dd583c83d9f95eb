"""The HTTP edge: order of refusals, shape of refusals, limits, and the OpenAPI document."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from pydantic import AwareDatetime, BaseModel, Field

from contracts.ids import Code, OpaqueId, new_id
from contracts.problems import NotFound, Refused, Unavailable
from contracts.standing import LaneStanding, Standing
from kit.http import APIRouter, Body, Call, Response, build_app, check_occurred_at, operation
from kit.state import State

HELD, FOREIGN, NAME = new_id("case"), new_id("case"), "Nguyễn Thị Bịa"
Headers = Callable[..., dict[str, str]]


def standing(holder: str) -> Standing:
    lane = LaneStanding(state="REPORTED", holder=holder, place="lao-cai")
    return Standing(reporter="hotline_111/ha-noi", lanes={"crime": lane}, regime_procedure="r", route="rescued")


CASES = {HELD: standing("border_guard/lao-cai"), FOREIGN: standing("commune/lang-son")}
router = APIRouter()


class Place(Body):
    province: Code


class FactIn(Body):
    lane: Code
    occurred_at: AwareDatetime
    place: Place | None = None
    count: int = Field(default=1, ge=1)
    note: str = ""


class FactOut(BaseModel):
    fact_id: OpaqueId
    note: str


class Paging(Body):
    limit: int = Field(default=20, ge=1, le=100)
    lane: list[Code] = Field(default_factory=list)


class AlreadyThere(Refused):
    slug, title = "already-there", "The lane is there already"


@operation(
    router, "POST", "/v1/cases/{case_id}/facts", "record_fact", body=FactIn, answer=FactOut, refusals=(AlreadyThere,)
)
async def record_fact(call: Call) -> FactOut:
    """Records a fact."""
    found = CASES.get(call.id("case_id"))
    if found is None:
        raise NotFound()
    call.authorize(found, lane=call.peek("lane"))
    fact = await call.body(FactIn)
    check_occurred_at(fact.occurred_at, call.now)
    if fact.count > 1:
        raise AlreadyThere(lane=fact.lane)
    return FactOut(fact_id=new_id("fact"), note=fact.note)


@operation(router, "GET", "/v1/work", "list_work", query=Paging, answer=Paging)
async def list_work(call: Call) -> Paging:
    return call.query(Paging)


@operation(router, "POST", "/v1/broken", "broken")
async def broken(call: Call) -> Response:
    if call.peek("mode") == "away":
        raise Unavailable(retry_after=7)
    raise ValueError(f"cannot read {NAME}")


@pytest.fixture
async def client(state: State) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app("casework", [router], state, ready={"bus": _false})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://casework.test") as client:
        yield client


async def _false() -> bool:
    return False


def fact(**changes: Any) -> dict[str, Any]:
    return {"lane": "crime", "occurred_at": "2026-10-09T14:05:00+07:00"} | changes


def slug(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    assert len(document["trace_id"]) == 32
    assert {"type", "title", "detail", "instance"} <= document.keys()
    return document["type"].removeprefix("https://neove.vn/problems/")


async def test_refuses_in_the_order_401_404_403_422_409(client: httpx.AsyncClient, signed: Headers) -> None:
    facts, bad = "/v1/cases/{}/facts", b"{broken"

    async def attempt(case_id: str, headers: dict[str, str], content: bytes) -> int:
        json_type = {"Content-Type": "application/json"}
        response = await client.post(facts.format(case_id), headers=headers | json_type, content=content)
        return response.status_code

    assert await attempt("nonsense", {}, bad) == 401
    assert await attempt("nonsense", signed(), bad) == 404
    assert await attempt(new_id("case"), signed(), bad) == 404
    assert await attempt(FOREIGN, signed(), bad) == 403
    assert await attempt(HELD, signed(), bad) == 422
    assert await attempt(HELD, signed(), json.dumps(fact(count=2)).encode()) == 409
    assert await attempt(HELD, signed(), json.dumps(fact()).encode()) == 200


async def test_the_body_of_a_403_is_constant(client: httpx.AsyncClient, signed: Headers) -> None:
    def constant(response: httpx.Response) -> dict[str, Any]:
        assert slug(response) == "not-your-case"
        return {name: value for name, value in response.json().items() if name not in ("trace_id", "instance")}

    one = await client.post(f"/v1/cases/{FOREIGN}/facts", headers=signed(), json=fact())
    other = await client.post(f"/v1/cases/{HELD}/facts", headers=signed(office="commune/lang-son"), json={})
    assert constant(one) == constant(other)


async def test_says_where_the_input_is_wrong_and_never_what_it_was(client: httpx.AsyncClient, signed: Headers) -> None:
    sent = fact(lane=NAME, place={"province": NAME, NAME: NAME}, count=NAME)
    response = await client.post(f"/v1/cases/{HELD}/facts", headers=signed(), json=sent)
    assert slug(response) == "invalid"
    places = {error["loc"] for error in response.json()["errors"]}
    assert {"lane", "place.province", "place.?", "count"} <= places
    assert "Bịa" not in response.text
    assert "Nguy" not in response.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'{"lane": NaN}',
        b'{"lane": "crime", "occurred_at": "2026-10-09T14:05:00"}',
        json.dumps(fact(note="a\0b")).encode(),
        json.dumps(fact()).replace("crime", r"\ud800").encode(),
        json.dumps(fact()).encode("utf-16"),
        b"[" * 100_0,
    ],
    ids=["empty", "list", "null", "nan", "naive instant", "nul", "lone surrogate", "utf-16", "deep"],
)
async def test_refuses_a_body_that_cannot_be_kept(client: httpx.AsyncClient, signed: Headers, content: bytes) -> None:
    headers = signed() | {"Content-Type": "application/json"}
    response = await client.post(f"/v1/cases/{HELD}/facts", headers=headers, content=content)
    assert (response.status_code, slug(response)) == (422, "invalid")


async def test_takes_a_backslash_before_u0000_for_what_it_is(client: httpx.AsyncClient, signed: Headers) -> None:
    response = await client.post(f"/v1/cases/{HELD}/facts", headers=signed(), json=fact(note=r"\u0000"))
    assert response.json()["note"] == r"\u0000"


async def test_types_are_not_guessed(client: httpx.AsyncClient, signed: Headers) -> None:
    for wrong in ({"count": "1"}, {"count": True}, {"note": 1}, {"occurred_at": 1760000000}):
        response = await client.post(f"/v1/cases/{HELD}/facts", headers=signed(), json=fact(**wrong))
        assert slug(response) == "invalid", wrong


async def test_refuses_what_is_not_json_by_its_own_word(client: httpx.AsyncClient, signed: Headers) -> None:
    headers = signed() | {"Content-Type": "text/plain"}
    response = await client.post(f"/v1/cases/{HELD}/facts", headers=headers, content=json.dumps(fact()))
    assert (response.status_code, slug(response)) == (415, "unsupported-media-type")


async def test_refuses_a_body_over_the_limit_announced_or_not(client: httpx.AsyncClient, signed: Headers) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 400

    for content in (b" " * 1001, chunks()):
        response = await client.post(f"/v1/cases/{HELD}/facts", headers=signed(), content=content)
        assert (response.status_code, slug(response)) == (413, "body-too-large")


async def test_occurred_at_lies_between_1990_and_five_minutes_from_now(
    client: httpx.AsyncClient, signed: Headers, state: State
) -> None:
    async def attempt(instant: str) -> str:
        path = f"/v1/cases/{HELD}/facts"
        response = await client.post(path, headers=signed(), json=fact(occurred_at=instant))
        return slug(response) if response.is_error else "accepted"

    now = state.clock.now()
    assert await attempt((now + timedelta(minutes=5)).isoformat()) == "accepted"
    assert await attempt((now + timedelta(minutes=6)).isoformat()) == "in-the-future"
    assert await attempt("1989-12-31T00:00:00Z") == "invalid"


async def test_query_strings_are_judged_too(client: httpx.AsyncClient, signed: Headers) -> None:
    good = await client.get("/v1/work?limit=5&lane=crime&lane=child", headers=signed())
    assert good.json() == {"limit": 5, "lane": ["crime", "child"]}
    for query in ("limit=0", "limit=x", "limit=1&limit=2", "unknown=1", "lane=%00"):
        assert slug(await client.get(f"/v1/work?{query}", headers=signed())) == "invalid", query


async def test_a_fault_is_opaque(client: httpx.AsyncClient, signed: Headers) -> None:
    response = await client.post("/v1/broken", headers=signed())
    assert (response.status_code, slug(response)) == (500, "unexpected")
    assert "Nguy" not in response.text


async def test_unavailable_says_when_to_try_again(client: httpx.AsyncClient, signed: Headers) -> None:
    response = await client.post("/v1/broken", headers=signed(), json={"mode": "away"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")


async def test_the_frameworks_own_refusals_are_problems_too(client: httpx.AsyncClient) -> None:
    assert slug(await client.get("/v1/nothing")) == "not-found"
    response = await client.put("/v1/work")
    assert (slug(response), response.headers["allow"]) == ("method-not-allowed", "GET")


async def test_every_answer_forbids_keeping_it(client: httpx.AsyncClient, signed: Headers) -> None:
    for response in (await client.get("/v1/work", headers=signed()), await client.get("/v1/nothing")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_every_answer_says_when_it_was_made(client: httpx.AsyncClient, signed: Headers) -> None:
    for response in (await client.get("/v1/work", headers=signed()), await client.get("/v1/nothing")):
        made = parsedate_to_datetime(response.headers["date"])
        assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)


async def test_live_and_ready_are_different_answers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz/live")).json() == {"live": True}
    response = await client.get("/healthz/ready")
    assert (response.status_code, response.json()) == (503, {"ready": False, "checks": {"bus": False}})


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_app("casework", [router], None).openapi()


def test_openapi_names_operations_bodies_answers_and_refusals(document: dict[str, Any]) -> None:
    described = document["paths"]["/v1/cases/{case_id}/facts"]["post"]
    assert described["operationId"] == "record_fact"
    assert described["description"] == "Records a fact."
    assert described["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/FactIn"}
    answer = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/FactOut"}
    assert {"401", "403", "404", "409", "413", "415", "422", "500", "503"} <= described["responses"].keys()
    assert "already-there" in described["responses"]["409"]["description"]
    refusal = described["responses"]["422"]["content"]
    assert refusal == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    assert described["security"] == [{"bearer": []}]


def test_openapi_names_path_query_and_header(document: dict[str, Any]) -> None:
    posted = document["paths"]["/v1/cases/{case_id}/facts"]["post"]["parameters"]
    assert {(p["in"], p["name"], p["required"]) for p in posted} == {
        ("path", "case_id", True),
        ("header", "idempotency-key", False),
    }
    asked = document["paths"]["/v1/work"]["get"]["parameters"]
    assert {(p["in"], p["name"]) for p in asked} == {("query", "limit"), ("query", "lane")}


def test_openapi_holds_every_schema_that_it_points_to(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    pointed = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert pointed <= document["components"]["schemas"].keys()
    assert document["components"]["schemas"]["FactIn"]["additionalProperties"] is False
    assert "HTTPValidationError" not in text
