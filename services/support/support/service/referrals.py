"""Use cases: an office asks a provider, and the provider answers."""

from casefile.context import CaseContext
from casefile.errors import AlreadyAnswered
from contracts.codes import SealGroup
from contracts.ids import new_id
from contracts.problems import Forbidden, NotFound
from kit.auth import Principal
from kit.uow import Tx
from support import repository
from support.domain import ReferralState, SupportState
from support.errors import NotOffered, ProviderElsewhere, ReasonMissing, ReferralOpen, UnknownProvider
from support.models import Provider, Referral
from support.schemas import AnswerIn, ReferralIn, ReferralTaken
from support.service import places, steps


async def refer(case: CaseContext, given: ReferralIn) -> ReferralTaken:
    """Ask a provider. Each kind has one open referral; after a refusal or a withdrawal another may be asked.

    Raises:
        UnknownProvider, NotOffered: 422.
        NotEntitled, ProviderElsewhere, ReferralOpen, OutOfOrder, BeforeItsCause: 409.
    """
    tx = case.tx
    steps.begin(case, given.kind, SupportState.REFERRED, given.occurred_at)
    provider = await _offering(tx, given)
    steps.check_entitled(case, given.kind, given.occurred_at)
    if not steps.serves(case, provider.office, given.kind, given.occurred_at):
        raise ProviderElsewhere(provider=provider.provider)
    lane = await repository.lock_lane(tx, case.case_id, given.kind)
    if found := await repository.open_referral(tx, case.case_id, given.kind):
        raise ReferralOpen(referral_id=found.referral_id, state=found.state, provider=found.provider)
    steps.check_follows(case, lane, SupportState.REFERRED, given.occurred_at)
    referral_id = new_id("ref")
    steps.state(case, lane, SupportState.REFERRED, given.occurred_at, None, referral_id)
    made = Referral(
        referral_id=referral_id,
        provider=provider.provider,
        state=ReferralState.PROPOSED,
        age_band=case.standing.age_band,
        needs=list(given.needs),
        contact_allowed=given.contact_allowed,
        kind=given.kind,
        **case.signed(given.occurred_at),
    )
    await repository.add(tx, made)
    return taken(made)


async def _offering(tx: Tx, given: ReferralIn) -> Provider:
    provider = await repository.provider(tx, given.provider)
    if provider is None:
        raise UnknownProvider(errors=[{"loc": "provider", "msg": "no provider in use"}])
    if await repository.place(tx, given.provider, given.kind) is None:
        raise NotOffered(errors=[{"loc": "kind", "msg": "not offered by this provider"}])
    return provider


async def referral_of(tx: Tx, referral_id: str) -> tuple[Referral, Provider]:
    """A referral as it is now, and its provider; raises `NotFound`."""
    found = await repository.referral(tx, referral_id)
    if found is None:
        raise NotFound()
    return found


def check_asked(principal: Principal, provider: Provider) -> None:
    """Only the provider's own office answers; raises `Forbidden`."""
    if principal.office != provider.office:
        raise Forbidden


async def answer_referral(case: CaseContext, referral_id: str, given: AnswerIn) -> ReferralTaken:
    """Record a provider's answer: it accepts, which takes a place, or refuses in writing.

    Raises:
        ReasonMissing: 422. AlreadyAnswered, NoPlace, BeforeItsCause: 409. After `NoPlace` the referral stays open.
    """
    tx = case.tx
    referral, _ = await referral_of(tx, referral_id)
    step = SupportState.REFERRAL_ACCEPTED if given.accept else SupportState.REFERRAL_DECLINED
    steps.begin(case, referral.kind, step, given.occurred_at)
    if not given.accept and given.reason is None:
        raise ReasonMissing(errors=[{"loc": "reason", "msg": "a refusal has a reason"}])
    lane = await repository.lock_lane(tx, case.case_id, referral.kind)
    referral, _ = await referral_of(tx, referral_id)
    if referral.state != ReferralState.PROPOSED:
        since = referral.answered_at.isoformat() if referral.answered_at else None
        raise AlreadyAnswered(state=referral.state, since=since)
    steps.check_follows(case, lane, step, given.occurred_at)
    if given.accept:
        await places.check_free(tx, referral)
    ref = await case.seal(SealGroup.SUPPORT, given.reason)
    steps.state(case, lane, step, given.occurred_at, ref, referral_id)
    _note(case, referral, given, ref)
    tx.session.add(referral)
    await tx.session.flush()  # before the places are locked, so that they are locked for a moment only
    if given.accept:
        await places.take(tx, referral)
    return taken(referral)


def _note(case: CaseContext, referral: Referral, given: AnswerIn, ref: str | None) -> None:
    referral.state = ReferralState.ACCEPTED if given.accept else ReferralState.DECLINED
    referral.answered_by, referral.answered_actor = case.office, case.principal.actor
    referral.answered_at, referral.answer_ref = given.occurred_at, ref


def taken(referral: Referral) -> ReferralTaken:
    """A referral as it is answered."""
    return ReferralTaken.model_validate(referral, from_attributes=True)
