"""What Temporal asks of the register: which waits are open, and to act on those whose instant has come."""

from collections.abc import Sequence
from datetime import datetime

from casework import repository
from casework.domain import claims
from casework.domain.file import CaseFile, Change
from casework.domain.projecting import project
from casework.domain.records import ClaimRecord, HandoverRecord
from casework.service.core import lock, write
from casework.workflows.ports import WaitSet
from contracts.events.casework import AttentionRaised
from contracts.regulations import Wait
from kit.uow import Tx, UnitOfWork


async def wait_set(uow: UnitOfWork, case_id: str) -> WaitSet | None:
    """All open waits of a case at its present version; None for an unknown case."""
    async with uow() as tx:
        return await _committed(tx, case_id)


async def open_wait_versions(uow: UnitOfWork, after: str, limit: int) -> list[tuple[str, int]]:
    """(case_id, version) of at most `limit` cases that wait for something, in the order of ids, after an id."""
    async with uow() as tx:
        return await repository.versions_with_waits(tx.session, after, limit)


async def fire(uow: UnitOfWork, case_id: str, wait_ids: Sequence[str]) -> WaitSet:
    """Act on the waits that are still open and whose instant has come, each once, in one transaction.

    Claims each by a unique row, writes the timeline, tells the offices, and folds again: what comes after (an
    escalation, the next interval) is in the new set that this gives. Repeating it changes nothing.

    Raises:
        UnknownCase: 404. PackDiffers: an alarm.
    """
    async with uow() as tx:
        file = await lock(tx, case_id)
        due = _due(file, wait_ids, tx.now)
        if due:
            await _act(tx, file, due)
        found = await _committed(tx, case_id)
        assert found is not None, "the case is locked by this transaction"
        return found


def _due(file: CaseFile, wait_ids: Sequence[str], now: datetime) -> list[Wait]:
    rows = [file.stored.waits[one] for one in dict.fromkeys(wait_ids) if one in file.stored.waits]
    return [wait for wait in map(Wait.model_validate, rows) if wait.at <= now]


async def _act(tx: Tx, file: CaseFile, due: list[Wait]) -> None:
    told = [_claim(file, wait, tx.now) for wait in due]
    lapsed = {wait.handover_id for wait in due if wait.stage == "answer"}
    change = Change(
        claims=tuple(told), handovers=tuple(_lapsed(one, tx.now) for one in file.proposals if one.handover_id in lapsed)
    )
    after = project(file, change, tx.now)
    # The workflow that fires learns its new set from the answer; the bus is told where that is not all that changed.
    await write(tx, after, announce=after.standing_changed or after.waits_changed)
    withdrawn = {claim["claim_id"] for claim in after.rows["claims"] if claim["withdrawn_at"]}
    for wait, claim in zip(due, told, strict=True):
        if claim.claim_id not in withdrawn and wait.office is not None:
            tx.emit(attention(file, wait, tx.now))


def _claim(file: CaseFile, wait: Wait, now: datetime) -> ClaimRecord:
    """A new claim; for the end of a quiet time the existing one, told."""
    if wait.stage != claims.TELL:
        return claims.claim_of(file.case.case_id, wait, now, told=True)
    noted = next(one for one in file.stored.claims if claims.tell_id(one) == wait.wait_id)
    return noted.model_copy(update={"told_at": now})


def _lapsed(proposal: HandoverRecord, now: datetime) -> HandoverRecord:
    return proposal.model_copy(update={"lapsed_at": now})


def attention(file: CaseFile, wait: Wait, now: datetime) -> AttentionRaised:
    """What the office of a wait is told at its instant."""
    assert wait.office is not None
    return AttentionRaised(
        case_id=file.case.case_id,
        kind=wait.kind,
        office=wait.office,
        lane=wait.lane,
        rule=wait.rule,
        wait_id=wait.wait_id,
        stage=wait.stage,
        due_at=wait.due_at,
        raised_at=now,
    )


async def _committed(tx: Tx, case_id: str) -> WaitSet | None:
    document = await repository.open_waits(tx.session, case_id)
    return WaitSet.model_validate_json(document) if document else None
