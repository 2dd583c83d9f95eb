"""Use cases that only read: entitlements, the support of a person, referrals, providers."""

from datetime import datetime

from casefile import standing as standings
from casefile.context import CaseContext
from casefile.start import person_of
from kit.http import Call
from kit.uow import Tx
from regulations import Pack
from regulations.catalogue import Entitlement
from regulations.restricted import admits
from regulations.rights import SUPPORTERS
from support import domain, repository
from support.models import Place, Provider
from support.schemas import (
    Amount,
    DeliveryView,
    EntitlementsView,
    EntitlementView,
    NeedView,
    ProvidersQuery,
    ProvidersView,
    ProviderView,
    ReceivedReferral,
    ReferralsQuery,
    ReferralsView,
    RequestsView,
    RequestView,
    SentReferral,
)
from support.service.steps import entitlement, support_pack

LISTS, ANSWERS = "support.list_referrals", "support.answer_referral"


def entitlements(case: CaseContext) -> EntitlementsView:
    """The entitlements of the person of a case now: by status, regime, foreign or not, still abroad or not."""
    pack, now = support_pack(case, case.tx.now), case.tx.now
    found = {kind: _entitlement(pack, entitlement(case, kind, now)) for kind in domain.kinds_of(pack)}
    return EntitlementsView(case_id=case.case_id, regime=pack.id, status=case.standing.status, entitlements=found)


def _entitlement(pack: Pack, found: Entitlement) -> EntitlementView:
    rule = pack.rules[found.ceiling_rule] if found.ceiling_rule else None
    ceiling = (
        Amount(
            rule=rule.id,
            title=rule.title,
            amount=rule.amount,
            unit=rule.unit,
            citation=rule.citation,
            confidence=rule.confidence,
        )
        if rule
        else None
    )
    shown = found.model_dump(include={"entitled", "citation", "confidence", "note"})
    return EntitlementView(**shown, ceiling=ceiling)


async def requests(case: CaseContext) -> RequestsView:
    """The support of one person; an office that gives no support sees the requests only."""
    tx = case.tx
    asked, needs, referrals, deliveries = await repository.of_case(tx, case.case_id)
    since = {one.step.of: one for one in await repository.stated_steps(tx, case.case_id)}

    def corrected(row_id: str, stated_at: datetime) -> dict[str, object]:
        stated = since.get(row_id)
        return {
            "occurred_at": stated.occurred_at if stated else stated_at,
            "withdrawn": stated is not None and stated.withdrawn,
        }

    view = RequestsView(
        case_id=case.case_id,
        items=[RequestView.model_validate(one) for one in asked],
        needs=[
            NeedView.model_validate({**one.model_dump(), **corrected(one.need_id, one.occurred_at)}) for one in needs
        ],
        referrals=[SentReferral.model_validate(one) for one in referrals],
        deliveries=[
            DeliveryView.model_validate({**one.model_dump(), **corrected(one.delivery_id, one.occurred_at)})
            for one in deliveries
        ],
    )
    if case.principal.role in SUPPORTERS:
        return view
    items = [one.model_copy(update={"decision_ref": None}) for one in view.items]
    return RequestsView(case_id=case.case_id, items=items, needs=[], referrals=[], deliveries=[])


async def referrals(call: Call, tx: Tx, query: ReferralsQuery) -> ReferralsView:
    """A page of referrals, newest first. The receiver does not see the case id.

    A restricted case is left out for whom it is closed to; who is asked for support is kept out only if it is shut out.
    """
    incoming, principal = query.direction == "incoming", call.principal
    found = await repository.page_of_referrals(
        tx,
        principal.office,
        incoming=incoming,
        state=query.state,
        limit=query.limit + 1,
        cursor=query.cursor,
    )
    page, shape = found[: query.limit], ReceivedReferral if incoming else SentReferral
    following = page[-1].referral_id if len(found) > query.limit else None
    judged, person = ANSWERS if incoming else LISTS, person_of(principal)
    restricted = await standings.restricted(call, (one.case_id for one in page))
    closed = {one for one, standing in restricted.items() if not admits(standing, principal.office, person, judged)}
    items = [shape.model_validate(one) for one in page if one.case_id not in closed]
    return ReferralsView(items=items, next=following)


async def providers(tx: Tx, query: ProvidersQuery) -> ProvidersView:
    """Providers in use with their places."""
    found = await repository.providers(tx, query.territory, query.kind)
    return ProvidersView(items=[_provider(one, places) for one, places in found])


def _provider(provider: Provider, places: list[Place]) -> ProviderView:
    shown = {place.kind: {"capacity": place.capacity, "free": max(0, place.capacity - place.taken)} for place in places}
    return ProviderView.model_validate(
        {
            **provider.model_dump(include={"provider", "sort", "office"}),
            "territory": provider.province,
            "name": {"vi": provider.name_vi, "en": provider.name_en},
            "places": shown,
        }
    )
