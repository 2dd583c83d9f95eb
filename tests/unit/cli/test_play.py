"""`neove play`: what the reader sees, the JSON document, the exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from neove import play
from neove.shared.terminal import Exit

from .conftest import Fake, said

Write = Callable[..., Path]
LOOK = "  - {as: commune/lao-cai, do: desk.look, with: {case_id: c}, answer: {status: victim, flags: [gap]}}\n"

app = typer.Typer()
app.command()(play.command)


@pytest.fixture
def run(fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Run `neove play` against the stack in memory; gives exit code, output and error output."""
    state = tmp_path / "state"
    state.mkdir()
    parts = ("postgres", "nats", "nats_monitor", "temporal", "temporal_ui", "secrets", "logs", "spans")
    where = {"services": {"desk": "http://desk"}, "issuer": "http://issuer", **dict.fromkeys(parts, "x")}
    (state / "endpoints.json").write_text(json.dumps(where))
    monkeypatch.setenv("NEOVE_STATE", str(state))
    monkeypatch.setattr(play, "Services", lambda *_: fake.services())

    def invoke(*arguments: str | Path) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return result.exit_code, result.stdout, result.stderr

    return invoke


Run = Callable[..., tuple[int, str, str]]


def test_shows_one_line_a_step(fake: Fake, run: Run, write: Write) -> None:
    fake.answers = [said(503, "unavailable"), said(403, "not-your-case"), said()]
    steps = (
        "  - {as: commune/lao-cai, do: desk.look, with: {case_id: c}, refused: {status: 403}}\n"
        "  - as: health_authority/lao-cai\n    do: desk.record\n    at: 2026-10-09T14:05:00+07:00\n"
        "    with: {case_id: c, lane: crime, narrative: Một lời khai có tên}\n"
    )
    code, out, _ = run(write(steps))
    assert code == Exit.OK
    first, second = [line for line in out.splitlines() if line.lstrip().startswith("✓")]
    assert "commune/lao-cai" in first
    assert "refused with 403, as it must be (2 tries" in first
    assert "2026-10-09 14:05" in second
    assert "crime" in second
    assert "lời khai" not in out
    assert "1 of 1 scenarios hold" in out


def test_shows_what_is_checked_in_codes_and_what_is_remembered(fake: Fake, run: Run, write: Write) -> None:
    fake.answers = [said(body={"id": "case_1", "state": "open", "name": "Tên Giả Định", "at": [{"n": True}]})]
    answer = "{state: open, name: Tên Giả Định, at: [{n: true}], gone: ~}"
    steps = f"  - {{as: commune/lao-cai, do: desk.work, with: {{overdue: true}}, save: {{A: id}}, answer: {answer}}}\n"
    code, out, _ = run(write(steps))
    assert code == Exit.OK
    assert "overdue: true → state: open, n: true\n" in out
    assert "Tên" not in out
    assert "remembered: A = case_1" in out


def test_a_failure_shows_expected_got_trace_and_place(fake: Fake, run: Run, write: Write) -> None:
    fake.answers = [said(body={"status": "suspected", "trace_id": "a" * 32})]
    path = write(LOOK)
    code, out, _ = run(path)
    assert code == Exit.STEP_FAILED
    for part in ("✗", "status", "expected victim", "got      suspected", "(absent)", "a" * 32, f"{path}:4", "0 of 1"):
        assert part in out, part


def test_a_failure_goes_on_with_the_next_file(fake: Fake, run: Run, write: Write) -> None:
    good = write("  - {as: commune/lao-cai, do: desk.work}\n", "good.yaml")
    code, out, _ = run(write(LOOK), good)
    assert (code, "1 of 2 scenarios hold" in out) == (Exit.STEP_FAILED, True)


def test_a_wrong_file_ends_it_before_anything_is_sent(fake: Fake, run: Run, write: Write) -> None:
    good = write("  - {as: commune/lao-cai, do: desk.work}\n", "good.yaml")
    code, _, err = run(good, write("  - {as: commune/lao-cai}\n"))
    assert code == Exit.FILE_WRONG
    assert "scenario.yaml:4: step 1" in err
    assert fake.seen == []


def test_an_operation_that_is_not_there_is_a_wrong_file(run: Run, write: Write) -> None:
    code, out, _ = run(write("  - {as: commune/lao-cai, do: desk.fly}\n"))
    assert (code, "no operation `fly`" in out) == (Exit.FILE_WRONG, True)


def test_a_stack_that_does_not_answer(fake: Fake, run: Run, write: Write, naps: list[float]) -> None:
    fake.documents = False
    path = write(LOOK)
    code, out, _ = run(path, path)
    assert code == Exit.STACK_UNREACHABLE
    assert out.count("The stack cannot be reached") == 1


def test_a_service_lost_on_the_way(fake: Fake, run: Run, write: Write, naps: list[float]) -> None:
    fake.answers = [httpx.ConnectError]
    code, out, _ = run(write(LOOK))
    assert (code, "because" in out) == (Exit.STACK_UNREACHABLE, True)


def test_no_stack_at_all(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEOVE_STATE", str(tmp_path / "none"))
    code, _, err = run(write(LOOK))
    assert (code, "There is no stack" in err) == (Exit.STACK_UNREACHABLE, True)


def test_says_what_was_left_out(run: Run, write: Write) -> None:
    steps = "  - {as: commune/lao-cai, do: desk.work}\n  - {as: commune/lao-cai, do: gone.act}\n"
    code, out, _ = run(write(steps), "--without", "gone")
    assert code == Exit.OK
    assert "left out: step 2 (without gone)" in out
    assert "steps left out: 1" in out


def test_plays_again(fake: Fake, run: Run, write: Write) -> None:
    code, out, _ = run(write("  - {as: commune/lao-cai, do: desk.work}\n"), "--loops", "3")
    assert (code, len(fake.seen), "3 of 3" in out) == (Exit.OK, 3, True)


def test_json_is_one_document(fake: Fake, run: Run, write: Write) -> None:
    fake.answers = [said(body={"status": "victim"})]
    code, out, _ = run(write(LOOK), "--json")
    document = json.loads(out)
    (played,) = document["runs"]
    assert (code, document["code"], document["result"]) == (1, 1, "step_failed")
    assert played["steps"][0]["outcome"] == "failed"
    assert played["steps"][0]["faults"] == [{"at": "flags", "expected": ["gap"], "got": None, "absent": True}]
    assert len(played["steps"][0]["trace_id"]) == 32


def test_json_of_a_wrong_file_is_a_document_too(run: Run, write: Write) -> None:
    code, out, _ = run(write("  - {as: commune/lao-cai}\n"), "--json")
    assert (code, json.loads(out)["result"]) == (Exit.FILE_WRONG, "file_wrong")
