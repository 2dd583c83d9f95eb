"""The table of the ASVS has each requirement of levels 1 and 2 once, and shows what it says is met."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
NUMBERS = (Path(__file__).parent / "asvs_level_2.txt").read_text(encoding="utf-8").split()
"""Of OWASP ASVS 5.0.0, levels 1 and 2."""
STATUSES = {"met", "partly", "not met", "provider", "operator", "n/a"}
ROWS = [
    tuple(cell.strip() for cell in row) for row in re.findall(r"(?m)^\| (\d[^|]*)\|([^|]*)\|([^|]*)\|(.*)\|$", PAGE)
]


def numbers(cell: str) -> Iterator[str]:
    """The numbers of a first cell: `1.2.3`, `1.2.3, 1.2.5`, `1.2.3–1.2.5`."""
    for one in cell.split(", "):
        first, _, last = one.partition("–")
        section, _, begin = first.rpartition(".")
        yield from (f"{section}.{at}" for at in range(int(begin), int((last or first).rpartition(".")[2]) + 1))


def test_each_requirement_stands_there_once_and_in_order() -> None:
    found = [number for row in ROWS for number in numbers(row[0])]
    assert sorted(found) == sorted(NUMBERS)
    assert len(set(NUMBERS)) == len(NUMBERS) == 253


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_a_status_and_says_why(row: tuple[str, ...]) -> None:
    number, _, status, reason = row
    assert status in STATUSES
    if status == "met":
        assert re.search(r"`[\w./-]+/[\w./-]+`|`[\w-]+\.(?:py|toml|lock)`", reason) or "](" in reason, number
    if status in {"partly", "not met", "n/a"}:
        assert reason, number
