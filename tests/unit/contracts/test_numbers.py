"""Numbers and aliases: what a person may say wrong is found, and every case keeps what it was called."""

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.ids import new_id
from contracts.numbers import (
    FIRST,
    LENGTH,
    LETTERS,
    PLANTS,
    Alias,
    CaseNumber,
    OfCase,
    alias_key,
    alias_of,
    heard_alias,
    heard_number,
    number_key,
    number_of,
)

ONE = "case_jigldo7iba5ff36mx2ebdma57m"
SAME_SOUND = ("BCDĐGPTV", "MN", "LNR", "SX", "IY", "3KA", "QU")
"""Letter names that one vowel or one consonant tells apart (bê, xê, dê …; em-mờ, en-nờ; ích-xì, ét-sì; ba, ca, a)."""
SAME_SHAPE = ("0OQD", "1ILJ7", "2Z", "5S", "8B", "6G", "UV", "VY", "EF", "PF", "NM")
keys = st.text(LETTERS, min_size=LENGTH, max_size=LENGTH)
cases = st.binary(min_size=16, max_size=16).map(lambda raw: f"case_{raw.hex()}")


def whole(key: str) -> str:
    """The number with this key: the one check character that is accepted."""
    (found,) = [key + last for last in LETTERS if heard_number(key + last)]
    return found


class View(OfCase):
    case_id: str | None


def test_a_case_keeps_its_number_and_its_alias_for_ever() -> None:
    assert (number_of(ONE), alias_of(ONE)) == ("TT9F-3557-5", "Bần 20")
    assert (number_key(ONE), alias_key(ONE)) == ("TT9F3557", "280")


def test_the_letters_are_told_apart_by_ear_and_by_eye() -> None:
    assert len(set(LETTERS)) == 16
    assert not set(LETTERS) & set("AEIOUYĐ"), "no word can be made of them, and no two vowels are mistaken"
    for alike in (*SAME_SOUND, *SAME_SHAPE):
        assert len(set(alike) & set(LETTERS)) <= 1, alike


@given(keys)
def test_every_single_wrong_character_is_found(key: str) -> None:
    right = whole(key)
    for at, letter in product(range(LENGTH + 1), LETTERS):
        if letter != right[at]:
            assert heard_number(right[:at] + letter + right[at + 1 :]) is None


@given(keys)
def test_every_two_neighbours_that_changed_places_are_found(key: str) -> None:
    right = whole(key)
    for at, (one, other) in enumerate(pairwise(right)):
        if one != other:
            assert heard_number(right[:at] + other + one + right[at + 2 :]) is None


def test_no_two_neighbours_may_change_places_whatever_is_before_them() -> None:
    """All of them: what was read before is one of sixteen values, which the first character stands for here."""
    for before, one, other in product(LETTERS, repeat=3):
        if one < other:
            right, swapped = whole(f"{before}{one}{other}22222"), whole(f"{before}{other}{one}22222")
            assert right[-1] != swapped[-1]


@given(cases, st.sampled_from(["", "-", " ", " - ", ".", "–", "\u00a0"]), st.booleans())
def test_a_number_is_understood_as_people_type_it(case_id: str, between: str, small: bool) -> None:
    shown = number_of(case_id)
    typed = f" {shown.replace('-', between)} "
    assert heard_number(typed.lower() if small else typed) == number_key(case_id)
    assert TypeAdapter(CaseNumber).validate_python(shown) == shown


def test_what_cannot_be_a_number() -> None:
    bare = number_of(ONE).replace("-", "")
    for text in ("", "-", bare[:-1], bare + "2", bare[:-1] + "O", bare[:-1] + "0", ONE, "２" + bare[1:]):
        assert heard_number(text) is None


@given(cases)
def test_an_alias_is_understood_with_and_without_marks(case_id: str) -> None:
    shown = alias_of(case_id)
    assert TypeAdapter(Alias).validate_python(shown) == shown
    for typed in (shown, shown.upper(), f"  {shown.lower()} "):
        assert heard_alias(typed) == alias_key(case_id)


def test_every_alias_has_two_digits_and_is_told_from_every_other() -> None:
    said = [f"{plant} {FIRST + number}" for number in range(64) for plant in PLANTS]
    assert sorted(filter(None, map(heard_alias, said))) == [f"{code:03x}" for code in range(16**3)]
    assert heard_alias("xoai 42") == heard_alias("Xoài 42") is not None
    for text in ("Xoài", "42", "Xoài 9", "Xoài 74", "Xoài 042", "Xoàii 42", "Người 42", ""):
        assert heard_alias(text) is None


def test_plants_are_in_their_order_for_ever() -> None:
    assert len(PLANTS) == len({plant.casefold() for plant in PLANTS}) == 64
    assert (PLANTS[0], PLANTS[33], PLANTS[63]) == ("Bần", "Măng cụt", "Xoài")


@given(st.sets(cases, min_size=2, max_size=20))
def test_ids_that_differ_rarely_have_one_number(ids: set[str]) -> None:
    assert len({number_key(case_id) for case_id in ids}) == len(ids)


def test_numbers_of_ids_have_every_character_at_every_place() -> None:
    found = [number_of(new_id("case")) for _ in range(2000)]
    for at in (place for place, letter in enumerate(found[0]) if letter != "-"):
        assert {number[at] for number in found} == set(LETTERS)
    assert not any(one == other for one, other in pairwise(found))


def test_who_does_not_see_the_id_sees_neither() -> None:
    assert View(case_id=None).model_dump() == {"case_id": None, "number": None, "alias": None}
    assert View(case_id=ONE).model_dump() == {"case_id": ONE, "number": number_of(ONE), "alias": alias_of(ONE)}
