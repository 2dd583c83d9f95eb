"""Use cases: one office proposes a hand-over of a lane, or the step that opens a lane, and another one answers."""

from datetime import datetime

from casefile.errors import AlreadyAnswered, CaseIsClosed
from casework.domain.case_file import CaseFile, Change
from casework.domain.records import FactRecord, HandoverRecord
from casework.domain.restricting import is_kept_out
from casework.domain.transfers import at_place
from casework.errors import (
    AlreadyProposed,
    AnsweredTooEarly,
    LaneHasEnded,
    LaneIsOpen,
    NobodyCarriesIt,
    PartOfTransfer,
    UnknownOffice,
    UnknownPlace,
)
from casework.schemas import AnswerIn, ProposalIn, StepProposalIn
from casework.service.author import Author, fact_by, holder_only, office_only
from casework.service.files import stored_standing
from casework.service.writing import apply
from contracts.ids import new_id
from contracts.problems import Forbidden
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import UnknownState, known_state, may_state, waits
from regulations.legal_time import legal_date
from regulations.places import NATION
from regulations.rights import CASE_ROLES
from regulations.stating import may_propose


async def propose(tx: Tx, file: CaseFile, author: Author, given: ProposalIn) -> HandoverRecord:
    """Propose that another office takes a lane over. The proposer stays holder until the other office accepts.

    Raises:
        UnknownState, UnknownOffice, UnknownPlace, Invalid: 422. Forbidden: the proposer does not hold the lane, 403.
        CaseIsClosed, LaneHasEnded, AlreadyProposed: 409.
    """
    lane = file.state.lanes.get(given.lane)
    if lane is None:
        raise UnknownState
    holder_only(file, author, given.lane, tx.now)
    check_receiver(file, author, given.to, given.occurred_at)
    place = named_place(file, given.to, given.place, given.occurred_at)
    check_occurred_at(given.occurred_at, tx.now)
    if file.state.has_ended(given.lane):
        raise CaseIsClosed
    if lane.terminal and given.lane != file.pack.identification_lane:
        raise LaneHasEnded
    if any(proposal.lane == given.lane for proposal in file.proposals):
        raise AlreadyProposed
    proposal = _proposal(tx, file, author, given, to=given.to, place=place)
    await apply(tx, file, Change(handovers=(proposal,)))
    return proposal


async def propose_step(tx: Tx, file: CaseFile, author: Author, given: StepProposalIn) -> HandoverRecord:
    """Propose the step that opens a lane to the office that carries the case. The lane opens when that office accepts.

    Raises:
        UnknownState, Invalid: 422. Forbidden: the pack does not let this role state the step, 403.
        CaseIsClosed, LaneIsOpen, NobodyCarriesIt, AlreadyProposed: 409.
    """
    standing = stored_standing(file)
    pack = file.pack_for(given.lane, given.state, given.occurred_at)
    if not known_state(pack, given.lane, given.state):
        raise UnknownState
    if not may_state(pack, file.state, given.lane, given.state, author.role):
        raise Forbidden
    check_occurred_at(given.occurred_at, tx.now)
    if file.state.has_ended(given.lane):
        raise CaseIsClosed
    if not may_propose(pack, standing, author.office, given.lane, given.state):
        raise LaneIsOpen
    carrier = standing.lanes.get(file.pack.identification_lane)
    if carrier is None or carrier.holder in (None, author.office):
        raise NobodyCarriesIt
    if is_kept_out(file, str(carrier.holder), legal_date(tx.now)):
        raise NobodyCarriesIt
    if any(proposal.lane == given.lane for proposal in file.proposals):
        raise AlreadyProposed
    proposal = _proposal(tx, file, author, given, to=str(carrier.holder), step=given.state)
    await apply(tx, file, Change(handovers=(proposal,)))
    return proposal


def check_receiver(file: CaseFile, author: Author, to: str, occurred_at: datetime) -> None:
    """Raise `UnknownOffice`, 422, unless the receiver is another office, can hold a case, exists on that day and is not
    shut out of the case: nobody could answer there.
    """
    office = file.world.directory.office(to)
    exists = office is not None and office.exists(legal_date(occurred_at)) and office.role in CASE_ROLES
    if not exists or to == author.office or is_kept_out(file, to, legal_date(occurred_at)):
        raise UnknownOffice(errors=[{"loc": "to", "msg": "no office that could take this over on that day"}])


