"""Every rule that was read from the texts of both regimes is a rule of a pack, or has a reason why it is none.

`rule_ids.txt` lists them all: `A-…` the former law, `B-…` the present one, `C-…` norms that both share, one id for each
law. A pack may split a rule and then appends a letter (`C-LA-05a`).
"""

import re
from pathlib import Path

import pytest

from tests.library import LIBRARY

ALL = (Path(__file__).parent / "rule_ids.txt").read_text(encoding="utf-8").split()
LAWS = {"law-66-2011": ("A-", ".66"), "law-53-2024": ("B-", ".53")}
SPLIT = re.compile(r"(?<=\d)[a-z]$")


def of_law(law):
    prefix, suffix = LAWS[law]
    return {rule.removesuffix(suffix) for rule in ALL if rule.startswith(prefix) or rule.endswith(suffix)}


def held(law):
    pack = LIBRARY.packs()[law]
    return pack.rules.keys() | pack.reporting.keys()


def test_the_list_is_complete():
    assert len(ALL) == len(set(ALL)) == 269
    assert set().union(*map(of_law, LAWS)) >= {rule.removesuffix(".66").removesuffix(".53") for rule in ALL}


@pytest.mark.parametrize("law", LAWS)
def test_every_rule_is_in_the_pack_or_has_a_reason(law):
    assert not of_law(law) - held(law) - LIBRARY.not_clocks.keys()


@pytest.mark.parametrize("law", LAWS)
def test_no_rule_is_in_the_pack_and_has_a_reason_not_to_be(law):
    assert not held(law) & LIBRARY.not_clocks.keys()


@pytest.mark.parametrize("law", LAWS)
def test_pack_invents_no_rule(law):
    known = of_law(law)
    assert not {rule for rule in held(law) if rule not in known and SPLIT.sub("", rule) not in known}


def test_reasons_are_of_known_rules_and_say_something():
    assert not LIBRARY.not_clocks.keys() - {rule.removesuffix(".66").removesuffix(".53") for rule in ALL}
    assert all(len(reason) > 40 for reason in LIBRARY.not_clocks.values())


def test_every_rule_that_was_read_has_a_short_title_in_both_languages():
    read = {rule.removesuffix(".66").removesuffix(".53") for rule in ALL}
    local = {row.id for pack in LIBRARY.local for row in (*pack.rule, *pack.report)}
    titles = {id_: title for id_, title in LIBRARY.titles.items() if id_ not in local}
    held = {rule if rule in read else SPLIT.sub("", rule) for rule in titles}
    assert held == read
    assert not [id_ for id_, title in titles.items() if not 3 <= min(len(title.vi), len(title.en)) <= 60]
    assert not [id_ for id_, title in titles.items() if max(len(title.vi), len(title.en)) > 60]


@pytest.mark.parametrize("law", LAWS)
def test_every_entry_of_the_lists_is_cited_and_none_repeats_a_rule(law):
    pack = LIBRARY.packs()[law]
    lists = (pack.entitlements, pack.measures, pack.risks, pack.evidence_sources, pack.grounds, pack.forms)
    rows = [row for table in (*lists, pack.reporting) for row in table.values()]
    assert rows
    assert all(row.citation and row.label.vi and row.label.en for row in rows)
    assert not pack.reporting.keys() & pack.rules.keys()
