"""A request's JSON is parsed once, however often an operation looks at it; and each model is validated once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import Request
from pydantic import AwareDatetime

from contracts.ids import Code
from contracts.problems import Invalid
from kit.auth import Principal
from kit.http import Body, Call, body
from kit.looks import Look
from kit.state import State


class StepIn(Body):
    lane: Code
    occurred_at: AwareDatetime


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    seen: list[bytes] = []
    real: Callable[..., Any] = body.from_json

    def counting(raw: bytes, **options: Any) -> Any:
        seen.append(raw)
        return real(raw, **options)

    monkeypatch.setattr(body, "from_json", counting)
    return seen


def call_of(state: State, raw: bytes) -> Call:
    request = Request({"type": "http", "headers": [(b"content-type", b"application/json")], "query_string": b""})
    principal = Principal("border_guard/lao-cai", "border_guard", "sub_1")
    look = Look.of(principal, "casework.record_fact", state.clock.now())
    return Call(request, state, principal, "casework.record_fact", raw, state.clock.now(), look)


async def test_the_body_is_parsed_once_for_peeks_and_models(state: State, parses: list[bytes]) -> None:
    call = call_of(state, json.dumps({"lane": "crime", "occurred_at": "2026-10-09T14:05:00+07:00"}).encode())

    assert (call.peek("lane"), call.peek("state")) == ("crime", None)
    assert set(call.json) == {"lane", "occurred_at"}
    first = await call.body(StepIn)
    assert await call.body(StepIn) is first
    assert len(parses) == 1


async def test_what_is_no_json_is_parsed_once_and_refused_each_time(state: State, parses: list[bytes]) -> None:
    call = call_of(state, b"{broken")

    assert call.peek("lane") is None
    for _ in range(2):
        with pytest.raises(Invalid, match="well-formed"):
            await call.body(StepIn)
        with pytest.raises(Invalid, match="well-formed"):
            _ = call.json
    assert len(parses) == 1


async def test_nothing_is_parsed_where_nobody_looks(state: State, parses: list[bytes]) -> None:
    call_of(state, b"{broken")

    assert parses == []
