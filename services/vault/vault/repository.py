"""Every SQL statement of the vault."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, Text, bindparam, delete, func, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col, select

from contracts.codes import SealGroup
from kit.uow import Tx
from vault.chain import Entry, Outcome
from vault.domain import MAX_MATCHES, IndexKind
from vault.models import AccessEntry, CaseKey, IndexKey, LookUp, Reason, SealedText
from vault.why import Why

_LOCK_TO_SEAL = text("""
SELECT pg_advisory_xact_lock(one.key) FROM unnest(ARRAY[hashtextextended(:case_id, 0)] || :keys) AS one(key)
""").bindparams(bindparam("keys", type_=ARRAY(BigInteger)))
_BEFORE_SEALING = text("""
SELECT k.wrapped, k.known_at IS NOT NULL AS confirmed, ARRAY(SELECT DISTINCT l.case_id
  FROM vault.look_ups l JOIN unnest(:kinds, :digests) AS s(kind, digest) USING (digest, kind)
  WHERE l.case_id <> :case_id LIMIT :most) AS matches
FROM (SELECT) one LEFT JOIN vault.case_keys k ON k.case_id = :case_id
""").bindparams(bindparam("kinds", type_=ARRAY(Text)), bindparam("digests", type_=ARRAY(LargeBinary)))
_GROUPS_OF_REASONS = text("SELECT reason_id, groups FROM vault.reasons WHERE case_id = :case_id")


@dataclass(frozen=True)
class BeforeSealing:
    """What the vault has of a case before it seals more.

    Attributes:
        wrapped: its data key; None for a new case. confirmed: whether the case is confirmed.
        matches: other cases with the same identity, by id.
    """

    wrapped: bytes | None
    confirmed: bool
    matches: list[str]


async def lock_case(tx: Tx, case_id: str) -> None:
    """Hold the case's keys and texts against every other writer until the transaction ends."""
    await tx.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(case_id, 0))))


async def lock_to_seal(tx: Tx, case_id: str, digests: Iterable[bytes]) -> None:
    """As `lock_case`, and then let two cases with the same identity be sealed one after the other.

    So the later one finds the earlier.
    """
    keys = sorted({int.from_bytes(digest[:8], signed=True) for digest in digests})  # one order for all: no deadlock
    await tx.execute(_LOCK_TO_SEAL, {"case_id": case_id, "keys": keys})


async def before_sealing(tx: Tx, case_id: str, sought: Sequence[tuple[IndexKind, bytes]]) -> BeforeSealing:
    """What the vault has of a case (locked), and the other cases that one of these digests finds."""
    kinds, digests = [str(kind) for kind, _ in sought], [digest for _, digest in sought]
    values = {"case_id": case_id, "kinds": kinds, "digests": digests, "most": MAX_MATCHES}
    row = (await tx.execute(_BEFORE_SEALING, values)).one()
    return BeforeSealing(row.wrapped, row.confirmed, sorted(row.matches))


async def index_key(tx: Tx) -> bytes | None:
    """The wrapped key of the look-up digests."""
    return (await tx.session.exec(select(IndexKey.wrapped))).first()


async def put_index_key(tx: Tx, wrapped: bytes) -> bytes:
    """Keep the wrapped index key unless another process was faster; gives the one that is kept."""
    row = {"id": 1, "wrapped": wrapped, "created_at": tx.now}
    await tx.session.exec(insert(IndexKey).values(row).on_conflict_do_nothing())
    return (await tx.session.exec(select(IndexKey.wrapped))).one()


async def case_key(tx: Tx, case_id: str) -> bytes | None:
    """The wrapped data key of a case."""
    return (await tx.session.exec(select(CaseKey.wrapped).where(CaseKey.case_id == case_id))).first()


def put_case_key(tx: Tx, case_id: str, wrapped: bytes) -> None:
    """Keep the wrapped data key of a new case (the case is locked)."""
    tx.insert(CaseKey, [{"case_id": case_id, "wrapped": wrapped, "created_at": tx.now}])


def put_texts(tx: Tx, rows: Sequence[dict[str, object]]) -> None:
    """Keep sealed texts; their order gives their age."""
    tx.insert(SealedText, rows)


def put_look_ups(tx: Tx, case_id: str, digests: Iterable[tuple[IndexKind, bytes]]) -> None:
    """Make the case findable by these digests."""
    rows = [{"case_id": case_id, "kind": kind, "digest": digest} for kind, digest in digests]
    tx.insert(LookUp, rows, conflict="ON CONFLICT DO NOTHING")


async def newest_fields(tx: Tx, case_id: str, names: Iterable[str]) -> list[SealedText]:
    """The newest text of each of these names; a name without one is missing."""
    named = (SealedText.case_id == case_id, col(SealedText.name).in_(list(names)))
    newest = select(func.max(col(SealedText.seq))).where(*named).group_by(col(SealedText.name))
    return list((await tx.session.exec(select(SealedText).where(col(SealedText.seq).in_(newest)))).all())


