"""Brings a dump of an older release to the newest code: databases, keys and packs into a fresh state, then a start.

The servers of the stack start on it as they would after `make up` in a newer checkout: the migrations run, and what
NATS and Temporal held is not there.
"""

import asyncio
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from stack import control, prepare
from stack.postgres import Cluster, installation
from stack.processes import start, until
from stack.stack import Stack
from stack.trial import Trial, trial_environment

START_SECONDS = 30


@contextmanager
def upgraded(dump: Path, change: str) -> Generator[Trial]:
    """A running stack that went on from the dump; stopped and deleted afterwards.

    Args:
        change: SQL that is run in casework's database before the start.
    """
    state = Path(tempfile.mkdtemp(prefix="neove-trial-")).resolve()
    environment = trial_environment(state)
    try:
        (state / "logs").mkdir()
        with tarfile.open(dump) as packed:
            packed.extractall(state, filter="data")
        stack = Stack.from_environment(environment)
        with _postgres(stack):
            asyncio.run(prepare.databases(stack))
            for service in stack.service_names:
                _restore(stack, service, state / "sql" / f"{service}.sql")
            _psql(stack, "casework", "-c", change)
        control.up(state, environment)
        yield Trial(Stack.load(state))
    finally:
        control.down(state)
        Cluster(state).remove()
        shutil.rmtree(state, ignore_errors=True)


@contextmanager
def _postgres(stack: Stack) -> Generator[None]:
    """The server of the stack alone."""
    child = stack.cluster.child(stack.ports["postgres"], stack.secrets.postgres_admin)
    process = start(child, stack.logs / "restore.log", stack.state)
    try:
        assert until(child.ready, START_SECONDS), "PostgreSQL does not answer"
        yield
    finally:
        process.send_signal(child.stop_signal)
        process.wait(START_SECONDS)


def _restore(stack: Stack, service: str, sql: Path) -> None:
    """The database as it was; a service that came after the dump begins with an empty one."""
    if sql.exists():
        _psql(stack, service, "-c", f'DROP SCHEMA "{service}" CASCADE', "-f", sql)


def _psql(stack: Stack, database: str, *what: str | Path) -> None:
    program = installation() / "pginstall" / "bin" / "psql"
    how = ("--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    done = subprocess.run(
        [program, stack.postgres_url(database), *how, *what], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
