"""Whether an office may state a step. The table of rights comes first; here the pack and the lane decide further."""

from collections.abc import Mapping
from datetime import datetime

from casework.domain.case_file import CaseFile
from casework.domain.standing import is_or_succeeds
from contracts.ids import role_of
from contracts.times import FIRST_DAY, LAST_DAY
from regulations import CaseState, Pack, may_state
from regulations.ages import TURNS_18
from regulations.clocks import legal_day
from regulations.companions import ADULT_IDENTIFIED
from regulations.identifying import IDENTIFIED_ON
from regulations.legal_time import legal_date
from regulations.openings import begins_at
from regulations.stating import opens

OF_PERSON = frozenset({TURNS_18, ADULT_IDENTIFIED, IDENTIFIED_ON})
"""Dates of the person that a step of the identification may state in every law."""


def may_record(file: CaseFile, office: str, lane: str, state: str, occurred_at: datetime) -> bool:
    """Whether the pack lets this office state `state` of `lane` (both known to the pack).

    The pack must name the role of the office for the step. The office must also hold the lane, act at the place of the
    lane on the day of the fact, or owe exactly this step as a gap. A successor holds and owes what its dissolved
    office did. For a day before its end the dissolved office may still state a step; for a later day only the successor
    may. A lane opens only where the case is, as `regulations.stating` says: an office that holds the
    identification lane, or acts where it is, states the first step, also of a new round after the lane has ended.
    """
    return _may_record(file, file.state, office, lane, state, occurred_at)


def might_record(file: CaseFile, office: str, lane: str, state: str, occurred_at: datetime) -> bool:
    """Whether the office might state the step at the instant at which it happened.

    Another service may take a step before it hears of a later change. For example, the office that held the lane then
    did the step, although it has handed the lane over since. This holds only for a lane that was open then: a lane that
    opens now opens where the case is now.
    """
    then = file.state_at(occurred_at)
    found = then.lanes.get(lane)
    if opens(file.pack_for(lane, state, occurred_at, then), lane, found.state if found else None, state):
        return False
    return _may_record(file, then, office, lane, state, occurred_at)


def _may_record(file: CaseFile, case: CaseState, office: str, lane: str, state: str, occurred_at: datetime) -> bool:
    directory, found, on = file.world.directory, case.lanes.get(lane), legal_date(occurred_at)
    if directory.living(office, on) != office:
        return False
    pack = file.pack_for(lane, state, occurred_at, case)
    opens_it = opens(pack, lane, found.state if found else None, state)
    if any(
        is_or_succeeds(directory, office, gap.office) and (gap.lane, gap.state) == (lane, state) for gap in case.gaps
    ):
        return True
    where = case.lanes.get(file.pack.identification_lane) if opens_it else found
    role, holder = role_of(office), where.holder if where else None
    held_as = [role_of(holder)] if holder and is_or_succeeds(directory, office, holder) else []
    if not any(may_state(pack, case, lane, state, one) for one in (role, *held_as)):
        return False
    if held_as:
        return True
    place = where.place if where else begins_at(directory, file.opening)
    return directory.acts_at(office, place, on)


def attributes_fit(pack: Pack, lane: str, given: Mapping[str, object]) -> bool:
    """Whether a step has only attributes of its lane: flags, and dates from which a lead time counts back.

    A step of the identification may also say when the person turns eighteen, of which day a paper is that the person
    holds, and when the person was identified whom a minor accompanies.

    Attributes are stored unsealed, so nothing else may be written there. The code of a state is not an attribute: the
    fold would take it for the step itself, and end a duty that only the step may end.
    """
    found = pack.lanes[lane]
    said_flags = {name for name, value in given.items() if isinstance(value, bool)}
    said_dates = {name for name, value in given.items() if isinstance(value, str) and _can_be_counted_from(value)}
    dates = found.dates | (OF_PERSON if lane == pack.identification_lane else frozenset[str]())
    return said_flags <= found.flags and said_dates <= dates and said_flags | said_dates == set(given)


def _can_be_counted_from(stated: str) -> bool:
    """Whether the text is a date from which a lead time can count back: one within the range of the calendar."""
    day = legal_day(stated)
    return day is not None and FIRST_DAY <= day <= LAST_DAY
