"""Writes the entry of a request before its answer leaves, and keeps in memory what cannot be written now.

Requests that end at the same time share one insert. An entry counts as written only if the database gives its id back.
"""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts.ids import new_id
from contracts.problems import Unavailable
from kit.looks.look import COLUMNS, TABLE, Look
from kit.uow import UnitOfWork

MOST_KEPT = 10_000
"""Entries that one process keeps in memory. With so many, every request of a known caller gets 503, until they are
written."""
AGAIN_SECONDS = 1.0
"""Between two tries to write what is kept."""
AT_ONCE = 500
"""Entries in one insert of what was kept."""
_NAMED = ", ".join(COLUMNS)
_INSERT = text(
    f"INSERT INTO {TABLE} ({_NAMED}) SELECT {_NAMED} "  # noqa: S608 - names of our own
    f"FROM jsonb_populate_recordset(NULL::{TABLE}, :looks) RETURNING id"
).bindparams(bindparam("looks", type_=JSONB()))
log = logging.getLogger(__name__)


class Recorder:
    """The entries of one process of a service.

    Args:
        uow: of the service, without an entry of its own.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._waiting: list[tuple[Look, asyncio.Future[bool]]] = []
        self._kept: list[Look] = []
        self._writing: asyncio.Task[None] | None = None
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def kept(self) -> int:
        """How many entries are in memory only."""
        return len(self._kept)

    def admit(self, look: Look) -> None:
        """Begin the entry of a request. Raises `Unavailable` if memory is full of entries that were not written."""
        if len(self._kept) >= MOST_KEPT:
            raise Unavailable("What is done here cannot be recorded now.")
        look.apart = bool(self._kept)

    async def close(self, look: Look) -> None:
        """Write the entry of a request that is answered, unless the transaction of the request has written it.

        503 is recorded only where something may have been done: nothing was shown and nothing decided.

        Raises:
            Unavailable: it was not written, and without it nothing may be shown; or memory is full.
        """
        if look.carried:
            if look.refusal is None:
                return
            look.id = new_id("look")  # something was done, and then the request was refused
        elif look.answer == Unavailable.status and not look.apart:
            return
        look.carried = False
        shows = look.strict and look.refusal is None
        if (shows or not look.apart) and await self._written(look):
            look.carried = True
        elif shows or not self._keep(look):
            raise Unavailable("This cannot be recorded now, so it is not shown.")

    async def _written(self, look: Look) -> bool:
        """Whether the entry was written, with those of other requests that end now."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((look, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                written = await self._insert([look for look, _ in batch])
                for look, done in batch:
                    if not done.done():
                        done.set_result(look.id in written)
        finally:
            self._writing = None

    async def _insert(self, looks: Sequence[Look]) -> frozenset[str]:
        """Ids of those that the database says it has written."""
        try:
            async with self._uow.unlocked() as tx:
                rows = await tx.fetch(_INSERT, {"looks": [row for look in looks for row in look.rows()]})
        except Exception as error:  # whatever it is: the caller keeps them, or refuses
            log.warning("%d entries of looks were not written: %s", len(looks), type(error).__name__)
            return frozenset()
        return frozenset(str(row[0]) for row in rows)

    def _keep(self, look: Look) -> bool:
        """Keep an entry in memory until it can be written. The log has it too, in case the process ends before."""
        if len(self._kept) >= MOST_KEPT:
            return False
        self._kept.append(look)
        said = (look.id, look.caller, look.actor, look.operation, look.about or "-", look.answer)
        log.warning("look kept in memory: %s of %s %s, %s about %s, answer %d", *said)
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._catch_up())
        return True

    async def _catch_up(self) -> None:
        """Write what is kept, oldest first, until nothing is."""
        try:
            while self._kept:
                await asyncio.sleep(AGAIN_SECONDS)
                written = await self._insert(self._kept[:AT_ONCE])
                self._kept = [look for look in self._kept if look.id not in written]
            log.info("what was kept in memory of looks is written")
        finally:
            self._catching_up = None
