"""The texts that each role opens in each part, against a table written by hand from section 7 of the digest."""

from contracts.codes import Role
from tests.unit.regulations.rights_by_hand import (
    by_digest,
    compared,
    ended_disagreements,
    ended_parts,
    protective_disagreements,
    text_disagreements,
)


def test_the_table_names_every_role() -> None:
    assert set(by_digest()) == {str(role) for role in Role}


def test_no_decision_disagrees_with_the_digest() -> None:
    assert compared() == 546
    assert [*text_disagreements()] == []


def test_an_office_whose_part_is_over_opens_the_name_and_looks_at_nothing() -> None:
    assert len(ended_parts()) == 8
    assert [*ended_disagreements()] == []


def test_how_she_is_protected_is_for_who_protects_her_now() -> None:
    assert [*protective_disagreements()] == []
