"""The law of a running stack is amended from the command line: previewed, signed by a second person, applied, undone.

On a stack of its own: everything open on it is counted anew.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from neove.__main__ import app
from neove.law.shared.amending import register
from regulations.toml_files import root
from stack.trial import Trial
from tests.library import LIBRARY, numbered_anew
from tests.load.desk import POLICE, Desk
from tests.load.house import sql
from tests.own_stack import own_stack
from tests.proof.amend import a_coming_day, amended_and_back

pytestmark = pytest.mark.stack
CASES = 24
WHY = ("--decision", "QĐ 1/QĐ-TTg", "--reason", "Bài thử")
PACK, RULE, DAYS_RULE = "law-53-2024", "C-INF-02", "C-INF-10"


@pytest.fixture(scope="module")
def own() -> Iterator[Trial]:
    with own_stack() as running:
        yield running


@pytest.fixture
def neove(own: Trial, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Call `neove …` against the stack; gives what it prints."""
    monkeypatch.setenv("NEOVE_STATE", str(own.state))
    monkeypatch.delenv("NEOVE_REGULATIONS", raising=False)

    def call(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
        return result.output

    return call


async def reported(own: Trial) -> str:
    async with Desk(own.endpoints) as desk:
        case_id = await desk.report()
        await desk.case(case_id)
        return case_id


def due(own: Trial, case_id: str, rule: str) -> datetime:
    with own.client(POLICE, "casework") as client:
        clocks = client.get(f"/v1/cases/{case_id}").raise_for_status().json()["clocks"]
    return datetime.fromisoformat(clocks[rule]["due_at"])


async def test_every_due_date_follows_and_comes_back(own: Trial) -> None:
    rows = await amended_and_back(own, CASES)
    assert [row for row in rows if row.holds is False] == []
    assert sum(row.holds is True for row in rows) > 10


async def test_a_day_off_is_brought_previewed_and_signed(own: Trial, neove: Any, tmp_path: Path) -> None:
    case_id = await reported(own)
    before = due(own, case_id, DAYS_RULE)
    day = a_coming_day(LIBRARY.world.calendar)
    file = days_file(tmp_path, str(day))
    shown = neove("calendar", "import", str(file), *WHY)
    assert case_id in shown
    assert due(own, case_id, DAYS_RULE) == before, "a preview moves nothing"
    amendment_id = register().all()["items"][-1]["amendment_id"]
    assert "same-person" in refused("law", "sign", amendment_id, "--actor", "1")
    assert "applied" in neove("law", "sign", amendment_id)
    assert due(own, case_id, DAYS_RULE) > before
    assert str(day) in neove("law", "amendments")
    file.write_text(file.read_text(encoding="utf-8").replace('"off"', '"plain"'), encoding="utf-8")
    neove("calendar", "import", str(file), *WHY, "--no-preview", "--sign")
    assert due(own, case_id, DAYS_RULE) == before


async def test_a_pack_in_another_version_is_brought_and_taken_back(own: Trial, neove: Any, tmp_path: Path) -> None:
    case_id = await reported(own)
    before = due(own, case_id, RULE)
    with as_file(root() / "packs" / PACK) as source:
        package, draft = Path(source), numbered_anew(Path(shutil.copytree(source, tmp_path / PACK)))
    doubled(draft / "crime.toml")
    shown = neove("law", "amend", str(draft), *WHY, "--sign")
    assert f"{RULE}: 24 hours → 48 hours" in shown
    assert due(own, case_id, RULE) == before + timedelta(hours=24)
    drawn = neove("law", "draw", "--case", case_id, "--as", POLICE)
    assert "48 giờ" in picture_of("crime", drawn)
    later = await reported(own)
    assert due(own, later, RULE) > before + timedelta(hours=24), "a new case is under the new version"
    neove("law", "amend", str(package), *WHY, "--no-preview", "--sign")
    assert due(own, case_id, RULE) == before


async def test_a_change_of_what_was_signed_shows(own: Trial, neove: Any, tmp_path: Path) -> None:
    neove("calendar", "import", str(days_file(tmp_path, "2027-07-05")), *WHY, "--no-preview", "--sign")
    newest = register().all()["items"][-1]["amendment_id"]
    change = "UPDATE casework.amendments SET decision = $1 WHERE amendment_id = $2"
    await sql(own.stack, "casework", change, "QĐ 2/QĐ-TTg", newest)
    assert f"broken at {newest}" in neove("law", "amendments", code=1)
    await sql(own.stack, "casework", change, WHY[1], newest)
    assert "each as it was signed" in neove("law", "amendments")


def days_file(folder: Path, day: str) -> Path:
    """A file that makes one day a day off."""
    file = folder / "days.toml"
    file.write_text(f'[[row]]\ndate = {day}\nkind = "off"\nname = "Nghỉ"\nstatus = "confirmed"\n', encoding="utf-8")
    return file


def picture_of(lane: str, drawn: str) -> str:
    """The picture among the files that `law draw` names."""
    (file,) = (Path(line) for line in drawn.split() if line.endswith(f"{lane}.svg"))
    return file.read_text(encoding="utf-8")


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is not None
    return str(result.exception)


def doubled(file: Path) -> None:
    """Give the rule twice its hours."""
    head, rule, tail = file.read_text(encoding="utf-8").partition(f'id = "{RULE}"')
    assert rule
    file.write_text(head + rule + tail.replace("amount = 24", "amount = 48", 1), encoding="utf-8")
