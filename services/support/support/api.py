"""Support's operations."""

from casefile.context import CaseContext, case_of
from casefile.errors import AlreadyAnswered, AlreadyDecided, AlreadyRequested, CaseIsClosed
from casefile.steps import take_step
from contracts.codes import SealGroup
from contracts.problems import CaseIsElsewhere
from kit.http import Answer, APIRouter, Call, operation
from kit.uow import Tx
from regulations import OutOfOrder
from support.errors import (
    BeforeItsCause,
    NoPlace,
    NotAccepted,
    NotEntitled,
    NotOffered,
    NotOpen,
    ProviderElsewhere,
    ReasonMissing,
    ReferralOpen,
    UnknownProvider,
)
from support.schemas import (
    AnswerIn,
    DecisionIn,
    DeliveryIn,
    Ended,
    EndIn,
    EntitlementsView,
    Given,
    NeedsIn,
    NeedsTaken,
    ProvidersQuery,
    ProvidersView,
    ReferralIn,
    ReferralsQuery,
    ReferralsView,
    ReferralTaken,
    RequestIn,
    RequestsView,
    RequestTaken,
)
from support.service import delivering, reading, referrals, requests

router = APIRouter()
ORDER = (CaseIsElsewhere, CaseIsClosed, OutOfOrder, BeforeItsCause)
STATES = "support.assess_needs"
"""An office that has the right to this operation may state steps of a case's support."""


@operation(router, "GET", "/v1/cases/{case_id}/entitlements", "list_entitlements", answer=EntitlementsView)
async def list_entitlements(call: Call) -> EntitlementsView:
    """Which kinds of support the person may have, by status and regime, with the ground of each."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        case = await case_of(call, tx, case_id)
        call.authorize(case.standing)
        return reading.entitlements(case)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/needs",
    "assess_needs",
    body=NeedsIn,
    answer=NeedsTaken,
    refusals=(CaseIsElsewhere, CaseIsClosed),
)
async def assess_needs(call: Call) -> Answer:
    """Record what the person needs. A need is not a right: `list_entitlements` shows the rights."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        return await take_step(call, tx, case_id, NeedsIn, requests.assess_needs, check_date=False)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/requests",
    "request_support",
    body=RequestIn,
    answer=RequestTaken,
    refusals=(NotEntitled, AlreadyRequested, *ORDER),
)
async def request_support(call: Call) -> Answer:
    """Request one kind of support. Refused only where the regulations plainly do not provide it."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        return await take_step(call, tx, case_id, RequestIn, requests.request_support, check_date=False)


@operation(
    router,
    "POST",
    "/v1/requests/{request_id}/decision",
    "decide_support",
    body=DecisionIn,
    answer=RequestTaken,
    refusals=(ReasonMissing, AlreadyDecided, *ORDER),
)
async def decide_support(call: Call) -> Answer:
    """Grant or refuse a request; a refusal has a written reason."""
    request_id = call.id("request_id")

    async def decide(case: CaseContext, given: DecisionIn) -> RequestTaken:
        return await requests.decide_support(case, request_id, given)

    async with call.uow() as tx:
        request = await requests.request_of(tx, request_id)
        return await take_step(call, tx, request.case_id, DecisionIn, decide, check_date=False)


@operation(
    router,
    "GET",
    "/v1/cases/{case_id}/requests",
    "list_requests",
    answer=RequestsView,
    reveals=(SealGroup.SUPPORT,),
)
async def list_requests(call: Call) -> RequestsView:
    """Needs, requests, referrals and deliveries of one person, in codes and references."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        case = await case_of(call, tx, case_id, sensitive=True)  # a provider's name says where the person is
        call.authorize(case.standing)
        return await reading.requests(case)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/referrals",
    "refer",
    body=ReferralIn,
    answer=ReferralTaken,
    refusals=(UnknownProvider, NotOffered, NotEntitled, ProviderElsewhere, ReferralOpen, *ORDER),
)
async def refer(call: Call) -> Answer:
    """Ask a provider to give one kind of support. One at a time; after a refusal the next may be asked."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        return await take_step(call, tx, case_id, ReferralIn, referrals.refer, check_date=False)


@operation(
    router,
    "POST",
    "/v1/referrals/{referral_id}/answer",
    "answer_referral",
    body=AnswerIn,
    answer=ReferralTaken,
    refusals=(ReasonMissing, AlreadyAnswered, NoPlace, *ORDER),
)
async def answer_referral(call: Call) -> Answer:
    """Accept, which takes a place, or refuse with a written reason. Only the provider's own office answers."""
    referral_id = call.id("referral_id")
    async with call.uow() as tx:
        referral, provider = await referrals.referral_of(tx, referral_id)
        call.authorize()
        referrals.check_asked(call.principal, provider)
        case = await case_of(call, tx, referral.case_id)
        call.authorize(case.standing)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(AnswerIn)
        done = await referrals.answer_referral(case, referral_id, given)
        return await call.once.keep(tx, done)


@operation(router, "GET", "/v1/referrals", "list_referrals", query=ReferralsQuery, answer=ReferralsView)
async def list_referrals(call: Call) -> ReferralsView:
    """Referrals to the office's own providers (`incoming`, without the case) or from the office (`outgoing`)."""
    call.authorize()
    query = call.query(ReferralsQuery)
    async with call.uow() as tx:
        return await reading.referrals(call, tx, query)


@operation(router, "GET", "/v1/providers", "list_providers", query=ProvidersQuery, answer=ProvidersView)
async def list_providers(call: Call) -> ProvidersView:
    """Who gives which support, with places and free places."""
    call.authorize()
    query = call.query(ProvidersQuery)
    async with call.uow() as tx:
        return await reading.providers(tx, query)


@operation(
    router,
    "POST",
    "/v1/deliveries",
    "record_delivery",
    body=DeliveryIn,
    answer=Given,
    refusals=(NotAccepted, NotOpen, *ORDER),
)
async def record_delivery(call: Call) -> Answer:
    """Record that support was given: on a request, on a referral, or directly for a case and a kind."""
    async with call.uow() as tx:
        target = await _target(call, tx)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(DeliveryIn)
        assert target is not None
        done = await delivering.record_delivery(target, given)
        return await call.once.keep(tx, done)


@operation(
    router,
    "POST",
    "/v1/endings",
    "end_support",
    body=EndIn,
    answer=Ended,
    refusals=(ReasonMissing, NotAccepted, NotOpen, *ORDER),
)
async def end_support(call: Call) -> Answer:
    """End the support of a kind, or withdraw a referral on which nothing was given yet."""
    async with call.uow() as tx:
        target = await _target(call, tx)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(EndIn)
        assert target is not None
        done = await delivering.end_support(target, given)
        return await call.once.keep(tx, done)


async def _target(call: Call, tx: Tx) -> delivering.Target | None:
    """What the body names. Checks the right first: a provider has it for its referral, other offices by the case."""
    names = {name: call.peek(name) for name in ("request_id", "referral_id", "case_id")}
    target = await delivering.target_of(call, tx, **names)
    call.authorize(target.case.standing if target is not None else None)
    if target is not None and not target.is_provider:
        call.authorize(target.case.standing, operation=STATES)
    return target
