"""Exact look-up over identities without opening one: what is compared, and how two spellings become one.

Only digests of the normalised values are kept (`keys.py`), under a key that never leaves the vault.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from contracts.sealing import IdentityField

ASK_AFTER = timedelta(hours=24)
"""A sealed case that nothing has confirmed within this time is shown to its owner, who says whether it exists."""
MAX_MATCHES = 50


class IndexKind(StrEnum):
    """What a digest stands for. Both kinds of year hold the same digest, so that either spelling finds the other."""

    ID_NUMBER = "id_number"
    PHONE = "phone"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    NAME_AND_YEAR_OF_DATE = "name_and_year_of_date"  # the full date is known as well
    NAME_AND_BIRTH_YEAR = "name_and_birth_year"  # only the year is known


@dataclass(frozen=True)
class Token:
    """One normalised value: its digest is stored for the case as `kinds`, and looked for in other cases as `finds`."""

    value: str
    kinds: tuple[IndexKind, ...]
    finds: tuple[IndexKind, ...]


def normalise_text(text: str) -> str:
    """NFC, folded case, single spaces. Vietnamese letters stay what they are (`đ` is not `d`)."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", text).casefold().split()))


def normalise_number(text: str) -> str:
    """A document number: letters and digits only, folded case."""
    return re.sub(r"[^0-9a-z]", "", normalise_text(text))


def normalise_phone(text: str) -> str:
    """A telephone number as dialled at home: digits only, `+84…`, `0084…` and `84…` become `0…`."""
    digits = re.sub(r"[^0-9]", "", text).removeprefix("00")
    return "0" + digits[2:] if digits.startswith("84") and len(digits) >= 10 else digits


def look_up_tokens(fields: Mapping[IdentityField, str]) -> list[Token]:
    """What one person's fields can be found by; empty or unusable values give nothing."""
    tokens = [*_numbers(fields), *_names(fields)]
    return [token for token in tokens if token.value]


def _numbers(fields: Mapping[IdentityField, str]) -> Iterable[Token]:
    if number := normalise_number(fields.get(IdentityField.ID_NUMBER, "")):
        yield Token(f"id|{number}", (IndexKind.ID_NUMBER,), (IndexKind.ID_NUMBER,))
    if phone := normalise_phone(fields.get(IdentityField.PHONE, "")):
        yield Token(f"phone|{phone}", (IndexKind.PHONE,), (IndexKind.PHONE,))


def _names(fields: Mapping[IdentityField, str]) -> Iterable[Token]:
    name = normalise_text(fields.get(IdentityField.FULL_NAME, ""))
    date = fields.get(IdentityField.BIRTH_DATE, "")
    year = date[:4] or fields.get(IdentityField.BIRTH_YEAR, "")
    if not name:
        return
    if date:
        yield Token(f"date|{name}|{date}", (IndexKind.NAME_AND_BIRTH_DATE,), (IndexKind.NAME_AND_BIRTH_DATE,))
        yield Token(f"year|{name}|{year}", (IndexKind.NAME_AND_YEAR_OF_DATE,), (IndexKind.NAME_AND_BIRTH_YEAR,))
    elif year:
        found = (IndexKind.NAME_AND_BIRTH_YEAR, IndexKind.NAME_AND_YEAR_OF_DATE)
        yield Token(f"year|{name}|{year}", (IndexKind.NAME_AND_BIRTH_YEAR,), found)
