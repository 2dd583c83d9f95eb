"""Versions of a pack installed beside the package's: found by their hash, immutable, checked."""

import shutil
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from regulations import Library, NoPack, PackError, PackMissing
from regulations.versions import Version, VersionTaken, other_content, released
from tests.library import LIBRARY, numbered_anew

PACK = "law-53-2024"
FIRST = "0fd1a19d7af5ab1c4465c68192d8b473edbd5f00b528c4a356aed314587ecf20"
"""Of the release that did not install its own."""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with a folder of installed versions, empty at first."""
    return Library(tmp_path / "regulations")


@pytest.fixture
def amended(tmp_path: Path) -> Path:
    """A folder of the pack with one number changed."""
    with as_file(files("regulations") / "packs" / PACK) as source:
        shutil.copytree(source, tmp_path / "work")
    numbered_anew(tmp_path / "work")
    file = tmp_path / "work" / "operational.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("gap_hours = 24", "gap_hours = 25"), encoding="utf-8")
    return tmp_path / "work"


def test_without_a_hash_or_with_its_own_the_package_s_version_is_given(library: Library) -> None:
    own = library.pack(PACK)
    assert library.pack(PACK, own.content_hash) is own
    with pytest.raises(NoPack):
        library.pack("law-0-1900", own.content_hash)


def test_an_installed_version_is_found_by_its_hash_and_loaded_once(library: Library, amended: Path) -> None:
    content_hash = library.install(amended).content_hash
    found = library.pack(PACK, content_hash)
    assert found.content_hash == content_hash != library.pack(PACK).content_hash
    assert found.operational.default.gap_hours == 25
    assert library.pack(PACK, content_hash) is found
    assert library.install(amended).content_hash == content_hash, "doing it again changes nothing"


def test_a_version_that_is_nowhere_is_looked_for_again(library: Library, amended: Path, tmp_path: Path) -> None:
    content_hash = Library(tmp_path / "elsewhere").install(amended).content_hash
    for wrong in (content_hash, "0" * 64, "../" + content_hash, "other"):
        with pytest.raises(PackMissing):
            library.pack(PACK, wrong)
    library.install(amended)
    assert library.pack(PACK, content_hash).content_hash == content_hash


def test_a_version_that_was_changed_is_refused(library: Library, amended: Path, tmp_path: Path) -> None:
    content_hash = library.install(amended).content_hash
    file = library.path_of(PACK, content_hash) / "operational.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("gap_hours = 25", "gap_hours = 26"), encoding="utf-8")
    another = Library(tmp_path / "regulations")  # of another process
    with pytest.raises(PackError, match="with the hash"):
        another.pack(PACK, content_hash)


def test_a_pack_with_a_mistake_or_of_another_regime_is_not_installed(
    library: Library, amended: Path, tmp_path: Path
) -> None:
    head = amended / "pack.toml"
    head.write_text(head.read_text(encoding="utf-8").replace(f'id = "{PACK}"', 'id = "law-54-2024"'), encoding="utf-8")
    with pytest.raises(PackError):
        library.install(amended)
    assert not (tmp_path / "regulations").exists()


def renumbered(folder: Path, number: str) -> None:
    head = folder / "pack.toml"
    head.write_text(head.read_text(encoding="utf-8").replace("2099.1.1", number), encoding="utf-8")


def test_a_number_of_a_version_stands_for_one_content(library: Library, amended: Path) -> None:
    content_hash = library.install(amended).content_hash
    file = amended / "operational.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("gap_hours = 25", "gap_hours = 26"), encoding="utf-8")
    with pytest.raises(VersionTaken, match=f"2099.1.1 of {PACK} already stands for other content .{content_hash[:16]}"):
        library.install(amended)
    assert [folder.name for folder in library.path_of(PACK, content_hash).parent.iterdir()] == [content_hash]
    renumbered(amended, "2099.1.2")
    assert library.install(amended).version == "2099.1.2"


@pytest.mark.parametrize("number", ["2099.01.1", "2099.1.1 ", "v2099.1.1", "2099..1", "", "٢٠٩٩.1"])
def test_a_number_has_one_way_to_be_written(library: Library, amended: Path, number: str) -> None:
    renumbered(amended, number)
    with pytest.raises(PackError, match="write whole numbers with dots between them, without a zero in front"):
        library.install(amended)


def test_a_number_that_an_earlier_release_wrote_in_another_way_is_taken_too() -> None:
    one = Version(pack=PACK, version="2099.1.1", content_hash="0" * 64)
    other = one.model_copy(update={"version": "2099.01.1", "content_hash": "1" * 64})
    assert list(other_content(one, [other])) == [other]
    assert list(other_content(one, [other.model_copy(update={"version": "2099.1.10"})])) == []


@pytest.mark.parametrize("number", ["own", "2026.11.2"])
def test_nor_may_it_be_that_of_a_release(library: Library, amended: Path, number: str) -> None:
    renumbered(amended, LIBRARY.pack(PACK).version if number == "own" else number)
    with pytest.raises(VersionTaken):
        library.install(amended)


def test_every_released_version_that_the_package_has_is_as_it_was() -> None:
    rows = {(row.pack, row.version): row for row in released()}
    for pack in LIBRARY.packs().values():
        assert not list(other_content(pack.numbered, rows.values())), "number the changed pack anew"
    for row in rows.values():
        with suppress(PackMissing):
            assert LIBRARY.pack(row.pack, row.content_hash).numbered == row
    assert rows[PACK, "2026.11.2"] == Version(pack=PACK, version="2026.11.2", content_hash=FIRST)
