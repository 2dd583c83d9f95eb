"""How two spellings of one identity become one, and what finds what."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.sealing import IdentityField as F
from vault.domain import IndexKind, look_up_tokens, normalise_number, normalise_phone, normalise_text


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Đặng  Thị   Mẫu", "đặng thị mẫu"),
        (" ĐẶNG THỊ MẪU ", "đặng thị mẫu"),
        (unicodedata.normalize("NFD", "Đặng Thị Mẫu"), "đặng thị mẫu"),
        ("đặng\u00a0thị\tmẫu", "đặng thị mẫu"),
    ],
)
def test_spellings_of_a_name_become_one(written: str, same: str) -> None:
    assert normalise_text(written) == unicodedata.normalize("NFC", same)


def test_d_with_stroke_stays_another_letter() -> None:
    assert normalise_text("Đan") != normalise_text("Dan")


@pytest.mark.parametrize("written", ["0912 345 678", "+84912345678", "0084 912.345.678", "84912345678"])
def test_a_telephone_number_is_dialled_one_way(written: str) -> None:
    assert normalise_phone(written) == "0912345678"


def test_a_document_number_is_letters_and_digits() -> None:
    assert normalise_number("001-099 000.001") == normalise_number("001099000001") == "001099000001"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)
    assert normalise_number(normalise_number(text)) == normalise_number(text)


@given(st.text(alphabet="0123456789", min_size=9, max_size=12))
def test_home_and_abroad_spelling_agree(digits: str) -> None:
    home = "0" + digits.lstrip("0").removeprefix("84").lstrip("0").rjust(9, "9")
    assert normalise_phone("+84" + home[1:]) == normalise_phone(home) == home


def found_by(fields: dict[F, str], stored: dict[F, str]) -> bool:
    """Whether a person with `fields` finds one who was stored with `stored`."""
    kept = {(kind, token.value) for token in look_up_tokens(stored) for kind in token.kinds}
    return any((kind, token.value) in kept for token in look_up_tokens(fields) for kind in token.finds)


FULL = {F.FULL_NAME: "Thử Thị Mẫu", F.BIRTH_DATE: "1999-03-04"}
YEAR = {F.FULL_NAME: "thử thị mẫu", F.BIRTH_YEAR: "1999"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (FULL, FULL, True),
        (FULL, YEAR, True),
        (YEAR, FULL, True),
        (YEAR, YEAR, True),
        (FULL, FULL | {F.BIRTH_DATE: "1999-03-05"}, False),
        (YEAR, YEAR | {F.BIRTH_YEAR: "1998"}, False),
        (FULL, FULL | {F.FULL_NAME: "Thử Thị Mậu"}, False),
        ({F.FULL_NAME: "Thử Thị Mẫu"}, {F.FULL_NAME: "Thử Thị Mẫu"}, False),
        ({F.ID_NUMBER: "001099000001"}, {F.ID_NUMBER: "001099 000001"}, True),
        ({F.PHONE: "+84 912345678"}, {F.PHONE: "0912345678"}, True),
        ({F.PHONE: "0912345678"}, {F.ID_NUMBER: "0912345678"}, False),
        ({F.REPORTER_PHONE: "0912345678"}, {F.PHONE: "0912345678"}, False),
        ({F.REPORTER_NAME: "Thử Thị Mẫu", F.BIRTH_YEAR: "1999"}, YEAR, False),
    ],
)
def test_what_finds_what(one: dict[F, str], other: dict[F, str], same: bool) -> None:
    assert found_by(one, other) is same


def test_nothing_usable_gives_no_token() -> None:
    assert look_up_tokens({}) == []
    assert look_up_tokens({F.ID_NUMBER: "---", F.PHONE: "abc", F.FULL_NAME: "   ", F.BIRTH_YEAR: "1999"}) == []


def test_every_kind_is_both_stored_and_sought() -> None:
    tokens = look_up_tokens({**FULL, F.ID_NUMBER: "001099000001", F.PHONE: "0912345678"}) + look_up_tokens(YEAR)
    assert {kind for token in tokens for kind in token.kinds} == set(IndexKind)
    assert {kind for token in tokens for kind in token.finds} == set(IndexKind)
