"""A second, deliberately simple counter of days. It shares no code with the arithmetic that it is compared with."""

from collections.abc import Iterable
from datetime import date

from regulations.calendar import CalendarRow

SATURDAY = 6


def last_day(amount: int, unit: str, origin: date, *, rolls: bool, rows: Iterable[CalendarRow]) -> date:
    """Last day of a term, counted one day at a time.

    Args:
        amount: of units.
        unit: `working_day`, `day`, `month` or `year`.
        origin: day of the event, which is not counted.
        rolls: whether a last day that is a day off moves on to the next working day.
        rows: of the calendar.
    """
    kinds = {row.date: row.kind for row in rows}

    def free(day: date) -> bool:
        kind = kinds.get(day)
        return kind == "off" or (day.isoweekday() >= SATURDAY and kind != "work")

    day = origin
    if unit == "working_day":
        while amount:
            day = _next(day)
            amount -= 0 if free(day) else 1
        return day
    if unit == "day":
        day = date.fromordinal(origin.toordinal() + amount)
    else:
        day = _same_date(origin, amount if unit == "month" else 12 * amount)
    while rolls and free(day):
        day = _next(day)
    return day


def _same_date(origin: date, months: int) -> date:
    total = origin.year * 12 + origin.month - 1 + months
    day = origin.replace(day=1, year=total // 12, month=total % 12 + 1)
    for _ in range(origin.day - 1):
        following = _next(day)
        if following.month != day.month:
            break
        day = following
    return day


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
