"""`neove law due` and `law show` speak of the law in force on the stack, and say whose law it is."""

import pytest

from neove.law.shared import amending
from regulations import Library
from tests.library import LIBRARY

from .casework_fake import Casework


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Casework:
    """A stack on which Monday 23 November 2026 was signed as a day off."""
    fake = Casework()
    fake.signed_by = "2"
    monkeypatch.setattr(amending, "register", fake.register)
    return fake


def test_without_a_stack_it_is_the_law_as_shipped(run):
    _, due = run("due", "B-SUP-01", "--from", "2026-11-20")
    _, shown = run("show", "B-SUP-01")
    assert "as shipped in this package" in due
    assert "as shipped in this package" in shown
    assert LIBRARY.world.calendar.version in due


def test_a_day_that_was_signed_on_the_stack_counts(run, stack):
    _, due = run("due", "B-SUP-01", "--from", "2026-11-20")
    assert "in force on the running stack: this package with 1 signed amendment" in due
    # nine working days after Friday the 20th, without Monday the 23rd (signed) and Tuesday the 24th (a day off)
    assert "Mon 2026-11-23" in due
    stack.signed_by = ""
    _, without = run("due", "B-SUP-01", "--from", "2026-11-20")
    assert "with 0 signed amendments" in without
    assert last_day(without) < last_day(due)


def test_a_version_that_was_signed_on_the_stack_is_shown(run, stack, draft, change, tmp_path, monkeypatch):
    change("crime.toml", 'amount = 24\nunit = "hour"', 'amount = 48\nunit = "hour"')
    monkeypatch.setenv("NEOVE_REGULATIONS", str(tmp_path / "regulations"))
    version = Library(tmp_path / "regulations").install(draft)
    changed = next(rule for rule in version.rules.values() if rule != LIBRARY.pack(version.id).rules[rule.id])
    usual = stack.amendment()
    fields = {"kind": "pack", "rows": [], "pack_id": version.id, "pack_hash": version.content_hash, "state": "signed"}
    monkeypatch.setattr(stack, "amendment", lambda **_: usual | fields)
    _, shown = run("show", changed.id, "--pack", version.id)
    assert "48 hours" in shown
    assert "2099.1.1" in shown
    monkeypatch.setenv("NEOVE_REGULATIONS", str(tmp_path / "elsewhere"))
    code, output = run("show", changed.id)
    assert code == 1
    assert f"The stack signed {version.id}" in output


def test_a_broken_chain_is_said(run, stack):
    stack.chain = {"ok": False, "signed": 1, "broken_at": "amd_invented"}
    assert "not as it was signed" in run("show", "B-SUP-01")[1]


def last_day(output: str) -> str:
    return output.partition("in time until ")[2].partition(" 24:00")[0].split()[-1]
