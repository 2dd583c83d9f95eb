"""Writes again what processes of an older release wrote, and shows what they did not show.

Standings of an older release name territories, and not the offices that may act there. Until they are written again,
nobody acts in such a case by its role alone, and who reported it looks at nothing (`contracts.standing.Standing`).
Later ones do not say when the receiver had the case: until they are written again, who reported it looks on. The fold
also finds which lanes have no living holder: the flags of the case say so.

Clocks of an older release may stand still by a pause that no text allows. When their case is folded they run again,
and what was breached meanwhile is recorded. A limit that was breached may have been replaced by a longer one that was
decided afterwards. When the case is folded the first limit is owed again and shows its breach.

During an upgrade a process of an older release that changes a restricted case writes its standing without the
restriction. It is written again with it.

A process of an older release that signs changes of the offices during an upgrade does not show them to the other
services.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.amendments.book import LawBook
from casework.amendments.publishing import publish_missed
from casework.domain.case_file import Change
from casework.domain.consequences import consequences_of
from casework.errors import OfficesRefused
from casework.service.files import lock
from casework.service.writing import write
from contracts.problems import Problem, Unavailable
from kit.state import State
from kit.uow import UnitOfWork
from regulations import Contradiction

PAGE = 200
EVERY = timedelta(hours=1)
"""Between two looks: a process of the older release may still have written something."""
AGAIN = timedelta(seconds=10)
"""Pause before the next look if the database went away."""
_OLDER = text("""
SELECT p.key FROM casework.projections p
WHERE p.kind = 'standing' AND p.key > :after
AND jsonb_path_exists(p.body, '$.lanes.* ? (!exists(@.acting) || !exists(@.tenures))')
UNION SELECT a.case_id FROM casework.pauses a JOIN casework.clocks c USING (case_id, rule, lane)
WHERE a.case_id > :after AND a.decision IS NULL AND a.documents IS NULL AND c.body @? '$.pauses[*]'
UNION SELECT c.case_id FROM casework.clocks c
WHERE c.case_id > :after AND c.body @@ '$.void_reason == "replaced" && $.reminder == false && $.immediate == false'
AND NOT c.body @? '$.unsure[*] ? (@ == "unknown_days")'
AND (c.body->>'void_at')::timestamptz >= (c.body->>'due_at')::timestamptz
UNION SELECT r.case_id FROM casework.restrictions r
JOIN casework.projections p ON p.kind = 'standing' AND p.key = r.case_id
WHERE r.case_id > :after AND r.lifted_at IS NULL AND coalesce(jsonb_typeof(p.body->'restriction'), 'null') = 'null'
ORDER BY 1 LIMIT :limit
""")
log = logging.getLogger("casework.older_standings")


async def write_older_standings(state: State) -> None:
    """Background task of the worker, without end."""
    while True:
        try:
            await show_missed(state.uow)
            written = await write_all(state.uow, state.get(LawBook))
            pause = EVERY
        except Unavailable:
            written, pause = 0, AGAIN
        if written:
            log.info("wrote the standings of %d cases of an older release", written)
        await asyncio.sleep(pause.total_seconds())


async def show_missed(uow: UnitOfWork) -> None:
    """Show the other services the signed changes of the offices that an older process did not show."""
    try:
        async with uow() as tx:
            if await publish_missed(tx):
                log.info("showed the signed changes of the offices of an older release")
    except OfficesRefused:
        log.exception("the signed changes of the offices are too many to be shown")


async def write_all(uow: UnitOfWork, book: LawBook) -> int:
    """Fold every case with a standing of an older release, each in a transaction of its own; gives how many."""
    written, after = 0, ""
    while True:
        async with uow.unlocked() as tx:
            page = await _page(tx.session, after, PAGE)
        if not page:
            return written
        for case_id in page:
            written += await _write(uow, book, case_id)
        after = page[-1]


async def _page(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """Ids of cases that an older release wrote: their standing names no offices that may act or held, or misses the
    restriction; or a clock is moved by a pause without a decision, or was replaced after its limit was breached.
    """
    rows = await (await session.connection()).execute(_OLDER, {"after": after, "limit": limit})
    return [row[0] for row in rows]


async def _write(uow: UnitOfWork, book: LawBook, case_id: str) -> bool:
    try:
        async with uow() as tx:
            file = await lock(tx, book, case_id)
            await write(tx, consequences_of(file, Change(), tx.now))
    except Unavailable:
        raise
    except (Problem, Contradiction):
        log.exception("a case of an older release could not be folded")
        return False
    return True
