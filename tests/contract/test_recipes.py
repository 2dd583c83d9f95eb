"""What the recipes of CONTRIBUTING.md add is complete: a step that was left out fails here and says which."""

import importlib
import json
from pathlib import Path

import pytest

from contracts.envelope import Event
from contracts.events import EVENTS
from contracts.topology import DURABLES
from regulations.rights import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(folder.name for folder in (ROOT / "services").iterdir() if (folder / "pyproject.toml").exists())


def subclasses(of: type[Event]) -> set[type[Event]]:
    found = {one for one in of.__subclasses__() if one.__module__.startswith("contracts.")}
    return found.union(*map(subclasses, found)) if found else found


def test_every_event_is_in_the_list_that_schemas_and_topology_are_made_from() -> None:
    for path in (ROOT / "contracts/contracts/events").glob("*.py"):
        importlib.import_module(f"contracts.events.{path.stem}")
    named = {one for one in subclasses(Event) if one.producer}
    assert named == set(EVENTS), "add it to EVENTS in contracts/contracts/events/__init__.py"


@pytest.mark.parametrize("durable", DURABLES, ids=lambda durable: durable.name)
def test_every_durable_has_a_handler_in_its_service(durable) -> None:
    sources = (ROOT / f"services/{durable.service}/{durable.service}").rglob("*.py")
    assert any(f'"{durable.name}"' in source.read_text(encoding="utf-8") for source in sources)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_its_row_in_the_table_of_rights(service: str) -> None:
    document = json.loads((ROOT / f"contracts/schemas/openapi/{service}.json").read_text(encoding="utf-8"))
    found = {f"{service}.{one['operationId']}" for path in document["paths"].values() for one in path.values()}
    assert found <= OPERATIONS.keys(), "add it to OPERATIONS in regulations/regulations/rights.py"
