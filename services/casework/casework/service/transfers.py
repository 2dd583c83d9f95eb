"""Use cases: a transfer takes a case to another place. Every step is one transaction.

Nothing moves until the receiver accepts. Then all lanes move to it at once, or none does. The sender may cancel until
the person has moved; then it gets back every lane that is still where the receiver acts.
"""

from collections.abc import Sequence
from datetime import datetime

from casefile.errors import CaseIsClosed
from casework import repository
from casework.amendments.book import LawBook
from casework.domain import fired_waits, succession
from casework.domain import transfers as domain
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.records import HandoverRecord, HandoverState, TransferRecord
from casework.domain.standing import living_holder
from casework.errors import (
    AlreadyProposed,
    LaneHasEnded,
    TransferElsewhere,
    UnknownOffice,
)
from casework.schemas import AnswerIn
from casework.service.author import Author, holder_only, office_only
from casework.service.files import lock
from casework.service.handovers import check_receiver, named_place
from casework.service.writing import apply, version_after, write
from casework.transfer_schemas import TransferCloseIn, TransferIn, TransferStepIn
from casework.workflows.ports import Wait as WaitAt
from casework.workflows.ports import WaitSet
from contracts.ids import new_id
from contracts.problems import NotFound
from kit.http import check_occurred_at
from kit.uow import Tx, UnitOfWork
from regulations import OutOfOrder, UnknownState, Wait
from regulations.legal_time import legal_date


async def find(tx: Tx, transfer_id: str) -> TransferRecord:
    """The transfer as committed; raises `NotFound`."""
    document = await repository.transfer(tx.session, transfer_id)
    if document is None:
        raise NotFound
    return TransferRecord.model_validate_json(document)


def of(file: CaseFile, transfer_id: str) -> TransferRecord:
    """The transfer with this id in the file."""
    return next(one for one in file.stored.transfers if one.transfer_id == transfer_id)


def between_living(file: CaseFile, transfer_id: str, now: datetime) -> TransferRecord:
    """The transfer with this id, between the offices that follow its sides where one of them ended."""
    return succession.with_successors(file.world.directory, of(file, transfer_id), legal_date(now))


async def propose(tx: Tx, file: CaseFile, author: Author, given: TransferIn) -> TransferRecord:
    """Propose that an office elsewhere takes these lanes over together.

    Raises:
        UnknownState, UnknownOffice, UnknownPlace, Invalid: 422. Forbidden: the proposer does not hold every lane, 403.
        CaseIsClosed, LaneHasEnded, AlreadyProposed: 409.
    """
    if not set(given.lanes) <= file.state.lanes.keys():
        raise UnknownState
    lanes = list(dict.fromkeys((*given.lanes, *_carried_along(file, author, tx.now))))
    for lane in lanes:
        holder_only(file, author, lane, tx.now)
    check_receiver(file, author, given.to, given.occurred_at)
    place = named_place(file, given.to, given.place, given.occurred_at)
    _check_moves(file, lanes, given.to, place, given.occurred_at)
    check_occurred_at(given.occurred_at, tx.now)
    _check_free(file, lanes)
    transfer = _stepped(
        tx,
        file,
        author,
        TransferRecord(
            transfer_id=new_id("transfer"),
            case_id=file.case.case_id,
            from_office=author.office,
            to_office=given.to,
            lanes=lanes,
            place=place,
            reason=given.reason,
            state="proposed",
            recorded_at=tx.now,
        ),
        "proposed",
        given,
    )
    await apply(tx, file, Change(handovers=tuple(_proposals(transfer)), transfers=(transfer,)))
    return transfer


def _check_moves(file: CaseFile, lanes: Sequence[str], to: str, place: str | None, occurred_at: datetime) -> None:
    """Raise `UnknownOffice`, 422, if no lane would be at another place than now: a hand-over does that."""
    directory, on = file.world.directory, legal_date(occurred_at)
    here = [file.state.lanes[lane].place for lane in lanes]
    if all(directory.moved(one, to, on, place) == one for one in here):
        raise UnknownOffice(errors=[{"loc": "to", "msg": "no lane would change its place; propose a hand-over"}])


def _carried_along(file: CaseFile, author: Author, now: datetime) -> list[str]:
    """The lane that carries the case, if it has ended and the sender holds it: the case goes where the person goes."""
    carrying = file.pack.identification_lane
    lane, today = file.state.lanes.get(carrying), legal_date(now)
    ended = lane is not None and lane.terminal
    return [carrying] if ended and living_holder(file.world.directory, lane, today) == author.office else []


