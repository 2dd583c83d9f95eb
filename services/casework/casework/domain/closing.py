"""Which offices lose a lane or a clock by a closing that was entered before an earlier step of the case."""

from datetime import date

from casework.domain.case_file import CaseFile
from casework.domain.records import FactRecord
from contracts.events.casework import AttentionRaised
from regulations import Fact


def late_notices(before: CaseFile, after: CaseFile, on: date) -> list[AttentionRaised]:
    """Notices of what the closing ended only now, because a step of an earlier instant came after it.

    Args:
        before, after: the file without and with that step. on: the day of the directory.
    """
    if not (before.state.closed and after.state.closed):
        return []  # a step that opens the case again: nobody may be told that it is closed
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
