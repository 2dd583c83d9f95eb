"""`neove case`: what is shown of a case, as whom, and how refusals end."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from neove import case
from neove.player import seen_cases
from neove.player.player import Result
from neove.player.scenario import load
from neove.shared.one_case import Refused

Run = Callable[..., tuple[int, str, str]]

CASE: dict[str, Any] = {
    "number": "TT9F-3557-5",
    "alias": "Bần 20",
    "status": "in_process",
    "regime_procedure": "law-53-2024",
    "regime_support": None,
    "lanes": {
        "identification": {
            "state": "AT_COMMUNE",
            "holder": "commune/lao-cai",
            "since": "2026-10-09T08:00:00Z",
        },
        "crime": {"state": "CRIME_INFO_RECEIVED", "holder": None, "since": None},
    },
    "breaches": [
        {"rule": "B-SELF-06", "lane": "identification", "due_at": "2026-10-30T17:00:00Z", "changed_at": None},
        {
            "rule": "B-SELF-01",
            "lane": "identification",
            "due_at": "2026-10-11T17:00:00Z",
            "recorded_at": "2026-10-11T17:00:01Z",
            "changed_at": "2026-10-12T03:00:00Z",
            "act": "withdrawal",
            "changed_by": "corr_one",
            "changed_office": "commune/lao-cai",
        },
    ],
    "all_clocks": [
        {
            "rule": "B-SELF-04",
            "lane": "identification",
            "state": "breached",
            "started_at": "2026-10-09T15:25:00+07:00",
            "due_at": "2026-10-12T17:00:00Z",
            "citation": "Law 53/2024 Art 27(2)",
            "confidence": "verified text",
        },
        {
            "rule": "B-SELF-02",
            "lane": "identification",
            "state": "running",
            "started_at": "2026-10-09T15:10:00+07:00",
            "due_at": "2026-10-09T15:10:00+07:00",
            "citation": "Law 53/2024 Art 27(1)",
            "confidence": "verified text",
        },
        {
            "rule": "C-INF-02",
            "lane": "crime",
            "state": "met",
            "late": True,
            "started_at": None,
            "due_at": "2026-10-10T15:10:00+07:00",
            "citation": "[a] text",
            "confidence": "inferred",
        },
        {"rule": "B-SELF-06", "lane": "identification", "state": "reminder", "due_at": None, "confidence": "not found"},
    ],
    "flags": ["gap:identification:AT_COMMUNE"],
    "linked": ["case_other"],
}
TIMELINE: dict[str, Any] = {
    "items": [
        {
            "kind": "fact",
            "lane": "identification",
            "state": "AT_COMMUNE",
            "occurred_at": "2026-10-09T08:10:00Z",
            "recorded_at": "2026-10-09T08:11:00Z",
            "office": "commune/lao-cai",
        }
    ]
}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    parts = ("postgres", "nats", "nats_monitor", "temporal", "temporal_ui", "secrets", "logs", "spans")
    where = {"services": {"casework": "http://casework"}, "issuer": "http://issuer", **dict.fromkeys(parts, "x")}
    (tmp_path / "endpoints.json").write_text(json.dumps(where))
    monkeypatch.setenv("NEOVE_STATE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What casework was asked: operation, case, office; it answers with the case above."""
    seen: list[tuple[str, str, str]] = []

    def ask(_: object, operation: str, case_id: str, office: str) -> Mapping[str, Any]:
        seen.append((operation, case_id, office))
        if case_id == "case_foreign":
            raise Refused("refused with 403 not-your-case: no")
        return CASE if operation == "get_case" else TIMELINE

    def find(_: object, number: str, office: str) -> str:
        seen.append(("find_case", number, office))
        if number != "TT9F-3557-5":
            raise Refused("refused with 404 not-found: no")
        return "case_a"

    monkeypatch.setattr(case, "ask", ask)
    monkeypatch.setattr(case, "find", find)
    return seen


@pytest.fixture
def run(state: Path, asked: list[tuple[str, str, str]]) -> Run:
    app = typer.Typer()
    app.command()(case.command)

    def invoke(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, list(arguments))
        return result.exit_code, result.stdout, result.stderr

    return invoke


def line_with(text: str, out: str) -> str:
    return next(line for line in out.splitlines() if text in line)


