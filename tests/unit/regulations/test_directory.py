"""Which office is a role in a territory on a date."""

from datetime import date

import pytest

from contracts.regulations import load_world

DIRECTORY = load_world().directory
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


def test_knows_every_role_and_territory():
    assert set(DIRECTORY.roles) == ROLES
    assert set(DIRECTORY.territories) == {
        "lao-cai",
        "lang-son",
        "quang-ngai",
        "thai-nguyen",
        "tay-ninh",
        "ha-noi",
        "abroad",
    }


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
