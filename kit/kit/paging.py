"""Cursors of lists that are sorted by an instant and then by an id."""

import base64
from datetime import UTC, datetime

from pydantic import AwareDatetime, TypeAdapter

from contracts.problems import Invalid

Position = tuple[datetime, str]
"""Instant in UTC, and id, of the last row that was shown."""
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def cursor(at: datetime, key: str) -> str:
    """The cursor that stands for the last row shown: its instant and its id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode()


def position(given: str | None) -> Position | None:
    """The row that a cursor stands for; None without a cursor. Raises `Invalid` (422) for one that no list gave."""
    if not given:
        return None
    try:
        at, _, key = base64.b64decode(given, altchars=b"-_", validate=True).decode("ascii").partition(" ")
        if "\0" in key:
            raise ValueError("the database takes no NUL")
        return _INSTANT.validate_python(at).astimezone(UTC), key
    except (ValueError, OverflowError):  # not base64, not text, or not an instant that exists in UTC
        raise Invalid(errors=[{"loc": "cursor", "msg": "not a cursor of this list"}]) from None
