"""Use cases: steps of a case, their correction, acknowledgement, closing and reopening."""

from datetime import datetime, timedelta

from casefile.errors import CaseIsClosed
from casework.domain import acting
from casework.domain.file import CaseFile, Change
from casework.domain.records import CorrectionRecord, FactKind, FactRecord
from casework.errors import (
    AlreadyWithdrawn,
    CaseIsOpen,
    NothingToAcknowledge,
    StillOwed,
    UnknownCode,
    UnknownState,
)
from casework.schemas import AckIn, CloseIn, CorrectionIn, FactIn, ReopenIn
from casework.service.author import Author, holder_only, office_only
from casework.service.files import standing_of
from casework.service.writing import apply
from contracts.ids import new_id
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import Clock, known_state
from regulations.stating import refusal


def _fact(
    tx: Tx, file: CaseFile, author: Author, kind: FactKind, occurred_at: datetime, *, lane: str = "", state: str = ""
) -> FactRecord:
    return FactRecord(
        fact_id=new_id("fact"),
        case_id=file.case.case_id,
        seq=file.case.next_seq,
        kind=kind,
        lane=lane,
        state=state,
        occurred_at=occurred_at,
        recorded_at=tx.now,
        office=author.office,
        actor=author.actor,
    )


async def record_fact(tx: Tx, file: CaseFile, author: Author, given: FactIn, documents: tuple[str, ...]) -> str:
    """Store a step and what follows from it; the new fact's id.

    Raises:
        UnknownState, UnknownCode: 422. Forbidden, CaseIsElsewhere: the office may not state this, 403.
        Invalid: impossible date, 422.
        Contradiction, CaseIsClosed: 409.
    """
    if not known_state(file.pack, given.lane, given.state):
        raise UnknownState
    if not acting.may_record(file, author.office, given.lane, given.state, given.occurred_at):
        raise refusal(file.pack, standing_of(file), author.office, given.lane, given.state)
    if not acting.attributes_fit(file.pack, given.lane, given.attributes):
        raise UnknownCode(errors=[{"loc": "attributes", "msg": "not what a rule of this lane asks for"}])
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file)
    fact = _fact(tx, file, author, "state", given.occurred_at, lane=given.lane, state=given.state)
    fact = fact.model_copy(update={"documents": list(documents), "attributes": given.attributes})
    await apply(tx, file, Change(facts=(fact,)))
    return fact.fact_id


def check_stated_by(file: CaseFile, author: Author, fact_id: str) -> None:
    """Refuse (403) all but the office that stated this step; steps of the register itself are nobody's to correct."""
    fact = file.fact(fact_id)
    office_only(author.office, fact.office if fact and fact.kind == "state" else None)


async def correct_fact(
    tx: Tx, file: CaseFile, author: Author, fact_id: str, given: CorrectionIn, documents: tuple[str, ...]
) -> int:
    """Put another instant to a fact, or withdraw it; what was stated stays on record. The case's new version.

    Raises:
        Invalid: 422. AlreadyWithdrawn, CaseIsClosed, Contradiction: 409; the rest of the case would not hold.
    """
    if given.occurred_at is not None:
        check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file)
    if file.withdrawn(fact_id):
        raise AlreadyWithdrawn
    correction = CorrectionRecord(
        correction_id=new_id("corr"),
        case_id=file.case.case_id,
        fact_id=fact_id,
        occurred_at=given.occurred_at,
        withdrawn=given.withdraw,
        reason_ref=documents[0] if documents else None,
        recorded_at=_after_others(tx, file),
        office=author.office,
        actor=author.actor,
    )
    return await _applied(tx, file, Change(corrections=(correction,)))


def _after_others(tx: Tx, file: CaseFile) -> datetime:
    """Now, but after every earlier correction: of two of one fact the one that came second counts.

    The clock of a transaction is read before it waits for the case, so that instant alone may come before theirs.
    """
    last = max((one.recorded_at for one in file.stored.corrections), default=None)
    return tx.now if last is None else max(tx.now, last + timedelta(microseconds=1))


async def acknowledge(tx: Tx, file: CaseFile, author: Author, given: AckIn) -> int:
    """The holder has seen that it is its turn; ends the wait for it. Raises `NothingToAcknowledge`, 409."""
    lane = file.state.lanes.get(given.lane)
    if lane is None:
        raise UnknownState
    holder_only(file, author, given.lane, tx.now)
    if lane.ack_due_from is None or file.state.closed:
        raise NothingToAcknowledge
    # Not before what it acknowledges: the sender's clock may be ahead, and ours was read before the case was locked.
    causes = [one.occurred_at for one in file.facts if one.lane == given.lane]
    at = max(tx.now, lane.ack_due_from, *causes)
    fact = _fact(tx, file, author, "ack", at, lane=given.lane).model_copy(update={"recorded_at": at})
    return await _applied(tx, file, Change(facts=(fact,)))


async def close_case(tx: Tx, file: CaseFile, author: Author, given: CloseIn, documents: tuple[str, ...]) -> int:
    """End the case with an outcome of its pack.

    Raises:
        UnknownCode, Invalid: 422. CaseIsClosed: 409.
        StillOwed: a hand-over waits for its answer, or a legal duty is open and the outcome does not end it, 409.
    """
    outcome = file.pack.outcomes.get(given.outcome)
    if outcome is None:
        raise UnknownCode(errors=[{"loc": "outcome", "msg": "not an outcome of the pack"}])
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file)
    owed = [] if outcome.ends_duties else [one.rule for one in file.state.clocks if _is_legal_duty(one)]
    if file.proposals or owed:
        raise StillOwed(rules=owed, handovers=[one.handover_id for one in file.proposals])
    fact = _fact(tx, file, author, "close", given.occurred_at, state=given.outcome)
    return await _applied(tx, file, Change(facts=(fact.model_copy(update={"documents": list(documents)}),)))


def _is_legal_duty(clock: Clock) -> bool:
    return clock.open and not clock.reminder


async def reopen_case(tx: Tx, file: CaseFile, author: Author, given: ReopenIn, documents: tuple[str, ...]) -> int:
    """Take a closed case up again where it stood. Raises `CaseIsOpen`, 409."""
    check_occurred_at(given.occurred_at, tx.now)
    if not file.case.closed:
        raise CaseIsOpen
    fact = _fact(tx, file, author, "reopen", given.occurred_at)
    return await _applied(tx, file, Change(facts=(fact.model_copy(update={"documents": list(documents)}),)))


async def _applied(tx: Tx, file: CaseFile, change: Change) -> int:
    return (await apply(tx, file, change)).file.case.version


def _refuse_closed(file: CaseFile) -> None:
    if file.case.closed:
        raise CaseIsClosed
