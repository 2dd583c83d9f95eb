"""`neove offices`: which office has a role at a place on a day, and how changes are proposed and shown."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from neove.law.shared import amending
from neove.offices import app
from neove.shared import running
from stack.config import Failure

from .casework_fake import Casework

WHY = ("--decision", "NQ 1/NQ-HĐND", "--reason", "Sáp nhập xã")


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, Failure):
        return 1, result.output + str(result.exception)
    return result.exit_code, result.output


@pytest.fixture
def casework(monkeypatch: pytest.MonkeyPatch) -> Casework:
    fake = Casework()
    monkeypatch.setattr(amending, "register", fake.register)
    return fake


def file_of(folder: Path, text: str | None = None) -> str:
    path = folder / "offices.toml"
    path.write_text(text or (files("neove") / "samples" / "offices.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return str(path)


def test_the_changes_of_a_file_are_proposed_and_named(casework: Casework, tmp_path: Path) -> None:
    code, output = call("import", file_of(tmp_path), *WHY)
    assert code == 0, output
    (sent,) = casework.bodies("/amendments")
    assert (sent["kind"], len(sent["changes"])) == ("offices", 4)
    assert "sa-pa becomes part of muong-khuong" in output
    assert "legal_aid/lao-cai ends, legal_aid/ha-noi takes over" in output
    assert not casework.signed_by


def test_what_comes_to_another_office_is_counted(
    casework: Casework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"case_id": "case_one", "lane": "crime", "ref": "crime", "from_office": "commune/a", "to_office": None}
    moves = [{**one, "what": "lane"}, {**one, "what": "lane"}, {**one, "what": "work", "to_office": "commune/b"}]

    def page(at: int) -> dict[str, Any]:
        return {"cases": 9, "cases_moved": 2, "items": [], "offices": moves, "next": None}

    monkeypatch.setattr(casework, "_page", page)
    _, output = call("import", file_of(tmp_path), *WHY)
    lines = {tuple(line.split()) for line in output.splitlines()}
    assert {("commune/a", "nobody", "lane", "2"), ("commune/a", "commune/b", "work", "1")} <= lines


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "change"),
        ('[[change]]\nkind = "moved"\non = 2026-11-20\n', "moved"),
        (
            '[[change]]\nkind = "merged"\nplace = "atlantis"\ninto = "sa-pa"\non = 2026-11-20\n',
            "unknown place atlantis",
        ),
    ],
)
def test_a_wrong_file_sends_nothing(casework: Casework, tmp_path: Path, text: str, reason: str) -> None:
    code, output = call("import", file_of(tmp_path, text or "change = []\n"), *WHY)
    assert code == 1
    assert reason in output
    assert not casework.asked


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("commune", "sa-pa", "--on", "2025-06-30"), "commune/63-03001"),
        (("labour_authority", "sa-pa", "--on", "2025-07-01"), "health_authority/lao-cai"),
        (("commune", "lao-cai"), "commune/lao-cai"),
    ],
)
def test_show_names_the_office_of_the_day(words: tuple[str, ...], shown: str) -> None:
    code, output = call("show", *words)
    assert (code, shown in output) == (0, True), output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("wizard", "sa-pa"), "unknown role wizard"),
        (("commune", "atlantis"), "unknown place atlantis"),
        (("commune", "vn"), "Nobody has the role"),
        (("commune", "sa-pa", "--on", "yesterday"), "no day"),
    ],
)
def test_show_says_why_there_is_none(words: tuple[str, ...], why: str) -> None:
    code, output = call("show", *words)
    assert (code, why in output) == (1, True), output


class Running:
    """Answers as casework of a running stack for one office, and keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, Any]]] = []

    def ask(self, stack: object, operation: str, office: str, fields: dict[str, Any]) -> dict[str, Any]:
        """As `neove.shared.running.ask`."""
        self.sent.append((operation, office, fields))
        changes = [{"at": "2026-11-20T03:00:00Z", "by": office}] if operation == "change_office" else []
        contact = {"phone": "111", "email": None, "address": None, "site": None}
        return {"contact": contact, "capacity": 3, "changes": changes}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Running:
    fake = Running()
    monkeypatch.setattr(running, "services", lambda: None)
    monkeypatch.setattr(running, "ask", fake.ask)
    return fake


def test_what_an_office_says_of_itself_is_shown_if_a_stack_runs(stack: Running) -> None:
    _, output = call("show", "facility", "lang-son")
    lines = {tuple(line.split()) for line in output.splitlines()}
    assert {("Phone", "111"), ("Email", "–"), ("Capacity", "3")} <= lines


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("--email", "a@b.example"), {"contact": {"email": "a@b.example"}}),
        (("--phone", ""), {"contact": {"phone": None}}),
        (("--capacity", "8"), {"capacity": 8}),
        (("--capacity", ""), {"capacity": None}),
        (("--phone", "111", "--capacity", "0"), {"contact": {"phone": "111"}, "capacity": 0}),
    ],
)
def test_a_change_sends_what_is_named_and_an_empty_text_takes_back(
    stack: Running, words: tuple[str, ...], sent: dict[str, Any]
) -> None:
    code, output = call("change", "facility/lang-son", *words, "--as", "health_authority/lang-son")
    assert code == 0, output
    assert "2026-11-20 10:00 by health_authority/lang-son" in output
    path = {"role": "facility", "word": "lang-son"}
    assert stack.sent == [("change_office", "health_authority/lang-son", {**path, **sent})]


@pytest.mark.parametrize("words", [(), ("--capacity", "many"), ("--capacity", "-1")])
def test_a_change_of_nothing_or_to_no_number_sends_nothing(stack: Running, words: tuple[str, ...]) -> None:
    assert call("change", "facility/lang-son", *words)[0] != 0
    assert stack.sent == []
