"""`neove calendar import`, `neove law amend`, and what becomes of an amendment; nothing unchecked is sent."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from neove.calendar import app as calendar_app
from neove.law.shared import amending
from regulations.loader import read_pack
from regulations.toml_files import root
from stack.config import Failure
from tests.library import LIBRARY

from .casework_fake import HASH, ID, Casework, move

WHY = ("--decision", "QĐ 1/QĐ-TTg", "--reason", "Bão số 14")
DAYS = """
year = 2026
edition = "2026-11"

[[row]]
date = 2026-11-23
kind = "off"
name = "Nghỉ tránh bão"
status = "confirmed"

[[row]]
date = 2026-11-28
kind = "work"
name = "Làm bù"
decision = "QĐ 1/QĐ-TTg"
status = "confirmed"
"""


@pytest.fixture
def casework(monkeypatch):
    """Casework in memory; nothing waits."""
    fake = Casework()
    monkeypatch.setattr(amending, "register", fake.register)
    slept: list[float] = []
    clock = SimpleNamespace(sleep=slept.append, monotonic=lambda: 1000.0 + sum(slept))
    monkeypatch.setattr(amending, "time", clock)
    return fake


@pytest.fixture
def days(tmp_path):
    path = tmp_path / "days.toml"
    path.write_text(DAYS, encoding="utf-8")
    return path


@pytest.fixture
def bring(days):
    """Call `neove calendar import FILE …`."""

    def call(*words, file: Path = days, why=WHY):
        result = CliRunner().invoke(calendar_app, ["import", str(file), *why, *words])
        if isinstance(result.exception, Failure):
            return 1, result.output + str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return call


def test_import_proposes_the_days_of_the_file_and_shows_what_would_move(casework, bring):
    code, output = bring()
    assert code == 0, output
    (sent,) = casework.bodies("/amendments")
    assert (sent["kind"], sent["decision"]) == ("calendar", "QĐ 1/QĐ-TTg")
    assert sent["reason"] == "Bão số 14"
    assert sent["rows"] == [
        {"date": "2026-11-23", "kind": "off", "name": "Nghỉ tránh bão", "status": "confirmed"},
        {"date": "2026-11-28", "kind": "work", "name": "Làm bù", "status": "confirmed"},
    ]
    assert "2026-11-24 24:00" in output
    assert "2026-11-25 24:00" in output
    assert "2026-11-23 off: Nghỉ bù" in output
    assert HASH in output
    assert f"neove law sign {ID}" in output
    assert not casework.signed_by


def test_preview_goes_through_all_pages_and_counts_by_rule_and_office(casework, bring):
    casework.pages = [
        [move(), move(case_id="case_two", effect="breaches", rule="C-INF-11")],
        [move(case_id=None, effect="no_longer_breached", office=None, lane="protection", rule="X")],
    ]
    _, output = bring()
    assert "100 open cases looked at, 3 of them move, 3 clocks" in output
    lines = {line.split()[0]: line.split()[1:] for line in output.splitlines() if line.strip()}
    assert lines["C-INF-10"] == ["1", "0", "0"]
    assert lines["C-INF-11"] == ["0", "1", "0"]
    assert lines["provincial_police/lao-cai"] == ["1", "1", "0"]
    assert lines["none"] == ["0", "0", "1"]
    assert lines["together"] == ["1", "1", "1"]
    assert "not shown" in output
    cursors = [query.get("cursor") for _, path, query, _ in casework.asked if path.endswith("preview")]
    assert cursors == [None, "1"]


def test_twenty_moves_are_shown_and_the_rest_is_counted(casework, bring):
    casework.pages = [[move(case_id=f"case_{number:02}") for number in range(33)]]
    _, output = bring()
    assert "case_19" in output
    assert "case_20" not in output
    assert "and 13 more" in output


def test_no_move_is_said(casework, bring):
    casework.pages = [[]]
    _, output = bring()
    assert "50 open cases looked at, 0 of them move, 0 clocks" in output


def test_json_has_the_output_for_itself_and_all_moves(casework, days):
    casework.pages = [[move(case_id=f"case_{number}") for number in range(33)]]
    result = CliRunner().invoke(calendar_app, ["import", str(days), *WHY, "--json"])
    document = json.loads(result.stdout)
    assert len(document["items"]) == 33
    assert document["amendment"]["content_hash"] == HASH
    assert (document["cases"], document["cases_moved"]) == (50, 33)


def test_without_preview_none_is_asked_for(casework, bring):
    bring("--no-preview")
    assert not [path for _, path, _, _ in casework.asked if path.endswith("preview")]


def test_sign_signs_what_was_proposed_as_a_second_person_and_waits(casework, bring):
    code, output = bring("--sign")
    assert code == 0, output
    assert (casework.proposed_by, casework.signed_by) == ("1", "2")
    assert casework.bodies("/sign") == [{"content_hash": HASH}]
    assert output.count("open cases still to be folded again") == 2
    assert "applied 2026-11-20 10:00:05: 5 clocks of 4 cases moved" in output


def test_one_person_cannot_do_both(casework, bring):
    code, output = bring("--sign", "--signer", "1")
    assert code == 1
    assert "same-person" in output
    assert not casework.signed_by


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "off"', 'kind = "holiday"', "row.0.kind"),
        ('name = "Nghỉ tránh bão"', 'name = "Nghỉ"\nswitch = "november"', "switch"),
        ('decision = "QĐ 1/QĐ-TTg"', 'decision = "QĐ 2/QĐ-TTg"', "one amendment has one decision"),
        ("date = 2026-11-28", "date = 2027-11-27", "not of the year 2026"),
        ("[[row]]", "[[row]", "days.toml"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_sent(casework, bring, days, old, new, said):
    days.write_text(DAYS.replace(old, new), encoding="utf-8")
    code, output = bring()
    assert code == 1
    assert said in output
    assert not casework.asked


def test_a_missing_file_is_refused(casework, bring, tmp_path):
    code, output = bring(file=tmp_path / "none.toml")
    assert (code, "none.toml" in output) == (1, True)


@pytest.fixture
def regulations(tmp_path, monkeypatch):
    folder = tmp_path / "regulations"
    monkeypatch.setenv("NEOVE_REGULATIONS", str(folder))
    return folder


def test_amend_installs_the_checked_version_and_proposes_it(run, casework, draft, change, regulations):
    change("crime.toml", 'amount = 24\nunit = "hour"', 'amount = 48\nunit = "hour"')
    pack = read_pack(draft, LIBRARY.world)
    code, output = run("amend", str(draft), *WHY)
    assert code == 0, output
    (sent,) = casework.bodies("/amendments")
    assert (sent["kind"], sent["pack_id"], sent["pack_hash"]) == ("pack", pack.id, pack.content_hash)
    assert "24 hours → 48 hours" in output
    there = regulations / "packs" / pack.id / pack.content_hash
    assert read_pack(there, LIBRARY.world) == pack
    assert {path.suffix for path in there.iterdir()} == {".toml"}


def test_amend_twice_changes_nothing_of_what_is_installed(run, casework, draft, change, regulations):
    change("crime.toml", 'amount = 24\nunit = "hour"', 'amount = 48\nunit = "hour"')
    run("amend", str(draft), *WHY)
    before = {path: path.stat().st_mtime_ns for path in regulations.rglob("*")}
    assert run("amend", str(draft), *WHY)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in regulations.rglob("*")} == before


def test_a_pack_with_errors_is_neither_installed_nor_proposed(run, casework, draft, change, regulations):
    change("crime.toml", 'to = ["CRIME_INFO_TRANSFERRED"]', 'to = ["NOWHERE"]')
    code, output = run("amend", str(draft), *WHY)
    assert code == 1
    assert "NOWHERE" in output
    assert not regulations.exists()
    assert not casework.asked


def test_the_way_back_to_the_packages_own_version_is_open(run, casework, regulations):
    with as_file(root() / "packs" / "law-53-2024") as own:
        code, output = run("amend", str(own), *WHY)
    assert code == 0, output
    assert "the package's own version" in output
    (sent,) = casework.bodies("/amendments")
    assert sent["pack_hash"] == LIBRARY.pack("law-53-2024").content_hash


def test_other_content_under_the_number_of_another_version_is_refused(run, casework, draft, change, regulations):
    change("crime.toml", "amount = 24", "amount = 48")
    assert run("amend", str(draft), *WHY)[0] == 0
    change("crime.toml", "amount = 48", "amount = 36")
    code, output = run("amend", str(draft), *WHY)
    assert code == 1
    assert "version 2099.1.1 of law-53-2024 already stands for other content" in output
    own = LIBRARY.pack("law-53-2024").version
    change("pack.toml", 'version = "2099.1.1"', f'version = "{own}"')
    code, output = run("amend", str(draft), *WHY)
    assert code == 1
    assert f"version {own} of law-53-2024 already stands for other content" in output
    assert len(list((regulations / "packs" / "law-53-2024").iterdir())) == 1


def test_amendments_are_listed_and_the_chain_is_said(run, casework):
    casework.signed_by = "2"
    code, output = run("amendments")
    assert code == 0, output
    assert ID in output
    assert "1 signed, each as it was signed" in output
    casework.chain = {"ok": False, "signed": 1, "broken_at": ID}
    code, output = run("amendments")
    assert code == 1
    assert f"broken at {ID}" in output


def test_sign_refuses_another_content_than_was_read(run, casework):
    code, output = run("sign", ID, "--hash", "cd" * 32)
    assert code == 1
    assert "other-content" in output
    assert not casework.signed_by


def test_sign_shows_what_is_signed_and_follows_until_it_is_applied(run, casework):
    casework.proposed_by = "1"
    code, output = run("sign", ID)
    assert code == 0, output
    assert output.index(HASH) < output.index("signed, holds as no. 1") < output.index("applied")


def test_a_refold_that_makes_no_progress_is_reported(run, casework):
    casework.behind = [3] * 1000
    code, output = run("sign", ID)
    assert code == 1
    assert output.count("3 of 9 open cases") == 1
    assert "the re-fold makes no progress" in output


def test_a_proposal_is_withdrawn(run, casework):
    code, output = run("withdraw", ID)
    assert (code, f"{ID} withdrawn" in output) == (0, True)


def test_without_a_stack_that_is_said(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NEOVE_STATE", str(tmp_path))
    code, output = run("amendments")
    assert (code, "There is no stack" in output) == (1, True)


@pytest.mark.parametrize("words", [("due", "B-SUP-01", "--from", "2026-02-10"), ("calendar",), ("agree",)])
def test_reckoning_on_files_says_whose_calendar_it_is(run, words):
    _, output = run(*words)
    assert "package" in output


def test_the_sample_rule_of_the_help_can_be_proposed(run, casework, draft, regulations):
    sample = (files("neove") / "samples" / "rule.toml").read_text(encoding="utf-8")
    path = draft / "crime.toml"
    head, begin, rest = path.read_text(encoding="utf-8").partition('[[rule]]\nid = "C-INF-02"\n')
    assert begin
    path.write_text(head + sample + "\n[[rule]]" + rest.partition("\n[[rule]]")[2], encoding="utf-8")
    code, output = run("amend", str(draft), *WHY)
    assert code == 0, output
    assert "24 hours → 48 hours" in output
