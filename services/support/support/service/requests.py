"""Use cases: needs, requests, decisions."""

from casefile.context import CaseContext
from casefile.errors import AlreadyDecided, AlreadyRequested
from contracts.codes import SealGroup, SupportKind
from contracts.ids import new_id
from contracts.problems import NotFound
from kit.uow import Tx
from support import repository
from support.domain import DECISIONS, RequestState, SupportState
from support.errors import ReasonMissing
from support.models import Need, Request
from support.schemas import DecisionIn, NeedsIn, NeedsTaken, RequestIn, RequestTaken
from support.service import places, steps


async def assess_needs(case: CaseContext, given: NeedsIn) -> NeedsTaken:
    """Keep the needs, and open a lane for each kind that can start with a need. Support under way goes on unchanged."""
    tx = case.tx
    kinds = sorted(given.needs)  # one order of locks for all
    for kind in kinds:
        steps.begin(case, kind, SupportState.NEED_ASSESSED, given.occurred_at)
    ref = await case.seal(SealGroup.SUPPORT, given.note)
    newly_stated: list[SupportKind] = []
    for kind in kinds:
        need_id = new_id("need")
        lane = await repository.lock_lane(tx, case.case_id, kind)
        later = lane.occurred_at is not None and given.occurred_at < lane.occurred_at
        if not later and steps.waits_for(case, lane, SupportState.NEED_ASSESSED, given.occurred_at):
            steps.state(case, lane, SupportState.NEED_ASSESSED, given.occurred_at, ref, need_id)
            newly_stated.append(kind)
        await repository.add(tx, Need(need_id=need_id, kind=kind, text_ref=ref, **case.signed(given.occurred_at)))
    return NeedsTaken(case_id=case.case_id, needs=given.needs, stated=newly_stated)


async def request_support(case: CaseContext, given: RequestIn) -> RequestTaken:
    """Accept a request for one kind of support.

    Raises:
        NotEntitled, AlreadyRequested, OutOfOrder, BeforeItsCause: 409.
    """
    tx = case.tx
    steps.begin(case, given.kind, SupportState.REQUESTED, given.occurred_at)
    entitlement = steps.check_entitled(case, given.kind, given.occurred_at)
    lane = await repository.lock_lane(tx, case.case_id, given.kind)
    if found := await repository.open_request(tx, case.case_id, given.kind):
        raise AlreadyRequested(request_id=found.request_id, state=found.state, office=found.office)
    steps.check_follows(case, lane, SupportState.REQUESTED, given.occurred_at)
    ref = await case.seal(SealGroup.SUPPORT, given.note)
    request_id = new_id("req")
    steps.state(case, lane, SupportState.REQUESTED, given.occurred_at, ref, request_id)
    made = Request(
        request_id=request_id,
        state=RequestState.REQUESTED,
        regime=steps.support_pack(case, given.occurred_at).id,
        entitled=entitlement.entitled,
        text_ref=ref,
        kind=given.kind,
        **case.signed(given.occurred_at),
    )
    await repository.add(tx, made)
    return taken(made)


async def request_of(tx: Tx, request_id: str) -> Request:
    """A request as it is now; raises `NotFound`."""
    found = await repository.request(tx, request_id)
    if found is None:
        raise NotFound()
    return found


async def decide_support(case: CaseContext, request_id: str, given: DecisionIn) -> RequestTaken:
    """Grant or refuse a request, or record that the person does not want it any more.

    A grant needs the right at the instant of the decision: it may have fallen since the request.

    Raises:
        ReasonMissing: 422. NotEntitled, AlreadyDecided, OutOfOrder, BeforeItsCause: 409.
    """
    tx = case.tx
    request = await request_of(tx, request_id)
    result, step = DECISIONS[given.outcome]
    steps.begin(case, request.kind, step, given.occurred_at)
    if given.outcome == "refused" and given.reason is None:
        raise ReasonMissing(errors=[{"loc": "reason", "msg": "a refusal has a reason"}])
    if result == RequestState.GRANTED:
        steps.check_entitled(case, request.kind, given.occurred_at)
    lane = await repository.lock_lane(tx, case.case_id, request.kind)
    request = await request_of(tx, request_id)
    if request.state != RequestState.REQUESTED:
        raise AlreadyDecided(state=request.state, office=request.decided_by, since=_iso(request))
    steps.check_follows(case, lane, step, given.occurred_at)
    ref = await case.seal(SealGroup.SUPPORT, given.reason)
    if result != RequestState.GRANTED:
        await places.close_referrals(tx, case.case_id, request.kind)
    steps.state(case, lane, step, given.occurred_at, ref, request_id)
    request.state, request.decided_at, request.decision_ref = result, given.occurred_at, ref
    request.decided_by, request.decided_actor = case.office, case.principal.actor
    tx.session.add(request)
    return taken(request)


def taken(request: Request) -> RequestTaken:
    """A request as it is answered."""
    return RequestTaken.model_validate(request, from_attributes=True)


def _iso(request: Request) -> str | None:
    return request.decided_at.isoformat() if request.decided_at else None
