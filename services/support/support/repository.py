"""Every SQL statement of support."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from casefile import corrections
from kit.uow import Tx
from support.domain import LIVING_REFERRALS, LIVING_REQUESTS, OPEN_REFERRALS, UNDECIDED_OR_GRANTED, ReferralState
from support.models import Delivery, Lane, Need, Place, Provider, Referral, Request, Stated

FRESH = {"populate_existing": True}
"""Reads the row again, because this transaction may have read it before it waited for a lock."""


async def lock_lane(tx: Tx, case_id: str, kind: str) -> Lane:
    """One kind of support of a case, locked until the transaction ends. A second office then sees the first's step."""
    await tx.session.exec(insert(Lane).values(case_id=case_id, kind=kind).on_conflict_do_nothing())
    query = select(Lane).where(Lane.case_id == case_id, Lane.kind == kind).with_for_update()
    return (await tx.session.exec(query, execution_options=FRESH)).one()


async def stated(tx: Tx, case_id: str, fact_id: str) -> Stated | None:
    """The step of a case that was stated as this fact; None for a fact that was not stated here."""
    return (await tx.session.exec(select(Stated).where(Stated.case_id == case_id, Stated.fact_id == fact_id))).first()


async def stated_steps(tx: Tx, case_id: str, kind: str | None = None) -> list[corrections.CorrectedStep[Stated]]:
    """The steps of a case, or of one kind of support, in the order of recording, each corrected."""
    query = select(Stated).where(Stated.case_id == case_id).order_by(col(Stated.recorded_at), col(Stated.occurred_at))
    found = (await tx.session.exec(query if kind is None else query.where(Stated.kind == kind))).all()
    corrected = await corrections.of(tx, (one.fact_id for one in found))
    return [corrections.CorrectedStep(one, corrected.get(one.fact_id)) for one in found]


async def add(tx: Tx, row: Need | Request | Referral | Delivery) -> None:
    """Keep a new row."""
    tx.session.add(row)
    await tx.session.flush()


async def request(tx: Tx, request_id: str) -> Request | None:
    """One request, as it is now."""
    query = select(Request).where(Request.request_id == request_id)
    return (await tx.session.exec(query, execution_options=FRESH)).first()


async def open_request(tx: Tx, case_id: str, kind: str) -> Request | None:
    """The request of a lane that waits for a decision or for delivery."""
    query = select(Request).where(
        Request.case_id == case_id, Request.kind == kind, col(Request.state).in_(UNDECIDED_OR_GRANTED)
    )
    return (await tx.session.exec(query)).first()


async def living_requests(tx: Tx, case_id: str, kind: str) -> list[Request]:
    """The requests of a lane that have not come to their end."""
    query = select(Request).where(
        Request.case_id == case_id, Request.kind == kind, col(Request.state).in_(LIVING_REQUESTS)
    )
    return list((await tx.session.exec(query, execution_options=FRESH)).all())


async def referral(tx: Tx, referral_id: str) -> tuple[Referral, Provider] | None:
    """One referral, as it is now, with its provider."""
    query = (
        select(Referral, Provider)
        .join(Provider, col(Provider.provider) == Referral.provider)
        .where(Referral.referral_id == referral_id)
    )
    return (await tx.session.exec(query, execution_options=FRESH)).first()


async def open_referral(tx: Tx, case_id: str, kind: str) -> Referral | None:
    """The referral of a lane that waits for an answer or for delivery."""
    query = select(Referral).where(
        Referral.case_id == case_id, Referral.kind == kind, col(Referral.state).in_(OPEN_REFERRALS)
    )
    return (await tx.session.exec(query)).first()


async def living_referrals(tx: Tx, case_id: str, kind: str) -> list[Referral]:
    """The referrals of a lane that have not come to their end."""
    query = select(Referral).where(
        Referral.case_id == case_id, Referral.kind == kind, col(Referral.state).in_(LIVING_REFERRALS)
    )
    return list((await tx.session.exec(query, execution_options=FRESH)).all())


async def withdraw_ended_referrals(tx: Tx, case_id: str, kind: str) -> None:
    """Nothing was delivered after all: the referrals that ended were withdrawn before a delivery."""
    ended = select(Referral).where(
        Referral.case_id == case_id, Referral.kind == kind, Referral.state == ReferralState.ENDED
    )
    for one in (await tx.session.exec(ended, execution_options=FRESH)).all():
        one.state = ReferralState.WITHDRAWN
        tx.session.add(one)


async def kinds(tx: Tx, case_id: str) -> list[str]:
    """The kinds of support of a case, in the order of locks."""
    query = select(Lane.kind).where(Lane.case_id == case_id).order_by(col(Lane.kind))
    return list((await tx.session.exec(query)).all())


