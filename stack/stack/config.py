"""Where the repository, the state and the running stack are."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[2]
"""The repository: the command runs from a checkout, where the services lie beside it."""


class Failure(Exception):
    """Something that the reader can put right; shown as one line, the command then ends with status 1."""


class Endpoints(BaseModel):
    """`endpoints.json`: where each part of a stack listens, and where its files are. It holds no secret."""

    model_config = ConfigDict(frozen=True)

    services: dict[str, str] = Field(description="Service → base URL.")
    issuer: str = Field(description="Base URL of the development issuer.")
    postgres: str = Field(description="`host:port`.")
    nats: str = Field(description="`nats://host:port`.")
    nats_monitor: str | None = Field(description="Base URL of the monitor; none for an outside server.")
    temporal: str = Field(description="`host:port` of the frontend.")
    temporal_ui: str | None = Field(description="Base URL of the UI; none for an outside server.")
    secrets: Path = Field(description="File with the passwords, mode 0600.")
    logs: Path
    spans: Path = Field(description="JSON lines, one finished span each.")


def state_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The state of the stack: `NEOVE_STATE`, or `.neove` in the repository."""
    return Path(environment.get("NEOVE_STATE") or ROOT / ".neove").resolve()


def endpoints(state: Path | None = None) -> Endpoints:
    """Where the stack of this state listens.

    Raises:
        Failure: no stack was ever started here.
    """
    path = (state or state_dir()) / "endpoints.json"
    try:
        return Endpoints.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise Failure(f"There is no stack in {path.parent}: start one with `make up`.") from None
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from None
