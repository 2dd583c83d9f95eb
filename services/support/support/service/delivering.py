"""Use cases: support is given, and support ends."""

from dataclasses import dataclass

from casefile.context import CaseContext, case_of
from contracts.codes import SealGroup
from contracts.ids import new_id
from contracts.problems import NotFound
from kit.http import Call
from kit.uow import Tx
from support import repository
from support.domain import LIVING_REQUESTS, OPEN_REFERRALS, ReferralState, RequestState, SupportState
from support.errors import NotAccepted, NotOpen, ReasonMissing
from support.models import Delivery, Provider, Referral, Request
from support.schemas import DeliveryIn, Ended, EndIn, Given
from support.service import places, steps
from support.service.referrals import referral_of
from support.service.requests import request_of

GIVEN_ON = (ReferralState.ACCEPTED, ReferralState.DELIVERED)


@dataclass(frozen=True)
class Target:
    """What a step is about. `provider` is given if a referral is named."""

    case: CaseContext
    request: Request | None = None
    referral: Referral | None = None
    provider: Provider | None = None

    @property
    def is_provider(self) -> bool:
        """Whether the caller is the provider of the referral."""
        return self.provider is not None and self.provider.office == self.case.office


async def target_of(
    call: Call, tx: Tx, *, request_id: str | None, referral_id: str | None, case_id: str | None
) -> Target | None:
    """What a body names, before the body is validated; None if it names nothing.

    Raises:
        NotFound: the id is unknown.
    """
    if request_id is not None:
        request = await request_of(tx, request_id)
        return Target(await case_of(call, tx, request.case_id), request=request)
    if referral_id is not None:
        referral, provider = await referral_of(tx, referral_id)
        return Target(await case_of(call, tx, referral.case_id), referral=referral, provider=provider)
    return Target(await case_of(call, tx, case_id)) if case_id is not None else None


async def record_delivery(target: Target, given: DeliveryIn) -> Given:
    """Record that support was given. A place that is held until the delivery is free again.

    Raises:
        NotAccepted, NotOpen, OutOfOrder, BeforeItsCause: 409.
    """
    case, kind = target.case, _kind(target, given)
    tx = case.tx
    steps.begin(case, kind, SupportState.DELIVERED, given.occurred_at)
    lane = await repository.lock_lane(tx, case.case_id, kind)
    request, referral = await _as_it_is(tx, target)
    if referral is not None and referral.state not in GIVEN_ON:
        raise NotAccepted(state=referral.state)
    if request is not None and request.state not in LIVING_REQUESTS:
        raise NotOpen(state=request.state)
    steps.check_follows(case, lane, SupportState.DELIVERED, given.occurred_at)
    ref = await case.seal(SealGroup.SUPPORT, given.note)
    await _mark_delivered(case, kind, request, referral)
    delivery_id = new_id("del")
    steps.state(case, lane, SupportState.DELIVERED, given.occurred_at, ref, delivery_id)
    made = Delivery(
        delivery_id=delivery_id,
        request_id=given.request_id,
        referral_id=given.referral_id,
        text_ref=ref,
        kind=kind,
        **case.signed(given.occurred_at),
    )
    await repository.add(tx, made)
    return Given.model_validate(made, from_attributes=True)


async def _mark_delivered(case: CaseContext, kind: str, request: Request | None, referral: Referral | None) -> None:
    """Mark granted requests as delivered, and the accepted referral on which the support was given."""
    tx = case.tx
    for one in await repository.living_requests(tx, case.case_id, kind):
        if one.state == RequestState.GRANTED:
            one.state = RequestState.DELIVERED
            tx.session.add(one)
    if referral is None and request is not None:
        living = await repository.living_referrals(tx, case.case_id, kind)
        referral = next((one for one in living if one.state == ReferralState.ACCEPTED), None)
    if referral is not None:
        place = await repository.place(tx, referral.provider, kind)
        if place is not None and place.until == "delivered":
            await places.give_back(tx, [referral])
        referral.state = ReferralState.DELIVERED
        tx.session.add(referral)


async def end_support(target: Target, given: EndIn) -> Ended:
    """End the support of a kind, or withdraw a referral on which nothing was given yet. Places are free again.

    Raises:
        ReasonMissing: a provider that accepted steps back without a reason, 422.
        NotAccepted, NotOpen, OutOfOrder, BeforeItsCause: 409.
    """
    case, kind = target.case, _kind(target, given)
    tx = case.tx
    steps.begin(case, kind, SupportState.ENDED, given.occurred_at)
    lane = await repository.lock_lane(tx, case.case_id, kind)
    request, referral = await _as_it_is(tx, target)
    if referral is not None and referral.state in OPEN_REFERRALS:
        _check_withdrawal(referral, given, by_provider=target.is_provider)
        await _withdraw(tx, referral, await case.seal(SealGroup.SUPPORT, given.reason))
        return Ended.model_validate({"kind": kind, "lane_ended": False})
    if referral is not None and referral.state != ReferralState.DELIVERED:
        raise NotOpen(state=referral.state)
    if request is not None and request.state not in LIVING_REQUESTS:
        raise NotOpen(state=request.state)
    steps.check_follows(case, lane, SupportState.ENDED, given.occurred_at)
    ref = await case.seal(SealGroup.SUPPORT, given.reason)
    await places.close_referrals(tx, case.case_id, kind)
    for one in await repository.living_requests(tx, case.case_id, kind):
        one.state = RequestState.ENDED
        tx.session.add(one)
    steps.state(case, lane, SupportState.ENDED, given.occurred_at, ref)
    return Ended.model_validate({"kind": kind, "lane_ended": True})


def _check_withdrawal(referral: Referral, given: EndIn, *, by_provider: bool) -> None:
    if by_provider and referral.state == ReferralState.PROPOSED:
        raise NotAccepted(state=referral.state)  # the provider must answer first
    if by_provider and given.reason is None:
        raise ReasonMissing(errors=[{"loc": "reason", "msg": "a refusal has a reason"}])


async def _withdraw(tx: Tx, referral: Referral, ref: str | None) -> None:
    await places.give_back(tx, [referral])
    referral.state = ReferralState.WITHDRAWN
    referral.answer_ref = ref or referral.answer_ref
    tx.session.add(referral)


def _kind(target: Target, given: DeliveryIn | EndIn) -> str:
    named = target.request or target.referral
    kind = named.kind if named else given.kind
    if kind is None:  # cannot happen: a body that names a case names a kind
        raise NotFound
    return kind


async def _as_it_is(tx: Tx, target: Target) -> tuple[Request | None, Referral | None]:
    """The target again, now that its lane is locked."""
    request = await request_of(tx, target.request.request_id) if target.request else None
    referral = (await referral_of(tx, target.referral.referral_id))[0] if target.referral else None
    return request, referral
