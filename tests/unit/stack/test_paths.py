"""The servers start in every path of the repository, with all letters and signs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack import nats, temporal
from stack.ports import free_base
from stack.processes import Child, start, until

FOLDERS = ("thư mục Nẻo Về", 'it\'s "here" \\u1ea1 $HOME {x} #1 %41?', "tab\tand\x07bell")
START_SECONDS = 30


@contextmanager
def started(child: Child, log: Path) -> Iterator[None]:
    """A server that answers, ended afterwards; its last words where it does not."""
    process = start(child, log, log.parent)
    try:
        answered = until(lambda: process.poll() is not None or child.ready(), START_SECONDS)
        assert answered, log.read_text()[-300:]
        assert process.poll() is None, log.read_text()[-300:]
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", FOLDERS)
def test_nats_keeps_its_streams_in_such_a_folder(tmp_path: Path, name: str) -> None:
    state = tmp_path / name
    state.mkdir()
    base = free_base()
    with started(nats.child(state, base, base + 1, {"admin": "a-password-of-a-test"}), tmp_path / "log"):
        assert (state / "nats" / "jetstream").is_dir()


@pytest.mark.parametrize("name", FOLDERS)
def test_temporal_keeps_its_database_in_such_a_folder(tmp_path: Path, name: str) -> None:
    state = tmp_path / name
    state.mkdir()
    base = free_base()
    with started(temporal.child(state, base, base + 1), tmp_path / "log"):
        assert (state / "temporal" / "temporal.db").stat().st_size > 0
