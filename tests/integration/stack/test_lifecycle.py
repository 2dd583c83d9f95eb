"""Starting, ending and surviving, each on a stack of its own with a state directory that is deleted afterwards."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import psutil
import pytest

from stack import control, lock
from stack.config import Failure
from stack.postgres import Cluster
from stack.processes import Records, until
from stack.stack import Stack
from stack.status import Status
from stack.trial import Trial, trial_environment

pytestmark = [pytest.mark.stack, pytest.mark.chaos]


@pytest.fixture
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="neove-lifecycle-")).resolve()
    yield folder
    control.down(folder)
    Cluster(folder).remove()
    shutil.rmtree(folder)


def test_a_busy_port_is_reported_in_one_line_and_nothing_is_left(state: Path):
    environment = trial_environment(state)
    stack = Stack.from_environment(environment)
    with closing(socket.create_server(("127.0.0.1", stack.ports["nats"]))), pytest.raises(Failure) as failure:
        control.up(state, environment)
    assert f"port {stack.ports['nats']} of nats is taken by" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert lock.holder(state) is None
    assert Records(state).leftovers() == {}


def test_a_state_directory_that_is_a_file_is_refused(tmp_path: Path):
    place = tmp_path / "file"
    place.write_text("")
    with pytest.raises(Failure, match="cannot be written"):
        control.up(place, trial_environment(place))


def test_a_stop_while_it_starts_is_reported_and_leaves_nothing(state: Path):
    def stop_early(status: Status) -> None:
        if any(part.state == "ready" for part in status.parts):
            control.down(state)

    with pytest.raises(Failure, match="stopped before everything answered"):
        control.up(state, trial_environment(state), stop_early)
    assert Records(state).leftovers() == {}


async def in_postgres(trial: Trial, query: str) -> object:
    connection = await asyncpg.connect(trial.stack.postgres_url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_is_killed_comes_back_with_its_data_and_down_misses_nothing(state: Path):
    environment = trial_environment(state)
    control.up(state, environment)
    trial = Trial(Stack.load(state))
    secrets = trial.stack.secrets_file.read_bytes()
    await in_postgres(trial, "CREATE TABLE kept AS SELECT 42 AS answer")

    for name in ("intake", "nats", "postgres"):
        victim = trial.process(name).pid
        os.kill(victim, signal.SIGKILL)
        trial.wait_ready(name, other_than=victim)
    supervisor_log = (trial.logs / "supervisor.log").read_text()
    assert "intake was killed by SIGKILL" in supervisor_log
    assert "nats answers again" in supervisor_log

    pid = lock.holder(state)
    assert pid is not None
    psutil.Process(pid).kill()
    assert until(lambda: lock.holder(state) is None, 5)
    orphans = Records(state).leftovers()
    assert {"intake", "nats", "postgres", "temporal", "issuer"} <= orphans.keys()

    control.up(state, environment)  # replaces what was left
    assert {process.pid for process in orphans.values()}.isdisjoint(p.pid for p in Records(state).leftovers().values())

    assert trial.stack.secrets_file.read_bytes() == secrets
    assert await in_postgres(trial, "SELECT answer FROM kept") == 42

    second = lock.holder(state)
    assert second is not None
    psutil.Process(second).kill()
    assert until(lambda: lock.holder(state) is None, 5)
    assert "postgres" in control.down(state)
    assert control.down(state) == []
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(state) in " ".join(p.info["cmdline"] or [])]
