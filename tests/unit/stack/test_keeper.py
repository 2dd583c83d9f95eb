"""The keeper of one process, with small programs instead of servers."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.config import Failure
from stack.keeper import FIRST_PAUSE_SECONDS, HEALTHY_SECONDS, LONGEST_PAUSE_SECONDS, Keeper, last_line, pause_after
from stack.processes import Child, Records, program, stop, stop_leftovers, until

SLEEPER = (sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()")


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    stop_leftovers(tmp_path)


def keeper(
    folder: Path,
    stopping: threading.Event,
    command: tuple[str, ...],
    answers: bool = True,
    prepared: threading.Event | None = None,
    changed: threading.Event | None = None,
) -> Keeper:
    held = prepared is not None
    child = Child(name="part", command=lambda: command, where="nowhere", ready=lambda: answers, held=held)
    made = Keeper(child, folder, folder, stopping, prepared or threading.Event(), changed or threading.Event())
    made.begin()
    return made


def test_a_killed_process_is_started_again_within_a_second(tmp_path: Path, stopping: threading.Event):
    kept = keeper(tmp_path, stopping, SLEEPER)
    assert until(lambda: kept.part.state == "ready", 5)
    first = kept.part.pid
    Records(tmp_path).leftovers()["part"].kill()
    assert until(lambda: kept.part.state == "ready" and kept.part.pid != first, 2)
    assert kept.part.restarts == 1


def test_each_change_of_a_part_is_told(tmp_path: Path, stopping: threading.Event):
    changed = threading.Event()
    kept = keeper(tmp_path, stopping, SLEEPER, changed=changed)
    assert until(lambda: kept.part.state == "ready", 5)
    changed.clear()
    Records(tmp_path).leftovers()["part"].kill()
    assert changed.wait(5), "its death"
    assert until(lambda: kept.part.state == "ready" and kept.part.restarts == 1, 5)
    changed.clear()
    stopping.set()
    Records(tmp_path).leftovers()["part"].kill()
    assert changed.wait(5), "its end"


def pauses(*healthy: float) -> list[float]:
    """The pauses of a process that was healthy for so many seconds before each of its deaths."""
    found: list[float] = []
    for seconds in healthy:
        found.append(pause_after(found[-1] if found else 0.0, seconds))
    return found


def test_a_process_that_never_answers_is_started_more_and_more_rarely():
    found = pauses(*[0.0] * 12)
    assert found[:4] == [FIRST_PAUSE_SECONDS * times for times in (1, 2, 4, 8)]
    assert found[-1] == LONGEST_PAUSE_SECONDS
    assert found == sorted(found)


def test_one_that_dies_soon_after_its_answer_is_too():
    assert pauses(*[0.9 * HEALTHY_SECONDS] * 12) == pauses(*[0.0] * 12)


def test_what_was_healthy_for_some_seconds_is_started_again_at_once_however_often_it_had_died():
    assert pauses(*[0.0] * 10, HEALTHY_SECONDS, HEALTHY_SECONDS, 0.0)[-3:] == [
        FIRST_PAUSE_SECONDS,
        FIRST_PAUSE_SECONDS,
        2 * FIRST_PAUSE_SECONDS,
    ]


HELD = (sys.executable, "-c", "import sys, signal; print(sys.stdin.buffer.read(1), flush=True); signal.pause()")


def said(folder: Path) -> str:
    return (folder / "part.log").read_text()


def test_a_held_process_begins_when_all_is_prepared_and_at_once_after_a_restart(
    tmp_path: Path, stopping: threading.Event
):
    prepared = threading.Event()
    kept = keeper(tmp_path, stopping, HELD, prepared=prepared)
    assert until(lambda: kept.part.state == "starting", 5)
    assert not until(lambda: kept.part.state == "ready" or bool(said(tmp_path)), 0.5)
    prepared.set()
    assert until(lambda: kept.part.state == "ready" and said(tmp_path) == "b'\\n'\n", 5)
    Records(tmp_path).leftovers()["part"].kill()
    assert until(lambda: kept.part.restarts == 1 and said(tmp_path) == "b'\\n'\n" * 2, 5)


def test_a_held_process_that_dies_is_held_again(tmp_path: Path, stopping: threading.Event):
    prepared = threading.Event()
    kept = keeper(tmp_path, stopping, HELD, prepared=prepared)
    assert until(lambda: kept.part.state == "starting", 5)
    Records(tmp_path).leftovers()["part"].kill()
    assert until(lambda: kept.part.restarts == 1 and kept.part.state == "starting", 5)
    assert said(tmp_path) == ""
    prepared.set()
    assert until(lambda: said(tmp_path) == "b'\\n'\n", 5)


def end(kept: Keeper, stopping: threading.Event) -> None:
    """As when the stack stops."""
    stopping.set()
    process = kept.process()
    assert process is not None
    stop([(process, kept.child.stop_signal)])
    kept.join()
    assert kept.part.state == "stopped"


def test_a_held_process_ends_when_its_stack_stops(tmp_path: Path, stopping: threading.Event):
    kept = keeper(tmp_path, stopping, HELD, prepared=threading.Event())
    assert until(lambda: kept.part.state == "starting", 5)
    end(kept, stopping)


def test_a_process_that_ends_too_early_is_reported_with_its_last_line(tmp_path: Path, stopping: threading.Event):
    kept = keeper(tmp_path, stopping, (sys.executable, "-c", "import sys; sys.exit('the disk is full')"), answers=False)
    assert until(lambda: kept.failures >= 2, 10)
    assert kept.last_words == "ended with status 1; the disk is full"
    assert kept.part.state == "restarting"


def test_a_process_that_cannot_be_started_is_reported(tmp_path: Path, stopping: threading.Event):
    kept = keeper(tmp_path, stopping, (str(tmp_path / "no-such-program"),))
    assert until(lambda: kept.failures >= 1, 5)
    assert "No such file or directory" in kept.last_words


def test_a_stopped_process_is_not_started_again(tmp_path: Path, stopping: threading.Event):
    kept = keeper(tmp_path, stopping, SLEEPER)
    assert until(lambda: kept.part.state == "ready", 5)
    end(kept, stopping)
    assert Records(tmp_path).leftovers() == {}


def test_a_process_whose_record_was_lost_is_found(tmp_path: Path, stopping: threading.Event):
    kept = keeper(tmp_path, stopping, SLEEPER)
    assert until(lambda: kept.part.state == "ready", 5)
    Records(tmp_path).forget("part")
    assert [process.pid for process in Records(tmp_path).leftovers().values()] == [kept.part.pid]


def test_a_record_of_another_process_with_the_same_pid_is_not_believed(tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "part.pid").write_text('{"pid": 1, "created": 12345.0}')
    assert Records(tmp_path).process("part") is None


def test_a_missing_program_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(Failure, match="nats-server is missing"):
        program("nats-server")


def test_the_last_line_of_a_log_is_the_last_that_says_something(tmp_path: Path):
    log = tmp_path / "x.log"
    log.write_text("one\ntwo\n\n")
    assert last_line(log) == "two"
    assert last_line(tmp_path / "none.log") == ""
