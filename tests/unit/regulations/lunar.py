"""The Vietnamese lunar calendar, reckoned from new moons and solar longitudes at UTC+7: it checks dates of the table.

The formulas are those of J. Meeus, Astronomical Algorithms (1998), shortened as in Ho Ngoc Duc's published rules of the
calendar. They are right to the day for this century's years in the table.
"""

import math
from datetime import date

HOURS_EAST = 7
SYNODIC = 29.530588853
_EPOCH = 2415021.076998695
"""Julian day of the new moon from which moons are numbered (1900-01-01)."""
_ORDINAL = 1_721_425
"""Julian day number of a date, less its ordinal."""


def _new_moon(number: int) -> int:
    """Julian day number, in Viet Nam, of a new moon."""
    t = number / 1236.85
    rad = math.pi / 180
    jd = 2415020.75933 + 29.53058868 * number + 0.0001178 * t * t - 0.000000155 * t**3
    jd += 0.00033 * math.sin((166.56 + 132.87 * t - 0.009173 * t * t) * rad)
    sun = (359.2242 + 29.10535608 * number - 0.0000333 * t * t - 0.00000347 * t**3) * rad
    moon = (306.0253 + 385.81691806 * number + 0.0107306 * t * t + 0.00001236 * t**3) * rad
    node = (21.2964 + 390.67050646 * number - 0.0016528 * t * t - 0.00000239 * t**3) * rad
    c = (0.1734 - 0.000393 * t) * math.sin(sun) + 0.0021 * math.sin(2 * sun)
    c += -0.4068 * math.sin(moon) + 0.0161 * math.sin(2 * moon) - 0.0004 * math.sin(3 * moon)
    c += 0.0104 * math.sin(2 * node) - 0.0051 * math.sin(sun + moon) - 0.0074 * math.sin(sun - moon)
    c += 0.0004 * math.sin(2 * node + sun) - 0.0004 * math.sin(2 * node - sun) - 0.0006 * math.sin(2 * node + moon)
    c += 0.0010 * math.sin(2 * node - moon) + 0.0005 * math.sin(2 * moon + sun)
    ahead = -0.000278 + 0.000265 * t + 0.000262 * t * t
    return int(jd + c - ahead + 0.5 + HOURS_EAST / 24)


def _sector(day: int) -> int:
    """In which twelfth of its way the sun is at the beginning of a day, counted from the spring equinox."""
    t = (day - 2451545.5 - HOURS_EAST / 24) / 36525
    rad = math.pi / 180
    mean = 357.52910 + 35999.05030 * t - 0.0001559 * t * t - 0.00000048 * t**3
    centre = (1.914600 - 0.004817 * t - 0.000014 * t * t) * math.sin(rad * mean)
    centre += (0.019993 - 0.000101 * t) * math.sin(rad * 2 * mean) + 0.000290 * math.sin(rad * 3 * mean)
    return int((280.46645 + 36000.76983 * t + 0.0003032 * t * t + centre) % 360 / 30)


def _eleventh(year: int) -> int:
    """Number of the new moon with which the eleventh month begins: the month of the winter solstice of a year."""
    last = date(year, 12, 31).toordinal() + _ORDINAL
    number = int((last - 2415021.0) / SYNODIC)
    return number - 1 if _sector(_new_moon(number)) >= 9 else number


def lunar_date(year: int, month: int, day: int) -> date:
    """The date of a day of a month, 1 to 10, of the lunar year that begins in `year`; a leap month is passed over."""
    first, next_one = _eleventh(year - 1), _eleventh(year)
    months = list(range(first, next_one + 1))
    leap = len(months) == 14  # thirteen months from one eleventh to the next
    if leap:
        sectors = [_sector(_new_moon(one)) for one in months]
        without = next(place for place in range(1, 13) if sectors[place] == sectors[place + 1])
        months.pop(without)
    return date.fromordinal(_new_moon(months[month + 1]) + day - 1 - _ORDINAL)
