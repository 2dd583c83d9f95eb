"""The arithmetic of legal time: when a term that starts at an instant is over, and which dates count.

`due_at` is always the first instant that is too late. For example, a term that ends on 12 October at 24:00 is due on
13 October at 00:00. Days are days of legal time (`contracts.times`).
"""

import calendar as months_of
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from contracts.times import LEGAL_TIME, legal_date
from regulations.calendar import Calendar
from regulations.case import Counted, Pause
from regulations.model import RollRule, Unit

ONE_DAY = timedelta(days=1)
NOT_KNOWN = "not known whether it is a working day; counted as one until it is"
MONTHS_OF_YEAR = 12
COUNTED_KEPT = 1_024
"""So many countings of days stay in memory: thousands of cases begin on the same few days, with the same terms."""


@dataclass(frozen=True)
class Term:
    """A length of legal time: `amount` of `unit`, and what happens if the last day is a day off."""

    amount: int | None
    unit: Unit
    roll: RollRule


@dataclass(frozen=True)
class Due:
    """The end of a term.

    `last_day`: the last day on which the act is in time; None for hours. `nominal_day`: the last day before it was
    moved. `rolled_by`: the text by which it was moved. `unknown`: the first day that was counted although nobody knows
    whether it is a working day; None if all are known. `warned_on`: the working day before a last day that is a day
    off and did not move.
    """

    due_at: datetime | None
    last_day: date | None = None
    nominal_day: date | None = None
    rolled_by: str | None = None
    counted: tuple[Counted, ...] = ()
    unknown: date | None = None
    warned_on: date | None = None


def midnight(day: date) -> datetime:
    """The first instant of a legal day."""
    return datetime.combine(day, time(), LEGAL_TIME)


def due(term: Term, origin: datetime, calendar: Calendar, pauses: tuple[Pause, ...] = ()) -> Due:
    """When a term that is counted from `origin` is over.

    Args:
        term: what to count; a term without a number has no due instant.
        origin: aware instant of the event that starts the term; its day does not count.
        calendar: days off.
        pauses: suspensions; only closed ones have an effect. In a term of days, the days after the day of suspension
            up to the day of resumption do not count; in a term of hours, the suspended time does not count. A pause
            after the end has no effect.
    """
    closed = [pause for pause in pauses if pause.resumed_at is not None]
    if term.unit == "immediate":
        return Due(due_at=origin)
    if term.amount is None or term.unit == "none":
        return Due(due_at=None)
    if term.unit == "hour":
        return _hours(term.amount, origin, closed)
    day = legal_date(origin)
    if closed:
        return _dated(term, day, calendar, _paused_days(closed, day))
    return _without_pauses(term, day, calendar)


@lru_cache(COUNTED_KEPT)
def _without_pauses(term: Term, origin: date, calendar: Calendar) -> Due:
    return _dated(term, origin, calendar, {})


def _dated(term: Term, origin: date, calendar: Calendar, paused: dict[date, str]) -> Due:
    """The end of a term of days, months or years."""
    amount = term.amount
    assert amount is not None, "`due` answers a term without a number"
    if term.unit == "working_day":
        counted = _working_days(amount, origin, calendar, paused)
        day = counted[-1].date
        return replace(_ends(day, counted), unknown=calendar.unknown_in(origin + ONE_DAY, day))
    if term.unit == "day":
        counted, rolls = _days(amount, origin, paused), term.roll.days
    else:
        months = amount * (MONTHS_OF_YEAR if term.unit == "year" else 1)
        counted, rolls = _months(months, origin, paused), term.roll.months
    return _rolled(counted, calendar, term.roll.cite) if rolls else _ends(counted[-1].date, counted)


def lead(amount: int, target: Due, calendar: Calendar, roll: RollRule) -> Due:
    """The last moment for an act that must be done at least `amount` days before the end of another term.

    A last day that is a day off never moves to the next working day: an act on it would be too late. It moves to the
    working day before if a text says so; if that is only inferred, the last day stays, and that day is `warned_on`.

    Args:
        amount: days before the end.
        target: end of the other term; without a due instant the result has none.
        calendar: days off.
        roll: names the ground on which the last day moves, and how sure it is.
    """
    if target.due_at is None:
        return Due(due_at=None)
    end = target.last_day or legal_date(target.due_at)
    nominal = end - timedelta(days=amount)
    day = calendar.next_working(nominal, step=-1)
    counted = [Counted(date=end, counts=False, why="the term that it is counted back from ends")]
    counted += [Counted(date=end - timedelta(days=back), counts=True, why="counted back") for back in range(1, amount)]
    counted += _moved(Counted(date=nominal, counts=True, why="counted back"), day, calendar, step=-1)
    unknown = target.unknown or calendar.unknown_in(day, nominal)
    if day != nominal and not roll.moves_leads:
        counted[-1] = Counted(date=day, counts=False, why=f"warned on the working day before; {roll.lead_cite}")
        return Due(midnight(nominal + ONE_DAY), nominal, nominal, None, tuple(counted), unknown, day)
    moved = None if day == nominal else roll.lead_cite
    return Due(midnight(day + ONE_DAY), day, nominal, moved, tuple(counted), unknown)


