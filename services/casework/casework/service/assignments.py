"""Use case: the coordinating authority assigns a lane that no office holds to an office that may have it."""

from datetime import date

from casefile.errors import CaseIsClosed
from casework.domain.case_file import CaseFile, Change
from casework.domain.records import FactRecord
from casework.domain.standing import living_holder
from casework.errors import LaneHasEnded, LaneIsHeld, MayNotHaveLane, UnknownOffice
from casework.schemas import AssignmentIn
from casework.service.author import Author, office_only
from casework.service.writing import apply
from contracts.ids import new_id, role_of
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import Lane, UnknownState
from regulations.case import TAKEN_BY
from regulations.legal_time import legal_date
from regulations.rights import CASE_ROLES


async def assign(tx: Tx, file: CaseFile, author: Author, given: AssignmentIn) -> str:
    """Make an office the holder of a lane without one. Gives the id of the new fact.

    Raises:
        UnknownState, UnknownOffice, MayNotHaveLane, Invalid: 422.
        Forbidden: the author is not the coordinating authority of the place of the lane, 403.
        LaneIsHeld, CaseIsClosed, LaneHasEnded, Contradiction: 409.
    """
    lane = file.state.lanes.get(given.lane)
    if lane is None:
        raise UnknownState
    directory, today = file.world.directory, legal_date(tx.now)
    held = living_holder(directory, lane, today) is not None
    if not held:  # who may see the case is told that the lane has a holder, whoever could assign it
        office_only(author.office, directory.coordinating(lane.place, today))
    _check_receiver(file, given.to, (legal_date(given.occurred_at), today))
    _check_may_have(file, author, given, lane, today)
    check_occurred_at(given.occurred_at, tx.now)
    _check_waits(file, given.lane, lane, held)
    fact = _fact(tx, file, author, given)
    await apply(tx, file, Change(facts=(fact,)))
    return fact.fact_id


def _fact(tx: Tx, file: CaseFile, author: Author, given: AssignmentIn) -> FactRecord:
    return FactRecord(
        fact_id=new_id("fact"),
        case_id=file.case.case_id,
        seq=file.case.next_seq,
        kind="assign",
        lane=given.lane,
        occurred_at=given.occurred_at,
        recorded_at=tx.now,
        office=author.office,
        actor=author.actor,
        attributes={TAKEN_BY: given.to},
    )


def authorities(file: CaseFile) -> tuple[str, ...]:
    """The offices that have assigned a lane of the case. They are told if a further assignment is too late."""
    return tuple(fact.office for fact in file.stored.facts if fact.kind == "assign")


def _check_waits(file: CaseFile, code: str, lane: Lane, held: bool) -> None:
    """Raise `LaneIsHeld`, `CaseIsClosed` or `LaneHasEnded`, 409, unless the lane waits for an office."""
    if held:
        raise LaneIsHeld
    if file.state.has_ended(code):
        raise CaseIsClosed
    if lane.terminal and code != file.pack.identification_lane:
        raise LaneHasEnded


def _check_receiver(file: CaseFile, to: str, days: tuple[date, ...]) -> None:
    """Raise `UnknownOffice`, 422, unless there is such an office on these days."""
    office = file.world.directory.office(to)
    if office is None:
        raise UnknownOffice(errors=[{"loc": "to", "msg": "no such office"}])
    if not all(office.exists(day) for day in days):
        raise UnknownOffice(errors=[{"loc": "to", "msg": "the office does not exist on that day, or no longer today"}])


def _check_may_have(file: CaseFile, author: Author, given: AssignmentIn, lane: Lane, today: date) -> None:
    """Raise `MayNotHaveLane`, 422, unless role and place of the office let it have the lane.

    The pack must name its role for the state of the lane or for a step that can still come, or an office of its role
    must have held the lane. It must act at the place of the lane, or be in the area of the authority: a commune that
    was divided has become several, and the authority knows in which of them the person is.
    """
    directory, role = file.world.directory, role_of(given.to)
    state = file.pack.lanes[given.lane].by_code[lane.state]
    roles = {state.holder, *lane.may_act, *(role_of(one) for one in lane.holders)}
    if role not in roles & CASE_ROLES:
        raise MayNotHaveLane(errors=[{"loc": "to", "msg": "the law gives an office of this role no part in the lane"}])
    own, area = directory.place_of(given.to), directory.place_of(author.office)
    inside = own is not None and area is not None and directory.lies_in(own, area, today)
    if not inside and not directory.acts_at(given.to, lane.place, today):
        raise MayNotHaveLane(errors=[{"loc": "to", "msg": "the office does not act where the lane is"}])
