"""Places of providers: taken by an acceptance, given back by delivery, end or withdrawal; never more than there are."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from kit.uow import Tx
from support import repository
from support.domain import OPEN_REFERRALS, ReferralState
from support.errors import NoPlace
from support.models import Referral


async def check_free(tx: Tx, referral: Referral) -> None:
    """Refuse at once if every place is taken, without waiting for a lock; raises `NoPlace`, 409."""
    here = await repository.place(tx, referral.provider, referral.kind)
    if here is None or here.taken >= here.capacity:
        raise NoPlace(provider=referral.provider, kind=referral.kind)


async def take(tx: Tx, referral: Referral) -> None:
    """Take a place for a referral; a place that the person had elsewhere for the same support is given back.

    Call it last in a transaction: until the commit, everybody else who wants a place of this provider waits.

    Raises:
        NoPlace: 409.
    """
    living = await repository.living_referrals(tx, referral.case_id, referral.kind)
    left = [other for other in living if other.holds_place and other.referral_id != referral.referral_id]
    places = await repository.lock_places(tx, referral.kind, [referral.provider, *(one.provider for one in left)])
    for other in left:
        places[other.provider].taken -= 1
        other.holds_place, other.state = False, ReferralState.ENDED
    mine = places[referral.provider]
    if mine.taken >= mine.capacity:
        raise NoPlace(provider=referral.provider, kind=referral.kind)
    mine.taken += 1
    referral.holds_place = True
    tx.session.add_all([*places.values(), *left, referral])


async def give_back(tx: Tx, referrals: Sequence[Referral]) -> None:
    """Free the places that these referrals (of one kind) hold."""
    keeping = [referral for referral in referrals if referral.holds_place]
    if not keeping:
        return
    places = await repository.lock_places(tx, keeping[0].kind, [one.provider for one in keeping])
    for referral in keeping:
        places[referral.provider].taken -= 1
        referral.holds_place = False
    tx.session.add_all([*places.values(), *keeping])


async def close_referrals(tx: Tx, case_id: str, kind: str, until: datetime | None = None) -> None:
    """End the referrals of a locked lane; with `until`, only those that were made until then."""
    living = await repository.living_referrals(tx, case_id, kind)
    ended = [one for one in living if until is None or one.occurred_at <= until]
    await give_back(tx, ended)
    for referral in ended:
        withdrawn = referral.state in OPEN_REFERRALS
        referral.state = ReferralState.WITHDRAWN if withdrawn else ReferralState.ENDED
    tx.session.add_all(ended)


async def take_again(tx: Tx, referral: Referral) -> None:
    """Take a place for a referral again if one is free. If none is free, the referral goes on without a place."""
    if not referral.holds_place:
        with suppress(NoPlace):
            await check_free(tx, referral)
            await take(tx, referral)