async def of_case(tx: Tx, case_id: str) -> tuple[list[Request], list[Need], list[Referral], list[Delivery]]:
    """Everything about one case, oldest first."""
    requests = select(Request).where(Request.case_id == case_id).order_by(col(Request.recorded_at))
    needs = select(Need).where(Need.case_id == case_id).order_by(col(Need.recorded_at), col(Need.kind))
    referrals = select(Referral).where(Referral.case_id == case_id).order_by(col(Referral.seq))
    deliveries = select(Delivery).where(Delivery.case_id == case_id).order_by(col(Delivery.recorded_at))
    session = tx.session
    return (
        list((await session.exec(requests)).all()),
        list((await session.exec(needs)).all()),
        list((await session.exec(referrals)).all()),
        list((await session.exec(deliveries)).all()),
    )


async def page_of_referrals(
    tx: Tx, office: str, *, incoming: bool, state: str | None, limit: int, cursor: str | None
) -> list[Referral]:
    """Referrals that the office's providers received (`incoming`) or that the office sent, newest first."""
    query = select(Referral).order_by(col(Referral.seq).desc()).limit(limit)
    if incoming:
        own = select(Provider.provider).where(Provider.office == office)
        query = query.where(col(Referral.provider).in_(own))
    else:
        query = query.where(Referral.office == office)
    if state is not None:
        query = query.where(Referral.state == state)
    if cursor is not None:
        before = select(Referral.seq).where(Referral.referral_id == cursor).scalar_subquery()
        query = query.where(col(Referral.seq) < before)
    return list((await tx.session.exec(query)).all())


async def provider(tx: Tx, code: str) -> Provider | None:
    """A provider in use."""
    query = select(Provider).where(Provider.provider == code, col(Provider.active))
    return (await tx.session.exec(query)).first()


async def place(tx: Tx, provider_code: str, kind: str) -> Place | None:
    """The places of a provider for one kind, as they are now, without a lock."""
    query = select(Place).where(Place.provider == provider_code, Place.kind == kind)
    return (await tx.session.exec(query, execution_options=FRESH)).first()


async def lock_places(tx: Tx, kind: str, providers: Iterable[str]) -> dict[str, Place]:
    """The places of several providers, always locked in the same order, so that two moves cannot block each other."""
    query = (
        select(Place)
        .where(Place.kind == kind, col(Place.provider).in_(sorted(set(providers))))
        .order_by(col(Place.provider))
        .with_for_update(key_share=True)  # a referral that is being made points to the row and need not wait
    )
    return {found.provider: found for found in (await tx.session.exec(query, execution_options=FRESH)).all()}


async def providers(tx: Tx, province: str | None, kind: str | None) -> list[tuple[Provider, list[Place]]]:
    """Providers in use with their places."""
    query = select(Provider).where(col(Provider.active)).order_by(col(Provider.province), col(Provider.provider))
    if province is not None:
        query = query.where(Provider.province == province)
    if kind is not None:
        query = query.where(col(Provider.provider).in_(select(Place.provider).where(Place.kind == kind)))
    found = (await tx.session.exec(query)).all()
    rows = select(Place).where(col(Place.provider).in_([one.provider for one in found])).order_by(col(Place.kind))
    places = (await tx.session.exec(rows)).all()
    return [(one, [place for place in places if place.provider == one.provider]) for one in found]


async def keep_providers(tx: Tx, rows: Sequence[dict[str, Any]], places: Sequence[dict[str, Any]]) -> None:
    """Store the list of providers. Taken places stay taken; a provider that the list lacks is not used any more."""
    new = insert(Provider)
    same = {name: new.excluded[name] for name in ("office", "province", "sort", "name_vi", "name_en", "active")}
    await tx.session.exec(new.on_conflict_do_update(index_elements=["provider"], set_=same), params=list(rows))
    gone = update(Provider).where(col(Provider.provider).not_in([row["provider"] for row in rows]))
    await tx.session.exec(gone.values(active=False))
    offer = insert(Place)
    changed = {"capacity": offer.excluded.capacity, "until": offer.excluded.until}
    keys = ["provider", "kind"]
    await tx.session.exec(offer.on_conflict_do_update(index_elements=keys, set_=changed), params=list(places))
    offered = [(row["provider"], row["kind"]) for row in places]
    dropped = tuple_(col(Place.provider), col(Place.kind)).not_in(offered)
    named = select(Referral.seq).where(Referral.provider == Place.provider, Referral.kind == Place.kind).exists()
    await tx.session.exec(delete(Place).where(dropped, ~named))
    await tx.session.exec(update(Place).where(dropped).values(capacity=0))
