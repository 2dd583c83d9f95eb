"""Use cases: a case is restricted, or a restriction is lifted. Both wait for a second signature."""

from collections.abc import Sequence
from datetime import datetime

from casefile.start import person_of
from casework.domain import restricting as domain
from casework.domain.case_file import CaseFile, Change
from casework.domain.records import RestrictionRecord, SigningRecord
from casework.domain.standing import living_holder
from casework.errors import NobodyCouldOpen, RestrictionEnded, UnknownOffice
from casework.members.service import roster
from casework.queue import repository as queue
from casework.restrictions import repository
from casework.restrictions.schemas import RestrictionIn, RestrictionOut
from casework.service.author import Author
from casework.service.files import standing_of, stored_standing
from contracts.ids import new_id
from contracts.problems import Forbidden, Invalid
from kit.auth import Principal
from kit.uow import Tx
from regulations.legal_time import legal_date
from regulations.restricted import Person, admits, leaves_nobody
from regulations.rights import Rights

WORKS = "casework.list_work"
"""The operation by which it is judged whether somebody can still have the work of a case."""
CASEWORK = "casework"


async def restricted(
    tx: Tx, file: CaseFile, author: Author, given: RestrictionIn, documents: Sequence[str]
) -> RestrictionRecord:
    """The restriction that an office asks for.

    Raises:
        Invalid, UnknownOffice: 422. NobodyCouldOpen: 409.
    """
    if author.actor in given.shut_out_persons or author.office in given.shut_out_offices:
        where = [{"loc": "shut_out_persons", "msg": "nobody shuts out themselves or their own office"}]
        raise Invalid("Some values cannot be right.", errors=where)
    await _check_named(tx, file, given)
    record = RestrictionRecord(
        restriction_id=new_id("restrict"),
        case_id=file.case.case_id,
        office=author.office,
        actor=author.actor,
        closes=given.closes,
        members={office: sorted(set(subjects)) for office, subjects in given.members.items() if subjects},
        offices=sorted(set(given.shut_out_offices)),
        persons=sorted(set(given.shut_out_persons)),
        documents=list(documents),
        recorded_at=tx.now,
    )
    _check_somebody_can_open(file, [*domain.held(file), record], tx.now)
    return record


async def _check_named(tx: Tx, file: CaseFile, given: RestrictionIn) -> None:
    """Raise `UnknownOffice`, or `Invalid` for a subject who is no member of an office that has a list: a slip would
    leave the case with fewer persons than its author believes.
    """
    if any(file.world.directory.office(one) is None for one in (*given.members, *given.shut_out_offices)):
        raise UnknownOffice(errors=[{"loc": "members", "msg": "no such office"}])
    for office, subjects in given.members.items():
        found = await roster(tx, office)
        if found.listed and any(found.position(one, legal_date(tx.now)) is None for one in subjects):
            where = [{"loc": "members", "msg": "no member of the office today"}]
            raise Invalid("Some values cannot be right.", errors=where)


def lifted(file: CaseFile, author: Author, restriction_id: str, now: datetime) -> RestrictionRecord:
    """A restriction as it is when it is lifted. Raises `RestrictionEnded`, `NobodyCouldOpen`: 409."""
    found = next(one for one in file.stored.restrictions if one.restriction_id == restriction_id)
    if found.lifted_at is not None:
        raise RestrictionEnded
    _check_somebody_can_open(file, [one for one in domain.held(file) if one is not found], now)
    ended = {"lifted_at": now, "lifted_office": author.office, "lifted_actor": author.actor}
    return found.model_copy(update=ended)


def again(tx: Tx, rights: Rights, file: CaseFile, one: SigningRecord) -> Change:
    """What a signed restriction, or its lifting, adds to the case as it is now. Raises what refuses it now."""
    author, lane = Author(office=one.office, actor=one.actor), file.pack.identification_lane
    if not rights.decide(author.office, one.operation, stored_standing(file), lane=lane):
        raise Forbidden
    asked = domain.asked_by(one)
    assert asked is not None, "a signing of another kind"
    if one.operation == domain.LIFT:
        ended = lifted(file, author, asked.restriction_id, tx.now)
        return Change(restrictions=(ended.model_copy(update={"documents": [*ended.documents, *one.documents]}),))
    record = asked.model_copy(update={"documents": list(one.documents), "recorded_at": tx.now})
    _check_somebody_can_open(file, [*domain.held(file), record], tx.now)
    return Change(restrictions=(record,))


def _check_somebody_can_open(file: CaseFile, records: Sequence[RestrictionRecord], now: datetime) -> None:
    today, directory = legal_date(now), file.world.directory
    found = domain.combined(directory, file.case.case_id, records, today)
    carrier = living_holder(directory, file.state.lanes.get(file.pack.identification_lane), today)
    above = directory.supervisor(carrier or file.case.reporter, today)
    if found is not None and leaves_nobody(found, carrier, above):
        raise NobodyCouldOpen


def shown_to(file: CaseFile, principal: Principal) -> list[RestrictionOut]:
    """The restrictions of a case that a caller may know of, also those that were lifted."""
    standing, person = stored_standing(file), person_of(principal)
    return [_view(one) for one in file.stored.restrictions if domain.may_know(standing, one, principal.office, person)]


def _view(one: RestrictionRecord) -> RestrictionOut:
    return RestrictionOut(
        restriction_id=one.restriction_id,
        office=one.office,
        closes=one.closes,
        members=one.members,
        shut_out_offices=one.offices,
        shut_out_persons=one.persons,
        documents=one.documents,
        since=one.recorded_at,
        lifted_at=one.lifted_at,
    )


async def release_work(tx: Tx, case_id: str) -> None:
    """Give back to the team what somebody has who can no longer open the case, so that no duty stays with them."""
    standing, today = await standing_of(tx, case_id), legal_date(tx.now)
    if standing.restriction is None:
        return
    for office, lane, subject in await repository.having_work(tx.session, case_id):
        position = (await roster(tx, office)).position(subject, today)
        if not admits(standing, office, Person(subject, position or ""), WORKS):
            await queue.lock(tx, office)
            await queue.put(tx, office, [(case_id, lane)], None, CASEWORK)
