"""`neove law show`, `list`, `diff`: what an official reads."""

from neove.law.diff import compare, gathered, matched
from tests.library import LIBRARY

PACK = LIBRARY.packs()["law-53-2024"]


def test_show_tells_everything_of_a_rule(run):
    code, output = run("show", "C-INF-15", "--pack", "law-53-2024")
    assert code == 0
    for said in (
        "5 days before",
        "criminal profile",
        "before      C-INF-14",
        "BLTTHS 2015 Art 147(2)",
        "verified text",
        "verified    digest 2026-11-21. Law digest of 2026-11-21.",
    ):
        assert said in output


def test_show_of_an_unverified_rule_says_that_it_only_reminds(run):
    output = run("show", "B-SUP-02")[1]
    assert "secondary summary: it reminds, it never breaches" in output
    assert "verified    by nobody" in output


def test_show_of_a_rule_whose_amended_wording_was_not_seen_says_so(run):
    output = run("show", "B-SELF-06")[1]
    assert "as enacted, amended wording not seen: it runs and can be breached" in output
    assert "confirm against VBHN 110/VBHN-VPQH 2026" in output
    assert "as enacted, amended wording not seen: it runs" in run("due", "B-SELF-06", "--from", "2026-07-01")[1]


def test_show_of_what_is_no_rule_says_why(run):
    code, output = run("show", "C-CLK-01")
    assert code == 1
    assert "in no pack. How to count" in output
    assert "No pack has a rule B-NO-99." in run("show", "B-NO-99")[1]


def test_list_filters(run):
    asked = ("--confidence", "verified", "--lane", "support", "--kind", "parameter")
    _, output = run("list", "--pack", "law-53-2024", *asked)
    wanted = [
        rule.id
        for rule in PACK.rules.values()
        if rule.confidence.startswith("verified") and rule.kind == "parameter" and rule.lanes[0].startswith("support")
    ]
    assert [line.split()[1] for line in output.splitlines() if line.startswith("law-53-2024")] == wanted
    assert f"{len(wanted)} rules" in output


def test_list_says_who_compared_a_rule_with_its_text(run):
    _, output = run("list", "--pack", "law-53-2024", "--lane", "identification")
    shown = {line.split()[1]: line for line in output.splitlines() if line.startswith("law-53-2024")}
    assert "verified text digest 2026-11-21" in " ".join(shown["B-SELF-04"].split())
    assert "digest" not in shown["B-SELF-06"]


def test_diff_tells_who_read_a_rule_anew(run, draft, change):
    change("pack.toml", "[readings]", '[readings]\nministry = "Read in the official gazette."')
    change(
        "child.toml",
        'verified_by = "digest"\nverified_on = 2026-11-21',
        'verified_by = "ministry"\nverified_on = 2027-01-05',
    )
    _, output = run("diff", "law-53-2024", str(draft))
    assert "verified digest 2026-11-21 → ministry 2027-01-05" in output


def test_list_of_confidentiality_says_who_opens_what_and_why(run):
    code, output = run("list", "--confidentiality", "--pack", "law-53-2024")
    rows = {line.split()[0]: line.split() for line in output.splitlines() if line and ":" not in line}
    assert code == 0
    assert rows["Role"][1:4] == ["identity", "contact", "statement"]
    assert rows["commune"][1:4] == ["own", "own", "summary"]
    assert rows["admin"][1:] == ["–"] * 9
    assert "Law 53/2024 Arts 3(9)-(11), 36(1); verified text digest 2026-11-21" in output
    assert "legal-aid: legal_aid: identity, contact, statement for legal_aid in support:legal_aid" in output


def test_diff_tells_whose_sight_changed(run, draft, change):
    change("confidentiality.toml", 'statement = "summary"', 'statement = "own"')
    _, output = run("diff", "law-53-2024", str(draft))
    assert "commune  identity own, contact own, statement summary" in output
    assert "→ identity own, contact own, statement own" in output


def test_diff_tells_which_purpose_changed(run, draft, change):
    change("purposes.toml", 'lanes = ["past"]\ngroups = ["identity"]', 'lanes = ["past"]\ngroups = ["contact"]')
    _, output = run("diff", "law-53-2024", str(draft))
    assert "What text is opened for" in output
    assert "→ identification: contact for commune" in output


def test_list_holds_the_report_dates(run):
    _, output = run("list", "--kind", "recurring", "--pack", "law-53-2024")
    assert f"{len(PACK.reporting) + sum(rule.kind == 'recurring' for rule in PACK.rules.values())} rules" in output


def test_diff_of_a_pack_with_itself_is_empty():
    assert not [section.title for section in compare(PACK, PACK) if section.lines]


def test_diff_tells_a_changed_limit_and_what_came_and_went(run, draft, change):
    change("identification.toml", "amount = 3\n", "amount = 5\n")
    change("child.toml", 'id = "C-CHP-02"', 'id = "C-CHP-99"')
    change("endings.toml", '"C-CHP-02"', '"C-CHP-99"')
    change("operational.toml", "gap_hours = 24", "gap_hours = 25")
    code, output = run("diff", "law-53-2024", str(draft))
    assert code == 0
    assert "limit 3 days → 5 days" in output
    assert "C-CHP-02 → C-CHP-99" not in output  # only the id changed: nothing for an official
    assert "gap_hours  24 → 25" in output


def test_diff_matches_rules_of_two_laws_by_their_step():
    old = LIBRARY.pack("law-66-2011")
    pairs = matched(old, PACK)
    assert pairs["A-SELF-01"] == "B-SELF-01"
    assert len(set(pairs.values())) == len(pairs)
    assert all(rule not in pairs or pairs[rule] == rule for rule in old.rules.keys() & PACK.rules.keys())


def test_diff_tells_lanes_of_a_family_once():
    sections = gathered(compare(LIBRARY.pack("law-66-2011"), PACK))
    states = [section for section in sections if section.title.endswith(": states") and section.lines]
    assert len({tuple(section.lines) for section in states}) == len(states)


def test_show_of_a_local_rule_says_where_it_holds_and_that_it_only_reminds(run):
    code, output = run("show", "QC2467-01", "--pack", "law-53-2024")
    assert code == 0
    assert "local/quy-che-2467/2026-11-29.toml" in output
    assert "only in     quang-ngai, from 2026-11-29" in output
    assert "not found: it reminds, it never breaches" in output


def test_instruments_lists_them_with_their_days(run):
    code, output = run("instruments", "--on", "2026-11-29")
    assert code == 0
    rows = {line.split()[0]: line for line in reversed(output.splitlines()) if line.strip()}
    assert "not in force" in rows["law-66-2011"]
    assert "not known" in rows["quy-che-2548"]
    assert "2026-01-01 – 2030-12-31" in rows["2026-2030"]
    assert "quang-ngai" in [line for line in output.splitlines() if line.startswith("quy-che-2467")][-1]
    assert "law-66-2011" not in run("instruments", "--kind", "coordination")[1]


def test_instruments_of_an_id_says_what_is_known_and_what_was_not_found(run):
    output = run("instruments", "quy-che-2548")[1]
    assert "not found   The text of all articles" in output
    assert "no number, it only reminds" in output
    code, output = run("instruments", "quy-che-1")
    assert code == 1
    assert "There is no instrument quy-che-1" in output
