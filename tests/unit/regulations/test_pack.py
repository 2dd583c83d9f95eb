"""Loading: what a pack must be, and that a mistake names its file."""

import shutil
from datetime import date
from importlib.resources import as_file, files

import pytest

from regulations import PackError, known_state
from regulations.loader import read_pack
from regulations.model import BINDING
from regulations.toml_files import read
from tests.library import LIBRARY

SOURCE = files("regulations") / "packs" / "law-53-2024"

ATTRIBUTE = (
    '[[attribute]]\ncode = "{}"\nkind = "date"\nlabel = {{ vi = "Thử", en = "Try" }}\nasked_at = ["{}"]\n\n[[rule]]'
)


@pytest.fixture
def folder(tmp_path):
    with as_file(SOURCE) as source:
        shutil.copytree(source, tmp_path / "law-53-2024")
    return tmp_path / "law-53-2024"


def change(folder, name, old, new):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_is_loaded_once_and_its_hash_is_that_of_its_content(folder, pack):
    assert LIBRARY.pack("law-53-2024") is LIBRARY.pack("law-53-2024", pack.content_hash)
    assert LIBRARY.packs()["law-53-2024"] is pack
    assert read_pack(folder, LIBRARY.world).content_hash == pack.content_hash
    change(folder, "operational.toml", "gap_hours = 24", "gap_hours = 25")
    assert read_pack(folder, LIBRARY.world).content_hash != pack.content_hash


def test_layout_and_comments_do_not_change_the_hash(folder, pack):
    (folder / "child.toml").write_text("# more\n\n" + (folder / "child.toml").read_text(encoding="utf-8"), "utf-8")
    assert read_pack(folder, LIBRARY.world).content_hash == pack.content_hash


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("child.toml", 'citation = "Decree 56/2017 Art 26(1)"\n', "", r"rules\.C-CHP-01\.citation"),
        ("child.toml", 'verified_by = "digest"\n', "", "child.toml: C-CHP-01: verified text, and no other, names"),
        ("child.toml", "verified_on = 2026-11-21\n", "", "child.toml: C-CHP-01: verified text, and no other, names"),
        ("child.toml", '"digest"', '"hearsay"', "child.toml: C-CHP-01: verified_by hearsay, which is none of"),
        ("child.toml", '"verified text"', '"inferred"', "child.toml: C-CHP-01: verified text, and no other, names"),
        ("reporting.toml", "verified_on = 2026-11-21\n", "", "reporting.toml: C-REP-01a: verified text, and no other"),
        ("child.toml", 'unit = "working_day"', 'unit = "fortnight"', r"rules\.C-CHP-03\.unit"),
        ("child.toml", 'id = "C-CHP-02"', 'id = "C-CHP-01"', "child.toml: rule C-CHP-01 stands twice"),
        (
            "child.toml",
            'to = ["CHILD_SEPARATED"]',
            'to = ["NOWHERE"]',
            r"child.toml: C-CHP-05: unknown states",
        ),
        ("child.toml", 'holder = "commune"', 'holder = "wizard"', "child.toml: SENT_TO_COMMUNE: unknown holder wizard"),
        ("child.toml", "amount = 12\n", "", "child.toml: C-CHP-02: a number and its unit"),
        ("child.toml", 'code = "child"', 'code = "children"', "child.toml: .lane. must have the code"),
        ("child.toml", "[[rule]]", "[[law]]", "child.toml: unknown tables"),
        ("crime.toml", 'replaces = ["C-INF-13"]\n', "", "crime.toml: C-INF-14: an extension names"),
        ("crime.toml", 'before = ["C-INF-14"]', 'before = ["C-INF-99"]', "crime.toml: C-INF-15: unknown rules"),
        ("crime.toml", "[lane]", "[lane", "crime.toml: "),
        (
            "openings.toml",
            'reporters = ["*"]',
            'reporters = ["facility"]',
            "openings.toml: .* would open nothing",
        ),
        ("openings.toml", 'state = "AT_COMMUNE"', 'state = "AT_HOME"', "openings.toml: unknown identification AT_HOME"),
        (
            "child.toml",
            'stated_by = ["hotline_111", "health_authority"',
            'stated_by = ["hotline_111", "labour_authority"',
            "child.toml: INFO_RECEIVED: stated by: .* without its successor",
        ),
        (
            "crime.toml",
            'before = ["C-INF-14"]',
            'before = ["C-INF-14"]\nbefore_date = "entry_on"',
            "crime.toml: C-INF-15: before entry_on, which is no",
        ),
        ("crime.toml", "[[rule]]", ATTRIBUTE.format("on_paper", "NOWHERE"), "crime.toml: on_paper: unknown states"),
        (
            "crime.toml",
            "[[rule]]",
            ATTRIBUTE.format("ON", "STATEMENT_TAKEN"),
            "crime.toml: ON: an attribute is written",
        ),
        ("operational.toml", "gap_hours = 24", "gap_hours = 0", "operational"),
        ("pack.toml", "valid_from = 2025-07-01", "valid_from = 2025-07-02", "pack.toml: id and dates differ"),
        ("support.toml", 'kinds = ["loan"]', 'kinds = ["gift"]', r"support.toml: unknown kinds \['gift'\]"),
        ("support.toml", 'code = "support:*"', 'code = "support"', "support.toml: .lane. must have the code"),
        ("support.toml", "loan = {", "lend = {", "support.toml: unknown kinds"),
        (
            "support.toml",
            'kinds = ["essential_needs"]\nkind',
            "kind",
            "support.toml: support:medical: B-SUP-02: unknown",
        ),
        ("support.toml", "again = true\n", "again = true\nmoves = false\n", "support.toml: support:.*: what begins"),
        ("entitlements.toml", 'kind = "loan"', 'kind = "gift"', r"entitlements.toml: .*\['gift', 'loan'\]"),
        (
            "entitlements.toml",
            'kind = "loan"',
            'kind = "medical"',
            "entitlements.toml: entitlement of one kind stands twice",
        ),
        ("entitlements.toml", 'not_victim = "no"\n', "", "entitlements.essential_needs.by_status.not_victim"),
        ("entitlements.toml", '"B-SUP-02"', '"B-SUP-99"', "entitlements.toml: essential_needs: unknown rule B-SUP-99"),
        ("measures.toml", '"commune"', '"village"', "measures.toml: secrecy_of_evidence: unknown roles"),
        ("evidence.toml", "[[source]]", "[[spring]]", "evidence.toml: unknown tables"),
        ("forms.toml", '"STATEMENT_TAKEN"', '"TAKEN"', "forms.toml: TT119-140: unknown states of crime"),
        ("forms.toml", 'lane = "shelter"', 'lane = "home"', "forms.toml: ND20-07: unknown states of home"),
        ("reporting.toml", 'before = "03-20"\n', "", "reporting.toml: C-REP-01a: either a day"),
        ("reporting.toml", 'id = "C-REP-05"', 'id = "C-INF-01"', "reporting.toml: C-INF-01: a rule of this id"),
        ("reporting.toml", 'to = "legal_aid"', 'to = "minister"', "reporting.toml: C-REP-06: unknown roles"),
        ("confidentiality.toml", 'role = "admin"', 'role = "king"', r"confidentiality.toml: .*\['admin', 'king'\]"),
        (
            "confidentiality.toml",
            'evidence = "none", ',
            "",
            "confidentiality.toml: commune: says nothing of .*evidence",
        ),
        ("confidentiality.toml", "evidence =", "gossip =", "confidentiality.commune.sees.gossip"),
        ("confidentiality.toml", '"summary"', '"half"', "confidentiality.commune.sees.statement"),
        ("confidentiality.toml", 'protection = "own"', 'protection = "none"', "commune: may order a measure of protec"),
        (
            "confidentiality.toml",
            'protection = "own"',
            'protection = "full"',
            "commune: what protects a person is opened",
        ),
        (
            "confidentiality.toml",
            "verified_on = 2026-11-21\n",
            "",
            "confidentiality.toml: no_disclosure: verified text",
        ),
        ("identification.toml", 'from = ["SIGNS_REVIEW"]', 'from = ["NOT_CONFIRMED"]', "identification.toml: .*"),
    ],
)
def test_mistake_is_told_with_its_file(folder, name, old, new, told):
    change(folder, name, old, new)
    with pytest.raises(PackError, match=told):
        read_pack(folder, LIBRARY.world)