def _check_free(file: CaseFile, lanes: Sequence[str]) -> None:
    if file.state.closed:
        raise CaseIsClosed
    if any(file.state.lanes[lane].terminal for lane in lanes if lane != file.pack.identification_lane):
        raise LaneHasEnded
    taken = {proposal.lane for proposal in file.proposals}
    taken |= {lane for one in file.stored.transfers if domain.is_open(one) for lane in one.lanes}
    if taken & set(lanes):
        raise AlreadyProposed(lanes=sorted(taken & set(lanes)))


def _proposals(transfer: TransferRecord) -> list[HandoverRecord]:
    """One hand-over for each lane. The receiver sees them, and one becomes void if its lane moves before the answer."""
    (proposed,) = transfer.steps
    return [
        HandoverRecord(
            handover_id=new_id("hand"),
            case_id=transfer.case_id,
            lane=lane,
            from_office=transfer.from_office,
            to_office=transfer.to_office,
            reason=transfer.reason,
            state="proposed",
            occurred_at=proposed.occurred_at,
            recorded_at=proposed.recorded_at,
            answer_by=transfer.next_at,
            actor=proposed.actor,
            transfer_id=transfer.transfer_id,
            place=transfer.place,
        )
        for lane in transfer.lanes
    ]


async def answer(tx: Tx, file: CaseFile, author: Author, transfer: TransferRecord, given: AnswerIn) -> int:
    """Accept all lanes whose proposals still hold, or decline. Gives the new version of the case.

    Raises:
        Forbidden: the office is not the receiver, 403. Invalid: 422.
        TransferElsewhere, OutOfOrder, Contradiction: 409.
    """
    office_only(author.office, transfer.to_office)
    _check_step(tx, transfer, given, "proposed")
    state = "accepted" if given.accept else "declined"
    after = _stepped(tx, file, author, transfer, state, given, given.reason)
    answered = _answered(file, after, state, author, given.reason)
    facts = ()
    if given.accept:
        lanes = [one.lane for one in answered]
        facts = domain.taken_over(after, lanes, file.state, first_seq=file.case.next_seq, step=after.steps[-1])
    return await version_after(tx, file, Change(facts=facts, handovers=tuple(answered), transfers=(after,)))


def _answered(
    file: CaseFile, transfer: TransferRecord, state: HandoverState, author: Author | None, reason: str | None
) -> list[HandoverRecord]:
    """The open hand-overs of a transfer with their answer. `void` is not an answer and has no author."""
    step = transfer.steps[-1]
    changes = {
        "state": state,
        "to_office": transfer.to_office,
        "answered_at": step.occurred_at if author else None,
        "answered_recorded_at": step.recorded_at,
        "answer_reason": reason,
        "answered_by": author.actor if author else None,
    }
    mine = [one for one in file.proposals if one.transfer_id == transfer.transfer_id]
    return [one.model_copy(update=changes) for one in mine]


async def person_moved(tx: Tx, file: CaseFile, author: Author, transfer: TransferRecord, given: TransferStepIn) -> int:
    """Record that the person has left for the receiver's place or arrived there; either side may state it.

    Raises:
        Forbidden: the office is neither side, 403. Invalid: 422. TransferElsewhere, OutOfOrder: 409.
    """
    return await _next(tx, file, author, transfer, given, "accepted")


async def file_received(tx: Tx, file: CaseFile, author: Author, transfer: TransferRecord, given: TransferStepIn) -> int:
    """Record that the receiver has the papers; only it may state this. Raises as `person_moved` does."""
    return await _next(tx, file, author, transfer, given, "person_moved")


async def close(tx: Tx, file: CaseFile, author: Author, transfer: TransferRecord, given: TransferCloseIn) -> int:
    """The sender completes the transfer, or cancels it before the person has moved. Raises as `person_moved` does."""
    office_only(author.office, transfer.from_office)
    if given.outcome == "completed":
        return await _next(tx, file, author, transfer, given, "file_received")
    _check_step(tx, transfer, given, "proposed", "accepted")
    after = _stepped(tx, file, author, transfer, "cancelled", given, given.reason)
    back = _to_give_back(file, transfer, tx.now) if transfer.state == "accepted" else []
    facts = domain.given_back(after, back, file.stored.facts, first_seq=file.case.next_seq, step=after.steps[-1])
    voided = _answered(file, after, "void", None, given.reason)
    return await version_after(tx, file, Change(facts=facts, handovers=tuple(voided), transfers=(after,)))


