"""The names of offices, as an official would write them."""

import pytest

from tests.library import LIBRARY, place_of

DIRECTORY = LIBRARY.world.directory


@pytest.mark.parametrize(
    ("office", "vi", "en"),
    [
        (f"commune/{place_of('sa-pa')}", "UBND phường Sa Pa", "People's Committee of Sa Pa Ward"),
        (f"commune_police/{place_of('sa-pa')}", "Công an phường Sa Pa", "Police of Sa Pa Ward"),
        ("commune/34-03046", "UBND xã Bản Hồ", "People's Committee of Bản Hồ Commune"),
        ("commune/63-25681", "UBND thị trấn Bến Cầu", "People's Committee of Bến Cầu Township"),
        (f"commune/{place_of('ly-son')}", "UBND đặc khu Lý Sơn", "People's Committee of Lý Sơn Special Zone"),
        ("commune/34-24823", "UBND phường 1 Bảo Lộc", "People's Committee of 1 Bảo Lộc Ward"),
        ("commune/lao-cai", "UBND xã Bát Xát", "People's Committee of Bát Xát Commune"),
        ("provincial_police/lao-cai", "Công an tỉnh Lào Cai", "Police of Lào Cai Province"),
        ("provincial_police/da-nang", "Công an thành phố Đà Nẵng", "Police of Đà Nẵng City"),
        ("provincial_police/yen-bai", "Công an tỉnh Yên Bái", "Police of Yên Bái Province"),
        ("health_authority/ho-chi-minh", "Sở Y tế Thành phố Hồ Chí Minh", "Department of Health of Ho Chi Minh City"),
        (
            "immigration/lao-cai",
            "Phòng Quản lý xuất nhập cảnh, Công an tỉnh Lào Cai",
            "Immigration Division, Police of Lào Cai Province",
        ),
        ("district_police/lao-cai", "Công an huyện Bát Xát", "Police of Bát Xát District"),
        ("district_police/63-088", "Công an thị xã Sa Pa", "Police of Sa Pa Town"),
        ("mission/cambodia", "Cơ quan đại diện Việt Nam tại Campuchia", "Vietnamese mission in Cambodia"),
        ("mission/abroad", "Cơ quan đại diện Việt Nam ở nước ngoài", "Vietnamese mission abroad"),
        ("commune/ha-giang", "UBND cấp xã tại tỉnh Hà Giang", "Commune People's Committee in Hà Giang Province"),
        ("facility/lang-son", "Cơ sở hỗ trợ nạn nhân tại tỉnh Lạng Sơn", "Support facility in Lạng Sơn Province"),
        ("provider/lang-son-hospital-2", "Bệnh viện Hữu Lũng (giả định)", "Hospital Hữu Lũng (invented)"),
        ("commune/63-22030", "UBND phường 4", "People's Committee of Ward 4"),
        ("border_guard/dong-dang", "Đồn Biên phòng cửa khẩu Hữu Nghị", "Border post Hữu Nghị"),
    ],
)
def test_an_office_is_called_as_an_official_writes_it(office: str, vi: str, en: str) -> None:
    name = DIRECTORY.name(office)
    assert name is not None
    assert (name.vi, name.en) == (vi, en)


def test_every_office_has_a_name_with_its_place_and_no_code_in_it() -> None:
    for office in DIRECTORY.offices():
        name = DIRECTORY.name(office.ref)
        assert name is not None
        for text in (name.vi, name.en):
            assert text[0].isupper(), office.ref
            assert not any(mark in text for mark in ("—", "{", "34-", "63-")), f"{office.ref}: {text}"


def test_nobody_has_the_name_of_an_unknown_office() -> None:
    assert DIRECTORY.name("commune/atlantis") is None
