"""The events that this service has handled: each durable handles an event once, however often it is delivered."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.dialects.postgresql import insert

from contracts.envelope import Event
from kit.bus import Meta
from kit.tables import inbox
from kit.together import Together
from kit.uow import Tx, UnitOfWork

EventT = TypeVar("EventT", bound=Event)
AT_ONCE = 32

# Built once: SQLAlchemy takes longer to build a statement than to run it.
_NOTE = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)


async def first_time(tx: Tx, durable: str, event_id: str) -> bool:
    """Note the event as handled; false if this durable has handled it before.

    It is the first statement of the effect's transaction, and guards effects in the database only: a handler that
    sends waits to Temporal must not skip that because of this row.
    """
    row = {"durable": durable, "event_id": event_id, "received_at": tx.now}
    return (await tx.execute(_NOTE, row)).first() is not None


class InOneTransaction(Generic[EventT]):
    """Handles an event in one transaction with all that arrive while another transaction is under way.

    If the transaction fails, each event is handled again alone, so that none suffers from another (`kit.together`).
    The events of a transaction are taken in the order of what they are about, and those about one thing as they
    arrived. So two handlers that lock what their events are about cannot wait for each other.

    Args:
        work: the effect of one event, in the transaction; it notes the event by `first_time`.
    """

    def __init__(self, uow: UnitOfWork, work: Callable[[Tx, EventT, Meta], Awaitable[None]]) -> None:
        self._uow, self._work = uow, work
        self._together = Together(self._all, AT_ONCE)

    async def __call__(self, event: EventT, meta: Meta) -> None:
        """Returns when the effect is committed; raises what `work` raised for this event."""
        await self._together((event, meta))

    async def _all(self, given: Sequence[tuple[EventT, Meta]]) -> Sequence[None]:
        async with self._uow() as tx:
            for event, meta in sorted(given, key=lambda one: one[0].about()):
                await self._work(tx, event, meta)
        return [None] * len(given)
