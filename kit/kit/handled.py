"""The events that this service has handled: each durable handles an event once, however often it is delivered."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import ARRAY, String, bindparam, text
from sqlalchemy.dialects.postgresql import insert

from contracts.envelope import Event
from kit.bus import Meta
from kit.tables import inbox
from kit.together import Together
from kit.uow import Tx, UnitOfWork

EventT = TypeVar("EventT", bound=Event)
AnswerT = TypeVar("AnswerT")
AT_ONCE = 32
"""Most events of one transaction; also the `at_once` with which such a handler is put on the bus."""

# Built once: SQLAlchemy takes longer to build a statement than to run it.
_NOTE = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)
_NOTE_ALL = text("""
INSERT INTO inbox (durable, event_id, received_at)
SELECT :durable, one.event_id, CAST(:received_at AS timestamptz) FROM unnest(:event_ids) AS one(event_id)
ON CONFLICT DO NOTHING RETURNING event_id
""").bindparams(bindparam("event_ids", type_=ARRAY(String)))


async def first_time(tx: Tx, durable: str, event_id: str) -> bool:
    """Note the event as handled; false if this durable has handled it before.

    It is the first statement of the effect's transaction, and guards effects in the database only: a handler that
    sends waits to Temporal must not skip that because of this row.
    """
    row = {"durable": durable, "event_id": event_id, "received_at": tx.now}
    return (await tx.execute(_NOTE, row)).first() is not None


class InOneTransaction(Generic[EventT, AnswerT]):
    """Handles the events of one durable in one transaction with all that arrive while another one is under way.

    It notes them in one statement. If the transaction fails, each event is handled again alone, so that none suffers
    from another (`kit.together`).

    Args:
        work: the effect of these events, each given once and never again, in the order of what they are about, and
            those about one thing as they arrived. So two handlers that lock in this order cannot wait for each other.
    """

    def __init__(
        self, uow: UnitOfWork, work: Callable[[Tx, Sequence[tuple[EventT, Meta]]], Awaitable[AnswerT]]
    ) -> None:
        self._uow, self._work = uow, work
        self._together = Together(self._all, AT_ONCE)

    async def __call__(self, event: EventT, meta: Meta) -> AnswerT | None:
        """What `work` gave, when its effect is committed; None if nothing was new. Raises what it raised."""
        return await self._together((event, meta))

    async def _all(self, given: Sequence[tuple[EventT, Meta]]) -> Sequence[AnswerT | None]:
        answer: AnswerT | None = None
        async with self._uow() as tx:
            new = await _first_times(tx, [meta for _, meta in given])
            events = {meta.event_id: (event, meta) for event, meta in given if meta.event_id in new}
            if events:
                answer = await self._work(tx, sorted(events.values(), key=lambda one: one[0].about()))
        return [answer] * len(given)


async def _first_times(tx: Tx, metas: Sequence[Meta]) -> frozenset[str]:
    """Note these events of one durable as handled; the ids of those that were not noted before."""
    event_ids = sorted({meta.event_id for meta in metas})
    row = {"durable": metas[0].durable, "event_ids": event_ids, "received_at": tx.now}
    return frozenset((await tx.execute(_NOTE_ALL, row)).scalars())
