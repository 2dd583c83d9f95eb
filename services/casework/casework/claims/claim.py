"""Claim everything that is due now, of all cases, in transactions of some hundreds.

The rows of the waits were written by the fold of their case under its law, and say everything that a record and a
notice need. So nothing is folded here: the fold follows (`claims.fold`), and a claimed row stays until then.
"""

from collections.abc import Mapping, Sequence
from contextvars import Context

from casework.claims import repository
from casework.domain import fired_waits, timeline
from kit.uow import Tx, UnitOfWork
from regulations import Wait

AT_ONCE = 250
"""Waits in one transaction. It takes about a tenth of a second, and their cases are locked for that time."""
TRANSACTIONS = 8
"""At most so many one after another, so that the workflow that claims for others is answered in about a second."""


class _LawChanged(Exception):
    """An amendment was signed between the read and the write. Nothing is claimed of a case that is behind it."""


async def claim_all(uow: UnitOfWork, contexts: Mapping[str, Context]) -> int:
    """Claim what is due now; gives the number of waits.

    Each wait is claimed once, by its unique record, together with the notice to its office. Passed over are cases that
    are being changed, cases that are behind the law, and waits that only a fold can act on; their own workflow acts.

    Args:
        contexts: case → the context of its workflow, so that its notice carries the trace of this workflow.
    """
    claimed = 0
    for _ in range(TRANSACTIONS):
        try:
            now, more = await _claim_some(uow, contexts)
        except _LawChanged:
            continue
        claimed += now
        if not more:
            break
    return claimed


async def _claim_some(uow: UnitOfWork, contexts: Mapping[str, Context]) -> tuple[int, bool]:
    """(how many waits were claimed, whether more may be due)."""
    async with uow() as tx:
        locked = await repository.lock_due(tx.session, tx.now, AT_ONCE)
        case_ids = list(dict.fromkeys(locked))
        if not case_ids:
            return 0, False
        if due := await repository.due(tx.session, case_ids, tx.now):
            await _write(tx, sorted({case_id for case_id, _ in due}), due, contexts)
        return len(due), len(locked) == AT_ONCE


async def _write(
    tx: Tx, case_ids: Sequence[str], due: Sequence[tuple[str, Wait]], contexts: Mapping[str, Context]
) -> None:
    fired = [fired_waits.fired_wait(case_id, wait, tx.now, notified=True) for case_id, wait in due]
    current, new = await repository.claim(tx.session, case_ids, [one.model_dump(mode="json") for one in fired], tx.now)
    if current != len(case_ids):
        raise _LawChanged
    lines = timeline.of_fired_waits([one for one in fired if one.claim_id in new], tx.now)
    await repository.add_lines(tx.session, [line.model_dump(mode="json") for line in lines])
    for (case_id, wait), one in zip(due, fired, strict=True):
        if one.claim_id in new and wait.office is not None:
            notice = fired_waits.attention(case_id, wait, tx.now)
            contexts.get(case_id, Context()).run(tx.emit, notice)
