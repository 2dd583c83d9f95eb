"""The real servers and services, started once a run; only for tests that ask for them."""

from collections.abc import Iterator

import pytest

from neove.stack.trial import Trial, trial


@pytest.fixture(scope="session")
def stack() -> Iterator[Trial]:
    """PostgreSQL, NATS, Temporal, the issuer and every service, on free ports, with a state directory of their own."""
    with trial() as running:
        yield running


def pytest_addoption(parser: pytest.Parser) -> None:
    """What only a developer asks for, and reviews as code afterwards."""
    group = parser.getgroup("neove")
    group.addoption("--record-histories", action="store_true", help="keep workflow histories for the replay tests")
    group.addoption("--record-fingerprints", action="store_true", help="accept the workflows' commands as they are now")
