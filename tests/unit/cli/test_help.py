"""The help of `neove`: whole sentences in lists, examples that the commands accept, samples that can be parsed."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from neove.__main__ import app
from neove.calendar.import_days import rows_of

NEOVE = ".venv/bin/neove "
WIDTH = {"COLUMNS": "80"}


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that name each command; `neove outbox` is a command as well as a group."""
    if not isinstance(command, TyperGroup) or path == ("outbox",):
        yield path
    if isinstance(command, TyperGroup):
        for name, part in command.commands.items():
            yield from walk(part, (*path, name))


ROOT = typer.main.get_command(app)
COMMANDS = [*walk(ROOT)]


def help_of(*words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], env=WIDTH)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("group", [(), ("law",), ("calendar",), ("offices",), ("outbox",)], ids=" ".join)
def test_a_list_of_commands_shows_whole_sentences(group: tuple[str, ...]) -> None:
    listed = help_of(*group).partition("Commands:\n")[2].splitlines()
    assert listed
    for line in listed:
        assert line.endswith("."), line
        assert not line.endswith(".."), line


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_example_of_a_command_is_one_that_it_accepts(path: tuple[str, ...]) -> None:
    examples = [line.partition(NEOVE)[2] for line in help_of(*path).splitlines() if NEOVE in line]
    words = [shlex.split(re.sub(r"\)\".*", "", example)) for example in examples]
    assert any(tuple(one[: len(path)]) == path for one in words), "an example of this command"
    for one in words:
        accept(one)


def accept(words: list[str]) -> None:
    """Parse the words as the command line does, and run nothing; an unknown word or option is an error."""
    command, name, context = ROOT, "neove", None
    while isinstance(command, TyperGroup) and words:
        context = command.make_context(name, [words[0], "--help"], parent=context, resilient_parsing=True)
        name, command, words = words[0], command.commands[words[0]], words[1:]
    command.make_context(name, words, parent=context)


def sample(*words: str) -> str:
    """The sample file in the help of a command, as a reader copies it."""
    lines = help_of(*words).partition("\n  Sample: ")[2].partition("\nArguments:")[0].splitlines()[1:]
    return "\n".join(line.removeprefix("    ") for line in lines)


def test_the_sample_of_days_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "days.toml"
    path.write_text(sample("calendar", "import"), encoding="utf-8")
    rows = rows_of(path, "QĐ 1/QĐ-TTg")
    assert [(row["date"], row["kind"]) for row in rows] == [
        ("2026-11-23", "off"),
        ("2026-11-28", "work"),
        ("2026-12-31", "plain"),
    ]


def test_the_sample_of_a_rule_is_a_whole_rule() -> None:
    (rule,) = tomllib.loads(sample("law", "amend"))["rule"]
    assert (rule["id"], rule["amount"], rule["unit"]) == ("C-INF-02", 48, "hour")
