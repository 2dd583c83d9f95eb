"""Whether an office may state a step: narrower than the table of rights, because it looks at the pack and the lane."""

from collections.abc import Mapping
from datetime import datetime

from casework.domain.case_file import CaseFile
from contracts.times import FIRST_DAY, LAST_DAY
from regulations import CaseState, Pack, may_state
from regulations.clocks import legal_day
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.speakers import opens, role_of


def may_record(file: CaseFile, office: str, lane: str, state: str, occurred_at: datetime) -> bool:
    """Whether the pack lets this office state `state` of `lane` (both known to the pack).

    The role must be one that the pack names for the step. The office must hold the lane, serve the lane's territory on
    the day of the fact (a dissolved office still may for days within its life), or owe exactly this step as a gap; what
    a dissolved office holds or owes, its successor does, and for days after its end only that one. A lane opens only
    where the case is, as `regulations.stating` says: its first step, also that of a new round after its end,
    is stated by an office that serves, or holds, the identification lane there.
    """
    return _may_record(file, file.state, office, lane, state, occurred_at)


def might_record(file: CaseFile, office: str, lane: str, state: str, occurred_at: datetime) -> bool:
    """The same as it stood at the instant of the step, which another service took before it heard of what came since.

    Whoever held or served the lane then, and has handed it over meanwhile, has done the step nevertheless. Only a lane
    that was open then: one that opens now does so where the case is now.
    """
    then = file.state_at(occurred_at)
    found = then.lanes.get(lane)
    if opens(file.pack, lane, found.state if found else None, state):
        return False
    return _may_record(file, then, office, lane, state, occurred_at)


def _may_record(file: CaseFile, case: CaseState, office: str, lane: str, state: str, occurred_at: datetime) -> bool:
    directory, found, on = file.world.directory, case.lanes.get(lane), legal_date(occurred_at)
    if directory.living(office, on) != office:
        return False
    opens_it = opens(file.pack, lane, found.state if found else None, state)
    if any(_is_of(directory, office, gap.office) and (gap.lane, gap.state) == (lane, state) for gap in case.gaps):
        return True
    where = case.lanes.get(file.pack.identification_lane) if opens_it else found
    role, holder = role_of(office), where.holder if where else None
    held_as = [role_of(holder)] if holder and _is_of(directory, office, holder) else []
    if not any(may_state(file.pack, case, lane, state, one) for one in (role, *held_as)):
        return False
    if held_as:
        return True
    place = where.territory if where else file.case.territory
    return directory.resolve(role, place, on) == office


def _is_of(directory: Directory, office: str, named: str | None) -> bool:
    """Whether an office is the one named, or has taken over from it."""
    return named is not None and office in (named, directory.successor(named))


def attributes_fit(pack: Pack, lane: str, given: Mapping[str, object]) -> bool:
    """Whether a step says only what its lane lets be stated: flags, and dates that a lead time counts back from.

    They are kept in the clear, so nothing else may be written there. The code of a state is no attribute: it would
    pass for the step itself, and end a duty that the step would end.
    """
    found = pack.lanes[lane]
    said_flags = {name for name, value in given.items() if isinstance(value, bool)}
    said_dates = {name for name, value in given.items() if isinstance(value, str) and _can_be_counted_from(value)}
    return said_flags <= found.flags and said_dates <= found.dates and said_flags | said_dates == set(given)


def _can_be_counted_from(stated: str) -> bool:
    """Whether it is a date, and one far enough from the ends of the calendar for a lead time to count back from it."""
    day = legal_day(stated)
    return day is not None and FIRST_DAY <= day <= LAST_DAY
