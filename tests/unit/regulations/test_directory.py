"""Which office is a role in a territory on a date."""

import shutil
from datetime import date
from importlib.resources import as_file

import pytest

from regulations import PackError
from regulations.checks.directory import directory_findings, sampled
from regulations.directory import load_directory
from regulations.toml_files import root
from tests.library import LIBRARY

DIRECTORY = LIBRARY.world.directory
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
ROLES = {
    "commune",
    "commune_police",
    "provincial_police",
    "border_guard",
    "coast_guard",
    "immigration",
    "procuracy",
    "health_authority",
    "labour_authority",
    "district_police",
    "facility",
    "hotline_111",
    "mission",
    "consular",
    "legal_aid",
    "provider",
    "steering_committee",
    "admin",
}


def test_knows_every_role_and_the_provinces_of_the_demonstration():
    assert set(DIRECTORY.roles) == ROLES
    demonstration = {code for code, place in DIRECTORY.territories.items() if place.communes}
    assert demonstration == {"lao-cai", "lang-son", "quang-ngai", "thai-nguyen", "tay-ninh", "ha-noi", "abroad"}


# After Resolution 202/2025/QH15 Art 1, written by hand: the provinces that took others in, and those that took in none.
TOOK_IN = {
    "tuyen-quang": ["ha-giang"],
    "lao-cai": ["yen-bai"],
    "thai-nguyen": ["bac-kan"],
    "phu-tho": ["vinh-phuc", "hoa-binh"],
    "bac-ninh": ["bac-giang"],
    "hung-yen": ["thai-binh"],
    "hai-phong": ["hai-duong"],
    "ninh-binh": ["ha-nam", "nam-dinh"],
    "quang-tri": ["quang-binh"],
    "da-nang": ["quang-nam"],
    "quang-ngai": ["kon-tum"],
    "gia-lai": ["binh-dinh"],
    "khanh-hoa": ["ninh-thuan"],
    "lam-dong": ["dak-nong", "binh-thuan"],
    "dak-lak": ["phu-yen"],
    "ho-chi-minh": ["ba-ria-vung-tau", "binh-duong"],
    "dong-nai": ["binh-phuoc"],
    "tay-ninh": ["long-an"],
    "can-tho": ["soc-trang", "hau-giang"],
    "vinh-long": ["ben-tre", "tra-vinh"],
    "dong-thap": ["tien-giang"],
    "ca-mau": ["bac-lieu"],
    "an-giang": ["kien-giang"],
}
UNCHANGED = {
    "cao-bang", "dien-bien", "ha-tinh", "lai-chau", "lang-son", "nghe-an", "quang-ninh", "thanh-hoa", "son-la",
    "ha-noi", "hue",
}  # fmt: skip
GONE = {old: new for new, ended in TOOK_IN.items() for old in ended}


def test_thirty_four_provinces_follow_on_sixty_three():
    assert set(DIRECTORY.provinces_on(AFTER)) == TOOK_IN.keys() | UNCHANGED
    assert set(DIRECTORY.provinces_on(BEFORE)) == TOOK_IN.keys() | UNCHANGED | GONE.keys()
    assert (len(DIRECTORY.provinces_on(BEFORE)), len(DIRECTORY.provinces_on(AFTER))) == (63, 34)


@pytest.mark.parametrize("code", [*TOOK_IN, *UNCHANGED, *GONE])
def test_name_of_a_province_is_read_by_the_date(code):
    assert DIRECTORY.territory_on(code, BEFORE) == code
    assert DIRECTORY.territory_on(code, AFTER) == GONE.get(code, code)


def test_unknown_territory_is_none():
    assert DIRECTORY.territory_on("ha-tay", BEFORE) is None
    assert DIRECTORY.territory_on("abroad", AFTER) == "abroad"


@pytest.mark.parametrize("old", GONE)
@pytest.mark.parametrize("role", sorted(ROLES))
def test_cases_of_a_former_province_go_to_the_same_offices_as_those_of_its_successor(role, old):
    ref = f"{role}/{old}"
    assert DIRECTORY.resolve(role, old, AFTER) == DIRECTORY.resolve(role, GONE[old], AFTER)
    if ref in DIRECTORY.offices:
        assert DIRECTORY.resolve(role, old, BEFORE) == ref
        assert not DIRECTORY.offices[ref].exists(AFTER)
        assert DIRECTORY.successor(ref) == DIRECTORY.living(ref, AFTER) == DIRECTORY.resolve(role, GONE[old], AFTER)
        assert DIRECTORY.supervisor(ref, AFTER) is not None or role == "procuracy"


