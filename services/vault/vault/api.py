"""The vault's operations, all POST: a reading writes too, into the access log, in the transaction that decides it."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from casefile import standing as standings
from casefile.start import person_of
from contracts.codes import Purpose
from contracts.problems import Forbidden, NotFound, Problem
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
from regulations import break_glass
from regulations.purposes import purposes_of
from regulations.rights import IDENTIFYING, Rights, may_seal
from vault import service, unconfirmed
from vault.chain import Outcome, first_broken
from vault.errors import Damaged, PurposeNotAllowed, ReasonNeeded
from vault.reader import Reader
from vault.schemas import AccessLogOut, AccessLogQuery, EntryOut, IdentityIn, IdentityOut, ReasonOut, TextIn, TextOut
from vault.service import Attempt, Vault
from vault.settings import Settings
from vault.unconfirmed import Owner
from vault.why import Why

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
    refusals=(PurposeNotAllowed, ReasonNeeded, Damaged),
    strong=True,
)
async def read_identity(call: Call) -> IdentityOut:
    """The newest value of the fields asked for, for a purpose that the law of the case allows. The reading is logged.

    A person gives a reason in words; it lasts fifteen minutes, for this person, this purpose and these groups.
    """
    async with _opening(call) as opening:
        call.count(Kind.IDENTITY_READS)
        asked = await call.body(IdentityIn)
        why = _why(call, opening, asked)
        found, until = await call.get(Vault).read_identity(opening.tx, opening.attempt, asked.fields, why)
    return IdentityOut({**found, "until": until} if until else {**found})


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/text",
    "read_text",
    body=TextIn,
    answer=TextOut,
    refusals=(PurposeNotAllowed, ReasonNeeded, Damaged),
    strong=True,
)
async def read_text(call: Call) -> TextOut:
    """One sealed text by its reference, for a purpose that the law of the case allows. The reading is logged.

    A person gives a reason in words; it lasts fifteen minutes, for this person, this purpose and the group of the text.
    """
    async with _opening(call) as opening:
        call.count(Kind.IDENTITY_READS)
        asked = await call.body(TextIn)
        why = _why(call, opening, asked, asked.ref)
        found, until = await call.get(Vault).read_text(opening.tx, opening.attempt, asked.ref, why)
    return TextOut(text=found, until=until)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/reasons/{reason_id}",
    "read_reason",
    answer=ReasonOut,
    refusals=(Damaged,),
    strong=True,
    reads=True,
)
async def read_reason(call: Call) -> ReasonOut:
    """The words of one reason that the access log names, for who may open all that it was given for. It is logged."""
    async with _opening(call) as opening:
        call.count(Kind.IDENTITY_READS)
        reason_id, reader = call.id("reason_id"), _reader(call, opening)
        words = await call.get(Vault).read_reason(opening.tx, opening.attempt, reason_id, reader)
    return ReasonOut(reason=words)


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
        query, reader = call.query(AccessLogQuery), _reader(call, opening)
        head = await service.record(opening.tx, opening.attempt)
        entries = await service.entries(opening.tx, opening.attempt.case_id)
        groups = await service.groups(opening.tx, opening.attempt.case_id)
    ahead = [one for one in entries if query.cursor is None or one[0].seq > query.cursor]
    page = [EntryOut.of(entry, reader.shown(entry, groups), digest) for entry, digest in ahead[: query.limit]]
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
    except (Forbidden, PurposeNotAllowed, ReasonNeeded, NotFound, Damaged) as refusal:
        if known:
            await _record_refusal(call, attempt, refusal)
        raise


def _why(call: Call, opening: Opening, asked: IdentityIn | TextIn, ref: str | None = None) -> Why:
    """What the caller says, and what the law of the case allows its office, or break-glass allows its person.

    Args:
        ref: of the text that is asked for.
    """
    who, standing = call.principal, opening.standing
    allowed = dict(purposes_of(call.get(Rights), who.office, standing))
    for group, more in break_glass.purposes(standing, who.office, person_of(who), call.now, ref).items():
        allowed[group] = allowed.get(group, frozenset()) | more
    return Why(who.office, who.actor, who.is_person, asked.purpose, asked.reason, allowed)


def _reader(call: Call, opening: Opening) -> Reader:
    rights, office = call.get(Rights), call.principal.office
    groups, hidden = (
        rights.readable_groups(office, opening.standing),
        rights.protectors_hidden_from(office, opening.standing),
    )
    return Reader(office, groups, hidden)


async def _record_refusal(call: Call, attempt: Attempt, refusal: Problem) -> None:
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