def test_missing_file_is_told(folder):
    (folder / "crime.toml").unlink()
    with pytest.raises(PackError, match=r"crime\.toml"):
        read_pack(folder, LIBRARY.world)


def test_text_that_is_not_utf8_is_told(folder):
    (folder / "crime.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PackError, match=r"^crime\.toml"):
        read(folder / "crime.toml")


def test_place_names_only_what_it_changes(folder, pack):
    with (folder / "operational.toml").open("a", encoding="utf-8") as file:
        file.write("\n[territory.lao-cai]\nimmediate_alert_hours = 4\n")
    numbers = read_pack(folder, LIBRARY.world).operational
    today = date(2026, 10, 9)
    of_commune, elsewhere = (
        numbers.of(LIBRARY.world.directory.chain(place, today)) for place in ("bat-xat", "dong-dang")
    )
    assert (of_commune.immediate_alert_hours, elsewhere.immediate_alert_hours) == (4, 2)
    assert of_commune.gap_hours == elsewhere.gap_hours == pack.operational.default.gap_hours


def test_every_rule_and_state_is_complete(pack):
    assert all(rule.citation and rule.note for rule in pack.rules.values())
    for lane in pack.lanes.values():
        assert all(state.label.vi and state.label.en for state in lane.states)


def test_rules_that_were_not_found_have_no_number(pack):
    assert all(rule.amount is None for rule in pack.rules.values() if rule.confidence == "not found")


def test_whoever_is_named_as_reader_of_a_text_read_one(pack):
    """A rule that nobody compared with its text names nobody, and reminds only."""
    rows = [*pack.rules.values(), *pack.reporting.values()]
    verified = [row for row in rows if row.verified_by and row.verified_on]
    assert {row.id for row in verified} == {row.id for row in rows if row.confidence in BINDING}
    assert {row.verified_by for row in verified} == set(pack.readings)


def test_known_state(pack):
    assert known_state(pack, "crime", "STATEMENT_TAKEN")
    assert not known_state(pack, "crime", "VICTIM_CONFIRMED")
    assert not known_state(pack, "shelter", "ANY")
