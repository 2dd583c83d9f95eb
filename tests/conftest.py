"""The real servers and services, started once a run; only for tests that ask for them."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    "stack": "stack",
    "running": "chaos",
    "temporal_server": "temporal",
    "postgres": "kit",
    "nats_server": "kit",
}
"""Fixture of servers that start once a run → the group of the test files that ask for it. The first one decides."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes: the files of a group run in one of them, and so does each other file.

    The groups come first, in the order of `TOGETHER`: they take longest, and wait more than they compute.
    """
    if not hasattr(config, "workerinput"):
        return
    asked: dict[Path, set[str]] = defaultdict(set)
    for item in items:
        asked[item.path].update(getattr(item, "fixturenames", ()))
    groups = {
        path: next((group for fixture, group in TOGETHER.items() if fixture in names), str(path))
        for path, names in asked.items()
    }
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item.path]))
    order = list(dict.fromkeys(TOGETHER.values()))

    def place(item: pytest.Item) -> int:
        group = groups[item.path]
        return order.index(group) if group in order else len(order) + (item.get_closest_marker("stack") is None)

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
