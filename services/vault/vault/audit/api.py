"""Who looked at what: by case, and by person. Both are recorded themselves, or they show nothing."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from casefile import standing as standings
from casefile.start import person_of
from contracts.codes import Role
from contracts.ids import role_of
from contracts.members import Position
from contracts.problems import Forbidden, NotFound
from contracts.times import legal_date
from kit.http import APIRouter, Call, operation
from kit.paging import cursor, position
from regulations import Library
from regulations.restricted import admits
from regulations.rights import Rights
from vault import service
from vault.audit import repository
from vault.audit.chain import Link
from vault.audit.collector import OWN, Collector
from vault.audit.reading import log_of
from vault.audit.schemas import AccessLogOut, AccessLogQuery, EntryOut, LookOut, LooksIn, LooksOut
from vault.reader import Reader
from vault.service import Vault

CATCH_UP_SECONDS = 2.0
"""So long an access log waits for the collector to chain what the vault has recorded."""
FIRST = (datetime(1900, 1, 1, tzinfo=UTC), "")
MAY_LIST = (Position.HEAD, Position.AUDITOR)
"""Positions in which a member sees what another member of the office did."""
router = APIRouter()
log = logging.getLogger("vault")


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/access-log",
    "access_log",
    query=AccessLogQuery,
    answer=AccessLogOut,
    reads=True,
    reveals=(),
)
async def access_log(call: Call) -> AccessLogOut:
    """Who opened, sealed, did or tried what in this case, in every service. This reading is among it.

    Of an entry about groups that the office may not open it sees that there is one, when, and its hash. The same holds
    for an office that has a part only by protecting or sheltering the person, and for what was done about protection,
    if the reader sees no such lane. Entries of other services follow within seconds.
    """
    case_id = call.id("case_id")
    standing = await standings.of(call, case_id, sensitive=True)
    call.authorize(standing)
    query = call.query(AccessLogQuery)
    await call.state.looks.close(call.look)
    await _catch_up(call)
    async with call.uow.unlocked() as tx:
        found = await log_of(tx, call.get(Vault).master, case_id)
        groups = await service.groups(tx, case_id)
    reader = Reader.of(call.get(Rights), call.principal.office, standing)
    ahead = [one for one in found.entries if query.cursor is None or one[0].seq > query.cursor]
    page = [EntryOut.of(entry, reader.shown(entry, groups), stored) for entry, stored in ahead[: query.limit]]
    following = page[-1].seq if len(ahead) > len(page) else None
    return AccessLogOut(entries=page, next=following, head_hash=found.head, intact=found.intact, waiting=found.waiting)


@operation(router, "POST", "/v1/looks/by-person", "list_looks", body=LooksIn, answer=LooksOut, reads=True, reveals=())
async def list_looks(call: Call) -> LooksOut:
    """What one person of an office opened, did or tried, in every service, oldest first.

    For a head or an auditor of the office, and for the office above it. The office above does not see what was done
    about protection. Of a restricted case nothing is shown to whom it keeps out.
    """
    call.authorize()
    given = await call.body(LooksIn)
    above = _check_may_list(call, given.office)
    after = position(given.cursor) or FIRST
    span = (given.since, given.until)
    async with call.uow.unlocked() as tx:
        found = await repository.looks_of(tx, given.office, given.actor, *span, after, given.limit + 1)
    page, more = found[: given.limit], len(found) > given.limit
    kept_out = await _kept_out(call, page)
    items = [LookOut.of(one, hides=above and one.is_about_protection) for one in page if one.chain not in kept_out]
    return LooksOut(items=items, next=cursor(page[-1].at, page[-1].look) if more else None)


async def _catch_up(call: Call) -> None:
    """Let the collector chain what the vault has recorded, if it can do so soon. The log is answered in any case."""
    try:
        async with asyncio.timeout(CATCH_UP_SECONDS):
            await call.get(Collector).take_all(OWN)
    except Exception as error:  # whatever it is: the answer says how much is not chained yet
        log.warning("an access log does not wait for the collector: %s", type(error).__name__)


async def _kept_out(call: Call, page: Sequence[Link]) -> frozenset[str]:
    """The restricted cases of a page that keep the caller out."""
    who, person = call.principal, person_of(call.principal)
    found = await standings.restricted(call, (one.chain for one in page if one.chain != one.service))
    return frozenset(one for one, case in found.items() if not admits(case, who.office, person, call.operation))


def _check_may_list(call: Call, office: str) -> bool:
    """Whether the caller is the office above. Raises `Forbidden` and `NotFound`."""
    principal, directory = call.principal, call.get(Library).world.directory
    if principal.office == office:
        if principal.position not in MAY_LIST:
            raise Forbidden
        return False
    if directory.office(office) is None:
        raise NotFound
    if (
        principal.office != directory.supervisor(office, legal_date(call.now))
        and role_of(principal.office) != Role.ADMIN
    ):
        raise Forbidden
    return True
