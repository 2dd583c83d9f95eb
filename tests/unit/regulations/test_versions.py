"""Versions of a pack installed beside the package's: found by their hash, immutable, checked."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from regulations import Library, NoPack, PackError, PackMissing

PACK = "law-53-2024"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with a folder of installed versions, empty at first."""
    return Library(tmp_path / "regulations")


@pytest.fixture
def amended(tmp_path: Path) -> Path:
    """A folder of the pack with one number changed."""
    with as_file(files("regulations") / "packs" / PACK) as source:
        shutil.copytree(source, tmp_path / "work")
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
