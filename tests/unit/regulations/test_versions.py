"""Versions of a pack installed beside the package's: found by their hash, immutable, checked."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from contracts.regulations import NoPack, PackError, PackMissing, load_pack
from contracts.regulations.loader import install_pack, installed_path, use_installed

PACK = "law-53-2024"


@pytest.fixture
def installed(tmp_path: Path):
    use_installed(tmp_path / "regulations")
    yield tmp_path / "regulations"
    use_installed(None)


@pytest.fixture
def amended(tmp_path: Path) -> Path:
    """A folder of the pack with one number changed."""
    with as_file(files("contracts.regulations") / "packs" / PACK) as source:
        shutil.copytree(source, tmp_path / "work")
    file = tmp_path / "work" / "operational.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("gap_hours = 24", "gap_hours = 25"), encoding="utf-8")
    return tmp_path / "work"


def test_without_a_hash_or_with_its_own_the_package_s_version_is_given(installed: Path) -> None:
    own = load_pack(PACK)
    assert load_pack(PACK, own.content_hash) is own
    with pytest.raises(NoPack):
        load_pack("law-0-1900", own.content_hash)


def test_an_installed_version_is_found_by_its_hash_and_loaded_once(installed: Path, amended: Path) -> None:
    content_hash = install_pack(amended, installed).content_hash
    found = load_pack(PACK, content_hash)
    assert found.content_hash == content_hash != load_pack(PACK).content_hash
    assert found.operational.default.gap_hours == 25
    assert load_pack(PACK, content_hash) is found
    assert install_pack(amended, installed).content_hash == content_hash, "doing it again changes nothing"


def test_a_version_that_is_nowhere_is_looked_for_again(installed: Path, amended: Path) -> None:
    content_hash = install_pack(amended, installed.with_name("elsewhere")).content_hash
    for wrong in (content_hash, "0" * 64, "../" + content_hash, "other"):
        with pytest.raises(PackMissing):
            load_pack(PACK, wrong)
    install_pack(amended, installed)
    assert load_pack(PACK, content_hash).content_hash == content_hash


def test_a_version_that_was_changed_is_refused(installed: Path, amended: Path) -> None:
    content_hash = install_pack(amended, installed).content_hash
    file = installed_path(installed, PACK, content_hash) / "operational.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("gap_hours = 25", "gap_hours = 26"), encoding="utf-8")
    use_installed(installed)  # as another process would
    with pytest.raises(PackError, match="with the hash"):
        load_pack(PACK, content_hash)


def test_a_pack_with_a_mistake_or_of_another_regime_is_not_installed(installed: Path, amended: Path) -> None:
    head = amended / "pack.toml"
    head.write_text(head.read_text(encoding="utf-8").replace(f'id = "{PACK}"', 'id = "law-54-2024"'), encoding="utf-8")
    with pytest.raises(PackError):
        install_pack(amended, installed)
    assert not installed.exists()
