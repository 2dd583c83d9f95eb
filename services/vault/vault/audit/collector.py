"""Fetches the entries of every service, chains them and seals the heads. No request waits for it.

It asks each service in turn (`kit.http.looks`) and adds what is new in one transaction under one lock, as the role
`audit`. An entry that it has chained already is passed over by its id, so asking twice does no harm.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from contracts.problems import Problem
from kit.crypto import KeyRing, Tampered, new_key
from kit.http.looks import MOST_ENTRIES, MOST_MISSING, EntryOut, TakeIn, TakeOut
from kit.uow import Tx, UnitOfWork
from vault.audit import repository
from vault.audit.chain import Link, Seal
from vault.audit.repository import Position
from vault.chain import GENESIS
from vault.errors import WrongMasterKey

OWN = "vault"
GIVEN_UP = timedelta(minutes=10)
"""No transaction lasts so long: a number that is still not there was rolled back, or is gone."""
_CONTEXT = b"vault|looks"
Source = Callable[[TakeIn], Awaitable[TakeOut]]
"""Asks a service for its entries. Raises `Problem`."""
log = logging.getLogger("vault")


class Collector:
    """The one that chains.

    Args:
        uow: as the role `audit`.
        master: the vault's master key, which wraps the key of links and seals.
        sources: each service by its name.
    """

    def __init__(self, uow: UnitOfWork, master: KeyRing, sources: Mapping[str, Source]) -> None:
        self._uow, self._master, self._sources = uow, master, sources
        self._silent = set[str]()

    async def round(self) -> int:
        """Ask every service once; returns how many entries were new. One that does not answer stops no other."""
        taken, silent = 0, set[str]()
        for service in self._sources:
            try:
                taken += await self.take_all(service)
            except Problem:
                silent.add(service)
        if silent != self._silent:
            log.warning("looks cannot be fetched from: %s", " ".join(sorted(silent)) or "none")
            self._silent = silent
        return taken

    async def take_all(self, service: str) -> int:
        """Chain what a service has that is not chained, page by page; returns how many entries. Raises `Problem`."""
        taken = 0
        while page := await self.take(service):
            taken += page
            if page < MOST_ENTRIES:
                break
        return taken

    async def take(self, service: str) -> int:
        """Chain one page of what a service has; returns how many entries were new. Raises `Problem`."""
        async with self._uow.unlocked() as tx:
            at = await repository.position(tx, service)
        given = TakeIn(after=at.seq, missing=[int(number) for number in at.missing])
        found = await self._sources[service](given)
        if not found.entries and not at.missing and found.newest >= at.seq:
            return 0
        async with self._uow() as tx:
            await repository.lock(tx)
            return await self._add(tx, service, given, found)

    async def _add(self, tx: Tx, service: str, given: TakeIn, found: TakeOut) -> int:
        key = await self._key(tx)
        before = await repository.position(tx, service)
        chained = await repository.known(tx, [one.id for one in found.entries])
        new = [one for one in found.entries if one.id not in chained]
        links = await _linked(tx, key, service, new)
        if links:
            repository.put_links(tx, links)
            await _seal(tx, key, links)
        if found.newest < given.after:
            log.error("%s lost entries of looks: its newest is %d of %d", service, found.newest, given.after)
            after, given_up = _from_the_beginning(given, found)
        else:
            after, given_up = _moved(before, found, tx.now)
        if given_up:
            log.warning("%d numbers of looks of %s were never handed over", len(given_up), service)
            repository.put_gaps(tx, service, given_up)
        await repository.put_position(tx, service, after)
        return len(links)

    async def _key(self, tx: Tx) -> bytes:
        """The key; made when the first link is written (the lock is held)."""
        found = await key_of(tx, self._master)
        if found is None:
            found = new_key()
            await repository.put_key(tx, self._master.wrap(found, context=_CONTEXT))
        return found


async def key_of(tx: Tx, master: KeyRing) -> bytes | None:
    """The key of links and seals; None where nothing was ever chained. Raises `WrongMasterKey`."""
    wrapped = await repository.wrapped_key(tx)
    try:
        return master.unwrap(wrapped, context=_CONTEXT) if wrapped is not None else None
    except Tampered:
        raise WrongMasterKey() from None


async def _linked(tx: Tx, key: bytes, service: str, entries: Sequence[EntryOut]) -> list[tuple[Link, str]]:
    """The entries as links behind the heads of their chains, each with its hash."""
    ends = await repository.heads(tx, {one.about or service for one in entries})
    links: list[tuple[Link, str]] = []
    for one in entries:
        chain = one.about or service
        seq, previous = ends.get(chain, (0, GENESIS))
        # Any: the fields of an entry have the names and types of those of a link
        fields: dict[str, Any] = one.model_dump(exclude={"seq", "id", "about"})
        fields |= {"items": tuple(one.items), "ground": tuple(one.ground)}
        fields |= {"look": one.id, "service": service, "number": one.seq}
        link = Link(chain=chain, seq=seq + 1, previous=previous, **fields)
        links.append((link, link.digest(key)))
        ends[chain] = (link.seq, links[-1][1])
    return links


async def _seal(tx: Tx, key: bytes, links: Sequence[tuple[Link, str]]) -> None:
    last = await repository.last_seal(tx)
    number, total, previous = (last[0].number, last[0].links, last[1]) if last else (0, 0, GENESIS)
    heads = {link.chain: (link.seq, stored) for link, stored in links}
    seal = Seal(number + 1, tx.now, total + len(links), heads, previous)
    repository.put_seal(tx, seal, seal.digest(key))


def _from_the_beginning(given: TakeIn, found: TakeOut) -> tuple[Position, list[int]]:
    """Where to go on with a service that lost entries, for example restored from a copy: ids tell what is new.

    The numbers that it lost are noted as given up, at most `MOST_MISSING` of them.
    """
    return Position(0, {}), list(range(found.newest + 1, min(given.after, found.newest + MOST_MISSING) + 1))


def _moved(before: Position, found: TakeOut, now: datetime) -> tuple[Position, list[int]]:
    """How far the service is fetched after this answer, and the numbers that are given up."""
    seen = {one.seq for one in found.entries}
    end = max([before.seq, *seen])
    fresh = (number for number in range(before.seq + 1, end) if number not in seen)
    missing = {int(number): since for number, since in before.missing.items() if int(number) not in seen}
    missing |= dict.fromkeys(fresh, now.isoformat())
    oldest_first = sorted(missing, key=lambda number: (missing[number], number))
    too_old = [one for one in oldest_first if now - datetime.fromisoformat(missing[one]) > GIVEN_UP]
    given_up = set(too_old) | set(oldest_first[: max(0, len(missing) - MOST_MISSING)])
    kept = {str(number): since for number, since in missing.items() if number not in given_up}
    return Position(end, kept), sorted(given_up)
