"""What a service keeps of another's state, to decide locally: the newest version of a document per kind and key."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from kit.tables import projections
from kit.uow import Tx


async def put(tx: Tx, kind: str, key: str, version: int, body: dict[str, Any]) -> bool:
    """Keep a document unless one of the same or a newer version is kept already; then false.

    Args:
        tx: the transaction of the handler.
        kind: what it is, for example `standing`.
        key: of what, for example a case id.
        version: grows with each change at the owner.
        body: JSON.
    """
    new = insert(projections).values(kind=kind, key=key, version=version, body=body, updated_at=tx.now)
    upsert = new.on_conflict_do_update(
        index_elements=[projections.c.kind, projections.c.key],
        set_={"version": new.excluded.version, "body": new.excluded.body, "updated_at": new.excluded.updated_at},
        where=projections.c.version < new.excluded.version,
    )
    result = await tx.session.exec(upsert.returning(projections.c.key))
    return result.first() is not None


async def get(tx: Tx, kind: str, key: str) -> dict[str, Any] | None:
    """The kept document, or nothing."""
    query = select(projections.c.body).where(projections.c.kind == kind, projections.c.key == key)
    return (await tx.session.exec(query)).first()
