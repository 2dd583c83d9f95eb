"""Documents keep step with the code: ADRs name what holds them, every slug is explained."""

import re
from pathlib import Path

import pytest

from neove.tools import problems_page

ROOT = Path(__file__).resolve().parents[2]
ADRS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives", "## References"]


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_adr_has_its_headings_and_names_a_test_that_exists(path: Path) -> None:
    text = path.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert len(text.splitlines()) <= 70, "one page"
    references = re.findall(r"`((?:tests/|\.ci/)[\w./-]+)`", text.split("## References")[1])
    assert references, "an ADR names the test or rule that holds it"
    for reference in references:
        assert (ROOT / reference).exists(), reference


def test_every_refusal_is_explained() -> None:
    assert (ROOT / "docs/problems.md").read_text() == problems_page.text(), "run: make schemas"
