"""What is only inferred never breaches as verified text: a lead time over days off, and one before an inferred term."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from regulations import Opening, Pack, fold
from regulations.case import Clock, Fact
from regulations.legal_time import Due, lead, midnight
from regulations.model import BINDING
from tests.library import LIBRARY

PACKS = LIBRARY.packs()
CALENDAR = LIBRARY.world.calendar
POLICE = "provincial_police/tay-ninh"
TERM_DAYS, LEAD_DAYS = 20, 7
"""C-INF-13, and C-INF-21 before its end."""
RECEIVED = some.integers(0, 24 * 270).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours))


def report_of(pack: Pack, received: datetime) -> Clock:
    """The clock of the report that the investigator owes before the end of the term, of information received then."""
    opening = Opening(
        case_id="case_invented",
        route="rescued",
        reporter=POLICE,
        province="tay-ninh",
        occurred_at=received,
        recorded_at=received,
        age_band="adult",
    )
    facts: list[Fact] = []
    for seq, state in enumerate(("CRIME_INFO_CLASSIFIED", "CRIME_INFO_ASSIGNED"), start=1):
        at = received + timedelta(minutes=seq)
        stated = {"lane": "crime", "state": state, "office": POLICE, "occurred_at": at, "recorded_at": at}
        facts.append(Fact(fact_id=f"f{seq}", seq=seq, **stated))
    return fold(pack, LIBRARY.world, opening, facts).newest()["C-INF-21"]


def last_day(received: datetime) -> date:
    """Counted by hand: twenty days after the day of receipt, seven days back. No day off has a say."""
    return (received + timedelta(hours=7)).date() + timedelta(days=TERM_DAYS - LEAD_DAYS)


@settings(max_examples=25, deadline=None)
@given(received=RECEIVED, hours=some.integers(-24 * 14, 24 * 14))
def test_a_lead_time_over_days_off_is_breached_only_after_the_day_that_the_text_names(received, hours):
    clock, nominal = report_of(PACKS["law-53-2024"], received), last_day(received)
    now = midnight(nominal + timedelta(days=1)) + timedelta(hours=hours)
    breached_as_verified = clock.state_at(now) == "breached" and clock.confidence in BINDING
    assert breached_as_verified is (hours >= 0), (clock.due_at, clock.confidence)


@settings(max_examples=25, deadline=None)
@given(received=RECEIVED)
def test_under_a_pack_of_before_it_moves_as_it_did_and_says_that_it_is_inferred(received):
    pack = PACKS["law-53-2024"]
    older = {name: one.model_copy(update={"lead_confidence": None}) for name, one in pack.profiles.items()}
    clock = report_of(pack.model_copy(update={"profiles": older}), received)
    moved = not CALENDAR.is_working(last_day(received))
    assert (clock.due_at != midnight(last_day(received) + timedelta(days=1))) is moved
    assert clock.confidence == ("inferred" if moved else "verified text")


@settings(max_examples=50, deadline=None)
@given(amount=some.integers(1, 40), end=some.dates(date(2026, 2, 1), date(2027, 12, 1)))
@pytest.mark.parametrize("roll", [roll for pack in PACKS.values() for roll in pack.profiles.values()])
def test_the_warning_comes_on_a_working_day_and_not_after_the_last_day(roll, amount, end):
    found = lead(amount, Due(midnight(end + timedelta(days=1)), end, end), CALENDAR, roll)
    nominal = end - timedelta(days=amount)
    assert (found.last_day, found.rolled_by) == (nominal, None)
    assert (found.warned_on is None) is CALENDAR.is_working(nominal)
    assert found.warned_on is None or (found.warned_on < nominal and CALENDAR.is_working(found.warned_on))


def test_the_holder_is_warned_on_the_working_day_before():
    """Received on 5 February 2026: 18 February is Tết, and Friday the 13th the working day before."""
    clock = report_of(PACKS["law-53-2024"], datetime(2026, 2, 5, 13, tzinfo=UTC))
    assert clock.due_at == midnight(date(2026, 2, 19))
    assert clock.warn_at is not None
    assert clock.warn_at <= midnight(date(2026, 2, 13))


def test_a_lead_time_before_an_inferred_term_only_reminds():
    pack = PACKS["law-53-2024"]
    doubted = pack.rules["C-INF-13"].model_copy(update={"confidence": "inferred"})
    pack = Pack.model_construct(**{**dict(pack), "rules": {**pack.rules, "C-INF-13": doubted}})
    clock = report_of(pack, datetime(2026, 3, 5, 13, tzinfo=UTC))
    assert clock.confidence == "inferred"
    assert clock.state_at(datetime(2027, 1, 1, tzinfo=UTC)) == "reminder"
