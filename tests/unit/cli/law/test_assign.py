"""`neove offices waiting` and `assign`: all pages of the list, one assignment, and refusals in words."""

from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from client.answers import Answer
from client.openapi import Request
from neove.offices import app
from neove.shared import running
from stack.config import Failure

LINE = {"case_id": "case_a", "lane": "identification", "kind": "assign", "due_at": "2026-11-23T17:00:00Z"}
OTHER = {"case_id": "case_b", "lane": "crime", "kind": "clock", "due_at": None}


METHODS = {"list_work": "GET", "assign_lane": "POST"}
WORDS = ("case_a", "identification", "commune/34-03006")
AUTHORITY = "steering_committee/lao-cai"


class Casework:
    """Answers of casework in turn; keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, str, Any]]()

    def operation(self, name: Any) -> Any:
        return SimpleNamespace(request=lambda fields: Request(METHODS[name.operation], "", (), dict(fields)))

    def send(self, name: Any, request: Any, *, office: str, headers: Any, timeout: float) -> Answer:
        assert bool(headers.get("Idempotency-Key")) == (request.method == "POST")
        self.asked.append((str(name.operation), office, request.body))
        return self.answers.pop(0)


def said(status: int, body: Any) -> Answer:
    return Answer(status, body, None, None)


def call(casework: Casework, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setattr(running, "services", lambda: casework)
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, Failure):
        return 1, result.output + str(result.exception)
    return result.exit_code, result.output


def test_the_list_has_the_lanes_of_all_pages_and_no_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    casework = Casework(
        said(200, {"items": [OTHER], "next": "more"}),
        said(200, {"items": [LINE], "next": None}),
    )
    code, output = call(casework, monkeypatch, "waiting", "--as", AUTHORITY)
    assert (code, "case_a" in output, "case_b" in output) == (0, True, False), output
    assert [(office, request) for _, office, request in casework.asked] == [
        (AUTHORITY, {}),
        (AUTHORITY, {"cursor": "more"}),
    ]


def test_an_empty_list_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = call(Casework(said(200, {"items": [], "next": None})), monkeypatch, "waiting", "--as", AUTHORITY)
    assert (code, f"No lane waits for {AUTHORITY}." in output) == (0, True), output


def test_an_assignment_names_case_lane_and_office(monkeypatch: pytest.MonkeyPatch) -> None:
    casework = Casework(said(200, {"fact_id": "fact_a"}))
    code, output = call(casework, monkeypatch, "assign", *WORDS, "--as", AUTHORITY)
    assert (code, "commune/34-03006 holds identification of case_a" in output) == (0, True), output
    ((operation, office, request),) = casework.asked
    assert (operation, office) == ("assign_lane", AUTHORITY)
    assert (request["case_id"], request["lane"], request["to"]) == ("case_a", "identification", "commune/34-03006")


@pytest.mark.parametrize("words", [("waiting",), ("assign", *WORDS)])
def test_a_refusal_is_shown_in_words(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    problem = {
        "type": "https://neove.invalid/problems/nothing-to-assign",
        "title": "An office holds this lane",
        "status": 409,
    }
    code, output = call(Casework(said(409, problem)), monkeypatch, *words, "--as", AUTHORITY)
    assert (code, "An office holds this lane" in output) == (1, True), output


@pytest.mark.parametrize("words", [("waiting",), ("assign", *WORDS)])
def test_the_authority_must_be_named(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    casework = Casework()
    assert call(casework, monkeypatch, *words)[0] == 2
    assert casework.asked == []
