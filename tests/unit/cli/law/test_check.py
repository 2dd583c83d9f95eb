"""`neove law check`: the packs are clean, and a mistake is reported with its file and line."""

import dataclasses
from datetime import date

import pytest

from regulations import Rule
from regulations.checks.law import account, across, article_findings, check_law, citation_findings
from regulations.checks.offices import office_findings, periods
from regulations.checks.reach import reach_findings
from regulations.source_lines import place
from tests.library import LIBRARY

DIRECTORY = LIBRARY.world.directory
PACK = LIBRARY.packs()["law-53-2024"]


def test_packs_are_clean_and_every_rule_is_accounted_for(run):
    code, output = run("check")
    assert code == 0, output
    assert "errors: 0, warnings: 0" in output
    assert "law-53-2024: 63 of 63 articles are a rule, a row of a list, or have a reason" in output
    assert "both laws: 269 of 269 rules accounted for" in output
    assert "from 2008-08-01: 63 provinces" in output
    assert "from 2025-07-01: 34 provinces" in output
    assert "Resolution 202/2025/QH15" in output


def test_counts_by_kind_and_confidence(run):
    _, output = run("check", "law-53-2024")
    rows = {line.rsplit(maxsplit=1)[0].strip(): line.split()[-1] for line in output.splitlines() if line.strip()}
    assert rows["transition"] == str(sum(rule.kind == "transition" for rule in PACK.rules.values()))
    assert rows["rules and report dates"] == str(len(PACK.rules) + len(PACK.reporting))
    assert "both laws" not in output


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("child.toml", 'unit = "working_day"', 'unit = "fortnight"', "unit: Input should be"),
        ("child.toml", 'to = ["CHILD_SEPARATED"]', 'to = ["NOWHERE"]', "C-CHP-05: unknown states ['NOWHERE']"),
        ("child.toml", 'holder = "commune"', 'holder = "wizard"', "SENT_TO_COMMUNE: unknown holder wizard"),
        ("child.toml", 'unit = "immediate"', "unit = immediate", "Invalid value"),
        ("crime.toml", 'before = ["C-INF-14"]', 'before = ["C-INF-99"]', "C-INF-15: unknown rules ['C-INF-99']"),
        ("support.toml", "terminal = true", 'terminal = "so"', "lanes support states SUPPORT_ENDED terminal"),
        ("openings.toml", 'state = "AT_COMMUNE"', 'state = "AT_COMUNE"', "unknown identification AT_COMUNE"),
        ("child.toml", "[[rule]]", "[[law]]", "unknown tables ['law']"),
        (
            "child.toml",
            'title = { vi = "Can thiệp khẩn cấp cho trẻ em"',
            'title = { vi = ""',
            "C-CHP-02: needs a title",
        ),
    ],
)
def test_a_mistake_is_reported_with_file_and_line(run, draft, change, file, old, new, said):
    line = change(file, old, new)
    code, output = run("check", str(draft))
    assert code == 1
    assert f"law-53-2024/{file}:{line}: " in output
    assert said in output
    assert output.count("error  ") == 1


def test_all_mistakes_are_reported_at_once(run, draft, change):
    change("child.toml", 'citation = "Decree 56/2017 Art 26(1)"\n', "")
    change("crime.toml", 'unit = "hour"', 'unit = "moon"')
    _, output = run("check", str(draft))
    assert "errors: 2" in output


def test_rule_of_one_id_twice_names_the_second(run, draft, change):
    line = change("child.toml", 'id = "C-CHP-02"', 'id = "C-CHP-01"')
    code, output = run("check", str(draft))
    assert code == 1
    assert f"child.toml:{line}: rule C-CHP-01 stands twice" in output


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "reporting.toml",
            "valid_to = 2025-01-01\n",
            "",
            "C-REP-01a: cites the plan of one year",
        ),
        ("reporting.toml", 'places = ["thai-nguyen"]\n', "", "C-REP-04: cites a text of one province, but binds all"),
        (
            "fund.toml",
            'citation = "TT 29/2026/TT-BCA Art 6"',
            'citation = "KH 90/KH-UBND Thái Nguyên 16/4/2021"',
            "B-FND-01: cites a text of one province, but binds all",
        ),
    ],
)
def test_a_plan_that_binds_too_long_or_too_many_is_reported(run, draft, change, file, old, new, said):
    change(file, old, new)
    code, output = run("check", str(draft))
    assert code == 1
    assert said in output


