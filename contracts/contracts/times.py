"""Instants and dates as a request may state them: within years in which every legal period can be counted."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Before the first birthday that matters, and further ahead than any period of the law reaches. At the ends of what
Python can hold, another time zone or one more day is an overflow."""
EARLIEST, BEFORE = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Instant = Annotated[
    AwareDatetime,
    Field(
        ge=EARLIEST,
        lt=BEFORE,
        json_schema_extra={"formatMinimum": EARLIEST.isoformat(), "formatExclusiveMaximum": BEFORE.isoformat()},
    ),
]
"""An instant with its time zone, from 1900 on and before 2200 (UTC). Whether a fact may have happened then is for
`kit.http.check_occurred_at`."""

Day = Annotated[
    date,
    Field(
        ge=FIRST_DAY,
        le=LAST_DAY,
        json_schema_extra={"formatMinimum": FIRST_DAY.isoformat(), "formatMaximum": LAST_DAY.isoformat()},
    ),
]
"""A date from 1900 to 2199."""
