"""The search of the proof finds a text in every form, wherever in a stream of bytes it begins."""

import base64
import json
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.proof.needles import WHOLE, search

NAME = "Nguyễn Thị Thử"
LONG = "Một lời kể bịa ra, dài hơn bốn mươi chữ cái, để thử phép tìm."


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: json.dumps(text).encode(),
        lambda text: re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda digits: digits[0].upper(), json.dumps(text)).encode(),
        lambda text: quote(text).encode(),
        lambda text: quote_plus(text).encode(),
        lambda text: text.encode().hex().encode(),
        lambda text: base64.b64encode(b"{" + text.encode() + b"}"),
        lambda text: base64.b64encode(b"{ " + text.encode()),
        lambda text: base64.urlsafe_b64encode(text.encode() + b" and more"),
    ],
)
def test_every_form_is_found(encode: Callable[[str], bytes], form: str) -> None:
    content = b"\x00before " + encode(unicodedata.normalize(form, NAME)) + b" after\xff"
    assert search([("place", content)], [NAME])


def test_either_end_of_a_long_text_is_found() -> None:
    assert len(LONG) > WHOLE
    assert search([("place", LONG[:30].encode())], [LONG])
    assert search([("place", LONG[-30:].encode())], [LONG])


def test_what_is_not_there_is_not_found() -> None:
    assert search([("place", b"case_abcdefghijklmnopqrstuvwxyz")], [NAME, LONG]) == []
