"""Use cases: steps of a case, their correction, acknowledgement, closing and reopening.

Steps that may need a second signature give what they add to the case; `casework.countersignings.service` applies it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from casefile.errors import CaseIsClosed
from casework.domain import who_may_record
from casework.domain.case_file import CaseFile, Change
from casework.domain.records import CorrectionRecord
from casework.errors import (
    AlreadyWithdrawn,
    CaseIsOpen,
    NothingToAcknowledge,
    StatedElsewhere,
    StillOwed,
    UnknownCode,
)
from casework.schemas import AckIn, CloseIn, FactIn, ReopenIn
from casework.service.author import Author, fact_by, holder_only, office_only
from casework.service.files import stored_standing
from casework.service.writing import version_after
from contracts.ids import new_id, role_of
from contracts.problems import Forbidden
from kit.http import check_occurred_at
from kit.uow import Tx
from regulations import UnknownState, known_state
from regulations.case import AS_NAMED
from regulations.model import HOLDER
from regulations.stating import refusal

CANCEL_PAPER = "verification.cancel_paper"
"""The one operation that cancels a certificate."""


def recorded(
    tx: Tx, file: CaseFile, author: Author, given: FactIn, documents: Sequence[str], fact_id: str | None = None
) -> Change:
    """What a step adds to the case. `fact_id`: if the fact has one already.

    Raises:
        UnknownState, UnknownCode, StatedElsewhere: 422. Forbidden, CaseIsElsewhere: the office may not state this, 403.
        Invalid: impossible date, 422.
        CaseIsClosed: 409.
    """
    pack = file.pack_for(given.lane, given.state, given.occurred_at)
    if not known_state(pack, given.lane, given.state):
        raise UnknownState
    if not who_may_record.may_record(file, author.office, given.lane, given.state, given.occurred_at):
        raise refusal(pack, stored_standing(file), author.office, given.lane, given.state)
    if pack.lanes[given.lane].by_code[given.state].cancels:
        # Verification keeps the papers. Stated here, the step would leave the paper valid there.
        raise StatedElsewhere(operation=CANCEL_PAPER)
    if not who_may_record.attributes_fit(pack, given.lane, given.attributes):
        raise UnknownCode(errors=[{"loc": "attributes", "msg": "not what a rule of this lane asks for"}])
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file, given.lane)
    fact = fact_by(author, tx, file, "state", given.occurred_at, lane=given.lane, state=given.state, fact_id=fact_id)
    return Change(facts=(fact.model_copy(update={"documents": list(documents), "attributes": given.attributes}),))


def check_stated_by(file: CaseFile, author: Author, fact_id: str) -> None:
    """Refuse (403) every office but the one that stated this step. A fact that is not a step cannot be corrected."""
    fact = file.fact(fact_id)
    office_only(author.office, fact.office if fact and fact.kind == "state" else None)


def corrected(
    tx: Tx, file: CaseFile, author: Author, fact_id: str, occurred_at: datetime | None, documents: Sequence[str]
) -> Change:
    """The correction of the instant of a fact, or its withdrawal if no instant is given; the fact stays on record.

    Raises:
        Invalid: 422. AlreadyWithdrawn, CaseIsClosed: 409.
    """
    if occurred_at is not None:
        check_occurred_at(occurred_at, tx.now)
    stated = file.fact(fact_id)
    _refuse_closed(file, stated.lane if stated else "")
    if file.withdrawn(fact_id):
        raise AlreadyWithdrawn
    correction = CorrectionRecord(
        correction_id=new_id("corr"),
        case_id=file.case.case_id,
        fact_id=fact_id,
        occurred_at=occurred_at,
        withdrawn=occurred_at is None,
        reason_ref=documents[0] if documents else None,
        recorded_at=_after_others(tx, file),
        office=author.office,
        actor=author.actor,
    )
    return Change(corrections=(correction,))


def _after_others(tx: Tx, file: CaseFile) -> datetime:
    """Later than every earlier correction, so that the correction entered last wins.

    A transaction reads its clock before it waits for the lock, so its instant may be earlier than theirs.
    """
    last = max((one.recorded_at for one in file.stored.corrections), default=None)
    return tx.now if last is None else max(tx.now, last + timedelta(microseconds=1))


async def acknowledge(tx: Tx, file: CaseFile, author: Author, given: AckIn) -> int:
    """Record that the holder has seen its turn, which ends the wait for it. Raises `NothingToAcknowledge`, 409."""
    lane = file.state.lanes.get(given.lane)
    if lane is None:
        raise UnknownState
    holder_only(file, author, given.lane, tx.now)
    if lane.ack_due_from is None or file.state.has_ended(given.lane):
        raise NothingToAcknowledge
    # Not earlier than what it acknowledges: the sender's clock may be ahead, and ours was read before the lock.
    causes = [one.occurred_at for one in file.facts if one.lane == given.lane]
    at = max(tx.now, lane.ack_due_from, *causes)
    fact = fact_by(author, tx, file, "ack", at, lane=given.lane).model_copy(update={"recorded_at": at})
    return await version_after(tx, file, Change(facts=(fact,)))


def closed(
    tx: Tx, file: CaseFile, author: Author, given: CloseIn, documents: Sequence[str], fact_id: str | None = None
) -> Change:
    """What states an outcome of the pack. `fact_id`: if the fact has one already.

    It ends what the outcome names in the pack (`endings.toml`), and with `ends_duties` what the office owes itself.
    Everything else goes on. The case closes by itself when nothing is owed in it any more, at once if nothing is.

    Raises:
        UnknownCode, Invalid: 422. Forbidden: the pack does not let this role state the outcome, 403.
        CaseIsClosed: 409. StillOwed: a hand-over waits for its answer, 409.
    """
    if given.outcome not in file.pack.outcomes:
        raise UnknownCode(errors=[{"loc": "outcome", "msg": "not an outcome of the pack"}])
    check_occurred_at(given.occurred_at, tx.now)
    _refuse_closed(file)
    row = file.pack.endings.get(given.outcome)
    if row is not None and not {HOLDER, role_of(author.office)} & {*row.stated_by}:
        raise Forbidden
    if file.proposals:
        raise StillOwed(rules=[], handovers=[one.handover_id for one in file.proposals])
    attributes: dict[str, str | bool | int] = {AS_NAMED: True}
    fact = fact_by(
        author, tx, file, "close", given.occurred_at, state=given.outcome, attributes=attributes, fact_id=fact_id
    )
    return Change(facts=(fact.model_copy(update={"documents": list(documents)}),))


async def reopen_case(tx: Tx, file: CaseFile, author: Author, given: ReopenIn, documents: tuple[str, ...]) -> int:
    """Reopen a case as it was before its outcome was stated, closed or not yet. Raises `CaseIsOpen`, 409."""
    check_occurred_at(given.occurred_at, tx.now)
    if file.state.outcome is None:
        raise CaseIsOpen
    fact = fact_by(author, tx, file, "reopen", given.occurred_at)
    return await version_after(tx, file, Change(facts=(fact.model_copy(update={"documents": list(documents)}),)))


def _refuse_closed(file: CaseFile, lane: str = "") -> None:
    """Refuse (409) a step after the end of this lane, or after the end of the case if no lane is given."""
    if file.state.has_ended(lane):
        raise CaseIsClosed
