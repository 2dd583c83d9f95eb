"""What `neove up` promises of the servers and processes, on the stack of this run."""

import os
import stat
import subprocess
import sys

import asyncpg
import httpx
import psutil
import pytest

from regulations import Library
from stack import control, lock
from stack.processes import Records
from stack.trial import Trial
from tests.library import LIBRARY
from tests.load.house import sql, until, value

pytestmark = pytest.mark.stack


def neove(trial: Trial, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command against this stack, from a shell that knows nothing of its ports."""
    environment = {**os.environ, "NEOVE_STATE": str(trial.state), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "neove", *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )


def test_everything_answers(stack: Trial):
    for service, url in stack.endpoints.services.items():
        assert httpx.get(f"{url}/healthz/ready", trust_env=False).status_code == 200, service


def test_a_second_start_joins_the_first(stack: Trial):
    before = lock.holder(stack.state)
    status = control.up(stack.state, os.environ)
    assert status.phase == "ready"
    assert status.pid == before == lock.holder(stack.state)


def test_doctor_finds_everything_healthy(stack: Trial):
    doctor = neove(stack, "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "bad" not in doctor.stdout


def test_topology_is_as_declared(stack: Trial):
    assert "as declared" in neove(stack, "topology", "--check").stdout


def test_the_packs_of_this_release_are_kept_for_the_cases_of_later_ones(stack: Trial):
    for pack in LIBRARY.packs().values():
        assert Library(stack.stack.regulations).path_of(pack.id, pack.content_hash).is_dir()


def test_nothing_is_parked(stack: Trial):
    assert "Nothing is parked" in neove(stack, "parked").stdout


def test_an_office_gets_a_token_and_an_unknown_one_is_refused(stack: Trial):
    assert neove(stack, "token", "border_guard/lao-cai").stdout.count(".") == 2
    refused = neove(stack, "token", "border_guard/atlantis")
    assert refused.returncode == 1
    assert "no office border_guard/atlantis" in refused.stderr


def test_secrets_are_for_their_owner_only(stack: Trial):
    for path in (stack.stack.secrets_file, stack.state / "nats.json", *stack.stack.keys.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for folder in (stack.stack.keys, stack.logs, stack.stack.cluster.home, stack.state / "temporal"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_every_server_listens_on_loopback_only(stack: Trial):
    for process in Records(stack.state).leftovers().values():
        for member in (process, *process.children(recursive=True)):
            for connection in member.net_connections(kind="inet"):
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip in {"127.0.0.1", "::1"}, (process.name(), connection)


async def test_postgres_asks_for_a_password(stack: Trial):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(stack.stack.postgres_url("intake", "intake", "wrong"))


@pytest.mark.parametrize("service", ["intake", "casework", "vault"])
async def test_a_service_reaches_its_own_database_only(stack: Trial, service: str):
    password = stack.stack.secrets.postgres[service].runtime
    own = await asyncpg.connect(stack.stack.runtime_url(service))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await own.execute(f"CREATE TABLE {service}.mine (id int)")
    finally:
        await own.close()
    for other in {*stack.stack.service_names, "postgres"} - {service}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(stack.stack.postgres_url(other, service, password))


async def test_a_parked_event_is_shown_and_released(stack: Trial):
    statement = """
        INSERT INTO intake.outbox (id, stream, subject, type, data, headers, created_at, attempts, parked_at)
        VALUES ('evt_parked_here', 'INTAKE_EVENTS', 'evt.intake.nothing.heard.v1', 'vn.neove.intake.nothing.heard.v1',
                '{}', '{}', now(), 5, now())
    """
    await sql(stack.stack, "intake", statement)
    assert "evt_parked_here" in neove(stack, "outbox").stdout
    assert "neove outbox" in neove(stack, "doctor").stdout
    assert "No parked event has the id evt_other" in neove(stack, "outbox", "release", "--id", "evt_other").stderr
    assert "There is no service nobody" in neove(stack, "outbox", "release", "--service", "nobody").stderr
    assert "Released: 1." in neove(stack, "outbox", "release", "--service", "intake").stdout
    assert "Nothing is parked" in neove(stack, "outbox").stdout
    await until(lambda: _published(stack), 10, "the relay publishes it")


async def _published(stack: Trial) -> bool:
    statement = "SELECT published_at IS NOT NULL FROM intake.outbox WHERE id = 'evt_parked_here'"
    return await value(stack.stack, "intake", statement)
