"""The seam: each request of a known caller makes an entry before its answer leaves, or what it shows is not shown."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import httpx
import pytest
from pydantic import BaseModel

from contracts.ids import new_id
from contracts.problems import Forbidden, NotFound, Refused, Unavailable
from contracts.standing import LaneStanding, Restriction, Standing
from kit.http import APIRouter, Body, Call, build_app, operation
from kit.limits.budgets import Budgets
from kit.limits.limits import Limits
from kit.looks import Look, recorder
from kit.state import State
from regulations.restricted import digest_of
from tests.integration.waiting import until
from tests.unit.kit.conftest import NOW, Written

Headers = Callable[..., dict[str, str]]
HELD, OTHER = new_id("case"), new_id("case")
LANE = LaneStanding(state="REPORTED", holder="border_guard/lao-cai", place="lao-cai")
STANDING = Standing(reporter="hotline_111/ha-noi", lanes={"crime": LANE}, regime_procedure="r", route="rescued")
router = APIRouter()


class Empty(Body):
    """Nothing."""


class One(BaseModel):
    """An answer."""

    name: str = "shown"


class Row(BaseModel):
    """An entry of a list."""

    case_id: str | None


class Rows(BaseModel):
    """A list."""

    items: list[Row]


@operation(router, "GET", "/v1/cases/{case_id}", "get_case", answer=One)
async def get_case(call: Call) -> One:
    """A look at a case, in one lane."""
    call.authorize(STANDING, lane="crime")
    return One()


@operation(router, "GET", "/v1/cases/{case_id}/name", "explain_clock", answer=One, reveals=("identity",))
async def name(call: Call) -> One:
    """Shows who somebody is."""
    call.authorize(STANDING, lane="crime")
    return One(name="Nguyễn Thị Bịa")


@operation(router, "GET", "/v1/work", "list_work", answer=Rows)
async def work(call: Call) -> Rows:
    """A list."""
    return Rows(items=[Row(case_id=HELD), Row(case_id=OTHER), Row(case_id=HELD), Row(case_id=None)])


REFUSALS = {"none": NotFound, "not": Forbidden, "now": Refused, "away": Unavailable, "fault": ValueError}


@operation(router, "GET", "/v1/refused/{what}", "list_timeline", answer=One)
async def refused(call: Call) -> One:
    """Refuses."""
    raise REFUSALS[call.code("what")]


@pytest.fixture
def written(state: State) -> Written:
    return cast(Written, state.looks)


@pytest.fixture
async def client(state: State, signed: Headers) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = build_app("casework", [router], state)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://casework.test", headers=signed()) as client:
        yield client


async def test_a_look_says_who_what_about_what_and_why(client: httpx.AsyncClient, written: Written) -> None:
    assert (await client.get(f"/v1/cases/{HELD}")).status_code == 200
    [look] = written.rows
    assert (look.at, look.caller, look.actor) == (NOW, "border_guard/lao-cai", "actor-1")
    assert (look.operation, look.about, look.part) == ("casework.get_case", HELD, "crime")
    assert (look.answer, look.refusal, list(look.ground)) == (200, None, ["holder"])


async def test_of_a_list_it_says_how_many_cases(client: httpx.AsyncClient, written: Written) -> None:
    await client.get("/v1/work")
    assert [(look.about, look.several) for look in written.rows] == [(None, 2)]


@pytest.mark.parametrize(
    ("what", "status", "slug"),
    [("none", 404, "not-found"), ("not", 403, "not-your-case"), ("now", 409, "refused"), ("fault", 500, "unexpected")],
)
async def test_each_refusal_is_recorded(
    client: httpx.AsyncClient, written: Written, what: str, status: int, slug: str
) -> None:
    assert (await client.get(f"/v1/refused/{what}")).status_code == status
    assert [(look.operation, look.answer, look.refusal) for look in written.rows] == [
        ("casework.list_timeline", status, slug)
    ]


async def test_what_is_over_the_limit_is_recorded(client: httpx.AsyncClient, state: State, written: Written) -> None:
    state.limits = Limits("casework", Budgets({"person.requests": 1}), state.clock, state.uow)
    assert [(await client.get(f"/v1/cases/{HELD}")).status_code for _ in range(2)] == [200, 429]
    assert [(look.about, look.answer, look.refusal) for look in written.rows] == [
        (HELD, 200, None),
        (HELD, 429, "too-many-requests"),
    ]


async def test_who_is_kept_out_of_a_restricted_case_is_recorded(
    client: httpx.AsyncClient, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Restriction(salt="case", persons=(digest_of("case", "actor-1"),))
    monkeypatch.setattr(sys.modules[__name__], "STANDING", STANDING.model_copy(update={"restriction": closed}))
    assert (await client.get(f"/v1/cases/{HELD}")).status_code == 404
    assert [(look.about, look.part, look.answer, look.refusal) for look in written.rows] == [
        (HELD, "crime", 404, "not-found")
    ]


async def test_only_the_collector_fetches_entries_and_another_try_is_one(
    client: httpx.AsyncClient, written: Written
) -> None:
    assert (await client.post("/v1/looks", json={})).status_code == 403
    assert [(look.operation, look.answer) for look in written.rows] == [("casework.hand_over_looks", 403)]


async def test_whom_nobody_knows_and_what_is_away_make_no_entry(client: httpx.AsyncClient, written: Written) -> None:
    assert (await client.get("/v1/work", headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await client.get("/v1/refused/away")).status_code == 503
    assert written.rows == []


async def test_without_an_entry_nobody_learns_who_somebody_is(client: httpx.AsyncClient, written: Written) -> None:
    assert "Bịa" in (await client.get(f"/v1/cases/{HELD}/name")).text
    written.down = True
    answer = await client.get(f"/v1/cases/{HELD}/name")
    assert answer.status_code == 503
    assert "Bịa" not in answer.text
    assert int(answer.headers["retry-after"]) > 0


async def test_all_else_goes_on_and_is_caught_up(
    client: httpx.AsyncClient, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "AGAIN_SECONDS", 0.0)
    written.down = True
    assert (await client.get("/v1/work")).status_code == 200
    assert (await client.get("/v1/refused/not")).status_code == 403
    assert (written.kept, written.rows) == (2, [])
    written.down = False
    await until(lambda: written.kept == 0)
    assert [look.operation for look in written.rows] == ["casework.list_work", "casework.list_timeline"]


async def test_with_a_full_memory_everything_waits_and_nothing_is_forgotten(
    client: httpx.AsyncClient, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "MOST_KEPT", 2)
    written.down = True
    statuses = [(await client.get("/v1/work")).status_code for _ in range(4)]
    assert statuses == [200, 200, 503, 503]
    written.down = False
    await until(lambda: written.kept == 0)
    assert (await client.get("/v1/work")).status_code == 200
    assert len(written.rows) == 3


async def test_entries_of_requests_that_end_together_share_an_insert(state: State) -> None:
    class Slow(Written):
        batches: list[int] = []  # noqa: RUF012 - of this test alone

        async def _insert(self, looks: Any) -> frozenset[str]:
            self.batches.append(len(looks))
            await asyncio.sleep(0)
            return await super()._insert(looks)

    slow = Slow()
    looks = [Look(NOW, "commune/ha-noi", "act_1", "casework.get_case") for _ in range(50)]
    await asyncio.gather(*(slow.close(look) for look in looks))
    assert sum(slow.batches) == len(slow.rows) == 50
    assert len(slow.batches) <= 2
    assert all(look.carried for look in looks)


def test_an_entry_has_a_row_for_each_thing_that_it_is_about() -> None:
    look = Look(NOW, "commune/ha-noi", "act_1", "intake.submit_report", HELD, also=[OTHER])
    rows = look.rows()
    assert [row["about"] for row in rows] == [HELD, OTHER]
    assert len({row["id"] for row in rows}) == 2
