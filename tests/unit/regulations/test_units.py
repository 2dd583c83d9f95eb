"""The administrative units: how many there are, what they became, and how they are found."""

import re
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.toml_files import PackError, root
from regulations.units import Heir, load_units
from regulations.units.make.files import corrected, split
from regulations.units.names import fold
from regulations.units.tables import Table
from tests.library import LIBRARY

UNITS = load_units()
LAST, FIRST = date(2025, 6, 30), date(2025, 7, 1)
TODAY = date(2026, 11, 28)
IDS = tuple(UNITS.ids())
FORMER_COMMUNES = [one for one in IDS if re.fullmatch(r"63-\d{5}", one)]
COMMUNES = [one for one in IDS if re.fullmatch(r"34-\d{5}", one)]
ISLAND_DISTRICTS = {"63-318", "63-471", "63-498", "63-536", "63-755"}
"""Bạch Long Vĩ, Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo: districts without communes."""
FEW = settings(max_examples=200, deadline=None)

TEN = {
    # Former commune: what it is part of; what it became, with the share, and in which province.
    "00004": ("Phường Trúc Bạch, Quận Ba Đình, Thành phố Hà Nội", {"Phường Ba Đình": "whole"}, "ha-noi"),
    "02734": ("Xã Quang Kim, Huyện Bát Xát, Tỉnh Lào Cai", {"Xã Bát Xát": "whole"}, "lao-cai"),
    "25699": ("Xã Lợi Thuận, Huyện Bến Cầu, Tỉnh Tây Ninh", {"Xã Bến Cầu": "whole"}, "tay-ninh"),
    "28252": ("Phường 4, Thành phố Mỹ Tho, Tỉnh Tiền Giang", {"Phường Đạo Thạnh": "whole"}, "dong-thap"),
    "31105": ("Xã Thổ Châu, Thành phố Phú Quốc, Tỉnh Kiên Giang", {"Đặc khu Thổ Châu": "whole"}, "an-giang"),
    "24823": ("Phường 1, Thành phố Bảo Lộc, Tỉnh Lâm Đồng", {"Phường 1 Bảo Lộc": "whole"}, "lam-dong"),
    "07663": ("Xã Tuấn Đạo, Huyện Sơn Động, Tỉnh Bắc Giang", {"Xã Tuấn Đạo": "whole"}, "bac-ninh"),
    "26368": ("Thị trấn Long Thành, Huyện Long Thành, Tỉnh Đồng Nai", {"Xã Long Thành": "whole"}, "dong-nai"),
    "03001": ("Phường Sa Pa, Thị xã Sa Pa, Tỉnh Lào Cai", {"Phường Sa Pa": "whole"}, "lao-cai"),
    "00553": (
        "Xã Cổ Bi, Huyện Gia Lâm, Thành phố Hà Nội",
        {"Phường Phúc Lợi": "part", "Xã Phù Đổng": "part", "Xã Thuận An": "unknown", "Xã Gia Lâm": "part"},
        "ha-noi",
    ),
}


def unit(unit_id, on=None):
    found = UNITS.unit(unit_id, on)
    assert found is not None, unit_id
    return found


@pytest.mark.parametrize(
    ("pattern", "on", "kinds"),
    [
        (r"34-\d{2}", FIRST, {"tỉnh": 28, "thành phố": 6}),
        (r"34-\d{2}", TODAY, {"tỉnh": 25, "thành phố": 9}),
        (r"34-\d{5}", FIRST, {"xã": 2621, "phường": 687, "đặc khu": 13}),
        (r"34-\d{5}", TODAY, {"xã": 2599, "phường": 709, "đặc khu": 13}),
        (r"63-\d{2}", LAST, {"tỉnh": 57, "thành phố": 6}),
        (r"63-\d{3}", LAST, {"huyện": 508, "quận": 49, "thành phố": 87, "thị xã": 52}),
        (r"63-\d{5}", LAST, {"xã": 7692, "phường": 1726, "thị trấn": 617}),
    ],
)
def test_counts_of_each_kind(pattern, on, kinds):
    assert Counter(unit(one, on).kind for one in IDS if re.fullmatch(pattern, one)) == kinds


def test_five_island_districts_had_no_commune():
    districts = {one for one in IDS if re.fullmatch(r"63-\d{3}", one)}
    assert districts - {unit(one).parent for one in FORMER_COMMUNES} == ISLAND_DISTRICTS
    for district in ISLAND_DISTRICTS:
        (heir,) = UNITS.became(district)
        assert heir.share == "whole"
        assert unit(heir.unit).full_name == f"Đặc khu {unit(district).name}"


@pytest.mark.parametrize("code", TEN)
def test_ten_former_communes_on_the_last_day_and_the_next(code):
    places, heirs, province = TEN[code]
    assert ", ".join(one.full_name for one in UNITS.chain(code, LAST)) == places
    found = {unit(heir.unit, FIRST).full_name: heir.share for heir in UNITS.became(f"63-{code}")}
    assert found == heirs
    for heir in UNITS.became(f"63-{code}"):
        assert [one.word for one in UNITS.chain(heir.unit[3:], FIRST)] == [None, province]


