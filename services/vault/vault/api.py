"""The vault's operations, all POST: a reading writes too, into the access log, in the transaction that decides it."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from casefile import standing as standings
from contracts.codes import Purpose
from contracts.problems import Forbidden, NotFound
from contracts.sealing import (
    SealAnswer,
    SealInput,
    Unconfirmed,
    UnconfirmedAnswer,
    UnconfirmedInput,
    UnconfirmedSettled,
)
from contracts.standing import Standing
from kit.http import APIRouter, Call, operation
from kit.limits.budgets import Kind
from kit.uow import Tx
from regulations.rights import IDENTIFYING, Rights, may_seal
from vault import service, unconfirmed
from vault.chain import Outcome, first_broken
from vault.errors import Damaged
from vault.reader import Reader
from vault.schemas import AccessLogOut, AccessLogQuery, EntryOut, IdentityIn, IdentityOut, TextIn, TextOut
from vault.service import Attempt, Vault
from vault.settings import Settings
from vault.unconfirmed import Owner

router = APIRouter()
log = logging.getLogger("vault")
PURPOSES = frozenset(purpose.value for purpose in Purpose)


@dataclass
class Opening:
    """An attempt that the case's standing allows so far, inside its transaction."""

    tx: Tx
    standing: Standing
    attempt: Attempt


@operation(router, "POST", "/v1/cases/{case_id}/seals", "seal", body=SealInput, answer=SealAnswer, refusals=(Damaged,))
async def seal(call: Call) -> SealAnswer:
    """Seal texts of a case and get their references, before the caller commits.

    For services only, each in its own groups. Only intake begins a case, and learns of others with the same identity.
    """
    attempt = _attempt(call)
    try:
        call.authorize()
        given = await call.body(SealInput)
        attempt.on_behalf_of = given.opened_by
        groups = {group for group, _, _ in given.items()}
        if not may_seal(call.principal.service, groups):
            attempt.items = tuple(sorted(groups))
            raise Forbidden()
        async with call.uow() as tx:
            return await call.get(Vault).seal(tx, attempt, given, identifies=call.principal.service == IDENTIFYING)
    except (Forbidden, Damaged) as refusal:
        await _record_refusal(call, attempt, refusal)
        raise


@operation(router, "POST", "/v1/unconfirmed-cases", "list_unconfirmed", body=UnconfirmedInput, answer=Unconfirmed)
async def list_unconfirmed(call: Call) -> Unconfirmed:
    """Cases that hold sealed text and that nothing has confirmed, for their owner to say whether they exist."""
    call.authorize()
    given = await call.body(UnconfirmedInput)
    async with call.uow() as tx:
        return await unconfirmed.page(tx, given.after)


@operation(
    router,
    "POST",
    "/v1/unconfirmed-cases/word",
    "settle_unconfirmed",
    body=UnconfirmedAnswer,
    answer=UnconfirmedSettled,
)
async def settle_unconfirmed(call: Call) -> UnconfirmedSettled:
    """The answer of intake about unconfirmed cases. What it abandons twice, with some time between, is destroyed."""
    call.authorize()
    answer = await call.body(UnconfirmedAnswer)
    settings = call.state.settings
    assert isinstance(settings, Settings)
    owner = Owner(call.principal.name, call.principal.actor, call.operation, timedelta(hours=settings.bin_hours))
    async with call.uow() as tx:
        taken = await unconfirmed.settle(tx, owner, answer)
    if taken.binned or taken.destroyed:
        log.warning("%d abandoned cases went into the bin, %d were destroyed", taken.binned, taken.destroyed)
    return taken


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/identity",
    "read_identity",
    body=IdentityIn,
    answer=IdentityOut,
    refusals=(Damaged,),
    strong=True,
)
async def read_identity(call: Call) -> IdentityOut:
    """The newest value of the fields asked for, for a stated purpose. The reading is logged."""
    async with _opening(call) as opening:
        call.count(Kind.IDENTITY_READS)
        asked = await call.body(IdentityIn)
        groups = call.get(Rights).readable_groups(call.principal.office, opening.standing)
        found = await call.get(Vault).read_identity(opening.tx, opening.attempt, asked.fields, groups)
    return IdentityOut(found)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/text",
    "read_text",
    body=TextIn,
    answer=TextOut,
    refusals=(Damaged,),
    strong=True,
)
async def read_text(call: Call) -> TextOut:
    """One sealed text by its reference, for a stated purpose. The reading is logged."""
    async with _opening(call) as opening:
        call.count(Kind.IDENTITY_READS)
        asked = await call.body(TextIn)
        groups = call.get(Rights).readable_groups(call.principal.office, opening.standing)
        found = await call.get(Vault).read_text(opening.tx, opening.attempt, asked.ref, groups)
    return TextOut(text=found)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/access-log",
    "access_log",
    query=AccessLogQuery,
    answer=AccessLogOut,
    reads=True,
)
async def access_log(call: Call) -> AccessLogOut:
    """Who opened, sealed or tried what in this case. This reading is the last entry.

    Of an entry about groups that the office may not open it sees that there is one, when, and its hash. The same holds
    for an office that has a part only by protecting or sheltering the person, if the reader sees no such lane.
    """
    async with _opening(call) as opening:
        query, office = call.query(AccessLogQuery), call.principal.office
        head = await service.record(opening.tx, opening.attempt)
        entries = await service.entries(opening.tx, opening.attempt.case_id)
        groups = await service.groups(opening.tx, opening.attempt.case_id)
    rights = call.get(Rights)
    reader = Reader(
        office,
        rights.readable_groups(office, opening.standing),
        rights.protectors_hidden_from(office, opening.standing),
    )
    ahead = [one for one in entries if query.cursor is None or one[0].seq > query.cursor]
    page = [
        EntryOut.model_validate(vars(reader.shown(entry, groups)) | {"hash": digest})
        for entry, digest in ahead[: query.limit]
    ]
    following = page[-1].seq if len(ahead) > len(page) else None
    return AccessLogOut(entries=page, next=following, head_hash=head, intact=first_broken(entries) is None)


@asynccontextmanager
async def _opening(call: Call) -> AsyncGenerator[Opening]:
    """The transaction of one reading: 404, then 403. What is refused or damaged is logged in a transaction of its own.

    Nothing may be answered before the block has been left: only then is the log entry committed.
    """
    attempt, known = _attempt(call), False
    try:
        async with call.uow() as tx:
            standing = await standings.of(call, attempt.case_id, sensitive=True)
            known = True
            call.authorize(standing)
            yield Opening(tx, standing, attempt)
    except (Forbidden, NotFound, Damaged) as refusal:
        if known:
            await _record_refusal(call, attempt, refusal)
        raise


async def _record_refusal(call: Call, attempt: Attempt, refusal: Forbidden | NotFound | Damaged) -> None:
    outcome = Outcome.DAMAGED if isinstance(refusal, Damaged) else Outcome.DENIED
    async with call.uow() as tx:
        if await service.exists(tx, attempt.case_id):
            await service.record(tx, attempt, outcome)


def _attempt(call: Call) -> Attempt:
    """The purpose is taken before the body is judged, so that a denied attempt is logged with it."""
    purpose = call.peek("purpose")
    return Attempt(
        case_id=call.id("case_id"),
        caller=call.principal.name,
        actor=call.principal.actor,
        operation=call.operation,
        purpose=purpose if purpose in PURPOSES else None,
    )
