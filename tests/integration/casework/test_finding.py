"""A case is found by number and alias by who may see it. For everybody else it does not exist."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from casework.models import ALIAS_KEY, NUMBER_KEY
from contracts.ids import new_id
from contracts.numbers import alias_key, alias_of, number_key, number_of
from tests.integration.casework.in_process import ELSEWHERE, GUARD, HEALTH, CaseworkInProcess
from tests.integration.casework.test_guarded_write import statements
from tests.integration.casework.test_handovers import answer, incoming, propose, received
from tests.integration.casework.test_refusals import slug

pytestmark = pytest.mark.stack

STRANGER = "health_authority/quang-ngai"


async def find(cases: CaseworkInProcess, office: str | None, **query: str) -> Any:
    """The answer to a look-up."""
    signed = cases.http._signed(office)  # pyright: ignore[reportPrivateUsage]
    return await cases.http.client.get("/v1/cases", params=query, headers=signed)


async def found(cases: CaseworkInProcess, office: str, **query: str) -> list[str]:
    """The ids that an office finds; none if the answer is 404."""
    answer = await find(cases, office, **query)
    return [one["case_id"] for one in answer.json()["items"]] if answer.is_success else []


def body_of(answer: Any) -> dict[str, Any]:
    """The body, without what is new in every answer."""
    return {name: value for name, value in answer.json().items() if name not in ("trace_id", "instance")}


def headers_of(answer: Any) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.items() if name not in ("traceresponse", "date"))


def unknown_number() -> str:
    return number_of(new_id("case"))


async def test_number_and_alias_stand_where_the_case_does(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    said = {"case_id": case_id, "number": number_of(case_id), "alias": alias_of(case_id)}
    assert (await cases.case(case_id, HEALTH)).items() >= said.items()
    lines = [line for line in await cases.work(HEALTH, "?limit=200") if line["case_id"] == case_id]
    assert lines
    assert all(line.items() >= said.items() for line in lines)


@pytest.mark.parametrize(
    "typed", [str, str.lower, lambda said: said.replace("-", ""), lambda said: said.replace("-", " ")]
)
async def test_who_may_see_a_case_finds_it(cases: CaseworkInProcess, typed: Any) -> None:
    case_id = await received(cases)
    number = number_of(case_id)
    for office in (HEALTH, GUARD):
        shown = await find(cases, office, number=typed(number))
        assert shown.json() == {"items": [{"case_id": case_id, "number": number, "alias": alias_of(case_id)}]}
        assert case_id in await found(cases, office, alias=typed(alias_of(case_id)))


async def test_a_case_of_others_is_answered_as_one_that_does_not_exist(
    cases: CaseworkInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = await received(cases)
    with caplog.at_level(logging.INFO):
        seen: list[tuple[Any, ...]] = []
        for query in ({"number": number_of(case_id)}, {"number": unknown_number()}, {"alias": alias_of(case_id)}):
            caplog.clear()
            with statements(cases) as sent:
                answer = await find(cases, STRANGER, **query)
            logged = [(line.levelname, line.getMessage()) for line in caplog.records if line.name != "httpx"]
            seen.append((answer.status_code, body_of(answer), headers_of(answer), len(sent), logged))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == 404
    assert seen[0][3] == 2, "the search, and the record of the request"
    assert seen[0][4] == [
        ("INFO", f"unknown or denied: casework.find_case to {STRANGER} actor-1"),
        ("INFO", "refused: not-found"),
    ]
    said = str(seen)
    assert not any(word in said for word in (case_id, number_of(case_id), number_key(case_id), alias_of(case_id)))


async def test_an_unknown_number_is_not_answered_with_another_case_of_the_caller(cases: CaseworkInProcess) -> None:
    """For an unknown number the standing of any case is read; here all but a few are cases of the border guard."""
    for _ in range(5):
        await cases.opened()
    for _ in range(20):
        assert (await find(cases, GUARD, number=unknown_number())).status_code == 404


async def test_who_is_only_asked_finds_nothing_and_is_shown_nothing_until_it_accepts(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    seen = await incoming(cases, ELSEWHERE, handover_id)
    assert (seen["case_id"], seen["number"], seen["alias"]) == (None, None, None)
    assert await found(cases, ELSEWHERE, number=number_of(case_id)) == []
    assert case_id not in await found(cases, ELSEWHERE, alias=alias_of(case_id))
    assert (await answer(cases, handover_id, accept=True)).status_code == 200
    assert (await incoming(cases, ELSEWHERE, handover_id))["number"] == number_of(case_id)
    assert await found(cases, ELSEWHERE, number=number_of(case_id)) == [case_id]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"number": "234"}, (422, "misheard")),
        ({"number": "0000-0000-0"}, (422, "misheard")),
        ({"number": "Thử Thị Mẫu"}, (422, "misheard")),
        ({"alias": "Xoài"}, (422, "misheard")),
        ({"alias": "Thử Thị Mẫu 42"}, (422, "misheard")),
        ({"number": ""}, (422, "invalid")),
        ({"number": "2" * 41}, (422, "invalid")),
        ({"number": "2\0"}, (422, "invalid")),
        ({}, (422, "invalid")),
        ({"number": "2", "alias": "Xoài 42"}, (422, "invalid")),
        ({"name": "Mẫu"}, (422, "invalid")),
    ],
)
async def test_what_cannot_be_a_number_or_an_alias_is_said_and_not_repeated(
    cases: CaseworkInProcess, query: dict[str, str], refusal: tuple[int, str]
) -> None:
    with statements(cases) as sent:
        refused = await find(cases, HEALTH, **query)
    assert slug(refused) == refusal
    assert "Mẫu" not in refused.text
    assert sent == ["direct"], "the record of the request, and nothing else"


async def test_a_wrong_check_character_says_nothing_of_a_case(cases: CaseworkInProcess) -> None:
    """The same for a number one character beside a case of the caller, and for one beside none."""
    case_id = await received(cases)
    misheard = [number[:-1] + ("2" if number[-1] != "2" else "3") for number in (number_of(case_id), unknown_number())]
    answers = [await find(cases, office, number=number) for number in misheard for office in (HEALTH, STRANGER)]
    assert {one.status_code for one in answers} == {422}
    assert all(body_of(one) == body_of(answers[0]) and headers_of(one) == headers_of(answers[0]) for one in answers)
    assert "đề nghị kiểm tra lại" in answers[0].json()["detail"]


@pytest.mark.parametrize(
    ("office", "status"),
    [(None, 401), ("admin/ha-noi", 403), ("provider/lao-cai-hospital", 403), ("service/intake", 403)],
)
async def test_the_right_is_decided_before_what_was_said(
    cases: CaseworkInProcess, office: str | None, status: int
) -> None:
    for number in ("234", unknown_number()):
        assert (await find(cases, office, number=number)).status_code == status


def colliding() -> Iterator[tuple[str, str]]:
    """Pairs of ids with the same number."""
    seen: dict[str, str] = {}
    while True:
        one = new_id("case")
        other = seen.setdefault(number_key(one), one)
        if other != one:
            yield other, one


async def test_old_cases_with_the_same_number_are_both_found_by_who_may_see_both(cases: CaseworkInProcess) -> None:
    one, other = next(colliding())
    number = number_of(one)
    assert number == number_of(other)
    await cases.opened(case_id=one)
    await cases.opened(case_id=other, territory="tay-ninh", commune=None, office="commune/tay-ninh")
    assert await found(cases, GUARD, number=number) == [one]
    assert await found(cases, "commune/tay-ninh", number=number) == [other]
    assert await found(cases, STRANGER, number=number) == []


async def test_the_database_makes_the_same_number_and_alias(cases: CaseworkInProcess) -> None:
    ids = [new_id("case") for _ in range(500)]
    made = f"SELECT case_id, {NUMBER_KEY} AS number, {ALIAS_KEY} AS alias FROM unnest($1::text[]) AS one(case_id)"
    rows = await cases.http.sql(made, ids)
    assert [(row["number"], row["alias"]) for row in rows] == [(number_key(one), alias_key(one)) for one in ids]