def test_one_code_is_two_units():
    assert (unit("63-00004").name, unit("34-00004").name) == ("Trúc Bạch", "Ba Đình")
    assert UNITS.at("00004", LAST) == unit("63-00004")
    assert UNITS.at("00004", FIRST) == unit("34-00004")
    assert UNITS.at("00001", FIRST) is None
    assert UNITS.at("001", FIRST) is None


def test_a_commune_that_becomes_a_ward_stays_the_same_unit():
    before, after = UNITS.at("26368", date(2026, 4, 29)), UNITS.at("26368", date(2026, 4, 30))
    assert before is not None
    assert after is not None
    assert (before.id, before.full_name, before.confirmed) == ("34-26368", "Xã Long Thành", True)
    assert (after.id, after.full_name, after.confirmed) == ("34-26368", "Phường Long Thành", False)
    assert before.valid_to == after.valid_from == date(2026, 4, 30)


def test_the_provinces_are_those_of_the_directory():
    directory = LIBRARY.world.directory
    for on in (LAST, FIRST):
        for word in directory.provinces_on(on):
            province = UNITS.province(word, on)
            assert province is not None, word
            assert on == LAST or province.code == directory.place(word).number
    for word, place in ((one.code, one) for one in directory.places.of_kind("province")):
        if place.successors:
            former = UNITS.province(word, LAST)
            assert former is not None, word
            assert [(unit(one.unit).word, one.share) for one in UNITS.became(former.id)] == [
                (*place.successors, "whole")
            ]
            assert UNITS.province(word, FIRST) is None


def test_every_former_commune_became_a_commune_of_the_province_that_its_province_became():
    for commune in FORMER_COMMUNES:
        (province,) = UNITS.became(UNITS.chain(commune[3:], LAST)[-1].id)
        assert UNITS.became(commune), commune
        assert {unit(heir.unit).parent for heir in UNITS.became(commune)} == {province.unit}, commune


def test_every_commune_came_from_a_former_one():
    assert [commune for commune in COMMUNES if not UNITS.was(commune)] == []


def test_became_and_was_are_inverse():
    forward = {(one, heir.unit, heir.share) for one in IDS for heir in UNITS.became(one) if UNITS.was(heir.unit)}
    back = {(former.unit, one, former.share) for one in IDS for former in UNITS.was(one)}
    districts = {one for one in IDS if re.fullmatch(r"63-\d{3}", one)} - ISLAND_DISTRICTS
    assert back == {triple for triple in forward if triple[0] not in districts}


def test_a_district_became_what_its_communes_became():
    (district,) = [one.unit for one in UNITS.find("huyện Bát Xát", LAST)]
    names = {unit(heir.unit).name for heir in UNITS.became(district.id)}
    assert {"Bát Xát", "Y Tý"} <= names
    assert {heir.share for heir in UNITS.became(district.id)} == {"part"}


