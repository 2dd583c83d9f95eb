"""What the supervisor says about itself in `status.json`, for `neove up` and `neove doctor`."""

from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel, ValidationError

from stack.processes import CLOCK_STEP_SECONDS, is_alive
from stack.secrets import write_private

PartState = Literal["waiting", "starting", "ready", "restarting", "stopped"]
Phase = Literal["starting", "ready", "failed", "stopping"]


class Part(BaseModel):
    """One process."""

    name: str
    where: str
    state: PartState = "waiting"
    pid: int | None = None
    seconds: float | None = None
    """From the start of the process until it answered."""
    restarts: int = 0


class Status(BaseModel):
    """The whole stack."""

    pid: int
    created: float
    """Start time of the supervisor. A pid is used again; pid and start time together are not."""
    phase: Phase = "starting"
    failure: str | None = None
    doing: str = ""
    """The step between the servers and the services, while it runs."""
    parts: list[Part] = []

    def supervisor_lives(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.created) < CLOCK_STEP_SECONDS and is_alive(process)
        except psutil.NoSuchProcess:
            return False


def write(state: Path, status: Status) -> None:
    """Replace the status file."""
    write_private(state / "status.json", status.model_dump_json().encode())


def read(state: Path) -> Status | None:
    """The last status; None if there is none that can be read."""
    try:
        return Status.model_validate_json((state / "status.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
