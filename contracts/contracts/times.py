"""Days of legal time, and the instants and dates that a request may name.

These lie within years in which every legal period can be counted. Viet Nam has had UTC+7 without summer time since
1975, so a fixed offset is exact; a test compares it with the time zone database.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from pydantic import AwareDatetime, Field

LEGAL_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
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


def legal_date(instant: datetime) -> date:
    """The legal day that an aware instant falls on."""
    return instant.astimezone(LEGAL_TIME).date()
