"""A stack for one run of tests or measurements: free ports, and a state directory that is deleted afterwards."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from client.tokens import Issuer
from stack import control, status
from stack.budgets import BOUNDLESS
from stack.config import Endpoints, Failure
from stack.ports import free_base
from stack.postgres import Cluster
from stack.processes import Records, until
from stack.stack import Stack

ATTEMPTS = 3
"""Another run may take one of the free ports in between."""
KEEP = "NEOVE_KEEP_TRIAL"
"""Set to keep the state directory, for looking at the logs of a failed run."""


class Trial:
    """A running stack, and clients of it.

    Args:
        stack: as it was started.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._issuer = Issuer(stack.issuer_url)

    @property
    def state(self) -> Path:
        """Its state directory."""
        return self.stack.state

    @property
    def endpoints(self) -> Endpoints:
        """Where everything listens."""
        return self.stack.endpoints()

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.stack.logs

    @property
    def spans(self) -> Path:
        """Finished spans, JSON lines."""
        return self.stack.spans

    def url(self, service: str) -> str:
        """Base URL of a service."""
        return self.stack.service_url(service)

    def client(self, office: str | None = None, service: str | None = None) -> httpx.Client:
        """A client of the service, signed in as the office; without a service it takes full URLs."""
        headers = {"Authorization": f"Bearer {self.token(office)}"} if office else {}
        base_url = self.url(service) if service else ""
        return httpx.Client(base_url=base_url, headers=headers, timeout=15, trust_env=False)

    def token(self, office: str) -> str:
        """A token of the office."""
        return self._issuer.office(office)

    def service_token(self, service: str) -> str:
        """A token of a service."""
        return self._issuer.service(service, self.stack.secrets.clients[service])

    def process(self, name: str) -> psutil.Process:
        """The running process of this name, waiting for it while it is started again."""
        records = Records(self.state)
        until(lambda: records.process(name) is not None, 15)
        process = records.process(name)
        if process is None:
            raise Failure(f"{name} does not run")
        return process

    def wait_ready(self, name: str, other_than: int | None = None, seconds: float = 30) -> None:
        """Wait until the process answers again, as another one than that of the pid."""

        def ready() -> bool:
            seen = status.read(self.state)
            part = next((part for part in seen.parts if part.name == name), None) if seen else None
            return part is not None and part.state == "ready" and part.pid not in {None, other_than}

        if not until(ready, seconds):
            raise Failure(f"{name} did not answer again within {seconds} s (logs in {self.logs})")


@contextmanager
def trial(**more: str) -> Generator[Trial]:
    """Start a stack, hand it over, stop it and delete it. It also stops when this process ends in any other way.

    Args:
        more: further environment variables of its processes.
    """
    state = Path(tempfile.mkdtemp(prefix="neove-trial-")).resolve()
    try:
        stack = _started(state, more)
        yield Trial(stack)
    finally:
        control.down(state)
        if KEEP not in os.environ:
            Cluster(state).remove()
            shutil.rmtree(state, ignore_errors=True)


def trial_environment(state: Path, **more: str) -> dict[str, str]:
    """This process's environment, without settings of a stack of its own, and without limits of callers."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("NEOVE_")}
    own = {"NEOVE_STATE": str(state), "NEOVE_PORT_BASE": str(free_base()), "NEOVE_OWNER_PID": str(os.getpid())}
    return inherited | own | {"NEOVE_BUDGETS": BOUNDLESS} | more


def _started(state: Path, more: dict[str, str]) -> Stack:
    for attempt in range(ATTEMPTS):
        environment = trial_environment(state, **more)
        try:
            control.up(state, environment)
        except Failure as failure:
            if "is taken by" not in str(failure) or attempt == ATTEMPTS - 1:
                raise
        else:
            break
    return Stack.load(state)