def _ends(day: date, counted: list[Counted]) -> Due:
    return Due(midnight(day + ONE_DAY), day, day, None, tuple(counted))


def _rolled(counted: list[Counted], calendar: Calendar, cite: str) -> Due:
    nominal = counted[-1].date
    day = calendar.next_working(nominal)
    end = _ends(day, counted[:-1] + _moved(counted[-1], day, calendar, step=1))
    end = replace(end, unknown=calendar.unknown_in(nominal, day))
    return end if day == nominal else replace(end, nominal_day=nominal, rolled_by=cite)


def _moved(last: Counted, day: date, calendar: Calendar, step: int) -> list[Counted]:
    """The nominal last day, the days off after it, and the day that the end moved to."""
    if last.date == day:
        return [last]
    off = calendar.why_off(last.date)
    entries = [Counted(date=last.date, counts=True, why=f"{last.why}; last day, but a day off: {off}")]
    passing = last.date + timedelta(days=step)
    while passing != day:
        entries.append(Counted(date=passing, counts=False, why=calendar.why_off(passing) or ""))
        passing += timedelta(days=step)
    return [*entries, Counted(date=day, counts=True, why="working day that the end moved to")]


def _hours(amount: int, origin: datetime, pauses: list[Pause]) -> Due:
    left, clock = timedelta(hours=amount), origin
    counted = [Counted(date=legal_date(origin), counts=True, why="hours count from the instant, 24 a day")]
    for pause in sorted(pauses, key=lambda pause: pause.paused_at):
        begin, end = max(pause.paused_at, clock), pause.resumed_at or pause.paused_at
        if begin - clock >= left:
            break
        if end > begin:
            counted.append(Counted(date=legal_date(begin), counts=False, why=f"paused: {pause.basis}"))
            left, clock = left - (begin - clock), end
    return Due(due_at=(clock + left).astimezone(LEGAL_TIME), counted=tuple(counted))


def _paused_days(pauses: list[Pause], origin: date) -> dict[date, str]:
    """The days after the day of suspension up to the day of resumption. A pause within one day has none."""
    days: dict[date, str] = {}
    for pause in pauses:
        day, end = legal_date(pause.paused_at), legal_date(pause.resumed_at or pause.paused_at)
        day = max(day, origin)
        while day < end:
            day += ONE_DAY
            days[day] = pause.basis
    return days


def _working_days(amount: int, origin: date, calendar: Calendar, paused: dict[date, str]) -> list[Counted]:
    counted = [Counted(date=origin, counts=False, why="the first day is not counted")]
    day, left = origin, amount
    while left:
        day += ONE_DAY
        why = f"paused: {paused[day]}" if day in paused else calendar.why_off(day)
        sure = "working day" if calendar.knows(day) else NOT_KNOWN
        counted.append(Counted(date=day, counts=why is None, why=why or sure))
        left -= why is None
    return counted


def _days(amount: int, origin: date, paused: dict[date, str]) -> list[Counted]:
    """Every date up to the nominal last day. Each suspended date moves the last day by one."""
    counted = [Counted(date=origin, counts=False, why="the first day is not counted")]
    day, left = origin, amount
    while left:
        day += ONE_DAY
        why = f"paused: {paused[day]}" if day in paused else "calendar day"
        counted.append(Counted(date=day, counts=day not in paused, why=why))
        left -= day not in paused
    return counted


def _months(amount: int, origin: date, paused: dict[date, str]) -> list[Counted]:
    """The day of the event, the suspended dates, and the same date of the last month, later by each suspended date."""
    counted = [Counted(date=origin, counts=False, why="the first day is not counted")]
    last = add_months(origin, amount)
    for day in sorted(paused):
        if day <= last:
            counted.append(Counted(date=day, counts=False, why=f"paused: {paused[day]}"))
            last += ONE_DAY
    return [*counted, Counted(date=last, counts=True, why="corresponding date of the last month")]


def add_months(day: date, amount: int) -> date:
    """The same date `amount` months later, or the last day of that month if it has no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    return date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))
