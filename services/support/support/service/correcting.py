"""Use case: a step that was stated here is withdrawn, or happened at another time.

The row of the step never changes (`models.Stated`); the correction is kept beside it. What counts now is computed
again: the lane, the state of a request or referral, and the taken places.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from casefile import corrections
from casefile.standing import Standings
from contracts.events.casework import FactCorrected
from contracts.problems import Unavailable
from kit.uow import Tx
from regulations import Library, Pack
from support import domain, repository
from support.domain import DECISIONS, OPEN_REFERRALS, ReferralState, RequestState, SupportState
from support.models import Lane, Referral, Request, Stated
from support.service import ending, places


async def note_correction(library: Library, standings: Standings, tx: Tx, event: FactCorrected) -> None:
    """Apply a correction to the records of a step; a fact that was not stated here is ignored.

    The newest standing is applied again afterwards, because it may have arrived before the correction.

    Raises:
        Unavailable: the standing cannot be read now; deliver again.
    """
    stated = await repository.stated(tx, event.case_id, event.fact_id)
    if stated is None:
        return
    lane = await repository.lock_lane(tx, event.case_id, stated.kind)
    if not await corrections.take(tx, event):
        return
    published = await standings.get(event.case_id, remembered_seconds=0)
    if published is None:
        raise Unavailable("Casework has published no standing of this case yet.")
    found = published.body
    await _count_again(tx, library.pack_of_lane(found, domain.lane_of(lane.kind)), lane)
    step = SupportState(stated.step)
    if not event.withdrawn and event.occurred_at is not None:
        await _move(tx, stated, step, event.occurred_at)
    elif step in _UNDO and stated.of is not None:
        await _UNDO[step](tx, stated, stated.of)
    await tx.session.flush()
    await ending.follow_in_lane(tx, library, found, lane)


async def _count_again(tx: Tx, pack: Pack, lane: Lane) -> None:
    """Set the lane to the last step that still counts."""
    steps = await repository.stated_steps(tx, lane.case_id, lane.kind)
    spec = pack.lanes[domain.lane_of(lane.kind)].by_code
    counting = sorted((one for one in steps if not one.withdrawn), key=lambda one: one.occurred_at)
    moving = [one.step.step for one in counting if spec[one.step.step].moves]
    lane.state = moving[-1] if moving else None
    lane.occurred_at = counting[-1].occurred_at if counting else None
    tx.session.add(lane)


async def _move(tx: Tx, stated: Stated, step: SupportState, at: datetime) -> None:
    """Set the corrected instant in a request, a decision, a referral or an answer."""
    row = await _row(tx, stated)
    if (isinstance(row, Request) and step is SupportState.REQUESTED) or (
        isinstance(row, Referral) and step is SupportState.REFERRED
    ):
        row.occurred_at = at
    elif isinstance(row, Request):
        row.decided_at = at
    elif isinstance(row, Referral):
        row.answered_at = at
    if row is not None:
        tx.session.add(row)


async def _row(tx: Tx, stated: Stated) -> Request | Referral | None:
    if stated.of is None:
        return None
    if request := await repository.request(tx, stated.of):
        return request
    found = await repository.referral(tx, stated.of)
    return found[0] if found else None


async def _undo_request(tx: Tx, stated: Stated, request_id: str) -> None:
    if request := await repository.request(tx, request_id):
        request.state = RequestState.WITHDRAWN
        tx.session.add(request)


async def _undo_decision(tx: Tx, stated: Stated, request_id: str) -> None:
    """The request waits for its decision again, unless it has ended or the person has made another request since."""
    request = await repository.request(tx, request_id)
    if request is None:
        return
    request.decided_by = request.decided_actor = request.decided_at = request.decision_ref = None
    if request.state in [result for result, _ in DECISIONS.values()]:
        other = await repository.open_request(tx, stated.case_id, stated.kind)
        free = other is None or other.request_id == request_id
        request.state = RequestState.REQUESTED if free else RequestState.WITHDRAWN
    tx.session.add(request)


async def _undo_referral(tx: Tx, stated: Stated, referral_id: str) -> None:
    found = await repository.referral(tx, referral_id)
    if found and found[0].state != ReferralState.DECLINED:
        await places.give_back(tx, [found[0]])
        found[0].state = ReferralState.WITHDRAWN
        tx.session.add(found[0])


async def _undo_answer(tx: Tx, stated: Stated, referral_id: str) -> None:
    """The referral waits for its answer again, unless it has ended or another provider was asked since.

    Its place is free. `answer_ref` of a withdrawn referral stays, because it may be the reason of the withdrawal.
    """
    found = await repository.referral(tx, referral_id)
    if found is None:
        return
    referral = found[0]
    referral.answered_by = referral.answered_actor = referral.answered_at = None
    if referral.state != ReferralState.WITHDRAWN:
        referral.answer_ref = None
    if referral.state in (ReferralState.ACCEPTED, ReferralState.DECLINED):
        await places.give_back(tx, [referral])
        other = await repository.open_referral(tx, stated.case_id, stated.kind)
        free = other is None or other.referral_id == referral_id
        referral.state = ReferralState.PROPOSED if free else ReferralState.WITHDRAWN
    tx.session.add(referral)


async def _undo_delivery(tx: Tx, stated: Stated, delivery_id: str) -> None:
    """A granted request waits for delivery again, unless another delivery of this kind counts."""
    steps = await repository.stated_steps(tx, stated.case_id, stated.kind)
    if any(one.step.step == SupportState.DELIVERED and not one.withdrawn for one in steps):
        return
    requests = await repository.living_requests(tx, stated.case_id, stated.kind)
    if not any(one.state in domain.UNDECIDED_OR_GRANTED for one in requests):
        for request in requests[-1:]:
            request.state = RequestState.GRANTED if request.decided_at else RequestState.REQUESTED
            tx.session.add(request)
    await repository.withdraw_ended_referrals(tx, stated.case_id, stated.kind)
    referrals = await repository.living_referrals(tx, stated.case_id, stated.kind)
    if not any(one.state in OPEN_REFERRALS for one in referrals):
        for referral in referrals[-1:]:
            referral.state = ReferralState.ACCEPTED
            tx.session.add(referral)
            await tx.session.flush()
            await places.take_again(tx, referral)


_UNDO: dict[SupportState, Callable[[Tx, Stated, str], Awaitable[None]]] = {
    SupportState.REQUESTED: _undo_request,
    SupportState.DECIDED: _undo_decision,
    SupportState.REFUSED: _undo_decision,
    SupportState.DECLINED_BY_PERSON: _undo_decision,
    SupportState.REFERRED: _undo_referral,
    SupportState.REFERRAL_ACCEPTED: _undo_answer,
    SupportState.REFERRAL_DECLINED: _undo_answer,
    SupportState.DELIVERED: _undo_delivery,
}
"""Step → what is done to its row when the step is withdrawn.

An assessment of needs has no state that could change. What an end of support closed stays closed: another person may
have the place by now, so the provider is asked again."""
