"""The real servers and services, started once a run; only for tests that ask for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from stack.trial import Trial
from tests.own_stack import own_stack


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
    with own_stack(**(containers.outside() if containers else {})) as running:
        yield running


TOGETHER = {
    "tests/e2e/test_amendment.py": "",
    "tests/e2e/test_scenarios_with_people.py": "",
    "tests/integration/stack/test_demo_people.py": "",
    "tests/integration/stack/test_lifecycle.py": "",
    "tests/integration/casework/workflows/": "temporal",
    "tests/integration/kit/": "kit",
    "tests/integration/": "stack",
    "tests/e2e/": "stack",
    "tests/chaos/": "chaos",
}
"""Begin of a path → group of the files that share servers; the first one counts. Any other file is its own group."""


def group_of(nodeid: str) -> str:
    """The group of a test: with several processes, all tests of a group run in one of them."""
    file = nodeid.partition("::")[0]
    return next((group for begin, group in TOGETHER.items() if file.startswith(begin)), "") or file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Gives whole groups to the processes, in the order in which they were collected."""

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Groups(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes, what waits for servers comes first: it takes longest."""
    if not hasattr(config, "workerinput"):
        return
    shared = ["stack", "chaos", "temporal", "kit"]

    def place(item: pytest.Item) -> int:
        group = group_of(item.nodeid)
        return shared.index(group) if group in shared else len(shared) + (item.get_closest_marker("stack") is None)

    items.sort(key=place)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What only holds in containers is no test of a run without them."""
    in_containers = collection_path.name == "test_in_containers.py"
    return True if in_containers and not config.getoption("--containers") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at the end of a run which fixed scenarios were not played, and why."""
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    if not any(getattr(report, "nodeid", "").startswith("tests/e2e/test_scenarios.py") for report in reports):
        return
    from tests.e2e.scenario_files import fixed_folder, found_in  # a run without scenarios does not pay for reading them

    folder = fixed_folder()
    fixed = found_in(folder)
    write = terminalreporter.write_line
    if not fixed:
        write(f"scenarios: no fixed ones in {folder} (NEOVE_SCENARIOS names another folder); only our own were played")
    for found in fixed:
        if found.missing:
            how = "played without" if found.playable else "not played, needs"
            write(f"scenarios: {found.name} {how} {', '.join(sorted(found.missing))}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What only a developer asks for, and reviews as code afterwards."""
    group = parser.getgroup("neove")
    group.addoption("--record-histories", action="store_true", help="keep workflow histories for the replay tests")
    group.addoption("--record-fingerprints", action="store_true", help="accept the workflows' commands as they are now")
    group.addoption("--record-upgrade", action="store_true", help="accept open cases as an upgrade leaves them now")
    group.addoption("--containers", action="store_true", help="run NATS and Temporal in containers (a Docker daemon)")
