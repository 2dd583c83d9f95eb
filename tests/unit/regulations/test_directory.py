"""Which office has a role at a place on a day, and who is above it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    "immigration_department",
    "procuracy",
    "health_authority",
    "labour_authority",
    "district_police",
    "facility",
    "hotline_111",
    "mission",
    "consular",
    "foreign_affairs",
    "legal_aid",
    "provider",
    "steering_committee",
    "ministry",
    "admin",
}


def test_knows_every_role():
    assert set(DIRECTORY.roles) == ROLES


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


@pytest.mark.parametrize("code", [*TOOK_IN, *sorted(UNCHANGED), *GONE])
def test_name_of_a_province_is_read_by_the_date(code):
    assert DIRECTORY.chain(code, BEFORE) == (code, "vn")
    assert DIRECTORY.chain(code, AFTER) == (GONE.get(code, code), "vn")


def test_unknown_place_lies_in_the_nation_alone():
    assert DIRECTORY.chain("ha-tay", BEFORE) == ("vn",)
    assert DIRECTORY.chain("abroad", AFTER) == ("abroad", "vn")


@pytest.mark.parametrize("old", GONE)
@pytest.mark.parametrize("role", sorted(ROLES))
def test_cases_of_a_former_province_go_to_the_same_offices_as_those_of_its_successor(role, old):
    ref = f"{role}/{old}"
    assert DIRECTORY.at(role, old, AFTER) == DIRECTORY.at(role, GONE[old], AFTER)
    if office := DIRECTORY.office(ref):
        assert DIRECTORY.at(role, old, BEFORE) == ref
        assert not office.exists(AFTER)
        assert DIRECTORY.successor(ref) == DIRECTORY.living(ref, AFTER) == DIRECTORY.at(role, GONE[old], AFTER)
        assert DIRECTORY.supervisor(ref, AFTER) is not None or role == "procuracy"


@pytest.mark.parametrize(
    ("role", "place", "on", "office"),
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
        # The place is climbed, and never gone down.
        ("commune", "bat-xat", AFTER, "commune/lao-cai"),
        ("commune", "bat-xat", BEFORE, "commune/lao-cai"),
        ("commune", "sa-pa", AFTER, "commune/34-03006"),
        ("health_authority", "sa-pa", AFTER, "health_authority/lao-cai"),
        ("labour_authority", "phu-binh", BEFORE, "labour_authority/thai-nguyen"),
        ("labour_authority", "sa-pa", BEFORE, "labour_authority/63-088"),
        ("labour_authority", "sa-pa", AFTER, "health_authority/lao-cai"),
        ("hotline_111", "sa-pa", AFTER, "hotline_111/ha-noi"),
        ("mission", "phnom-penh", AFTER, "mission/cambodia"),
        ("mission", "abroad", AFTER, "mission/abroad"),
        ("provincial_police", "cambodia", AFTER, "provincial_police/ha-noi"),
        ("border_guard", "post-moc-bai", AFTER, "border_guard/moc-bai"),
        ("border_guard", "moc-bai", AFTER, "border_guard/tay-ninh"),
        # What is placed in a province only goes to the commune that the demonstration names for this.
        ("commune", "lao-cai", AFTER, "commune/lao-cai"),
        ("commune", "vn", AFTER, None),
    ],
)
def test_office_of_a_role_at_a_place(role, place, on, office):
    assert DIRECTORY.at(role, place, on) == office


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
    assert DIRECTORY.coordinating("sa-pa", AFTER) == "steering_committee/lao-cai"
    assert DIRECTORY.supervisor("commune/34-03006", AFTER) == "health_authority/lao-cai"
    assert DIRECTORY.supervisor("mission/cambodia", AFTER) == "consular/ha-noi"
    assert DIRECTORY.fallback("border_guard/lao-cai", AFTER) == "provincial_police/lao-cai"


@pytest.mark.parametrize(
    ("province", "commune"),
    [
        ("lao-cai", "bat-xat"),
        ("lao-cai", "sa-pa"),
        ("lang-son", "dong-dang"),
        ("quang-ngai", "duc-pho"),
        ("thai-nguyen", "phu-binh"),
        ("tay-ninh", "moc-bai"),
    ],
)
@pytest.mark.parametrize("on", [BEFORE, AFTER])
def test_words_of_the_demo_are_known_on_every_day(province, commune, on):
    code = DIRECTORY.local(province, commune, on)
    assert code is not None
    assert DIRECTORY.place(code).exists(on)
    assert DIRECTORY.local("ca-mau", commune, on) is None


def test_a_unit_is_known_in_its_own_days_only():
    assert DIRECTORY.local("lao-cai", "34-03006", AFTER) == "34-03006"
    assert DIRECTORY.local("lao-cai", "34-03006", BEFORE) is None
    assert DIRECTORY.local("lao-cai", "63-03001", AFTER) is None


def test_remoteness_is_known_or_not():
    assert DIRECTORY.remote("mau-son") is True
    assert DIRECTORY.remote("dong-dang") is False
    assert DIRECTORY.remote("34-06400") is None
    assert DIRECTORY.remote("lang-son") is None
    assert DIRECTORY.remote("nowhere") is None


@pytest.mark.parametrize("province", sorted(TOOK_IN.keys() | UNCHANGED))
@pytest.mark.parametrize("role", ["commune", "commune_police"])
def test_each_province_has_one_commune_with_a_short_id_on_both_sides_of_the_cut(role, province):
    office = DIRECTORY.office(f"{role}/{province}")
    assert office is not None
    assert office.valid_from is office.valid_to is None
    assert DIRECTORY.place(office.place).kind == "commune"
    for on in (BEFORE, AFTER):
        assert DIRECTORY.at(office.role, office.place, on) == office.ref
        assert DIRECTORY.at(role, province, on) == office.ref
        assert DIRECTORY.province(office.place, on) in (
            province,
            *(old for old, new in GONE.items() if new == province),
        )


@pytest.mark.parametrize("role", ["district_police", "labour_authority"])
@pytest.mark.parametrize("province", sorted(TOOK_IN.keys() | UNCHANGED))
def test_district_offices_of_the_demo_live_until_the_cut(role, province):
    office = DIRECTORY.office(f"{role}/{province}")
    assert office is not None
    assert (office.exists(BEFORE), office.exists(AFTER)) == (True, False)
    assert DIRECTORY.at(role, province, BEFORE) == office.ref


def test_a_divided_commune_goes_to_nobody_but_the_province():
    parts = DIRECTORY.place("63-00016").successors
    assert len(parts) > 1
    assert DIRECTORY.chain("63-00016", AFTER) == ("ha-noi", "vn")
    assert DIRECTORY.living("commune/63-00016", BEFORE) == "commune/63-00016"
    assert DIRECTORY.living("commune/63-00016", AFTER) is None
    assert DIRECTORY.at("commune", "ha-noi", AFTER) == "commune/ha-noi"
    assert DIRECTORY.living("labour_authority/63-001", AFTER) == "health_authority/ha-noi"


def test_a_former_office_is_named_with_the_place_that_it_had():
    assert DIRECTORY.former("labour_authority", "34-03006", AFTER) == ()
    assert DIRECTORY.former("labour_authority", "63-03001", AFTER) == ("labour_authority/63-088",)
    assert DIRECTORY.former("commune", "yen-bai", AFTER) == ("commune/yen-bai",)
    assert DIRECTORY.former("commune", "yen-bai", BEFORE) == ()


@pytest.mark.parametrize(
    ("place", "to", "named", "after"),
    [
        ("34-03006", "health_authority/lao-cai", None, "34-03006"),
        ("34-03006", "health_authority/lao-cai", "bat-xat", "34-02683"),
        ("34-03006", "health_authority/lao-cai", "dong-dang", "34-03006"),
        ("34-03006", "commune/lao-cai", None, "34-02683"),
        ("34-03006", "health_authority/thai-nguyen", None, "thai-nguyen"),
        ("34-03006", "health_authority/thai-nguyen", "phu-binh", "34-05908"),
        ("34-03006", "commune/thai-nguyen", None, "34-05908"),
        ("lao-cai", "commune/lao-cai", None, "lao-cai"),
        ("34-03006", "facility/thai-nguyen", None, "34-03006"),
        ("34-03006", "facility/thai-nguyen", "thai-nguyen", "34-03006"),
        ("34-03006", "provider/lang-son-hospital", None, "34-03006"),
        ("34-03006", "mission/cambodia", None, "cambodia"),
        ("34-03006", "hotline_111/ha-noi", None, "34-03006"),
        ("34-03006", "nobody/nowhere", None, "34-03006"),
    ],
)
def test_place_after_a_hand_over(place, to, named, after):
    assert DIRECTORY.moved(place, to, AFTER, named) == after


def test_an_office_that_goes_on_through_a_reform_is_at_the_unit_of_the_day():
    assert DIRECTORY.moved("63-03001", "commune/lao-cai", BEFORE) == "63-02683"
    assert DIRECTORY.chain("63-02683", AFTER)[0] == "34-02683"
    assert DIRECTORY.begins_at("lao-cai", None, "commune/lao-cai", BEFORE) == "63-02683"
    assert DIRECTORY.begins_at("lao-cai", None, "commune/lao-cai", AFTER) == "34-02683"
    assert DIRECTORY.begins_at("lao-cai", None, "commune/lang-son", AFTER) == "lao-cai"
    assert DIRECTORY.begins_at("lao-cai", "dong-dang", "border_guard/lao-cai", AFTER) == "lao-cai"


@given(st.data())
def test_the_office_at_a_place_exists_and_is_of_its_chain(data):
    """For every place, role and day: `at` gives a living office whose place lies on the chain, or that serves it."""
    place = data.draw(st.sampled_from(PLACES))
    role = data.draw(st.sampled_from(sorted(ROLES)))
    on = data.draw(st.dates(date(2020, 1, 1), date(2027, 12, 31)))
    found = DIRECTORY.at(role, place, on)
    if found is None:
        return
    office, chain = DIRECTORY.office(found), DIRECTORY.chain(place, on)
    assert office is not None
    assert office.exists(on)
    served = {office.place, *office.serves, office.unplaced_in}
    assert served & set(chain) or DIRECTORY.roles[office.role].national in served
    assert DIRECTORY.living(found, on) == found
    assert DIRECTORY.at(office.role, place, on) == found


PLACES = [place.code for kind in ("commune", "district", "province", "post", "country") for place in
          DIRECTORY.places.of_kind(kind)][::7]  # fmt: skip


ISLANDS = {"63-318": "34-11948", "63-471": "34-19742", "63-498": "34-20333", "63-536": "34-21548", "63-755": "34-26732"}


@pytest.mark.parametrize(("district", "commune"), ISLANDS.items())
def test_an_island_district_goes_on_as_its_commune(district, commune):
    """It had no communes. A case that was reported there goes to the commune that it became, not to the province."""
    assert DIRECTORY.chain(district, BEFORE)[0] == district
    assert DIRECTORY.chain(district, AFTER)[0] == commune
    assert DIRECTORY.at("commune", district, AFTER) == f"commune/{commune}"
    assert DIRECTORY.lies_in(commune, district, AFTER)


def test_a_district_that_became_several_communes_is_the_province():
    assert DIRECTORY.chain("63-189", AFTER) == ("lang-son", "vn")


@pytest.mark.parametrize("post", ["post-dong-dang", "post-moc-bai", "post-ben-cau"])
def test_a_post_lay_in_a_commune_of_the_former_map(post):
    """So the district had its offices there, and both days have the one commune."""
    province = DIRECTORY.province(post, BEFORE)
    assert DIRECTORY.chain(post, BEFORE)[1].startswith("63-")
    assert DIRECTORY.chain(post, AFTER)[1].startswith("34-")
    for role in ("commune", "commune_police", "district_police", "labour_authority"):
        assert DIRECTORY.at(role, post, BEFORE) is not None, role
    assert DIRECTORY.province(post, AFTER) == province
    assert DIRECTORY.at("commune", post, AFTER) is not None


@pytest.mark.parametrize(
    ("place", "to", "there"),
    [
        ("cambodia", "immigration/ha-noi", "ha-noi"),  # it also acts for the nation, and so abroad
        ("abroad", "health_authority/ha-noi", "ha-noi"),
        ("cambodia", "border_guard/lang-son", "lang-son"),
        ("34-02683", "mission/abroad", "abroad"),
        ("cambodia", "consular/ha-noi", "cambodia"),  # an office of the nation is nowhere in it
        ("34-02683", "hotline_111/ha-noi", "34-02683"),
        ("34-02683", "health_authority/lao-cai", "34-02683"),
    ],
)
def test_a_hand_over_across_the_border_goes_where_the_receiver_is(place, to, there):
    assert DIRECTORY.moved(place, to, AFTER) == there


def test_a_hand_over_across_the_border_may_name_the_place_that_stays():
    assert DIRECTORY.moved("cambodia", "immigration/ha-noi", AFTER, "cambodia") == "cambodia"


def test_an_office_with_a_short_id_is_in_its_province_on_both_maps():
    """Else its supervisor, and its fallback, would be those of another province before July 2025."""
    for province in DIRECTORY.provinces_on(AFTER):
        for role in ("commune", "commune_police", "district_police", "labour_authority"):
            places = DIRECTORY.office(f"{role}/{province}").serves
            for place in places:
                for day in (BEFORE, AFTER):
                    assert DIRECTORY.province(place, day) == province, (role, province, place, day)
