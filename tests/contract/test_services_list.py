"""Every list of services names the folders of `services/`: a list that lacks one leaves it unchecked or unstarted.

Where code can look at the folders it does so (`stack.services.discover`, the Makefile). The lists below cannot.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.events.facts import LANES_OF
from contracts.topology import BUCKETS, DURABLES, MEMBERS, PRODUCERS
from regulations.rights import OPERATIONS, SEALS
from stack.ports import OFFSETS
from stack.services import discover

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {folder.name for folder in (ROOT / "services").iterdir() if (folder / "pyproject.toml").is_file()}
PACKAGES = {"tests", "contracts", "regulations", "kit", "casefile", "client", "stack", "neove"}
"""What stands beside the services in the lists of `pyproject.toml`."""
PARTS = {"issuer", "nats", "nats_monitor", "postgres", "temporal", "temporal_ui"}
"""What stands beside the services in the list of ports."""
TOOL: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
KNOWN = {
    "regulations/regulations/rights.py",
    "stack/stack/ports.py",
    "contracts/contracts/topology.py",
    "tests/unit/regulations/test_rights.py",  # what the table of seals must be, written down a second time
}
"""Files with a list of services that a test compares."""
MANY = 5
"""So many services in one literal are a list of services."""


def whole() -> Iterator[tuple[str, Iterable[str]]]:
    """Where every service stands → the services there."""
    yield "services/<name>/<name>/__main__.py", [one.name for one in discover(ROOT)]
    yield "isort", set(TOOL["ruff"]["lint"]["isort"]["known-first-party"]) - PACKAGES
    yield "pyright", [path.removeprefix("services/") for path in TOOL["pyright"]["extraPaths"] if "services/" in path]
    yield "import-linter", set(TOOL["importlinter"]["root_packages"]) - PACKAGES
    yield "stack/stack/ports.py", OFFSETS.keys() - PARTS
    yield "contracts/contracts/topology.py: MEMBERS", MEMBERS.readers
    yield "regulations/regulations/rights.py: OPERATIONS", {name.partition(".")[0] for name in OPERATIONS}
    for kind in ("openapi", "asyncapi"):
        yield f"contracts/schemas/{kind}", [path.stem for path in (ROOT / f"contracts/schemas/{kind}").glob("*.json")]
    for contract in TOOL["importlinter"]["contracts"]:
        named = {name for key in ("containers", "forbidden_modules", "layers") for name in words(contract.get(key, []))}
        if named & SERVICES:
            yield f"import-linter: {contract['name']}", named & SERVICES


def some() -> Iterator[tuple[str, Iterable[str]]]:
    """Where some services stand → the services there."""
    yield "contracts/contracts/topology.py: DURABLES", {durable.service for durable in DURABLES}
    yield "contracts/contracts/topology.py: PRODUCERS", PRODUCERS
    yield "contracts/contracts/events/facts.py: LANES_OF", LANES_OF
    yield "regulations/regulations/rights.py: SEALS", SEALS
    for bucket in BUCKETS:
        yield f"contracts/contracts/topology.py: {bucket.name}", {bucket.writer, *bucket.readers}


def words(entries: Iterable[str]) -> set[str]:
    return {word for entry in entries for word in re.split(r"\W+", entry) if word}


@pytest.mark.parametrize(("where", "named"), [pytest.param(*one, id=one[0]) for one in whole()])
def test_the_list_names_every_service(where: str, named: Iterable[str]) -> None:
    assert sorted(named) == sorted(SERVICES), where


@pytest.mark.parametrize(("where", "named"), [pytest.param(*one, id=one[0]) for one in some()])
def test_the_list_names_services_only(where: str, named: Iterable[str]) -> None:
    assert named, where
    assert set(named) <= SERVICES, where


def test_there_is_no_other_list_of_services() -> None:
    """A list that no test compares: look at the folders instead, or compare it above and add its file to `KNOWN`."""
    found = {
        str(path.relative_to(ROOT))
        for folder in (*sorted(PACKAGES - {"neove"}), "cli", "services")
        for path in (ROOT / folder).rglob("*.py")
        if "versions" not in path.parts and any(len(names & SERVICES) >= MANY for names in literals(path))
    }
    assert found == KNOWN


def literals(path: Path) -> Iterator[set[str]]:
    """The texts in each list, tuple, set or dictionary that is written in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        entries = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        yield {one.value for one in entries if isinstance(one, ast.Constant) and isinstance(one.value, str)}
