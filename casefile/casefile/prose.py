"""Text about a person, as an official types it. The text goes to the vault, and only its reference is kept."""

from typing import Annotated

from pydantic import AfterValidator

from contracts.sealing import SealableText


def printable(text: str) -> str:
    """The text itself. Raises ValueError for blank text, and for control characters other than line breaks and tabs."""
    if not text.strip() or any(ord(letter) < 32 and letter not in "\n\r\t" for letter in text):
        raise ValueError("blank, or with control characters")
    return text


Prose = Annotated[SealableText, AfterValidator(printable)]
