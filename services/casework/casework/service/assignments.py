"""Use case: the coordinating authority assigns a lane that no office holds to an office that may have it."""

from datetime import date

from casefile.errors import CaseIsClosed
from casework.domain.case_file import CaseFile, Change
from casework.domain.restricting import is_kept_out
from casework.domain.standing import living_holder, working_holder
from casework.errors import LaneHasEnded, MayNotHaveLane, NothingToAssign, UnknownOffice
from casework.schemas import AssignmentIn
from casework.service.author import Author, fact_by
from casework.service.writing import apply
from contracts.ids import role_of
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import Lane, UnknownState
from regulations.case import IN_STEAD, TAKEN_BY
from regulations.lane_groups import PROTECTIVE_LANES
from regulations.legal_time import legal_date
from regulations.rights import CASE_ROLES


async def assign(tx: Tx, file: CaseFile, author: Author, given: AssignmentIn) -> str:
    """Make an office the holder of a lane without one. Gives the id of the new fact.

    Raises:
        UnknownState, UnknownOffice, MayNotHaveLane, Invalid: 422.
        NothingToAssign, CaseIsClosed, LaneHasEnded, Contradiction: 409.
    """
    today = legal_date(tx.now)
    lane = _waiting(file, author.office, given.lane, today)
    _check_receiver(file, given.to, (legal_date(given.occurred_at), today))
    _check_may_have(file, author, given, lane, today)
    check_occurred_at(given.occurred_at, tx.now)
    if file.state.has_ended(given.lane):
        raise CaseIsClosed
    if lane.terminal and given.lane != file.pack.identification_lane:
        raise LaneHasEnded
    named = {TAKEN_BY: given.to, **_in_stead(file, lane, today)}
    fact = fact_by(author, tx, file, "assign", given.occurred_at, lane=given.lane, attributes=named)
    await apply(tx, file, Change(facts=(fact,)))
    return fact.fact_id


def _in_stead(file: CaseFile, lane: Lane, on: date) -> dict[str, str]:
    """The living holder that is shut out, as an attribute of the assignment."""
    holder = living_holder(file.world.directory, lane, on)
    return {IN_STEAD: holder} if holder is not None else {}


def authorities(file: CaseFile) -> tuple[str, ...]:
    """The offices that have assigned a lane of the case. They are told if a further assignment is too late."""
    return tuple(fact.office for fact in file.stored.facts if fact.kind == "assign")


def _waiting(file: CaseFile, authority: str, code: str, today: date) -> Lane:
    """The lane, if it has no holder and this is the authority of its place.

    Raises:
        UnknownState: the pack has no such lane.
        NothingToAssign: for each other reason the same answer, before anything of the receiver is looked at. Else an
            authority whose part is over could ask which lanes there are, and where they are now.
    """
    if code not in file.pack.lanes:
        raise UnknownState
    lane, directory = file.state.lanes.get(code), file.world.directory
    if lane is None or working_holder(file, lane, today) or authority != directory.coordinating(lane.place, today):
        raise NothingToAssign
    return lane


def _check_receiver(file: CaseFile, to: str, days: tuple[date, ...]) -> None:
    """Raise `UnknownOffice`, 422, unless there is such an office on these days, and it is not shut out of the case."""
    office = file.world.directory.office(to)
    if office is None or is_kept_out(file, to, days[-1]):
        raise UnknownOffice(errors=[{"loc": "to", "msg": "no such office"}])
    if not all(office.exists(day) for day in days):
        raise UnknownOffice(errors=[{"loc": "to", "msg": "the office does not exist on that day, or no longer today"}])


def _check_may_have(file: CaseFile, author: Author, given: AssignmentIn, lane: Lane, today: date) -> None:
    """Raise `MayNotHaveLane`, 422, unless role and place of the office let it have the lane.

    The pack must name its role for the state of the lane, or an office of its role must have held the lane. The role of
    a step that can still come is enough too, but not for a protective lane: its holder learns where the person is, and
    many roles may take a step there. The office must act at the place of the lane, or be in the area of the authority:
    a commune that was divided has become several, and the authority knows in which of them the person is.
    """
    directory, role = file.world.directory, role_of(given.to)
    state = file.pack_of(given.lane).lanes[given.lane].by_code[lane.state]
    roles = {state.holder, *(role_of(one) for one in lane.holders)}
    if given.lane not in PROTECTIVE_LANES:
        roles.update(lane.may_act)
    if role not in roles & CASE_ROLES:
        raise MayNotHaveLane(errors=[{"loc": "to", "msg": "the law gives an office of this role no part in the lane"}])
    own, area = directory.place_of(given.to), directory.place_of(author.office)
    inside = own is not None and area is not None and directory.lies_in(own, area, today)
    if not inside and not directory.acts_at(given.to, lane.place, today):
        raise MayNotHaveLane(errors=[{"loc": "to", "msg": "the office does not act where the lane is"}])
