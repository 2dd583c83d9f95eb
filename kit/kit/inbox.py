"""An event is handled once by each durable, however often it is delivered."""

from sqlalchemy.dialects.postgresql import insert

from kit.tables import inbox
from kit.uow import Tx

# Built once: SQLAlchemy takes longer to build a statement than to run it.
_NOTE = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)


async def first_time(tx: Tx, durable: str, event_id: str) -> bool:
    """Note the event; false if this durable has had it. To be the first statement of the effect's transaction.

    It guards database effects only: a handler that pokes Temporal must not skip that because of this row.
    """
    row = {"durable": durable, "event_id": event_id, "received_at": tx.now}
    return (await tx.execute(_NOTE, row)).first() is not None