def test_unknown_pack_and_folder_without_one(run, tmp_path):
    assert "There is no pack" in run("check", "law-1-1900")[1]
    assert "There is no pack" in run("check", str(tmp_path))[1]


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"citation": "some law"}, "B-SIG-01: the citation names no article"),
        ({"unless": ("by_chance",)}, "falls away with by_chance, which no state sets and no [[attribute]] of the lane"),
        ({"stops_on": ("AT_COMMUNE",)}, "after which none of AT_COMMUNE can come"),
        ({"counts_from": "VICTIM_CONFIRMED"}, "counts from VICTIM_CONFIRMED, which never comes before"),
        ({"citation": "Law 53/2024 Art 32 (not read)"}, "counts as verified text, but"),
    ],
)
def test_judgement_of_a_rule(update, said):
    rule = Rule.model_validate({**PACK.rules["B-SIG-01"].model_dump(by_alias=True), **update})
    changed = PACK.model_copy(update={"rules": {**PACK.rules, rule.id: rule}})
    for name in ("graphs", "rules_of"):
        changed.__dict__.pop(name, None)
    words = LIBRARY.world.supplements.citation_words
    found = [text for _, text in (*reach_findings(changed), *citation_findings(changed, words))]
    assert any(said in text for text in found), found


def test_an_article_that_nothing_cites_and_that_has_no_reason_is_an_error():
    known, *_ = LIBRARY.articles["law-53-2024"]
    forgotten = dataclasses.replace(known, rules=(), lists=(), reason=None)
    (found,) = article_findings("law-53-2024", [known, forgotten])
    assert (found.level, f"article {known.number}: no rule" in found.message) == ("error", True)


def with_lane_state(update):
    lane = PACK.lanes["identification"]
    states = tuple(
        state.model_copy(update=update) if state.code == "SUPPORT_AGENCY_RECEIVED" else state for state in lane.states
    )
    changed = PACK.model_copy(
        update={"lanes": {**PACK.lanes, "identification": lane.model_copy(update={"states": states})}}
    )
    for part in (changed, changed.lanes["identification"]):
        for name in ("graphs", "rules_of", "by_code", "rank"):
            part.__dict__.pop(name, None)
    return changed


def test_holder_without_an_office_is_an_error_where_it_is_missing_everywhere():
    early = PACK.model_copy(update={"valid_from": date(2024, 1, 1)})
    found = [text for level, text in office_findings(early, DIRECTORY) if level == "error"]
    assert any("health_authority has no office in any province from 2024-01-01 until 2025-07-01" in t for t in found)


def test_holder_missing_in_some_provinces_is_a_warning():
    found = list(office_findings(with_lane_state({"holder": "border_guard"}), DIRECTORY))
    said = "identification.toml: SUPPORT_AGENCY_RECEIVED: border_guard has no office in thai-nguyen, bac-ninh, phu-tho"
    assert ("warning", said) in found


def test_heir_of_a_dissolved_role_must_be_able_to_go_on():
    early = with_lane_state({"stated_by": ("labour_authority",)}).model_copy(update={"valid_from": date(2024, 1, 1)})
    early.__dict__.pop("graphs", None)
    found = [text for _, text in office_findings(early, DIRECTORY)]
    assert any("its successor health_authority may not" in text for text in found)
    assert any("nobody may state it from 2025-07-01: labour_authority is dissolved" in text for text in found)
    assert periods(early, DIRECTORY) == [date(2024, 1, 1), date(2025, 7, 1)]


def test_finding_without_a_file_is_placed_by_the_rule_that_it_names_first(draft):
    said = "C-INF-15: falls away with a word of a fact"  # `a` is a row of another file
    text = (draft / "crime.toml").read_text(encoding="utf-8")
    assert place(draft, said) == ("law-53-2024/crime.toml", text[: text.index('"C-INF-15"')].count("\n") + 1)


def test_account_tells_what_is_missing_twice_and_invented():
    ids = {"A-X-01", "B-X-01", "B-X-02", "C-X-01.66", "C-X-01.53", "C-X-02.53"}
    regime = LIBRARY.world.regime("law-53-2024")
    assert regime is not None
    found = account(regime, {"B-X-01a", "B-X-01b", "C-X-01", "B-Z-09"}, {"C-X-02", "C-X-01"}, ids)
    assert (found.read, found.accounted) == (4, 3)
    assert (found.missing, found.twice, found.invented) == ({"B-X-02"}, {"C-X-01"}, {"B-Z-09"})
    assert len(list(found.findings())) == 3


def test_shared_rule_that_is_read_in_two_ways():
    rule = PACK.rules["C-CHP-02"].model_copy(update={"amount": 24})
    other = PACK.model_copy(update={"rules": {rule.id: rule}})
    assert [finding.message for finding in across(PACK, other)] == [
        "C-CHP-02: differs from the same rule of law-53-2024: amount 12 / 24"
    ]


def test_draft_is_checked_where_it_lies(draft):
    pack, findings = check_law(draft, LIBRARY.world)
    assert pack is not None
    assert pack.rules == PACK.rules
    assert not [finding for finding in findings if finding.level == "error"]