def test_shows_lanes_clocks_and_timeline(run: Run) -> None:
    code, out, _ = run("case_a", "--as", "commune/lao-cai")
    assert code == 0
    assert "commune/lao-cai" in line_with("AT_COMMUNE   ", out)
    assert "2026-10-09 15:00" in line_with("AT_COMMUNE   ", out)
    assert "nobody" in line_with("CRIME_INFO_RECEIVED", out)
    assert "fact identification AT_COMMUNE" in out
    assert "gap:identification:AT_COMMUNE" in out
    assert "case_other" in out


def test_shows_what_was_breached_and_the_act_that_changed_it(run: Run) -> None:
    _, out, _ = run("case_a", "--as", "commune/lao-cai")
    assert "2026-10-12 10:00" in line_with("B-SELF-01", out)
    assert "withdrawal corr_one" in line_with("B-SELF-01", out)
    assert out.count("B-SELF-06") == 1, "a breach that holds is in the table of the clocks alone"


def test_shows_the_due_date_as_people_say_it_and_the_source(run: Run) -> None:
    _, out, _ = run("case_a", "--as", "commune/lao-cai")
    assert "2026-10-12 24:00" in line_with("B-SELF-04", out)
    assert "Law 53/2024 Art 27(2)" in line_with("B-SELF-04", out)
    assert "verified" not in line_with("B-SELF-04", out)
    assert "at once" in line_with("B-SELF-02", out)
    assert "2026-10-10 15:10" in line_with("C-INF-02", out)
    assert "met late" in line_with("C-INF-02", out)
    assert "[a] text (inferred)" in line_with("C-INF-02", out)
    assert "no number" in line_with("B-SELF-06", out)


@pytest.fixture
def looked(state: Path) -> Callable[[int], None]:
    """Note a look at `case_a` by an office of Hà Nội that was answered with a status."""
    path = state / "s.yaml"
    path.write_text("title: t\nsteps:\n  - {as: commune/ha-noi, do: casework.get_case, with: {case_id: case_a}}\n")
    (step,) = load(path).steps
    return lambda status: seen_cases.remember(state, [([Result(step, "ok", status=status)], {})])


def test_asks_as_the_office_that_saw_it_in_a_scenario(
    run: Run, looked: Callable[[int], None], asked: list[tuple[str, str, str]]
) -> None:
    looked(200)
    code, _, _ = run("case_a")
    assert code == 0
    assert asked == [("get_case", "case_a", "commune/ha-noi"), ("list_timeline", "case_a", "commune/ha-noi")]


def test_asks_as_the_office_that_reported_it_where_nobody_looked(state: Path) -> None:
    path = state / "s.yaml"
    saves = "{A: cases.A, B: cases.B, report_id: report_id}"
    path.write_text(f"title: t\nsteps:\n  - {{as: commune/ha-noi, do: intake.submit_report, save: {saves}}}\n")
    (step,) = load(path).steps
    names = {"A": "case_a", "B": "case_b", "report_id": "rep_a"}
    seen_cases.remember(state, [([Result(step, "ok", status=201)], names)])
    assert [seen_cases.office_of(state, one) for one in names.values()] == ["commune/ha-noi", "commune/ha-noi", None]
    seen_cases.remember(state, [([Result(step, "failed", status=422)], {"A": "case_c"})])
    assert seen_cases.office_of(state, "case_c") is None


def test_a_refused_look_is_not_noted(state: Path, looked: Callable[[int], None]) -> None:
    looked(403)
    assert seen_cases.office_of(state, "case_a") is None


def test_nothing_is_noted_where_there_is_no_state(tmp_path: Path) -> None:
    seen_cases.remember(tmp_path / "none", [])
    assert not (tmp_path / "none").exists()


def test_a_number_stands_for_the_id(run: Run, asked: list[tuple[str, str, str]]) -> None:
    code, out, _ = run("TT9F-3557-5", "--as", "commune/lao-cai")
    assert code == 0
    assert [operation for operation, *_ in asked] == ["find_case", "get_case", "list_timeline"]
    assert "TT9F-3557-5  Bần 20" in line_with("case_a", out)
    code, _, err = run("2222-2222-2", "--as", "commune/lao-cai")
    assert (code, "not-found" in err) == (1, True)


def test_asks_for_an_office_where_none_is_known(run: Run) -> None:
    code, _, err = run("case_a")
    assert (code, "--as" in err) == (2, True)


def test_a_refusal_ends_with_one(run: Run) -> None:
    code, out, err = run("case_foreign", "--as", "commune/lao-cai")
    assert (code, out) == (1, "")
    assert "not-your-case" in err


def test_no_stack_ends_with_three(run: Run, state: Path) -> None:
    (state / "endpoints.json").unlink()
    assert run("case_a", "--as", "commune/lao-cai")[0] == 3
