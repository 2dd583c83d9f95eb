"""Loading scenario files: only text, the grammar, and each mistake with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neove.player.scenario import ScenarioWrong, load, read_document, replace_names

Write = Callable[..., Path]


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "true", "2001", "1.5", "0o17", "2026-10-09", "12:30", "1e3", "=", "<<"]
)
def test_plain_words_stay_text(word: str) -> None:
    assert read_document(f"a: {word}")[0] == {"a": word}


@pytest.mark.parametrize("word", ["~", "null", ""])
def test_only_nothing_is_nothing(word: str) -> None:
    assert read_document(f"a: {word}")[0] == {"a": None}


@pytest.mark.parametrize("word", ['"~"', "'null'", '""'])
def test_quoted_is_text(word: str) -> None:
    assert isinstance(read_document(f"a: {word}")[0]["a"], str)


def test_reads_steps(write: Write) -> None:
    path = write(
        "  - {as: commune/lao-cai, do: desk.record, at: 2026-01-02T03:04:05Z, with: {a: [1]}, save: {A: cases.A}}\n"
        "  - as: commune/lao-cai\n    eventually: desk.look\n    within: 3\n    with: {case_id: $A}\n    answer: ~\n"
    )
    first, second = load(path).steps
    assert (first.number, first.line, first.patient, first.at) == (1, 4, False, "2026-01-02T03:04:05Z")
    assert (second.number, second.line, second.patient, second.within) == (2, 5, True, 3.0)
    assert (first.operation.service, first.operation.operation) == ("desk", "record")
    assert (first.answer, second.answer) == ({}, None)
    assert second.needs() == {"A"}


def test_a_step_may_name_a_person_of_the_office(write: Write) -> None:
    [step] = load(write("  - {as: commune/lao-cai#2, do: desk.record}\n")).steps
    assert step.office == "commune/lao-cai#2"


WRONG = {
    "no call": ("  - {as: a_b/c}\n", "either `do` or `eventually`"),
    "two calls": ("  - {as: a_b/c, do: d.e, eventually: d.e}\n", "either `do` or `eventually`"),
    "no office": ("  - {do: d.e}\n", "as: Field required"),
    "office without its word": ("  - {as: commune, do: d.e}\n", "step 1: as:"),
    "a person without a number": ("  - {as: a_b/c#, do: d.e}\n", "step 1: as:"),
    "operation without service": ("  - {as: a_b/c, do: e}\n", "step 1: do:"),
    "unknown word": ("  - {as: a_b/c, do: d.e, wiht: {}}\n", "wiht"),
    "a word twice": ("  - {as: a_b/c, do: d.e, do: d.f}\n", "'do' is given twice"),
    "patience of a plain call": ("  - {as: a_b/c, do: d.e, within: 3}\n", "`within` belongs to `eventually`"),
    "refused and answered": ("  - {as: a_b/c, do: d.e, refused: {status: 403}, answer: {}}\n", "no answer to check"),
    "refused without status": ("  - {as: a_b/c, do: d.e, refused: {slug: x}}\n", "refused.status"),
    "refused with success": ("  - {as: a_b/c, do: d.e, refused: {status: 200}}\n", "refused.status"),
    "name too early": ("  - {as: a_b/c, do: d.e, with: {x: [{y: $A}]}}\n", "$A is used before"),
    "name of the same step": ("  - {as: a_b/c, do: d.e, answer: {x: $A}, save: {A: a}}\n", "$A is used before"),
    "broken pattern": ("  - {as: a_b/c, do: d.e, answer: {x: ['/(/']}}\n", "not a regular expression"),
    "no steps": ("  []\n", "steps"),
    "a step that is a word": ("  - hello\n", "step 1"),
    "broken YAML": ("  - {as: a_b/c\n  do: [", "scenario.yaml:"),
    "code in YAML": ("  - !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refuses(write: Write, name: str) -> None:
    steps, reason = WRONG[name]
    path = write(steps)
    with pytest.raises(ScenarioWrong) as refusal:
        load(path)
    assert reason in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_says_the_line_and_the_step(write: Write) -> None:
    path = write("  - {as: a_b/c, do: d.e}\n  - {as: a_b/c, do: d.e}\n  - {as: a_b/c}\n")
    with pytest.raises(ScenarioWrong, match=r"scenario\.yaml:6: step 3: a step has"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"- a\n", b"title: x\n", b"\xff\xfe\x00", b"title: x\nsteps: 3\n"])
def test_refuses_what_is_no_scenario(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(ScenarioWrong):
        load(path)


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioWrong, match="cannot be read"):
        load(tmp_path / "gone.yaml")


def test_names_are_replaced_inside_nested_values_and_keep_their_type() -> None:
    value = {"a": "$A", "b": [{"c": "$B"}, "$A"], "d": "costs $A", "$A": "x", "e": 3}
    names = {"A": "case_1", "B": {"n": 1}}
    assert replace_names(value, names) == {
        "a": "case_1",
        "b": [{"c": {"n": 1}}, "case_1"],
        "d": "costs $A",
        "$A": "x",
        "e": 3,
    }
