"""Copies of other services' state, for local decisions: the newest version of a document per kind and key."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from kit.tables import projections
from kit.uow import Tx

# Built once: SQLAlchemy takes longer to build a statement than to run it.
_NEW = insert(projections)
_PUT_ALL = _NEW.on_conflict_do_update(
    index_elements=[projections.c.kind, projections.c.key],
    set_={"version": _NEW.excluded.version, "body": _NEW.excluded.body, "updated_at": _NEW.excluded.updated_at},
    where=projections.c.version < _NEW.excluded.version,
)
_PUT = _PUT_ALL.returning(projections.c.key)
_GET = select(projections.c.key, projections.c.version, projections.c.body).where(
    projections.c.kind == bindparam("of_kind"), projections.c.key == any_(bindparam("keys", type_=ARRAY(Text)))
)


class Document(NamedTuple):
    """A document and its version, which grows with each change at the owner. `body`: JSON."""

    version: int
    body: dict[str, Any]


async def put(tx: Tx, kind: str, key: str, version: int, body: dict[str, Any]) -> bool:
    """Keep a document unless one of the same or a newer version is kept already; then false.

    Args:
        tx: the transaction of the handler.
        kind: what the document is; the service chooses the word.
        key: the id of what the document is about.
        version: grows with each change at the owner.
        body: JSON.
    """
    return (await tx.execute(_PUT, _row(tx, kind, key, Document(version, body)))).first() is not None


async def put_all(tx: Tx, kind: str, documents: Mapping[str, Document]) -> None:
    """Keep documents, by key, unless one of the same or a newer version is kept already."""
    if documents:
        await tx.execute(_PUT_ALL, [_row(tx, kind, key, documents[key]) for key in sorted(documents)])


async def get(tx: Tx, kind: str, keys: Iterable[str]) -> dict[str, Document]:
    """The kept documents by key; those that are not kept are missing."""
    rows = await tx.execute(_GET, {"of_kind": kind, "keys": list(keys)})
    return {row.key: Document(row.version, row.body) for row in rows}


def _row(tx: Tx, kind: str, key: str, document: Document) -> dict[str, Any]:
    return {"kind": kind, "key": key, **document._asdict(), "updated_at": tx.now}
