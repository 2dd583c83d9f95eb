"""Instants as services answer them, shown in legal time."""

import re
from datetime import datetime, timedelta
from typing import Any

from regulations.legal_time import LEGAL_TIME

INSTANT = re.compile(r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$")


def as_instant(text: Any) -> datetime | None:
    """The instant that an ISO 8601 text with an offset names; None for everything else."""
    if not isinstance(text, str) or not INSTANT.match(text):
        return None
    try:
        return datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return None


def minute(text: Any) -> str:
    """The minute of an instant, for example `2026-10-09 15:00`; empty where the answer has none."""
    instant = as_instant(text)
    return f"{instant.astimezone(LEGAL_TIME):%Y-%m-%d %H:%M}" if instant else ""


def second(text: Any) -> str:
    """The second of an instant, for example `2026-10-09 15:00:05`; empty where the answer has none."""
    instant = as_instant(text)
    return f"{instant.astimezone(LEGAL_TIME):%Y-%m-%d %H:%M:%S}" if instant else ""


def end_of(due: datetime) -> str:
    """A due instant as people write it: midnight, the first instant that is too late, is 24:00 of the day before."""
    local = due.astimezone(LEGAL_TIME)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"
