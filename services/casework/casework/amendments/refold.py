"""The re-fold: folds the open cases anew under an amended law, and notifies each office once of what moved.

The signature changes the law: after its commit every fold uses it. The re-fold only updates the stored rows: due dates,
waits, queues. It takes a batch of cases in each transaction and may stop anywhere; `cases.law_seq` says how far it is.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import timedelta

from casework import repository as cases_repository
from casework.amendments import repository
from casework.amendments.book import Document, LawBook, Mark
from casework.amendments.law import Law
from casework.amendments.moves import Refolded
from casework.service.writing import emit_changes, rows_of
from contracts.events.casework import AmendmentApplied, ClocksMoved
from kit.uow import Tx, UnitOfWork

BATCH = 50
"""Cases in one transaction. They are locked for about a fifth of a second."""
BATCHES_AT_ONCE = 2
"""One batch is folded while PostgreSQL writes the other. No case is in both."""
LOOK_EVERY = timedelta(seconds=1)
log = logging.getLogger("casework.amending")


async def take_batch(uow: UnitOfWork, book: LawBook, limit: int = BATCH) -> int:
    """Fold a batch of open cases that are behind the law, in one transaction.

    Cases that another transaction has locked are passed over. That transaction or a later batch folds them.

    Returns:
        How many cases were folded; 0 when no unlocked case is behind the law.
    """
    async with uow() as tx:
        mark = await repository.mark(tx.session)
        if mark is None:
            return 0
        law = await book.at(tx, Mark.model_validate_json(mark))
        rows = await cases_repository.lock_behind(tx.session, law.seq, limit)
        found: list[Refolded] = []
        for row in rows:
            document = Document.model_validate_json(row)
            if document.snapshot_version == document.case.version:  # otherwise its rows are older than the case
                found.append(book.refolded(tx, document, law))
            await asyncio.sleep(0)
        await write_refolded(tx, law, found)
        return len(found)


async def finish(uow: UnitOfWork) -> bool:
    """When no open case is behind: mark the amendments as applied, and notify each office once of what moved.

    Returns:
        Whether no open case is behind the law.
    """
    async with uow() as tx:
        mark = await repository.mark(tx.session)
        if mark is None:
            return True
        seq = Mark.model_validate_json(mark).seq
        behind, unfinished = await repository.left(tx.session, seq)
        if unfinished and not behind:
            for row in await repository.finish(tx.session, seq, tx.now):
                tx.emit(_applied(row, tx))
        return not behind


def _applied(row: str, tx: Tx) -> AmendmentApplied:
    return AmendmentApplied.model_validate({**json.loads(row), "applied_at": tx.now})


class Refold:
    """The task without end that re-folds: first what is left from before, then after each signature."""

    def __init__(self, uow: UnitOfWork, book: LawBook, every: timedelta = LOOK_EVERY) -> None:
        self._uow, self._book, self._every = uow, book, every
        self._resting = asyncio.Event()
        self._resting.set()

    async def run(self) -> None:
        """Never returns."""
        while True:
            try:
                await self._catch_up()
            finally:
                self._resting.set()
            await finish(self._uow)
            await asyncio.sleep(self._every.total_seconds())

    async def over(self) -> None:
        """Wait until no re-fold runs in this process: all rows are written before Temporal gets their waits."""
        await self._resting.wait()

    async def _catch_up(self) -> None:
        async with asyncio.TaskGroup() as group:
            drains = [group.create_task(self._drain()) for _ in range(BATCHES_AT_ONCE)]
        if taken := sum(one.result() for one in drains):
            log.info("folded %d cases under the amended law", taken)

    async def _drain(self) -> int:
        taken = 0
        while now := await take_batch(self._uow, self._book):
            self._resting.clear()
            taken += now
        return taken


async def write_refolded(tx: Tx, law: Law, cases: Sequence[Refolded]) -> None:
    """Write locked cases that were folded under a newer law, all at once, and emit what moved."""
    same = [one.after.file.case.case_id for one in cases if not one.changed]
    if same:
        await repository.note_unmoved(tx.session, same, law.seq)
    changed = [one for one in cases if one.changed]
    if not changed:
        return
    await cases_repository.write_files(
        tx.session, [one.after.columns for one in changed], rows_of([one.after for one in changed])
    )
    assert law.newest is not None, "a case can be behind an amendment only"
    amendment_id = law.newest.amendment_id
    if moves := [row for one in changed for row in _moves(one, amendment_id)]:
        await repository.add_moves(tx.session, moves)
    for one in changed:
        emit_changes(tx, one.after, announce=one.after.standing_changed, arms=False)
        tx.emit(_clocks_moved(tx, one, amendment_id))


def _moves(one: Refolded, amendment_id: str) -> list[dict[str, object]]:
    key = {"amendment_id": amendment_id, "case_id": one.after.file.case.case_id, "told_at": None}
    return [{**key, "office": office, "moved": moved} for office, moved in one.by_office().items()]


def _clocks_moved(tx: Tx, one: Refolded, amendment_id: str) -> ClocksMoved:
    case = one.after.file.case
    return ClocksMoved(
        case_id=case.case_id,
        case_version=case.version,
        amendment_id=amendment_id,
        moved=len(one.moved),
        offices=tuple(office for office in one.by_office() if office),
        moved_at=tx.now,
        arms=one.after.arms,
    )
