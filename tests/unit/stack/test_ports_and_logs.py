"""Ports from the environment, and logs that do not grow for ever."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from stack import lock, supervisor
from stack.config import Failure
from stack.ports import DEFAULT_BASE, OFFSETS, Ports, free_base, is_free
from stack.services import discover


def test_the_base_moves_all_ports_and_a_name_moves_one():
    ports = Ports.from_environment({"NEOVE_PORT_BASE": "9000", "NEOVE_PORT_INTAKE": "1234"})
    assert ports["casework"] == 9000 + OFFSETS["casework"]
    assert ports["intake"] == 1234
    assert Ports.from_environment({})["issuer"] == DEFAULT_BASE


@pytest.mark.parametrize("text", ["0", "65536", "x", "-1", ""])
def test_a_value_that_is_no_port_is_refused(text: str):
    with pytest.raises(Failure, match="NEOVE_PORT_NATS"):
        Ports.from_environment({"NEOVE_PORT_NATS": text})


def test_a_busy_port_is_reported_with_the_way_out():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        [sentence] = Ports.from_environment({"NEOVE_PORT_VAULT": str(port)}).busy(["vault"])
    assert f"port {port} of vault is taken by" in sentence
    assert "NEOVE_PORT_VAULT" in sentence


def test_a_free_base_is_free():
    base = free_base()
    assert all(is_free(base + offset) for offset in OFFSETS.values())


def test_a_service_is_a_folder_with_a_package_that_can_be_started(tmp_path: Path):
    for name, worker in (("one", True), ("two", False)):
        package = tmp_path / "services" / name / name
        package.mkdir(parents=True)
        (package / "__main__.py").touch()
        if worker:
            (package / "workflows").mkdir()
    (tmp_path / "services" / "unfinished" / "unfinished").mkdir(parents=True)
    assert [(service.name, service.has_worker) for service in discover(tmp_path)] == [("one", True), ("two", False)]


def test_a_long_log_is_put_aside_and_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "LOG_BYTES", 10)
    log = tmp_path / "intake.log"
    with log.open("ab", buffering=0) as writer:
        for turn in range(6):
            writer.write(b"line %d, long enough\n" % turn)
            supervisor.rotate_logs(tmp_path)
        writer.write(b"last\n")
    assert log.read_bytes() == b"last\n"
    assert (tmp_path / "intake.log.1").read_bytes() == b"line 5, long enough\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "intake.log",
        "intake.log.1",
        "intake.log.2",
        "intake.log.3",
    ]


def test_there_is_one_supervisor_at_most(tmp_path: Path):
    first = lock.take(tmp_path)
    assert first is not None
    assert lock.take(tmp_path) is None
    first.close()
    assert lock.holder(tmp_path) is None
