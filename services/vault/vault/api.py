"""The vault's operations on texts, all POST. A reading whose entry cannot be written shows nothing (`kit.looks`)."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from casefile import standing as standings
from casefile.start import person_of
from contracts.codes import Purpose
from contracts.problems import Forbidden
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
from vault import unconfirmed
from vault.errors import Damaged, PurposeNotAllowed, ReasonNeeded
from vault.reader import Reader
from vault.schemas import IdentityIn, IdentityOut, ReasonOut, TextIn, TextOut
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
            answer = await call.get(Vault).seal(tx, attempt, given, identifies=call.principal.service == IDENTIFYING)
            _note(call, attempt)
            return answer
    except (Forbidden, Damaged):
        _note(call, attempt)
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
    reveals=(),
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
    reveals=(),
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
    reveals=(),
)
async def read_reason(call: Call) -> ReasonOut:
    """The words of one reason that the access log names, for who may open all that it was given for. It is logged."""
    async with _opening(call) as opening:
        call.count(Kind.IDENTITY_READS)
        reason_id = call.id("reason_id")
        reader = Reader.of(call.get(Rights), call.principal.office, opening.standing)
        words = await call.get(Vault).read_reason(opening.tx, opening.attempt, reason_id, reader)
    return ReasonOut(reason=words)


@asynccontextmanager
async def _opening(call: Call) -> AsyncGenerator[Opening]:
    """The transaction of one reading: 404, then 403. What was attempted goes into the entry of the request."""
    attempt = _attempt(call)
    async with call.uow() as tx:
        try:
            standing = await standings.of(call, attempt.case_id, sensitive=True)
            call.authorize(standing)
            yield Opening(tx, standing, attempt)
        finally:
            _note(call, attempt)


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


def _note(call: Call, attempt: Attempt) -> None:
    """Put into the entry of the request what was attempted."""
    call.look.items, call.look.purpose, call.look.on_behalf_of = attempt.items, attempt.purpose, attempt.on_behalf_of


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
