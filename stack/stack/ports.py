"""Which port each part listens on: a base plus a fixed offset. Environment variables move all ports, or one."""

import random
import socket
from collections.abc import Mapping
from contextlib import closing

import psutil
from pydantic import BaseModel, ConfigDict

from stack.config import Failure

DEFAULT_BASE = 8100
OFFSETS: dict[str, int] = {
    "issuer": 0,
    "intake": 1,
    "casework": 2,
    "vault": 3,
    "verification": 4,
    "protection": 5,
    "support": 6,
    "notify": 7,
    "nats": 22,
    "nats_monitor": 23,
    "postgres": 32,
    "temporal": 33,
    "temporal_ui": 34,
}
"""Part → distance from the base. A new service adds its line here."""
SPAN = 40
LOOPBACK = "127.0.0.1"
FREE_RANGE = (20_000, 30_000)
"""Below the ports that Linux hands out for outgoing connections, so that no such connection takes one in between."""


class Ports(BaseModel):
    """Part → port."""

    model_config = ConfigDict(frozen=True)

    of: dict[str, int]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Ports":
        """`NEOVE_PORT_BASE` moves all; `NEOVE_PORT_INTAKE` and the like move one.

        Raises:
            Failure: a value is no port.
        """
        base = _port(environment, "NEOVE_PORT_BASE", DEFAULT_BASE)
        return cls(
            of={
                name: _port(environment, f"NEOVE_PORT_{name.upper()}", base + offset)
                for name, offset in OFFSETS.items()
            }
        )

    def __getitem__(self, name: str) -> int:
        if name not in self.of:
            raise Failure(f"{name} has no port: add it to the table in stack/stack/ports.py.")
        return self.of[name]

    def busy(self, names: list[str]) -> list[str]:
        """One sentence for each of these ports that something already listens on."""
        return [_taken(name, self[name]) for name in names if not is_free(self[name])]


def is_free(port: int) -> bool:
    """Whether one could listen on this loopback port now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_base() -> int:
    """A base all of whose ports are free now."""
    for _ in range(200):
        base = random.randrange(*FREE_RANGE, SPAN)  # noqa: S311 - spreads parallel runs, guards nothing
        if all(is_free(base + offset) for offset in OFFSETS.values()):
            return base
    raise Failure(f"No {SPAN} free ports in a row between {FREE_RANGE[0]} and {FREE_RANGE[1]}.")


def _port(environment: Mapping[str, str], key: str, default: int) -> int:
    text = environment.get(key, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise Failure(f"{key}={text} is no port.")
    return int(text)


def _taken(name: str, port: int) -> str:
    holder = _holder(port) or "another process"
    return f"port {port} of {name} is taken by {holder}: free it, or set NEOVE_PORT_{name.upper()} or NEOVE_PORT_BASE"


def _holder(port: int) -> str | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.pid
        if listens and tuple(connection.laddr)[1:] == (port,):
            return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None