@FEW
@given(st.sampled_from(IDS), st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_what_exists_on_a_day_has_a_province_of_that_day(unit_id, on):
    chain = UNITS.chain(unit_id[3:], on)
    assert all(one.valid_from is None or one.valid_from <= on for one in chain)
    assert all(one.valid_to is None or on < one.valid_to for one in chain)
    if chain:
        assert chain[-1].level == "province"
        assert len({one.id[:2] for one in chain}) == 1


@FEW
@given(st.sampled_from(IDS), st.sampled_from([str.upper, str.lower, fold]), st.booleans())
def test_every_unit_is_found_by_its_own_name(unit_id, write, with_kind):
    on = LAST if unit_id.startswith("63") else TODAY
    one = unit(unit_id, on)
    found = UNITS.find(write(one.full_name if with_kind else one.name), on, within=one.parent)
    assert one in [match.unit for match in found if match.named == one]


@FEW
@given(st.sampled_from(FORMER_COMMUNES))
def test_an_old_name_finds_what_the_commune_became(unit_id):
    former = unit(unit_id)
    found = UNITS.find(former.full_name, TODAY, within=former.parent)
    assert {heir.unit for heir in UNITS.became(unit_id)} <= {match.unit.id for match in found}


@pytest.mark.parametrize(
    ("typed", "within", "found"),
    [
        ("HIEP HOÀ", "bac-ninh", "Phường Hiệp Hòa"),  # the tone on another letter; a commune until 20 September 2026
        ("xa hiep hoa", "bac-ninh", "Phường Hiệp Hòa"),
        ("p. dao thanh", None, "Phường Đạo Thạnh"),
        ("Phuong 01 Bao Loc", "lam-dong", "Phường 1 Bảo Lộc"),
        ("Ea H’Leo", "dak-lak", "Xã Ea H'Leo"),
        ("đặc khu Lý Sơn", None, "Đặc khu Lý Sơn"),
        ("dk ly son", None, "Đặc khu Lý Sơn"),
        ("xã Xà Phìn", "tuyen-quang", "Xã Sà Phìn"),  # another spelling of the former commune
        ("P4", "63-815", "Phường Đạo Thạnh"),
    ],
)
def test_people_type_names_in_many_ways(typed, within, found):
    assert found in [match.unit.full_name for match in UNITS.find(typed, TODAY, within)]


def test_a_unit_comes_before_those_that_only_took_one_of_its_name_over():
    first, *rest = UNITS.find("Tân Lập", TODAY, "tay-ninh")
    assert first.unit == first.named == unit("34-25489")
    assert all(match.unit != first.unit for match in rest)


def test_a_name_of_today_finds_the_former_communes_on_a_former_day():
    found = UNITS.find("Phường Ba Đình", LAST, "ha-noi")
    assert "Phường Trúc Bạch" in [match.unit.full_name for match in found]
    assert {match.named.id for match in found} == {"34-00004"}


def test_an_unknown_name_and_an_empty_one_find_nothing():
    assert UNITS.find("Nơi không có", TODAY) == ()
    assert UNITS.find(" .,", TODAY) == ()


@pytest.mark.parametrize("unit_id", ["", "34", "34-", "34-0", "34-001", "63-99999", "35-01", "34-00004-1", "34-0000x"])
def test_an_unknown_id_is_nobody(unit_id):
    assert UNITS.unit(unit_id) is None
    assert UNITS.became(unit_id) == UNITS.was(unit_id) == ()
    assert UNITS.trait(unit_id, "remote").value == "unknown"


def test_what_nobody_knows_is_unknown():
    assert UNITS.trait("34-21548", "island").value == "yes"
    assert UNITS.trait("34-21548", "remote").value == "yes"
    assert UNITS.trait("34-00004", "border").value == "no"
    assert UNITS.trait("34-02683", "border").value == "unknown"
    assert UNITS.trait("34-02683", "remote").value == "unknown"
    assert UNITS.trait("34-02683", "remote").source is None
    for name, number in {"island": 13, "remote": 13, "difficult": 51, "ethnic_minority": 51, "border": 0}.items():
        assert sum(UNITS.trait(one, name).value == "yes" for one in COMMUNES) == number


def test_place_words_of_the_demonstration_are_units_on_every_day():
    directory = LIBRARY.world.directory
    for province, word in [("cao-bang", "trung-khanh"), ("lao-cai", "bat-xat"), ("quang-ngai", "ly-son")]:
        for on in (date(2020, 1, 1), LAST, FIRST, TODAY):
            assert UNITS.unit(directory.local(province, word, on)) is not None, word
    assert directory.local("lao-cai", "moc-bai", TODAY) is None
    assert directory.local("tay-ninh", "moc-bai", LAST) == "63-25699", "Lợi Thuận, which became part of Bến Cầu"
    assert directory.local("tay-ninh", "moc-bai", TODAY) == directory.local("tay-ninh", "ben-cau", TODAY) == "34-25681"
    assert directory.local("quang-ngai", "duc-pho", LAST) == "63-21439"


def test_a_file_that_is_missing_or_not_sorted_is_named(tmp_path):
    with pytest.raises(PackError, match=r"became\.tsv"):
        Table(tmp_path / "became.tsv")
    file = tmp_path / "became.tsv"
    file.write_text("former\their\n2\t3\n1\t3\n", encoding="utf-8")
    with pytest.raises(PackError, match="not sorted"):
        Table(file)


def test_what_the_correction_says_holds():
    for former, heir, change, _ in Table(root() / "units/data/corrections.tsv"):
        shares = {one.unit: one.share for one in UNITS.became(f"63-{former}")}
        assert (f"34-{heir}" in shares) == (change != "drop")
        assert (shares.get(f"34-{heir}") == "unknown") == (change == "doubt")


def test_a_correction_without_anything_to_correct_stops_the_maker():
    told = {"00001": {"00097"}, "00553": {"00136", "00541"}}
    changes = {("00001", "00097"): "drop", ("00553", "00565"): "add", ("00553", "00562"): "doubt"}
    assert corrected(told, changes) == {"00001": set(), "00553": {"00136", "00541", "00562?", "00565"}}
    with pytest.raises(ValueError, match="nothing to drop"):
        corrected(told, {("00001", "00004"): "drop"})
    with pytest.raises(ValueError, match="nothing to add"):
        corrected(told, {("00001", "00097"): "add"})


def test_the_kind_of_a_unit_is_cut_from_its_name():
    assert split("Thị Trấn Ái Tử") == ("thị trấn", "Ái Tử")
    assert split("Thành phố Hồ Chí Minh") == ("thành phố", "Hồ Chí Minh")
    assert split("Xã Xá Nhè") == ("xã", "Xá Nhè")
    with pytest.raises(ValueError, match="no kind"):
        split("Nơi không có")


def test_a_day_long_ago_has_the_former_map():
    assert UNITS.at("00004", FIRST - timedelta(days=9000)) == unit("63-00004")
    assert Heir("34-00004", "whole") in UNITS.became("63-00004")
