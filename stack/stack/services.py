"""The services in the repository, and their settings as environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ServiceFolder:
    """One folder of `services/`.

    Args:
        name: of the folder, of its package, its database, its roles and its NATS user.
        has_worker: whether it has workflows, and so a worker process.
    """

    name: str
    has_worker: bool


def discover(root: Path) -> tuple[ServiceFolder, ...]:
    """Every service that can be started: `services/<name>/<name>/__main__.py`."""
    return tuple(
        ServiceFolder(name=package.name, has_worker=(package / "workflows").is_dir())
        for folder in sorted((root / "services").glob("*/"))
        if ((package := folder / folder.name) / "__main__.py").exists()
    )


def variables(service: str, settings: Mapping[str, object]) -> dict[str, str]:
    """Settings as environment variables with the prefix of the service; settings that are None are left out."""
    return {f"{service.upper()}_{key.upper()}": str(value) for key, value in settings.items() if value is not None}
