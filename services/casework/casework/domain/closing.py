"""Which duties keep a case from being closed, and which offices lose a lane or a clock when it is closed."""

from datetime import date

from casework.domain.case_file import CaseFile
from casework.domain.records import FactRecord
from contracts.events.casework import AttentionRaised
from regulations import Clock, Fact
from regulations.case import GO_ON


def legal_duties(file: CaseFile) -> list[Clock]:
    """Open legal duties in the lanes that a closing ends. A reminder is not a legal duty."""
    return [one for one in _running(file) if not one.reminder]


def owed_by(file: CaseFile, clock: Clock, on: date) -> str | None:
    """The office that owes a duty on a day, or the successor of a dissolved one; None where the directory has none."""
    return file.world.directory.living(clock.office, on)


def losing(file: CaseFile, by: str, on: date) -> list[tuple[str, str]]:
    """(office, lane) for each lane or running clock that ends with the closing, without those of the closing office."""
    holders = [
        (lane.holder, code) for code, lane in file.state.lanes.items() if code not in GO_ON and not lane.terminal
    ]
    owing = [(one.office, one.lane) for one in _running(file)]
    living = [(file.world.directory.living(office, on), lane) for office, lane in (*holders, *owing)]
    return list(dict.fromkeys((office, lane) for office, lane in living if office and office != by))


def late_notices(before: CaseFile, after: CaseFile, on: date) -> list[AttentionRaised]:
    """Notices of what the closing ended only now, because a step of an earlier instant came after it.

    Args:
        before, after: the file without and with that step. on: the day of the directory.
    """
    if not before.state.closed:
        return []
    closed = max((one for one in before.facts if one.kind == "close"), key=lambda one: one.seq)
    known = {(closed.office, lane) for _, lane in _ended(after, on)} | {*_ended(before, on)}
    return [notice(after.case.case_id, closed, *one) for one in _ended(after, on) if one not in known]


def notice(case_id: str, closing_fact: Fact | FactRecord, office: str, lane: str) -> AttentionRaised:
    """The notice to an office that another office closed the case and that its part in a lane is over."""
    return AttentionRaised(
        case_id=case_id,
        kind="closed",
        office=office,
        lane=lane,
        wait_id=f"{closing_fact.fact_id}:{lane}",
        stage="closed",
        raised_at=closing_fact.recorded_at,
    )


def _ended(file: CaseFile, on: date) -> list[tuple[str, str]]:
    """(office, lane) for each lane and clock that the closing ended, with the office that has them on a day."""
    state = file.state
    holders = [(lane.holder, code) for code, lane in state.lanes.items() if state.has_ended(code) and not lane.terminal]
    owing = [(one.office, one.lane) for one in state.clocks if one.void_reason == "closed"]
    living = [(file.world.directory.living(office, on), lane) for office, lane in (*holders, *owing) if office]
    return list(dict.fromkeys((office, lane) for office, lane in living if office))


def _running(file: CaseFile) -> list[Clock]:
    return [one for one in file.state.clocks if one.open and one.lane not in GO_ON]
