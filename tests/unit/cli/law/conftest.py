"""`neove law` as a reader calls it, and a draft pack that a test may spoil."""

import shutil
from collections.abc import Callable
from importlib.resources import as_file
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neove.law import app
from regulations.toml_files import root
from stack.config import Failure
from tests.library import numbered_anew

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call `neove law …` where no stack runs; gives exit code and output, a failure's text after it."""
    monkeypatch.setenv("NEOVE_STATE", str(tmp_path / "no-stack"))

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(words))
        if isinstance(result.exception, Failure):
            return 1, result.output + str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return call


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the present law's pack, with a number of its own."""
    with as_file(root() / "packs" / "law-53-2024") as source:
        return numbered_anew(Path(shutil.copytree(source, tmp_path / "law-53-2024")))


@pytest.fixture
def change(draft: Path) -> Callable[[str, str, str], int]:
    """Replace a text in a file of the draft, the first time it stands there; gives the line."""

    def replace(file: str, old: str, new: str) -> int:
        text = (draft / file).read_text(encoding="utf-8")
        assert old in text
        (draft / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace
