"""The number of a case and the alias of its person: what people say and show instead of the id (ADR 0026).

Both are functions of the id alone, so every service can show them, and who may not know the id knows neither. The
parts of this module are frozen: a changed letter, word or order would give every case another number or alias.
"""

import re
import unicodedata
from hashlib import sha256
from typing import Annotated, Protocol

from pydantic import BaseModel, StringConstraints, computed_field

LETTERS = "23456789FHMQRTWX"
"""Sixteen characters whose Vietnamese names are told apart on the telephone, and whose shapes are on paper."""
LENGTH = 8
"""Characters of a number without its check character."""
PLANTS = (
    *("Bần", "Bằng lăng", "Bạch đàn", "Bồ công anh", "Bạc hà", "Bắp cải", "Cà phê", "Ca cao"),
    *("Cà rốt", "Cọ", "Cỏ may", "Cần tây", "Cải xoong", "Dừa", "Dương xỉ", "Dưa hấu"),
    *("Đậu xanh", "Đước", "Đinh lăng", "Diếp cá", "Gừng", "Củ cải", "Cẩm chướng", "Hạt dẻ"),
    *("Húng quế", "Khế", "Khoai lang", "Kinh giới", "Lim", "Lá lốt", "Lộc vừng", "Loa kèn"),
    *("Lay ơn", "Măng cụt", "Măng tây", "Mía", "Mãng cầu", "Mâm xôi", "Ngò gai", "Riềng"),
    *("Nhãn", "Ớt chuông", "Nha đam", "Nứa", "Ổi", "Phi lao", "Pơ mu", "Rong biển"),
    *("Sa mộc", "Sồi", "Su hào", "Súp lơ", "Sơ ri", "Táo", "Thì là", "Tía tô"),
    *("Tre", "Thốt nốt", "Thược dược", "Tuy líp", "Vải", "Việt quất", "Xà cừ", "Xoài"),
)
"""64 plants. None is a first name or a family name, judges a person, tells where somebody comes from, or is slang."""
FIRST = 10
"""The smallest number of an alias; it has two digits."""

_ONE = f"[{LETTERS}]"
CaseNumber = Annotated[str, StringConstraints(pattern=f"^{_ONE}{{4}}-{_ONE}{{4}}-{_ONE}$")]
"""For example `4RM7-HX92-F`: eight characters and a check character."""
Alias = Annotated[str, StringConstraints(min_length=4, max_length=40)]
"""For example `Xoài 42`: a plant and two digits. Several cases may have the same alias."""

_HEX = "0123456789abcdef"
_OF_HEX = str.maketrans(_HEX, LETTERS)
_WITHOUT = re.compile(r"[\s.\-\u2010-\u2015]+")
"""Between the groups people type spaces, dots and dashes of any kind, or nothing."""


def number_key(case_id: str) -> str:
    """The number of a case without hyphens and check character, as databases look it up."""
    return _hash(case_id)[:LENGTH].translate(_OF_HEX)


def number_of(case_id: str) -> str:
    """The number of a case as it is shown (`CaseNumber`)."""
    key = number_key(case_id)
    return f"{key[:4]}-{key[4:]}-{LETTERS[_check(key)]}"


def alias_of(case_id: str) -> str:
    """The alias of the person of a case (`Alias`)."""
    code = int(alias_key(case_id), 16)
    return f"{PLANTS[code % len(PLANTS)]} {FIRST + code // len(PLANTS)}"


def alias_key(case_id: str) -> str:
    """Three hexadecimal digits that stand for the alias of a case, as databases look it up."""
    return _hash(case_id)[LENGTH : LENGTH + 3]


def heard_number(said: str) -> str | None:
    """What `number_key` gives for the case with this number; None if it was misheard, so that no case can have it.

    Args:
        said: the number as somebody typed it: in small letters too, and with any spaces and hyphens.
    """
    bare = _WITHOUT.sub("", said).upper()
    if len(bare) != LENGTH + 1 or not set(bare) <= set(LETTERS):
        return None
    return bare[:LENGTH] if LETTERS[_check(bare[:LENGTH])] == bare[LENGTH] else None


def heard_alias(said: str) -> str | None:
    """What `alias_key` gives for the cases with this alias; None if it cannot be an alias.

    Args:
        said: the alias as somebody typed it: in small letters, or without the Vietnamese marks, too.
    """
    words = _plain(said).split()
    plant, number = " ".join(words[:-1]), words[-1] if words else ""
    if plant not in _PLANTS or not re.fullmatch("[1-9][0-9]", number):
        return None
    code = (int(number) - FIRST) * len(PLANTS) + _PLANTS[plant]
    return f"{code:03x}" if code < 16**3 else None


def _hash(case_id: str) -> str:
    return sha256(case_id.encode()).hexdigest()


def _check(key: str) -> int:
    """The place of the check character: the algorithm of Damm over 16 characters.

    It finds every single wrong character, and every two neighbours that changed places. ISO 7064 (MOD 17,16) has a
    check character of the same alphabet, and misses one in 120 of these changes.
    """
    found = 0
    for letter in key:
        found = (found ^ LETTERS.index(letter)) << 1
        found ^= 0b10011 if found > 0b1111 else 0
    return found


def _plain(text: str) -> str:
    """Small letters without marks; `đ` has no mark that could be taken off."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(part for part in parts if not unicodedata.combining(part))


_PLANTS = {_plain(plant): place for place, plant in enumerate(PLANTS)}


class _NamesCase(Protocol):
    @property
    def case_id(self) -> str | None: ...


class OfCase(BaseModel):
    """Base of an answer that has a field `case_id`. Number and alias are shown where the id is, and nowhere else."""

    @computed_field(description="The number of the case, for people to say; null where the id is hidden.")
    @property
    def number(self: _NamesCase) -> CaseNumber | None:
        """The number of the case."""
        return number_of(self.case_id) if self.case_id is not None else None

    @computed_field(description="The alias of the person, in place of the name; null where the id is hidden.")
    @property
    def alias(self: _NamesCase) -> Alias | None:
        """The alias of the person."""
        return alias_of(self.case_id) if self.case_id is not None else None
