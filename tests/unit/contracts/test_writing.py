"""What a person types holds nothing that nobody sees: it is refused, folded or left out (`contracts.writing`)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from contracts.sealing import MAX_TEXT_BYTES
from contracts.writing import FREE_TEXT, Line, Prose, line, prose

NAME = "Nguyễn Thị Bịa"
DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HIDDEN = "\x00\x07\x1b\x7f\x85\u2061\u2064\u206a\ufff9\ue000\ufffe\U000e0041\U000f0000\u0378\ud800\u115f\u3164\u2800"
WIDTHLESS = "\u00ad\u034f\u200b\u200c\u200d\u2060\ufeff\ufe0f\U000e0100"
SPACES = "\u00a0\u1680\u2000\u2007\u2009\u202f\u205f\u3000"


@pytest.mark.parametrize("letter", DIRECTION + HIDDEN, ids=ascii)
@pytest.mark.parametrize("fold", [line, prose])
def test_what_turns_or_hides_text_is_refused_and_named(letter: str, fold: type) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        fold(f"Nguyễn {letter}Thị")
    assert refused.value.type == "invisible_character"
    assert refused.value.context == {"code_point": f"U+{ord(letter):04X}"}


@pytest.mark.parametrize("letter", WIDTHLESS, ids=ascii)
def test_what_has_no_width_is_left_out(letter: str) -> None:
    assert line(f"{letter}Nguy{letter}ễn Thị{letter} Bịa") == NAME
    assert prose(f"Nguye{letter}\u0302\u0303n Thị Bịa") == NAME, "also between a letter and its marks"


@pytest.mark.parametrize("space", SPACES, ids=ascii)
def test_every_space_is_the_usual_one(space: str) -> None:
    assert line(f"Nguyễn{space}Thị{space}{space}Bịa{space}") == NAME
    assert prose(f"a{space}{space}b") == "a  b"


def test_a_name_is_one_however_its_marks_are_typed() -> None:
    assert line(unicodedata.normalize("NFD", NAME)) == line(NAME) == NAME


def test_lines_are_kept_in_a_text_and_not_in_a_name() -> None:
    assert prose("một\n\thai\r\nba\u2028bốn") == "một\n\thai\r\nba\nbốn"
    assert line("Nguyễn\tThị\nBịa") == NAME


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "\u00a0\ufeff "])
@pytest.mark.parametrize("fold", [line, prose])
def test_blank_is_refused(text: str, fold: type) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        fold(text)
    assert refused.value.type == "blank_text"


@given(st.text(max_size=30))
@pytest.mark.parametrize("fold", [line, prose])
def test_whatever_is_taken_shows_all_of_itself_and_is_taken_again(fold: type, text: str) -> None:
    try:
        taken = str(fold(text))
    except PydanticCustomError:
        return
    assert fold(taken) == taken
    seen = {unicodedata.category(letter) for letter in taken if letter not in "\n\r\t"}
    assert not seen & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    assert not set(taken) & set(WIDTHLESS + SPACES)


def test_a_field_says_what_it_is_and_bounds_the_folded_text() -> None:
    class Both(BaseModel):
        name: Line
        note: Prose | None = None

    told = Both.model_json_schema()["properties"]
    assert told["name"][FREE_TEXT]
    assert told["note"]["anyOf"][0][FREE_TEXT]
    grows = "\u0958" * (MAX_TEXT_BYTES // 3)  # one letter that NFC makes two of
    with pytest.raises(ValidationError):
        Both(name="A", note=grows)
