"""Packs as earlier releases wrote them: read with their hash, by adapters where their format is an older one."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from contracts.codes import SealGroup
from contracts.standing import LaneStanding, Standing
from regulations import CaseState, Lane, Library, Pack, PackError
from regulations.formats import FORMAT, format_of
from regulations.loader import pack_content, read_pack
from regulations.toml_files import read
from tests.library import LIBRARY, RIGHTS
from tests.unit.regulations.conftest import Cases

FIRST = {
    "law-53-2024": "0fd1a19d7af5ab1c4465c68192d8b473edbd5f00b528c4a356aed314587ecf20",
    "law-66-2011": "65c6bd12410f52b2527a6cd0b444dec174e2ca96aa8dab7951920ee9d24a3db3",
}
"""Pack → hash of its version in commit 650ba9c, which said nothing of readings and of who may open which text."""
OCCURRED = {"law-53-2024": "2026-10-09T14:05", "law-66-2011": "2025-05-12T09:00"}
COMMUNE, ID = "commune/lao-cai", "identification"


@pytest.fixture(params=sorted(FIRST))
def first(request: pytest.FixtureRequest) -> Pack:
    return LIBRARY.pack(request.param, FIRST[request.param])


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the package's pack."""
    with as_file(files("regulations") / "packs" / "law-53-2024") as source:
        return Path(shutil.copytree(source, tmp_path / "draft"))


def test_a_pack_of_the_first_format_is_read_with_the_hash_of_its_files(first: Pack) -> None:
    own = LIBRARY.pack(first.id)
    assert first.content_hash == FIRST[first.id] != own.content_hash
    assert first.version < own.version
    assert {rule.verified_by for rule in first.rules.values()} == {None}, "nobody was named then"


def test_a_case_that_is_pinned_to_it_is_folded_as_before(first: Pack, world: Any) -> None:
    cases, own = Cases(first, world), Cases(LIBRARY.pack(first.id), world)
    opening = cases.opening(COMMUNE, "self_report", OCCURRED[first.id], commune="bat-xat")
    step = (ID, "SUPPORT_AGENCY_NOTIFIED", OCCURRED[first.id], COMMUNE)
    then, now = cases.told(opening, step), own.told(opening, step)
    assert _held(then) == _held(now)
    assert [(clock.rule, clock.due_at) for clock in then.clocks] == [(clock.rule, clock.due_at) for clock in now.clocks]
    assert then.clocks


def _held(state: CaseState) -> dict[str, Lane]:
    """The lanes without who may act next: a later version may let further roles act."""
    return {code: lane.model_copy(update={"may_act": ()}) for code, lane in state.lanes.items()}


def test_what_the_programme_itself_held_then_comes_from_the_packages_pack(first: Pack) -> None:
    lane = LaneStanding(state="AT_COMMUNE", holder=COMMUNE, place="lao-cai")
    standing = Standing(
        reporter=COMMUNE,
        lanes={ID: lane},
        regime_procedure=first.id,
        pack_hash=first.content_hash,
        route="self_report",
    )
    assert SealGroup.IDENTITY in RIGHTS.readable_groups(COMMUNE, standing)
    own = LIBRARY.pack(first.id)
    assert {code: one.attributes for code, one in first.lanes.items()} == {
        code: one.attributes for code, one in own.lanes.items()
    }


def test_the_packages_own_packs_are_of_the_newest_format() -> None:
    for pack_id in FIRST:
        assert format_of(read(files("regulations") / "packs" / pack_id / "pack.toml")) == FORMAT


def test_a_pack_of_a_later_release_is_refused(draft: Path) -> None:
    head = draft / "pack.toml"
    head.write_text(f"format = {FORMAT + 1}\n{head.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(PackError, match="this release reads"):
        read_pack(draft, LIBRARY.world)


def test_a_check_that_came_later_does_not_take_an_installed_version_away(draft: Path, tmp_path: Path) -> None:
    """Stands for any check that was added after the version was installed."""
    file = draft / "child.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('verified_by = "digest"\nverified_on = 2026-11-21\n', "", 1), encoding="utf-8")
    with pytest.raises(PackError, match="verified"):
        read_pack(draft, LIBRARY.world)
    content_hash = str(pack_content(draft)["content_hash"])
    library = Library(tmp_path / "regulations")
    shutil.copytree(draft, library.path_of("law-53-2024", content_hash))
    assert library.pack("law-53-2024", content_hash).content_hash == content_hash
