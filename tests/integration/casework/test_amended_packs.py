"""Another version of a pack: installed, signed, and then pinned by every case that it does not contradict."""

import shutil
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest

from casework.amendments import moves
from regulations import Library
from regulations.toml_files import root
from tests.integration.casework.amending import DUE, LATER, Amending, proposal, slug
from tests.integration.casework.in_process import GUARD, HEALTH
from tests.library import LIBRARY, decided, numbered_anew

pytestmark = pytest.mark.stack


@pytest.fixture
def installed(law: Amending, tmp_path: Path) -> Library:
    """A library with a folder of installed packs, in which casework looks."""
    library = decided(Library(tmp_path / "regulations"))
    law.cases.use_library(library)
    return library


def version(tmp_path: Path, installed: Library, old: str, new: str, file: str = "identification.toml") -> str:
    """Installs the pack with one text replaced; its hash."""
    with as_file(root() / "packs" / "law-53-2024") as source:
        numbered_anew(Path(shutil.copytree(source, tmp_path / "law-53-2024")))
    path = tmp_path / "law-53-2024" / file
    content = path.read_text(encoding="utf-8")
    assert content.count(old) >= 1
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return installed.install(tmp_path / "law-53-2024").content_hash


def of_pack(pack_hash: str) -> dict[str, Any]:
    """A proposal of a version."""
    return {"kind": "pack", "rows": [], "pack_id": "law-53-2024", "pack_hash": pack_hash}


async def test_a_version_that_is_not_installed_is_refused(law: Amending) -> None:
    answer = await law.ask("POST", "", proposal(**of_pack("0" * 64)))
    assert slug(answer) == (422, "pack-not-installed")


async def test_an_amended_pack_is_pinned_by_open_and_new_cases(
    law: Amending, installed: Library, tmp_path: Path
) -> None:
    case_id = await law.running()
    pack_hash = version(tmp_path, installed, *three_days_to_five())
    amendment = await law.propose(**of_pack(pack_hash))
    [one] = [item for item in await law.preview(amendment) if item["rule"] == "B-SELF-04"]
    assert (one["effect"], one["why"]) == ("later", ["B-SELF-04: 3 days → 5 days"])
    await law.sign(amendment)
    assert one["to_at"] == "2026-11-25T17:00:00Z"
    assert await law.due(case_id) == LATER
    told = await law.applied(amendment)
    assert told["clocks_moved"] == 1
    change = (await law.cases.changes(case_id))[-1]
    assert change["standing"]["pack_hash"] == pack_hash
    [row] = await law.cases.http.sql("SELECT pack_hash FROM casework.cases WHERE case_id = $1", case_id)
    assert row["pack_hash"] == pack_hash
    new = await law.running()
    assert await law.due(new) == LATER
    [row] = await law.cases.http.sql("SELECT pack_hash, law_seq FROM casework.cases WHERE case_id = $1", new)
    assert (row["pack_hash"], row["law_seq"]) == (pack_hash, 1)


def three_days_to_five() -> tuple[str, str]:
    """The amount of B-SELF-04 in the pack's file, and another one."""
    text = (root() / "packs" / "law-53-2024" / "identification.toml").read_text(encoding="utf-8")
    start = text.index('id = "B-SELF-04"')
    rule = text[start : text.index("[[", start)]
    assert "amount = 3" in rule
    return rule, rule.replace("amount = 3", "amount = 5")


async def test_a_case_that_contradicts_the_amended_pack_keeps_its_own(
    law: Amending, installed: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await law.running()
    pack_hash = version(tmp_path, installed, *three_days_to_five())
    amendment = await law.propose(**of_pack(pack_hash))
    own = LIBRARY.pack("law-53-2024").content_hash
    folds = moves.folds
    monkeypatch.setattr(moves, "folds", lambda file: file.pack.content_hash == own and folds(file))
    assert [(item["case_id"], item["effect"]) for item in await law.preview(amendment)] == [(case_id, "keeps")]
    await law.sign(amendment)
    await law.applied(amendment)
    assert await law.due(case_id) == DUE
    [line] = [line for line in await law.cases.timeline(case_id, GUARD) if line["kind"] == "amended"]
    assert line["details"] == {"keeps": "law-53-2024", "hash": own}


async def test_without_the_amended_version_a_process_changes_nothing(
    law: Amending, installed: Library, tmp_path: Path
) -> None:
    case_id = await law.running()
    await law.signed(**of_pack(version(tmp_path, installed, *three_days_to_five())))
    law.cases.use_library(LIBRARY)
    assert slug(await law.cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T10:00:00+07:00")) == (
        503,
        "pack-differs",
    )
