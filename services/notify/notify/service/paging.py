"""Positions in lists that are shown newest first."""

import base64
import binascii
from datetime import datetime

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from contracts.problems import Invalid
from notify.repository import Position

INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def cursor(at: datetime, key: str) -> str:
    """What stands for the last row shown."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode()


def position(given: str | None) -> Position | None:
    """The row that a cursor stands for; raises `Invalid` for one that was not given here."""
    if given is None:
        return None
    try:
        at, _, key = base64.b64decode(given, altchars=b"-_", validate=True).decode("ascii").partition(" ")
        if "\0" in key:
            raise Invalid(errors=[{"loc": "cursor", "msg": "not a cursor of this list"}])
        return INSTANT.validate_python(at), key
    except (ValidationError, binascii.Error, UnicodeError, ValueError, OverflowError):
        raise Invalid(errors=[{"loc": "cursor", "msg": "not a cursor of this list"}]) from None