@pytest.mark.parametrize(
    ("role", "territory", "on", "office"),
    [
        ("labour_authority", "thai-nguyen", BEFORE, "labour_authority/thai-nguyen"),
        ("labour_authority", "thai-nguyen", AFTER, "health_authority/thai-nguyen"),
        ("district_police", "thai-nguyen", BEFORE, "district_police/thai-nguyen"),
        ("district_police", "thai-nguyen", AFTER, "provincial_police/thai-nguyen"),
        ("health_authority", "thai-nguyen", BEFORE, None),
        ("health_authority", "thai-nguyen", AFTER, "health_authority/thai-nguyen"),
        ("mission", "lao-cai", AFTER, "mission/abroad"),
        ("hotline_111", "lao-cai", AFTER, "hotline_111/ha-noi"),
        ("border_guard", "thai-nguyen", AFTER, None),
        ("labour_authority", "yen-bai", BEFORE, "labour_authority/yen-bai"),
        ("labour_authority", "yen-bai", AFTER, "health_authority/lao-cai"),
        ("health_authority", "yen-bai", BEFORE, None),
        ("border_guard", "tuyen-quang", BEFORE, None),
        ("border_guard", "tuyen-quang", AFTER, "border_guard/tuyen-quang"),
        ("border_guard", "ha-giang", BEFORE, "border_guard/ha-giang"),
        ("border_guard", "ha-giang", AFTER, "border_guard/tuyen-quang"),
        ("coast_guard", "kien-giang", AFTER, "coast_guard/ha-noi"),
        ("wizard", "thai-nguyen", AFTER, None),
    ],
)
def test_resolves(role, territory, on, office):
    assert DIRECTORY.resolve(role, territory, on) == office


def test_dissolved_office_has_a_successor():
    assert DIRECTORY.successor("labour_authority/lao-cai") == "health_authority/lao-cai"
    assert DIRECTORY.successor("commune/lao-cai") is None
    assert DIRECTORY.successor("commune/nowhere") is None


@pytest.mark.parametrize(
    ("office", "on", "living"),
    [
        ("district_police/lao-cai", BEFORE, "district_police/lao-cai"),
        ("district_police/lao-cai", AFTER, "provincial_police/lao-cai"),
        ("commune/lao-cai", AFTER, "commune/lao-cai"),
        ("provider/nowhere", AFTER, "provider/nowhere"),
    ],
)
def test_office_lives_on_in_its_successor(office, on, living):
    assert DIRECTORY.living(office, on) == living


def test_ladder_ends_at_the_capital():
    assert DIRECTORY.supervisor("commune_police/lao-cai", AFTER) == "provincial_police/lao-cai"
    assert DIRECTORY.supervisor("steering_committee/lao-cai", AFTER) == "steering_committee/ha-noi"
    assert DIRECTORY.supervisor("steering_committee/ha-noi", AFTER) is None
    assert DIRECTORY.supervisor("nobody/nowhere", AFTER) is None
    assert DIRECTORY.coordinating("lao-cai", AFTER) == "steering_committee/lao-cai"
    assert DIRECTORY.coordinating("abroad", AFTER) == "steering_committee/ha-noi"
    assert DIRECTORY.fallback("border_guard/lao-cai", AFTER) == "provincial_police/lao-cai"


@pytest.mark.parametrize(
    ("territory", "commune"),
    [
        ("lao-cai", "bat-xat"),
        ("lao-cai", "sa-pa"),
        ("lang-son", "dong-dang"),
        ("quang-ngai", "duc-pho"),
        ("thai-nguyen", "phu-binh"),
        ("tay-ninh", "moc-bai"),
    ],
)
def test_knows_the_communes_of_the_demo(territory, commune):
    assert DIRECTORY.commune(territory, commune) is not None


def test_remoteness_is_a_flag_of_the_commune():
    assert DIRECTORY.remote("lang-son", "mau-son")
    assert not DIRECTORY.remote("lang-son", "dong-dang")
    assert not DIRECTORY.remote("lang-son", None)
    assert not DIRECTORY.remote("nowhere", "mau-son")


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
        ("territories.toml", 'successor = "lao-cai"', 'successor = "lao-kay"', r"territories.toml: unknown .*lao-kay"),
        ("territories.toml", 'successor = "lao-cai"', 'successor = "kon-tum"', "yen-bai: kon-tum does not outlast it"),
        ("territories.toml", 'code = "ha-giang", name', 'code = "ha-noi", name', "a territory stands twice"),
        ("territories.toml", '"quang-ninh", "lang-son"', '"quang-nam", "lang"', "unknown territories .'lang'"),
        ("territories.toml", "lao-cai = [", "lao-kay = [", "unknown territories .'lao-kay'"),
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
            "territories.toml",
            "provinces = 34",
            "provinces = 33",
            "on 2025-07-01 there are 34 provinces, by Resolution 202",
        ),
        (
            "territories.toml",
            "provinces = 63",
            "provinces = 64",
            "on 2025-06-30 there are 63 provinces, by Resolution 15/",
        ),
        ("territories.toml", 'number = "04"', 'number = "01"', "two provinces have the same number"),
        (
            "territories.toml",
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
