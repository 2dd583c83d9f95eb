"""Instants and dates that a request may name: within years in which every legal period can be counted."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""The first is earlier than every birthday that matters; the last is later than every legal period ends. Beyond them,
another time zone or one more day could be more than Python can hold."""
EARLIEST, BEFORE = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Instant = Annotated[
    AwareDatetime,
    Field(
        ge=EARLIEST,
        lt=BEFORE,
        json_schema_extra={"formatMinimum": EARLIEST.isoformat(), "formatExclusiveMaximum": BEFORE.isoformat()},
    ),
]
"""An instant with its time zone, from 1900 on and before 2200 (UTC). `kit.http.check_occurred_at` checks that it is
not in the future."""

Day = Annotated[
    date,
    Field(
        ge=FIRST_DAY,
        le=LAST_DAY,
        json_schema_extra={"formatMinimum": FIRST_DAY.isoformat(), "formatMaximum": LAST_DAY.isoformat()},
    ),
]
"""A date from 1900 to 2199."""
