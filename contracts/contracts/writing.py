"""Text that a person types: names, addresses, notes, statements. Each field for such text has one of these two types.

What nobody sees must not be in it. Two names that look the same would be two names, a text that turns its direction
would show something else than what is stored, and a list of names could carry a hidden message.

| Character | What becomes of it |
|---|---|
| letters with marks, in any order of letter and mark | the composed form (NFC) |
| every space that is not the usual one, for example U+00A0 | the usual space |
| line and paragraph separator (U+2028, U+2029) | a line break |
| without width and without effect on others: U+00AD, U+200B to U+200D, U+2060, U+FEFF, variation selectors | left out |
| controls of direction (U+200E, U+202A to U+202E, U+2066 to U+2069 …) and all other format characters | refused |
| control characters but line break and tab; blank letters; private use; unassigned; lone surrogates | refused |

What is left out stands in text that was copied from a web page or a word processor: a report must not fail on it, and
who reads it misses nothing.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from contracts.sealing import SealableText, short_enough

FREE_TEXT = "x-free-text"
"""Member of the schema of such a field: a program that shows the field shows `NO_STATE_SECRETS` beside it."""
NO_STATE_SECRETS = {
    "vi": "Không nhập nội dung thuộc bí mật nhà nước vào hệ thống này.",
    "en": "Do not enter material that is a state secret.",
}
_LEFT_OUT = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that show nothing."""
_REFUSED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_BREAKS = frozenset("\n\r\t")


def prose(text: str) -> str:
    """A text of several lines, as the table above leaves it.

    Raises:
        PydanticCustomError: `blank_text`, or `invisible_character` with its code point.
    """
    # left out first: between a letter and its mark it would keep them apart
    text = unicodedata.normalize("NFC", _LEFT_OUT.sub("", text))
    text = "".join(map(_shown, text)) if not text.isascii() or not text.isprintable() else text
    if not text.strip():
        raise PydanticCustomError("blank_text", "nothing but spaces")
    return text


def line(text: str) -> str:
    """A text of one line: as `prose`, with one space for each run of spaces, tabs and line breaks.

    Raises:
        PydanticCustomError: as `prose`.
    """
    return " ".join(prose(text).split())


def _shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in _BREAKS:
        return letter
    if kind in _REFUSED or letter in _BLANK:
        raise PydanticCustomError(
            "invisible_character", "a character that is not seen", {"code_point": f"U+{ord(letter):04X}"}
        )
    return " " if kind == "Zs" else "\n" if kind in ("Zl", "Zp") else letter


FREE = Field(json_schema_extra={FREE_TEXT: True})
Prose = Annotated[SealableText, AfterValidator(prose), AfterValidator(short_enough), FREE]
"""A text of several lines about a person: it goes to the vault, and only its reference is kept."""
Line = Annotated[str, Field(min_length=1), AfterValidator(line), FREE]
"""A text of one line, for example a name. A field adds how long it may be."""
