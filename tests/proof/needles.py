"""A text in every form in which it may lie in a file."""

import base64
import json
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

WHOLE = 40
PART = 24
"""Of a text longer than `WHOLE` characters, so many at either end are looked for: a cut text is a leak as well."""


def pieces(text: str) -> list[str]:
    """What to look for of a text."""
    return [text] if len(text) <= WHOLE else [text[:PART], text[-PART:]]


def forms(text: str) -> dict[bytes, str]:
    """Bytes → name of the form: composed and decomposed, plain, JSON, base64 at each offset, URL, hexadecimal."""
    found: dict[bytes, str] = {}
    for normal in ("NFC", "NFD"):
        plain = unicodedata.normalize(normal, text)
        raw = plain.encode()
        escaped = json.dumps(plain)[1:-1]
        found[raw] = f"{normal} plain"
        found[escaped.encode()] = f"{normal} JSON"
        found[_upper_escapes(escaped).encode()] = f"{normal} JSON"
        for offset in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                found[_inner_base64(encode(b"\0" * offset + raw), offset, len(raw))] = f"{normal} base64"
        for encoded in (quote(plain), quote_plus(plain)):
            found[encoded.encode()] = f"{normal} URL"
            found[_lower_percent(encoded).encode()] = f"{normal} URL"
        found[raw.hex().encode()] = f"{normal} hexadecimal"
    return found


def search(places: Iterable[tuple[str, bytes]], texts: Iterable[str]) -> list[str]:
    """`place: form` of every hit.

    Args:
        places: name and content.
        texts: that must not be there.
    """
    wanted = {form: name for text in texts for piece in pieces(text) for form, name in forms(piece).items()}
    return [f"{place}: {name}" for place, content in places for form, name in wanted.items() if form in content]


def _inner_base64(encoded: bytes, offset: int, length: int) -> bytes:
    """The digits that depend on the text alone, not on what stands before and after it."""
    first, last = -(-offset * 8 // 6), (offset + length) * 8 // 6
    return encoded[first:last]


def _upper_escapes(escaped: str) -> str:
    parts = escaped.split("\\u")
    return parts[0] + "".join(f"\\u{part[:4].upper()}{part[4:]}" for part in parts[1:])


def _lower_percent(encoded: str) -> str:
    parts = encoded.split("%")
    return parts[0] + "".join(f"%{part[:2].lower()}{part[2:]}" for part in parts[1:])
