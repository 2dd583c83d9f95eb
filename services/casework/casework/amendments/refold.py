"""The re-fold: folds the open cases anew under an amended law, and notifies each office once of what moved.

The signature changes the law: after its commit every fold uses it. The re-fold only updates the stored rows: due dates,
waits, queues. It takes a batch of cases in each transaction and may stop anywhere; `cases.law_seq` says how far it is.
A fold takes 2 ms of one processor, so the worker and the process of the consumers share the cases between them.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from casework import repository as cases_repository
from casework.amendments import repository
from casework.amendments.book import Document, LawBook, Mark
from casework.amendments.law import Law
from casework.amendments.moves import Refolded
from casework.service.writing import emit_changes, rows_of
from contracts.events.casework import AmendmentApplied, ClocksMoved
from kit.state import State
from kit.uow import Tx, UnitOfWork

BATCH = 50
"""Cases in one transaction. They are locked for about a fifth of a second."""
BATCHES_AT_ONCE = 2
"""One batch is folded while PostgreSQL writes the other. No case is in both."""
LOOK_EVERY = timedelta(seconds=1)
"""Between two looks of the worker for a new signature."""
LOOK_EVERY_BESIDE = timedelta(seconds=5)
"""The same beside the consumers. Where they share a process with the API, a signature wakes the re-fold at once."""
log = logging.getLogger("casework.amending")


async def take_batch(uow: UnitOfWork, book: LawBook, limit: int = BATCH) -> int:
    """Bring a batch of open cases that are behind the law up to date, in one transaction.

    A case that the amendment cannot touch is not folded. Cases that another transaction has locked are passed over;
    that transaction or a later batch takes them.

    Returns:
        How many cases were taken; 0 when no unlocked case is behind the law.
    """
    async with uow() as tx:
        mark = await repository.mark(tx.session)
        if mark is None:
            return 0
        law = await book.at(tx, Mark.model_validate_json(mark))
        rows = await cases_repository.lock_behind(tx.session, law.seq, limit)
        skipped: list[str] = []
        found: list[Refolded] = []
        for row in rows:
            document = Document.model_validate_json(row)
            if not document.one_snapshot:
                continue  # its rows are older than the case
            if book.untouched(document, law):
                skipped.append(document.case.case_id)
            else:
                found.append(book.refolded(tx, document, law))
                await asyncio.sleep(0)  # a fold takes 2 ms; requests and events are handled in between
        await write_refolded(tx, law, found, skipped)
        return len(found) + len(skipped)


async def finish(uow: UnitOfWork) -> bool:
    """When no open case is behind: mark the amendments as applied, and notify each office once of what moved.

    Returns:
        Whether no open case is behind the law.
    """
    async with uow() as tx:
        left = await repository.left(tx.session)
        if left.unfinished and not left.behind:
            for row in await repository.finish(tx.session, left.seq, tx.now):
                tx.emit(_applied(row, tx))
        return not left.behind


def _applied(row: str, tx: Tx) -> AmendmentApplied:
    return AmendmentApplied.model_validate({**json.loads(row), "applied_at": tx.now})


class Refold:
    """The task without end that re-folds: first what is left from before, then after each signature.

    It may run in any number of processes at the same time, because each batch locks its cases.
    """

    def __init__(self, uow: UnitOfWork, book: LawBook) -> None:
        self._uow, self._book = uow, book
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now: an amendment was signed in this process."""
        self._woken.set()

    async def run(self, every: timedelta, at_once: int) -> None:
        """Never returns.

        Args:
            every: between two looks, unless it is woken. at_once: batches of this process at the same time.
        """
        while True:
            self._woken.clear()  # before the look: a signature that comes during it must be seen after it
            async with self._uow.unlocked() as tx:
                left = await repository.left(tx.session)
            if left.behind:
                await self._catch_up(at_once)
            if left.behind or left.unfinished:
                await finish(self._uow)
            with suppress(TimeoutError):
                async with asyncio.timeout(every.total_seconds()):
                    await self._woken.wait()

    async def _catch_up(self, at_once: int) -> None:
        async with asyncio.TaskGroup() as group:
            drains = [group.create_task(self._drain()) for _ in range(at_once)]
        log.info("brought %d cases under the amended law", sum(one.result() for one in drains))

    async def _drain(self) -> int:
        taken = 0
        while now := await take_batch(self._uow, self._book):
            taken += now
        return taken


async def apply_amendments(state: State) -> None:
    """Background task of the worker, without end: brings the open cases under the amended law after a signature."""
    await state.get(Refold).run(LOOK_EVERY, BATCHES_AT_ONCE)


async def apply_beside_consumers(state: State) -> None:
    """The same beside the consumers, one batch after another: requests and events are handled in between."""
    await state.get(Refold).run(LOOK_EVERY_BESIDE, 1)


async def write_refolded(tx: Tx, law: Law, cases: Sequence[Refolded], skipped: Sequence[str] = ()) -> None:
    """Write locked cases that were folded under a newer law, all at once, and emit what moved.

    Args:
        skipped: ids of other locked cases, which the law does not touch. They only get its number.
    """
    same = [*skipped, *(one.after.file.case.case_id for one in cases if not one.changed)]
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
        emit_changes(tx, one.after, arms=False)
        if one.after.arms:
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
