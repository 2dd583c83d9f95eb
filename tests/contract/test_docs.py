"""Documents keep step with the code: ADRs name what holds them, every slug is explained."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from contracts.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
ADRS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives", "## References"]
PACKAGES = ["contracts", "kit", *sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())]


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_adr_has_its_headings_and_names_a_test_that_exists(path: Path) -> None:
    text = path.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert len(text.splitlines()) <= 70, "one page"
    references = re.findall(r"`((?:tests/|\.ci/)[\w./-]+)`", text.split("## References")[1])
    assert references, "an ADR names the test or rule that holds it"
    for reference in references:
        assert (ROOT / reference).exists(), reference


def slugs() -> set[str]:
    """Slug of every Problem subclass of contracts, kit and the services."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not re.search(r"\.(__main__|migrations)", module.name):
                importlib.import_module(module.name)
    found: set[str] = set()
    todo: list[type[Problem]] = [Problem]
    while todo:
        kind = todo.pop()
        found.add(kind.slug)
        todo.extend(kind.__subclasses__())
    return found


def test_every_slug_has_its_section() -> None:
    sections = set(re.findall(r"^## `([a-z0-9-]+)`", (ROOT / "docs/problems.md").read_text(), re.MULTILINE))
    assert slugs() - {"problem"} <= sections
