"""The real servers and services, started once a run; only for tests that ask for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.trial import Trial, trial


@pytest.fixture(scope="session")
def containers(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Starts servers in containers (`tests.containers.servers.Containers`); none without `--containers`."""
    if not request.config.getoption("--containers"):
        yield None
        return
    from tests.containers import servers  # a run without containers does not pay for importing Docker's client

    with servers.containers() as made:
        yield made


@pytest.fixture(scope="session")
def stack(containers: Any) -> Iterator[Trial]:
    """PostgreSQL, NATS, Temporal, the issuer and every service, on free ports, with a state directory of their own.

    With `--containers` NATS and Temporal run in containers, and the stack uses them as servers that others run.
    """
    with trial(**(containers.outside() if containers else {})) as running:
        yield running


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What only holds in containers is no test of a run without them."""
    in_containers = collection_path.name == "test_in_containers.py"
    return True if in_containers and not config.getoption("--containers") else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """What only a developer asks for, and reviews as code afterwards."""
    group = parser.getgroup("neove")
    group.addoption("--record-histories", action="store_true", help="keep workflow histories for the replay tests")
    group.addoption("--record-fingerprints", action="store_true", help="accept the workflows' commands as they are now")
    group.addoption("--record-upgrade", action="store_true", help="accept open cases as an upgrade leaves them now")
    group.addoption("--containers", action="store_true", help="run NATS and Temporal in containers (a Docker daemon)")
