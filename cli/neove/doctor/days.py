"""Is every day of the coming year known: is the table long enough, and is each day decided?"""

from datetime import date, timedelta

from neove.doctor.finding import Finding
from regulations.calendar import Calendar

AHEAD = timedelta(days=365)
"""So long before the first unknown day somebody is asked to look for its decision."""


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
