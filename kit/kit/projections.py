"""Copies of other services' state, for local decisions: the newest version of a document per kind and key."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from kit.tables import projections
from kit.uow import Tx

# Built once: SQLAlchemy takes longer to build a statement than to run it.
_NEW = insert(projections)
_PUT = _NEW.on_conflict_do_update(
    index_elements=[projections.c.kind, projections.c.key],
    set_={"version": _NEW.excluded.version, "body": _NEW.excluded.body, "updated_at": _NEW.excluded.updated_at},
    where=projections.c.version < _NEW.excluded.version,
).returning(projections.c.key)
_GET = select(projections.c.body).where(
    projections.c.kind == bindparam("of_kind"), projections.c.key == bindparam("of_key")
)


async def put(tx: Tx, kind: str, key: str, version: int, body: dict[str, Any]) -> bool:
    """Keep a document unless one of the same or a newer version is kept already; then false.

    Args:
        tx: the transaction of the handler.
        kind: what the document is; the service chooses the word.
        key: the id of what the document is about.
        version: grows with each change at the owner.
        body: JSON.
    """
    row = {"kind": kind, "key": key, "version": version, "body": body, "updated_at": tx.now}
    return (await tx.execute(_PUT, row)).first() is not None


async def get(tx: Tx, kind: str, key: str) -> dict[str, Any] | None:
    """The kept document, or nothing."""
    return (await tx.execute(_GET, {"of_kind": kind, "of_key": key})).scalars().first()
