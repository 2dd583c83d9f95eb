"""Folds the cases of which a wait was claimed: brings their clocks, lanes, queues and waits up to date.

The database says which cases these are: a claimed wait stays until a fold of its case removes it, whichever fold that
is. So a process that ends between a claim and its fold loses nothing.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from casework.amendments.book import Document, LawBook
from casework.claims import repository
from casework.domain.case_file import Change
from casework.domain.consequences import Consequences, consequences_of
from casework.service.writing import emit_changes, write_waits
from contracts.problems import Unavailable
from kit.state import State
from kit.uow import Tx, UnitOfWork

AT_ONCE = 16
"""Cases in one transaction. They are locked for less than a tenth of a second."""
AGAIN = timedelta(seconds=10)
"""Pause before cases are looked at again that were locked by another transaction, or could not be folded."""
EVERY = timedelta(hours=1)
"""As the sweep: for what another worker claimed and did not fold before it ended."""

_log = logging.getLogger("casework.claims")


class FoldsAfterClaims:
    """The background task that folds the cases of which a wait was claimed: at the start, after each claim, hourly."""

    def __init__(self, uow: UnitOfWork, book: LawBook) -> None:
        self._uow, self._book = uow, book
        self._claimed = asyncio.Event()
        self._claimed.set()

    def wake(self) -> None:
        """Something was claimed."""
        self._claimed.set()

    async def run(self) -> None:
        """Never returns."""
        while True:
            self._claimed.clear()
            try:
                left = await fold_all(self._uow, self._book)
            except Unavailable:
                left = True
            with suppress(TimeoutError):
                async with asyncio.timeout((AGAIN if left else EVERY).total_seconds()):
                    await self._claimed.wait()


async def fold_claimed(state: State) -> None:
    """Background task of the worker, without end: folds the cases of which a wait was claimed."""
    await state.get(FoldsAfterClaims).run()


async def fold_all(uow: UnitOfWork, book: LawBook) -> bool:
    """Fold every case of which a wait was claimed; gives whether some are left, locked or defective."""
    failed: list[str] = []
    while await _fold_some(uow, book, failed):
        pass
    async with uow.unlocked() as tx:
        return await repository.any_claimed(tx.session)


async def _fold_some(uow: UnitOfWork, book: LawBook, failed: list[str]) -> int:
    """Fold some cases in one transaction; gives how many were tried. Adds the ids of those that cannot be folded."""
    async with uow() as tx:
        cases = await repository.lock_claimed(tx.session, AT_ONCE, failed)
        done: list[Consequences] = []
        for case_id, row in cases:
            try:
                if (after := await _folded(tx, book, row)) is not None:
                    done.append(after)
            except Unavailable:
                raise
            except Exception:  # a defective case must not keep the others from being folded
                _log.exception("a case could not be folded after a claim")
                failed.append(case_id)
            await asyncio.sleep(0)  # workflows that wake meanwhile are answered in between
        if done:
            await write_waits(tx, done)
        for after in done:
            emit_changes(tx, after, arms=after.arms)
        return len(cases)


async def _folded(tx: Tx, book: LawBook, row: str) -> Consequences | None:
    """The consequences of the claims of a locked case; None if its rows are older than the case."""
    document = Document.model_validate_json(row)
    if not document.one_snapshot:
        return None  # it was changed before the lock; that change may have folded it, else the next round does
    law = await book.at(tx, document.law)
    if document.case.law_seq < law.seq:  # a closed case, which the re-fold passes over
        return book.refolded(tx, document, law).after
    return consequences_of(book.file_under(document, law), Change(), tx.now)