def named_place(file: CaseFile, to: str, word: str | None, occurred_at: datetime) -> str | None:
    """Code of the place that a proposal names; None if it names none.

    Raises:
        UnknownPlace: 422, the receiver does not serve such a place on that day.
    """
    if word is None:
        return None
    directory, on = file.world.directory, legal_date(occurred_at)
    place = directory.places.get(word, on)  # the word of a commune names the one of that day
    known = place is not None and directory.places.known(word, on)
    if place is None or not known or directory.moved(NATION, to, on, place.code) != place.code:
        raise UnknownPlace(errors=[{"loc": "place", "msg": "no place that the receiver serves on that day"}])
    return place.code


def _proposal(
    tx: Tx,
    file: CaseFile,
    author: Author,
    given: ProposalIn | StepProposalIn,
    *,
    to: str,
    step: str | None = None,
    place: str | None = None,
) -> HandoverRecord:
    """A new proposal. The instant at which it lapses comes from the waits of the pack."""
    proposal = HandoverRecord(
        handover_id=new_id("hand"),
        case_id=file.case.case_id,
        lane=given.lane,
        from_office=author.office,
        to_office=to,
        reason=given.reason,
        state="proposed",
        occurred_at=given.occurred_at,
        recorded_at=tx.now,
        answer_by=None,
        actor=author.actor,
        step=step,
        place=place,
    )
    asked = file.with_change(Change(handovers=(proposal,)))
    found = [
        wait.at
        for wait in waits(file.pack, file.world, file.state, asked.open_handovers, tx.now)
        if wait.handover_id == proposal.handover_id
    ]
    return proposal.model_copy(update={"answer_by": min(found, default=None)})


def find(file: CaseFile, handover_id: str) -> HandoverRecord:
    """The hand-over with this id in the file."""
    return next(one for one in file.stored.handovers if one.handover_id == handover_id)


def receiver(file: CaseFile, handover: HandoverRecord, now: datetime) -> str | None:
    """The office that answers a hand-over: the receiver, or its successor if it ended."""
    return file.world.directory.living(handover.to_office, legal_date(now))


async def answer(tx: Tx, file: CaseFile, author: Author, handover: HandoverRecord, given: AnswerIn) -> int:
    """Accept or decline; the first valid answer wins, even after the lapse. Gives the new version of the case.

    Raises:
        Forbidden: the office is not the receiver, 403. Invalid: 422.
        AlreadyAnswered, AnsweredTooEarly, PartOfTransfer, Contradiction: 409.
    """
    office_only(author.office, receiver(file, handover, tx.now))
    check_occurred_at(given.occurred_at, tx.now)
    if handover.state != "proposed":
        raise AlreadyAnswered
    if handover.transfer_id is not None:
        raise PartOfTransfer(transfer_id=handover.transfer_id)
    if given.occurred_at < handover.occurred_at:
        raise AnsweredTooEarly
    answered = handover.model_copy(
        update={
            "state": "accepted" if given.accept else "declined",
            "to_office": author.office,
            "answered_at": given.occurred_at,
            "answered_recorded_at": tx.now,
            "answer_reason": given.reason,
            "answered_by": author.actor,
        }
    )
    fact = _proposed_step(tx, file, handover) if handover.step else _taken_over(tx, file, author, handover, given)
    facts = (fact,) if given.accept else ()
    after = await apply(tx, file, Change(facts=facts, handovers=(answered,)))
    return after.file.case.version


def _taken_over(tx: Tx, file: CaseFile, author: Author, handover: HandoverRecord, given: AnswerIn) -> FactRecord:
    """The fact by which the receiver becomes holder."""
    named = {"from": handover.from_office, "handover": handover.handover_id, **at_place(handover.place)}
    return fact_by(author, tx, file, "handover", given.occurred_at, lane=handover.lane, attributes=named)


def _proposed_step(tx: Tx, file: CaseFile, handover: HandoverRecord) -> FactRecord:
    """The fact of the proposed step. It is recorded now, so the lane opens where the case is now."""
    author = Author(office=handover.from_office, actor=handover.actor)
    return fact_by(author, tx, file, "state", handover.occurred_at, lane=handover.lane, state=handover.step or "")