def _to_give_back(file: CaseFile, transfer: TransferRecord, now: datetime) -> list[str]:
    carrying, directory = file.pack.identification_lane, file.world.directory
    return domain.to_give_back(transfer, file.state, carrying, directory, legal_date(now))


async def _next(
    tx: Tx,
    file: CaseFile,
    author: Author,
    transfer: TransferRecord,
    given: TransferStepIn | TransferCloseIn,
    at: domain.TransferState,
) -> int:
    owed = domain.NEXT[at]
    office_only(author.office, *owed.may_state(transfer))
    _check_step(tx, transfer, given, at)
    return await version_after(tx, file, Change(transfers=(_stepped(tx, file, author, transfer, owed.step, given),)))


def _check_step(
    tx: Tx, transfer: TransferRecord, given: AnswerIn | TransferStepIn | TransferCloseIn, *at: domain.TransferState
) -> None:
    check_occurred_at(given.occurred_at, tx.now)
    if transfer.state not in at:
        raise TransferElsewhere(state=transfer.state)
    if given.occurred_at < transfer.steps[-1].occurred_at:
        raise OutOfOrder(state=transfer.state)


def _stepped(
    tx: Tx,
    file: CaseFile,
    author: Author,
    transfer: TransferRecord,
    state: domain.TransferState,
    given: TransferIn | AnswerIn | TransferStepIn | TransferCloseIn,
    reason: str | None = None,
) -> TransferRecord:
    return domain.stepped(
        file.pack,
        file.world,
        transfer,
        state,
        occurred_at=given.occurred_at,
        now=tx.now,
        office=author.office,
        actor=author.actor,
        reason=reason,
    )


# calls from the workflows


async def wait_set(uow: UnitOfWork, transfer_id: str) -> WaitSet | None:
    """All open waits of a transfer at its present version; None for an unknown transfer."""
    async with uow.unlocked() as tx:
        document = await repository.transfer(tx.session, transfer_id)
    return _set(TransferRecord.model_validate_json(document)) if document else None


async def earliest_waits(uow: UnitOfWork, after: str, limit: int) -> list[tuple[str, datetime]]:
    """(transfer_id, earliest instant) of at most `limit` transfers that wait, in the order of ids."""
    async with uow.unlocked() as tx:
        return await repository.earliest_waits_of_transfers(tx.session, after, limit)


async def fire(uow: UnitOfWork, book: LawBook, transfer_id: str, wait_ids: Sequence[str]) -> WaitSet:
    """Notify the offices of the due waits, each once, and end a proposal that lapses. Repeating this changes nothing.

    Raises:
        NotFound: 404. PackDiffers: an alarm, 503.
    """
    async with uow() as tx:
        file = await lock(tx, book, (await find(tx, transfer_id)).case_id)
        transfer = of(file, transfer_id)
        due = [wait for wait in transfer.waits if wait.wait_id in wait_ids and wait.at <= tx.now]
        return _set(await _act(tx, file, transfer, due) if due else transfer)


async def _act(tx: Tx, file: CaseFile, transfer: TransferRecord, due: list[Wait]) -> TransferRecord:
    after, voided = domain.fired(transfer, due), list[HandoverRecord]()
    if any(wait.stage == domain.LAPSE for wait in due):
        after = domain.stepped(
            file.pack,
            file.world,
            transfer,
            "lapsed",
            occurred_at=tx.now,
            now=tx.now,
            office=transfer.to_office,
            actor="casework",
        )
        voided = [one.model_copy(update={"lapsed_at": tx.now}) for one in _answered(file, after, "void", None, None)]
    fired = tuple(fired_waits.fired_wait(file.case.case_id, wait, tx.now, notified=True) for wait in due)
    change = Change(fired_waits=fired, handovers=tuple(voided), transfers=(after,))
    await write(tx, consequences_of(file, change, tx.now))
    for wait in due:
        if wait.office is not None:
            tx.emit(fired_waits.attention(file.case.case_id, wait, tx.now))
    return after


def _set(transfer: TransferRecord) -> WaitSet:
    return WaitSet(
        case_id=transfer.case_id,
        transfer_id=transfer.transfer_id,
        version=transfer.version,
        waits=tuple(WaitAt(wait_id=wait.wait_id, at=wait.at) for wait in transfer.waits),
        closed=not domain.is_open(transfer),
    )