async def text_of(tx: Tx, case_id: str, ref: str) -> SealedText | None:
    """One text of a case."""
    query = select(SealedText).where(SealedText.ref == ref, SealedText.case_id == case_id)
    return (await tx.session.exec(query)).first()


async def groups(tx: Tx, case_id: str) -> Sequence[tuple[str, str]]:
    """Reference and group of each text of a case."""
    query = select(SealedText.ref, SealedText.group).where(SealedText.case_id == case_id)
    return (await tx.session.exec(query)).all()


def put_reason(tx: Tx, reason: Reason) -> None:
    """Keep a reason."""
    tx.insert(Reason, [reason.model_dump()])


async def reason(tx: Tx, case_id: str, reason_id: str) -> Reason | None:
    """One reason of a case."""
    query = select(Reason).where(Reason.reason_id == reason_id, Reason.case_id == case_id)
    return (await tx.session.exec(query)).first()


async def groups_of_reasons(tx: Tx, case_id: str) -> dict[str, list[str]]:
    """Id of each reason of a case → its groups."""
    return {row[0]: row[1] for row in await tx.fetch(_GROUPS_OF_REASONS, {"case_id": case_id})}


async def lasting_reason(tx: Tx, case_id: str, why: Why, groups: Iterable[SealGroup]) -> Reason | None:
    """The newest reason of this person for this purpose that lasts now and covers all of these groups."""
    same = (Reason.case_id == case_id, Reason.actor == why.actor, Reason.office == why.office)
    fits = (Reason.purpose == why.purpose, col(Reason.groups).contains(sorted(groups)), col(Reason.until) > tx.now)
    query = select(Reason).where(*same, *fits).order_by(col(Reason.given_at).desc()).limit(1)
    return (await tx.session.exec(query)).first()


async def entries(tx: Tx, case_id: str) -> list[tuple[Entry, str]]:
    """The older log of a case, oldest first, each entry with its stored hash."""
    query = select(AccessEntry).where(AccessEntry.case_id == case_id).order_by(col(AccessEntry.seq))
    return [(_entry(row), row.hash) for row in (await tx.session.exec(query)).all()]


async def mark_known(tx: Tx, case_id: str) -> bool:
    """Note that the case exists; nothing unconfirms it again. True when this took it out of the bin."""
    statement = update(CaseKey).where(col(CaseKey.case_id) == case_id, col(CaseKey.known_at).is_(None))
    marked = await tx.session.exec(statement.values(known_at=tx.now).returning(col(CaseKey.abandoned_at)))
    return marked.scalar() is not None


async def unconfirmed(tx: Tx, before: datetime, after: str, limit: int) -> list[str]:
    """Cases sealed before an instant that nothing has confirmed, with ids greater than `after`, by id."""
    query = select(CaseKey.case_id).where(CaseKey.created_at < before, col(CaseKey.known_at).is_(None))
    query = query.where(CaseKey.case_id > after).order_by(col(CaseKey.case_id)).limit(limit)
    return list((await tx.session.exec(query)).all())


async def count_unconfirmed(tx: Tx, before: datetime) -> tuple[int, int]:
    """How many cases sealed before an instant wait for the answer of intake, and how many cases are in the bin."""
    in_bin = col(CaseKey.abandoned_at).is_not(None)
    waiting = func.count().filter(col(CaseKey.created_at) < before, ~in_bin)
    query = select(waiting, func.count().filter(in_bin)).where(col(CaseKey.known_at).is_(None))
    found = (await tx.session.exec(query)).one()
    return found[0], found[1]


async def put_into_bin(tx: Tx, case_id: str, before: datetime) -> bool:
    """Put a case into the bin. False when it is confirmed, younger than `before`, in the bin already, or unknown."""
    statement = update(CaseKey).where(
        col(CaseKey.case_id) == case_id,
        col(CaseKey.known_at).is_(None),
        col(CaseKey.abandoned_at).is_(None),
        col(CaseKey.created_at) < before,
    )
    changed = await tx.session.exec(statement.values(abandoned_at=tx.now).returning(col(CaseKey.case_id)))
    return changed.first() is not None


async def destroy(tx: Tx, case_id: str, before: datetime) -> bool:
    """Destroy data key, texts and digests of a case that has been in the bin since before this instant; its log stays.

    False when it is confirmed, not in the bin, or not for so long.
    """
    statement = delete(CaseKey).where(
        col(CaseKey.case_id) == case_id, col(CaseKey.known_at).is_(None), col(CaseKey.abandoned_at) < before
    )
    return (await tx.session.exec(statement.returning(col(CaseKey.case_id)))).first() is not None


def _entry(row: AccessEntry) -> Entry:
    return Entry(
        case_id=row.case_id,
        seq=row.seq,
        at=row.at,
        caller=row.caller,
        actor=row.actor,
        on_behalf_of=row.on_behalf_of,
        operation=row.operation,
        outcome=Outcome(row.outcome),
        purpose=row.purpose,
        items=tuple(row.items),
        previous=row.previous,
    )
