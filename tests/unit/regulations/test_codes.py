"""Every word of the packs with a legal effect is cited; no code of the services names a text of the law."""

import re
from pathlib import Path

import pytest

from regulations import Pack
from regulations.checks.codes import code_findings, effective
from stack.config import ROOT
from tests.library import LIBRARY

PACKS = list(LIBRARY.packs().values())
ARTICLE = re.compile(r"\bArts?\.? ?\d|\bĐiều \d|\bkhoản \d|\bđiểm [a-zđ]\b", re.IGNORECASE)
RULE_ID = re.compile(r"\b[ABC]-[A-Z]{2,4}-\d\d[a-z]?\b")
LAW = re.compile(r"\blaw-\d+-\d{4}\b|\b(?:Law|Luật|Decree|Nghị định|TTLT|TT|NĐ|BLTTHS) ?\d+[/ ]?\d*\b")


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_code_with_a_legal_effect_is_cited(pack: Pack) -> None:
    assert list(code_findings(pack, LIBRARY.code_citations[pack.id])) == []
    assert len(set(effective(pack))) > 30


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_a_code_whose_citation_is_taken_away_is_found(pack: Pack) -> None:
    cited = dict(LIBRARY.code_citations[pack.id])
    for code in effective(pack):
        rest = {other: row for other, row in cited.items() if other != code}
        assert [message for _, message in code_findings(pack, rest)] == [f"{code}: has a legal effect, but no citation"]


def test_a_misspelt_code_an_empty_citation_and_an_unread_text_are_found() -> None:
    pack, cited = PACKS[0], dict(LIBRARY.code_citations[PACKS[0].id])
    row = cited["route:rescued"].model_copy(update={"citation": "the law", "verified_by": None})
    found = [message for _, message in code_findings(pack, {**cited, "route:rescued": row, "route:by_boat": row})]
    assert "route:by_boat: is cited, but is no code of law-53-2024" in found
    assert "route:rescued: the citation names no article or number: the law" in found
    assert "route:rescued: verified text, and no other, names verified_by and verified_on" in found


def sources() -> list[Path]:
    """Python of the product: what runs in an office, not tests, migrations or the tools that read the law's texts."""
    found = [
        path
        for part in ("regulations", "services", "casefile", "contracts", "kit")
        for path in (ROOT / part).rglob("*.py")
    ]
    return [path for path in found if not {"migrations", "make", ".venv"} & set(path.parts)]


def strings_of(path: Path) -> list[str]:
    """Lines without comments and docstrings: there a text may be named to explain why."""
    import ast

    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


def test_no_article_rule_or_law_is_named_in_python() -> None:
    paths = sources()
    assert len(paths) > 150
    named = [
        f"{path.relative_to(ROOT)}: {text[:80]}"
        for path in paths
        for text in strings_of(path)
        if any(found.search(text) for found in (ARTICLE, RULE_ID, LAW))
    ]
    assert named == []
