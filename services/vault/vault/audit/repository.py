"""Every SQL statement of the audit. What adds runs as the role `audit`; what reads may also run as the vault's own."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, TextClause, bindparam, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from kit.uow import Tx
from vault.audit.chain import Head, Link, Seal
from vault.models import LookCursor, LookGap, LookKey, LookLink, LookSeal

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('look_links', 0))")
_WAITING = text("""
SELECT count(*) FROM vault.looks WHERE about = :case_id
AND seq > coalesce((SELECT seq FROM vault.look_cursors WHERE service = 'vault'), 0)
""")
_HEADS = text("""
SELECT DISTINCT ON (chain) chain, seq, hash FROM vault.look_links WHERE chain = ANY(:chains) ORDER BY chain, seq DESC
""").bindparams(bindparam("chains", type_=ARRAY(Text)))
_BEGINS = text("""
SELECT DISTINCT ON (case_id) case_id, seq, hash FROM vault.access_log WHERE case_id = ANY(:chains)
ORDER BY case_id, seq DESC
""").bindparams(bindparam("chains", type_=ARRAY(Text)))
PAGE = 2_000


@dataclass(frozen=True)
class Position:
    """How far a service is fetched, and the lower numbers that were not seen → since when (ISO 8601)."""

    seq: int
    missing: Mapping[str, str]


async def lock(tx: Tx) -> None:
    """One collector at a time adds, until the transaction ends."""
    await tx.execute(_LOCK, {})


async def one_view(tx: Tx) -> None:
    """Let everything that this transaction reads be of one instant, and take as long as it needs."""
    await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"), {})
    await tx.execute(text("SET LOCAL statement_timeout = 0"), {})


async def position(tx: Tx, service: str) -> Position:
    """Of a service; the beginning if nothing was fetched yet."""
    found = (await tx.session.exec(select(LookCursor).where(LookCursor.service == service))).first()
    return Position(found.seq, found.missing) if found else Position(0, {})


async def put_position(tx: Tx, service: str, at: Position) -> None:
    """Keep how far a service is fetched."""
    row = {"service": service, "seq": at.seq, "missing": dict(at.missing)}
    statement = insert(LookCursor).values(row)
    await tx.session.exec(statement.on_conflict_do_update(index_elements=["service"], set_=row))


def put_gaps(tx: Tx, service: str, numbers: Iterable[int]) -> None:
    """Note numbers that are given up."""
    tx.insert(LookGap, [{"service": service, "seq": one, "noticed_at": tx.now} for one in numbers])


async def known(tx: Tx, looks: Collection[str]) -> frozenset[str]:
    """Those of these entries that are chained already."""
    query = select(LookLink.look).where(col(LookLink.look).in_(looks))
    return frozenset((await tx.session.exec(query)).all())


async def heads(tx: Tx, chains: Collection[str]) -> dict[str, Head]:
    """The last link of each of these chains, or the last entry of the older log that it follows."""
    return await begins(tx, chains) | await _last(tx, _HEADS, chains)


async def begins(tx: Tx, chains: Collection[str]) -> dict[str, Head]:
    """The last entry of the older log of those of these cases that have one."""
    return await _last(tx, _BEGINS, chains)


async def _last(tx: Tx, statement: TextClause, chains: Collection[str]) -> dict[str, Head]:
    rows = await tx.fetch(statement, {"chains": list(chains)})
    return {str(row[0]): (int(row[1]), str(row[2])) for row in rows}


def put_links(tx: Tx, links: Iterable[tuple[Link, str]]) -> None:
    """Add links, each with its hash."""
    tx.insert(LookLink, [{**vars(link), "hash": stored} for link, stored in links])


async def last_seal(tx: Tx) -> tuple[Seal, str] | None:
    """The newest seal with its hash."""
    found = (await tx.session.exec(select(LookSeal).order_by(col(LookSeal.number).desc()).limit(1))).first()
    return _seal(found) if found else None


def put_seal(tx: Tx, seal: Seal, stored: str) -> None:
    """Add a seal with its hash."""
    tx.insert(LookSeal, [{**vars(seal), "heads": dict(seal.heads), "hash": stored}])


async def wrapped_key(tx: Tx) -> bytes | None:
    """The wrapped key of links and seals."""
    return (await tx.session.exec(select(LookKey.wrapped))).first()


async def put_key(tx: Tx, wrapped: bytes) -> None:
    """Keep the wrapped key."""
    await tx.session.exec(insert(LookKey).values({"id": 1, "wrapped": wrapped, "created_at": tx.now}))


async def links_of(tx: Tx, chain: str) -> list[tuple[Link, str]]:
    """A whole chain, each link with its stored hash."""
    query = select(LookLink).where(LookLink.chain == chain).order_by(col(LookLink.seq))
    return [_link(row) for row in (await tx.session.exec(query)).all()]


async def looks_of(
    tx: Tx, office: str, actor: str, since: datetime, until: datetime, after: tuple[datetime, str], limit: int
) -> list[Link]:
    """What a person of an office did from `since` to before `until`, oldest first, behind `after`."""
    query = select(LookLink).where(LookLink.caller == office, LookLink.actor == actor)
    query = query.where(LookLink.at >= since, LookLink.at < until)
    behind = tuple_(col(LookLink.at), col(LookLink.look)) > after
    ordered = query.where(behind).order_by(col(LookLink.at), col(LookLink.look)).limit(limit)
    return [_link(row)[0] for row in (await tx.session.exec(ordered)).all()]


async def waiting(tx: Tx, case_id: str) -> int:
    """How many entries of the vault about a case are not chained yet."""
    return (await tx.execute(_WAITING, {"case_id": case_id})).scalar_one()


async def chains(tx: Tx) -> AsyncGenerator[tuple[str, list[tuple[Link, str]]]]:
    """Every chain with its links, read page by page."""
    name, links, last = "", list[tuple[Link, str]](), ("", 0)
    while rows := await _page(tx, last):
        for row in rows:
            if row.chain != name and links:
                yield name, links
                links = []
            name = row.chain
            links.append(_link(row))
        last = (rows[-1].chain, rows[-1].seq)
        tx.session.expunge_all()
    if links:
        yield name, links


async def _page(tx: Tx, last: tuple[str, int]) -> Sequence[LookLink]:
    query = select(LookLink).where(tuple_(col(LookLink.chain), col(LookLink.seq)) > last)
    ordered = query.order_by(col(LookLink.chain), col(LookLink.seq)).limit(PAGE)
    return (await tx.session.exec(ordered)).all()


async def seals(tx: Tx) -> list[tuple[Seal, str]]:
    """Every seal with its stored hash."""
    return [_seal(row) for row in (await tx.session.exec(select(LookSeal).order_by(col(LookSeal.number)))).all()]


async def gaps(tx: Tx) -> dict[str, int]:
    """How many numbers of each service are given up."""
    query = select(LookGap.service, func.count()).group_by(col(LookGap.service))
    return {str(one[0]): int(one[1]) for one in (await tx.session.exec(query)).all()}


def _link(row: LookLink) -> tuple[Link, str]:
    values: dict[str, Any] = {one.name: getattr(row, one.name) for one in fields(Link)}
    values |= {"items": tuple(row.items), "ground": tuple(row.ground)}
    return Link(**values), row.hash


def _seal(row: LookSeal) -> tuple[Seal, str]:
    heads = {chain: (int(head[0]), str(head[1])) for chain, head in row.heads.items()}
    return Seal(row.number, row.at, row.links, heads, row.previous), row.hash
