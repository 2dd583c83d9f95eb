"""Whether who signs in is a member of the office on that day (ADR 0023). Casework keeps the lists of members.

An office has a list, or it has none. With a list only its members of the day are let in, and the list says their
position. Without one the provider decides: whoever has a token of the office is let in.

A list is looked up in the bucket once a minute, so a leaver's token is refused within a minute; for somebody whom it
does not name, again after five seconds. In between, and while NATS is away, the last one that was read serves. It is
also kept in the service's own database, so a process that starts while NATS is away lets in the offices that this
service knows.
"""

import dataclasses
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from pydantic import ValidationError

from contracts.members import OfficeMembers, Position
from contracts.problems import Forbidden, Unauthenticated, Unavailable
from contracts.times import legal_date
from contracts.topology import MEMBERS
from kit import projections
from kit.auth import Principal
from kit.bucket import Document, Reader, Source
from kit.uow import UnitOfWork

LOOK_SECONDS = 60.0
"""Between two looks at the list of an office."""
AGAIN_SECONDS = 5.0
"""Between two looks while the bucket does not answer, and for somebody whom the list that was read does not name."""
NO_OFFICE = "no_office/none"
"""Key that no office has."""
KEPT = 5_000
"""So many offices are remembered; the one that was asked for longest ago is forgotten first."""
log = logging.getLogger(__name__)


class Copies:
    """The last lists that this service has read, in its own database. Version 0: the office had no list."""

    KIND = "members-seen"

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def keep(self, office: str, found: Document[OfficeMembers] | None) -> None:
        """Keep what was read of an office."""
        body = found.body.model_dump(mode="json") if found else {}
        async with self._uow() as tx:
            await projections.put(tx, self.KIND, office, found.version if found else 0, body)

    async def last(self, office: str) -> OfficeMembers | None:
        """The last list of an office; None: it had none. Raises `Unavailable` if this service never read it."""
        async with self._uow.unlocked() as tx:
            found = (await projections.get(tx, self.KIND, [office])).get(office)
        if found is None:
            raise Unavailable("The members of the office cannot be read now.")
        return OfficeMembers.model_validate(found.body) if found.version else None


@dataclass
class _Kept:
    """What is known of one office. `members`: None for an office without a list; its version is then 0."""

    members: OfficeMembers | None
    version: int | None
    tried_at: float
    look_at: float


class Membership:
    """Lets in who is a member.

    Args:
        source: the bus.
        copies: of what was read. None: nothing outlives this process.
        now: seconds that never go back.
    """

    def __init__(self, source: Source, copies: Copies | None = None, now: Callable[[], float] = monotonic) -> None:
        self._bucket = Reader(source, MEMBERS, OfficeMembers.model_validate, now)
        self._copies, self._now = copies, now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._has_answered = False

    async def ready(self) -> bool:
        """Whether the bucket has answered since this process started; until then, an office new to it gets 503."""
        if not self._has_answered:
            await self._bucket.get(NO_OFFICE)
            self._has_answered = True
        return True

    async def admit(self, principal: Principal, at: datetime) -> Principal:
        """The principal with the position that the list of the office gives it. A service is let in as it is.

        Raises:
            Unauthenticated: the office has a list, and the subject is not in it on that day.
            Unavailable: the list of this office was never read here, and cannot be read now.
        """
        if not principal.office:
            return principal
        member, day = None, legal_date(at)
        for again in (False, True):  # who has just been added need not wait a minute
            members = await self.members(principal.office, again=again)
            if members is None:
                return principal
            if (member := members.who(principal.actor, day)) is not None:
                break
        if member is None:
            log.info("refused: %s is no member of %s", principal.actor, principal.office)
            raise Unauthenticated()
        return dataclasses.replace(principal, position=member.position)

    async def members(self, office: str, *, again: bool = False) -> OfficeMembers | None:
        """The list of an office; None: it has none. `again`: look once more, if the last look is not just over.

        Raises `Unavailable` as `admit` does.
        """
        kept, now = self._kept.get(office), self._now()
        if kept is not None:
            if now < (kept.tried_at + AGAIN_SECONDS if again else kept.look_at):
                self._kept.move_to_end(office)
                return kept.members
            kept.tried_at, kept.look_at = now, now + AGAIN_SECONDS  # meanwhile other requests use what is known
        try:
            kept = await self._read(office, kept)
        except (Unavailable, ValidationError):
            if kept is None:
                kept = _Kept(await self._last(office), None, now, now + AGAIN_SECONDS)
        self._keep(office, kept)
        return kept.members

    async def _read(self, office: str, kept: _Kept | None) -> _Kept:
        found = await self._bucket.get(office, remembered_seconds=0)
        now = self._now()
        read = _Kept(found.body if found else None, found.version if found else 0, now, now + LOOK_SECONDS)
        if self._copies is not None and (kept is None or read.version != kept.version):
            with suppress(Unavailable):  # a database that is away refuses the request by itself
                await self._copies.keep(office, found)
        return read

    async def _last(self, office: str) -> OfficeMembers | None:
        if self._copies is None:
            raise Unavailable("The members of the office cannot be read now.")
        return await self._copies.last(office)

    def _keep(self, office: str, kept: _Kept) -> None:
        self._kept[office] = kept
        self._kept.move_to_end(office)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def check_may_write(principal: Principal, operation: str) -> None:
    """Raises `Forbidden` for an auditor, who reads and does nothing else."""
    if principal.position == Position.AUDITOR:
        log.info("denied: %s to %s %s, an auditor", operation, principal.name, principal.actor)
        raise Forbidden()
