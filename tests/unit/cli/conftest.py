"""A small stack in memory: an issuer and one service whose answers a test writes down beforehand."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, StringConstraints

from client.services import Services

OFFICES = {"commune/lao-cai", "health_authority/lao-cai"}


class Born(BaseModel):
    birth_date: str


class BornInYear(BaseModel):
    birth_year: int


class Person(BaseModel):
    ref: str
    born: Born | BornInYear
    height: float | None = None
    accompanies: str | None = None


class Report(BaseModel):
    persons: list[Person]
    anonymous: bool | None = None
    answers: dict[Annotated[str, StringConstraints(pattern="^[a-z_]+$")], Literal["yes", "no"] | bool | int] = {}
    occurred_at: str = ""
    counts: dict[str, int] = {}


def document() -> dict[str, Any]:
    """The OpenAPI document of a service with one writing and two reading operations."""
    app = FastAPI()

    @app.post("/v1/cases/{case_id}/facts", operation_id="record")
    def record(case_id: str, report: Report) -> None: ...

    @app.get("/v1/cases/{case_id}", operation_id="look")
    def look(case_id: str) -> None: ...

    @app.get("/v1/work", operation_id="work")
    def work(limit: int = 5, overdue: bool = False, lane: Annotated[list[str] | None, Query()] = None) -> None: ...

    return app.openapi()


def said(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    """An answer; a refusal given as a slug becomes a problem document."""
    if isinstance(body, str):
        body = {"type": f"/problems/{body}", "detail": "A reason.", "trace_id": "f" * 32}
    return httpx.Response(status, json={} if body is None else body, headers=headers)


class Fake:
    """The stack in memory. `answers` are given out in order, the last one again and again; `seen` are the requests."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | type[httpx.TransportError]] = [said()]
        self.seen: list[httpx.Request] = []
        self.documents = True
        self.tokens = 0

    def services(self) -> Services:
        """A client of this stack."""
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        return Services({"desk": "http://desk"}, "http://issuer", http)

    def bodies(self) -> list[Any]:
        """The JSON bodies that came, in order."""
        return [json.loads(request.content) for request in self.seen if request.content]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "issuer":
            return self._token(json.loads(request.content)["office"])
        if request.url.path == "/openapi.json":
            if not self.documents:
                raise httpx.ConnectError("nobody there")
            return said(body=document())
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("lost")
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))

    def _token(self, office: str) -> httpx.Response:
        self.tokens += 1
        if office not in OFFICES:
            return said(404, "not-found")
        return said(body={"access_token": f"token of {office}", "expires_in": 3600})


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write steps (indented YAML of a list) to a scenario file and give its path."""

    def write_file(steps: str, name: str = "scenario.yaml") -> Path:
        path = tmp_path / name
        path.write_text(f"title: A title\nabout: Why\nsteps:\n{steps}", encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The player's waits: nothing waits, the clock moves on by the wait instead; gives the list of waits."""
    slept: list[float] = []
    clock = SimpleNamespace(sleep=slept.append, monotonic=lambda: 1000.0 + sum(slept))
    monkeypatch.setattr("neove.player.player.time", clock)
    monkeypatch.setattr("client.patience.time", clock)
    monkeypatch.setattr("client.tokens.time", clock)
    return slept
