"""Is every day of the coming year known: is the table long enough, and is each day decided?"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from neove.doctor.finding import Finding
from regulations.calendar import AmendedDay, Calendar

AHEAD = timedelta(days=365)
"""So long before the first unknown day somebody is asked to look for its decision."""


def calendar_of(calendar: Calendar, amendments: Iterable[Mapping[str, Any]]) -> Calendar:
    """The calendar of a release with the days of the signed amendments of a running stack.

    Args:
        calendar: of this release. amendments: as `list_amendments` gives them.
    """
    signed = [one for one in amendments if one["state"] == "signed" and one.get("rows")]
    for one in sorted(signed, key=lambda one: one["effective_seq"]):
        calendar = calendar.amended([AmendedDay.model_validate(row) for row in one["rows"]], one["decision"])
    return calendar


def days_finding(calendar: Calendar, today: date) -> Finding:
    """Whether every day of the coming year is known.

    Args:
        calendar: that holds on the stack. today: legal date.
    """
    end, last = date(max(calendar.years), 12, 31), today + AHEAD
    open_days = [row for row in calendar.rows if row.status == "unknown" and today <= row.date <= last]
    wants = [f"{row.date} ({row.name}) is not decided" for row in open_days]
    if last > end:
        wants.append(f"the table ends on {end}; a newer release has more years")
    if not wants:
        return Finding("days off", "ok", f"every day until {last} is known; the table ends on {end}")
    told = "a limit that needs such a day is shown and reminded, never breached (`neove calendar import`)"
    return Finding("days off", "look", f"{'; '.join(wants)}. {told}")
