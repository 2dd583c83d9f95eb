"""The events that this service has handled: each durable handles an event once, however often it is delivered."""

from sqlalchemy.dialects.postgresql import insert

from kit.tables import inbox
from kit.uow import Tx

# Built once: SQLAlchemy takes longer to build a statement than to run it.
_NOTE = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)


async def first_time(tx: Tx, durable: str, event_id: str) -> bool:
    """Note the event as handled; false if this durable has handled it before.

    It is the first statement of the effect's transaction, and guards effects in the database only: a handler that
    sends waits to Temporal must not skip that because of this row.
    """
    row = {"durable": durable, "event_id": event_id, "received_at": tx.now}
    return (await tx.execute(_NOTE, row)).first() is not None
