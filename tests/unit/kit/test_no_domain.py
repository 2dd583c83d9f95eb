"""kit is plumbing: it knows neither the law nor how a case goes, so that both can change without it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

KIT = Path(__file__).resolve().parents[3] / "kit" / "kit"
SOURCES = sorted(KIT.rglob("*.py"))
FORBIDDEN = (
    "contracts.standing",
    "contracts.sealing",
    "contracts.codes",
    "contracts.events.",
    "regulations",
    "casefile",
)
WORDS = frozenset(
    {"case", "cases", "standing", "lane", "holder", "handover", "transfer", "duty", "rule", "regime", "seals"}
)
"""Words of the domain that no name in kit may contain."""


def imported(source: str) -> Iterator[str]:
    """Every module, and every name out of a module, that a source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_the_domain(module: str) -> bool:
    """Whether kit must not import it. `contracts.events.EVENTS` may be: the list names no event."""
    return module != "contracts.events.EVENTS" and f"{module}.".startswith(FORBIDDEN)


def names(source: str) -> Iterator[str]:
    """Every name that a source defines or uses."""
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "name", "arg"):
            if isinstance(name := getattr(node, field, None), str):
                yield name


def words(name: str) -> set[str]:
    """The words of a name: `CaseChanged` and `case_changed` have the same."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(KIT)))
def test_kit_imports_nothing_of_the_domain(path: Path) -> None:
    assert [module for module in imported(path.read_text()) if of_the_domain(module)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(KIT)))
def test_no_name_in_kit_has_a_word_of_the_domain(path: Path) -> None:
    assert sorted({name for name in names(path.read_text()) if words(name) & WORDS}) == []


def test_the_rule_sees_what_it_is_for() -> None:
    for bad in (
        "from contracts.standing import Standing",
        "from contracts import codes",
        "from contracts.events.casework import CaseChanged",
        "import regulations.fold",
        "from regulations import Library",
        "from casefile import standing",
    ):
        assert any(of_the_domain(module) for module in imported(bad)), bad
    for good in ("from contracts.events import EVENTS", "from contracts.envelope import Event", "from kit import uow"):
        assert not any(of_the_domain(module) for module in imported(good)), good
    assert words("bind_case") & WORDS
    assert words("CaseOnEverySpan") & WORDS
    assert not words("lowercase") & WORDS
