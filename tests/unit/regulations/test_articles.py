"""Every article of a law that was read is a rule, a row of a list, or has a reason to be neither."""

import pytest

from regulations.articles import LawArticles, cited
from regulations.toml_files import read, root
from tests.library import LIBRARY

ROWS = LIBRARY.articles["law-53-2024"]
[GIVEN] = read(root() / "packs" / "articles.toml")["law"]
LAW = LawArticles.model_validate(GIVEN)


def test_all_63_articles_are_accounted_for():
    assert [one.number for one in ROWS] == list(range(1, 64))
    assert [one.number for one in ROWS if not one.accounted] == []
    assert all(one.title for one in ROWS)


def test_what_orders_a_step_in_a_case_is_a_rule_and_not_only_a_reason():
    """Reception, verification, papers, protection, support. A list alone carries secrecy and what each kind needs."""
    ordering = {*range(27, 36), 39, 40, 43, 44, 45}
    assert {one.number for one in ROWS if one.rules} >= ordering
    assert {one.number for one in ROWS if one.lists} >= {2, 3, 32, 34, 35, *range(36, 46)}
    assert not {one.number for one in ROWS if one.reason} & ordering


def test_the_rules_of_an_article_cite_it():
    (police,) = [one for one in ROWS if one.number == 27]
    assert {"B-SELF-06", "B-SELF-07", "B-SELF-08", "B-SELF-09", "B-RES-03"} <= {rule.id for rule in police.rules}


@pytest.mark.parametrize(
    ("citation", "numbers"),
    [
        ("Law 53/2024 Art 27(3), second paragraph", {27}),
        ("Law 53/2024 Arts 28(1), second paragraph, and 27(3)-(4)", {27, 28}),
        ("Law 53/2024 Arts 29(3), 30(2) and 27(3)", {27, 29, 30}),
        ("Law 53/2024 Art 3(1), other inhuman purpose", {3}),
        ("Law 53/2024 Arts 38-41", {38, 39, 40, 41}),
        ("Law 53/2024 Art 2(1), 2(5)", {2}),
        ("BLTTHS 2015 Art 486; Law 53/2024 Art 35(3)(b)", {35}),
        ("Law 53/2024 Art 27(1) as amended by Law 86/2025", {27}),
        ("Law 91/2025 Art 19(1)", set()),
        ("Decree 162/2025 Art 6", set()),
    ],
)
def test_the_articles_that_a_citation_names(citation, numbers):
    assert cited(citation, LAW) == numbers
