"""The files of the directory: their mistakes are told, and a directory that does not add up is found."""

import shutil
from datetime import date
from importlib.resources import as_file

import pytest

from regulations import PackError
from regulations.checks.directory import directory_findings, sampled
from regulations.directory_files import load_directory
from regulations.toml_files import root
from tests.library import LIBRARY

DIRECTORY = LIBRARY.world.directory
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture
def folder(tmp_path):
    with as_file(root() / "directory") as source:
        return shutil.copytree(source, tmp_path / "directory")


def change(folder, name, old, new):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("places.toml", 'successor = "lao-cai"', 'successor = "lao-kay"', r"places.toml: unknown .*lao-kay"),
        ("places.toml", 'successor = "lao-cai"', 'successor = "kon-tum"', "yen-bai: kon-tum does not outlast it"),
        ("places.toml", 'code = "ha-giang", name', 'code = "ha-noi", name', "a place stands twice"),
        ("places.toml", '"quang-ninh", "lang-son"', '"quang-nam", "lang"', "unknown places .'lang'"),
        ("demonstration.toml", 'lao-cai = "bat-xat"', 'lao-kay = "bat-xat"', "home. names one known commune for each"),
        ("demonstration.toml", 'unit = "34-02683"', 'unit = "34-06184"', "bat-xat is no commune of lao-cai"),
        ("demonstration.toml", 'place = "post-moc-bai"', 'place = "post-moc"', "border_guard/moc-bai: unknown role or"),
        ("demonstration.toml", 'ref = "border_guard/ben-cau"', 'ref = "border_guard/moc-bai"', "moc-bai stands twice"),
        (
            "demonstration.toml",
            'place = "post-ben-cau"',
            'place = "post-moc-bai"',
            "one role at one place, post-moc-bai",
        ),
        ("offices.toml", '"border_by_merger"', '"border_by_chance"', "border_guard: unknown .'border_by_chance'"),
        ("offices.toml", 'successor = "health_authority"', 'successor = "nobody"', "labour_authority: unknown"),
    ],
)
def test_mistake_in_a_file_is_told(folder, name, old, new, told):
    change(folder, name, old, new)
    with pytest.raises(PackError, match=told):
        load_directory(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "places.toml",
            "provinces = 34",
            "provinces = 33",
            "on 2025-07-01 there are 34 provinces, by Resolution 202",
        ),
        (
            "places.toml",
            "provinces = 63",
            "provinces = 64",
            "on 2025-06-30 there are 63 provinces, by Resolution 15/",
        ),
        ("places.toml", 'number = "04"', 'number = "01"', "two provinces have the same number"),
        (
            "places.toml",
            '["tuyen-quang", "hung-yen"',
            '["hung-yen"',
            "border_guard/ha-giang ends on 2025-07-01 and",
        ),
        (
            "offices.toml",
            'successor = "provincial_police"\n',
            "",
            "district_police is no office in ha-noi on 2025-07-01",
        ),
        (
            "offices.toml",
            'successor = "provincial_police"\n',
            "",
            "district_police/yen-bai ends on 2025-07-01 and nobody",
        ),
        ("offices.toml", '"border", "border_by_merger"', '"border"', "border_guard/ha-giang ends on 2025-07-01 and"),
    ],
)
def test_directory_that_does_not_add_up_is_told(folder, name, old, new, told):
    change(folder, name, old, new)
    found = [mistake for _, mistake in directory_findings(load_directory(folder))]
    assert any(told in mistake for mistake in found), found


def test_directory_adds_up():
    assert not list(directory_findings(DIRECTORY))
    assert sampled(DIRECTORY) == (date(2008, 8, 1), BEFORE, AFTER)


def test_a_real_installation_has_no_demonstration(tmp_path):
    """It leaves `demonstration.toml` out: every commune has its own office, and no short id is an office."""
    with as_file(root() / "directory") as source:
        for name in ("places.toml", "offices.toml"):
            shutil.copy(source / name, tmp_path / name)
    real = load_directory(tmp_path)
    assert real.at("commune", "34-02683", AFTER) == "commune/34-02683"
    assert real.at("commune", "lao-cai", AFTER) is None
    assert real.office("commune/lao-cai") is None
    assert list(directory_findings(real)) == []
