"""Referrals: what a provider sees, its answer, and places that are never sold twice."""

import asyncio
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from support import providers
from support.providers import ProviderList
from tests.integration.one_service import Desk, down, lane, slug, standing
from tests.integration.support.lanes import (
    CENTRE,
    FACILITY,
    FUND,
    GUARD,
    HEALTH,
    HOSPITAL,
    HOUSE,
    LEGAL,
    POLICE,
    PROVIDER,
    ROLES,
    SCHOOL,
    at,
    done,
    in_need,
    post,
    referred,
    requested,
    stated,
    taken,
    victim,
)
from tests.library import LIBRARY

pytestmark = pytest.mark.stack
DIRECTORY = LIBRARY.world.directory
DEMONSTRATION = providers.load(None, DIRECTORY)

NO = {"accept": False, "reason": "Hết chỗ (bịa)."}


async def accepted(desk: Desk, case_id: str, kind: str, provider: str, office: str, day: int = 10) -> str:
    """A referral that its provider accepted."""
    referral_id = await referred(desk, case_id, kind, provider, day)
    await done(desk, office, f"/v1/referrals/{referral_id}/answer", accept=True, occurred_at=at(day))
    return referral_id


async def incoming(desk: Desk, office: str, **query: Any) -> list[dict[str, Any]]:
    """The referrals that an office's providers received."""
    words = "&".join(f"{name}={value}" for name, value in {"limit": 200, **query}.items())
    return (await desk.service.get(f"/v1/referrals?{words}", office)).json()["items"]


async def test_declined_then_another(desk: Desk) -> None:
    case_id = await in_need(desk, "psychological")
    first = await referred(desk, case_id, "psychological", HOSPITAL)
    assert slug(await post(desk, HEALTH, f"/v1/cases/{case_id}/referrals", kind="psychological", provider=HOUSE)) == (
        409,
        "referral-open",
    )
    answer = f"/v1/referrals/{first}/answer"
    assert slug(await post(desk, PROVIDER, answer, accept=False)) == (422, "reason-missing")
    await done(desk, PROVIDER, answer, **NO)
    again = await post(desk, PROVIDER, answer, accept=True)
    assert slug(again) == (409, "already-answered")
    assert again.json()["state"] == "declined"
    before = await taken(desk, HOUSE, "psychological")
    second = await referred(desk, case_id, "psychological", HOUSE, 11)
    await done(desk, FACILITY, f"/v1/referrals/{second}/answer", accept=True, occurred_at=at(11))
    assert await taken(desk, HOUSE, "psychological") == before + 1
    await done(desk, FACILITY, "/v1/deliveries", referral_id=second, occurred_at=at(12))
    assert await taken(desk, HOUSE, "psychological") == before
    lane_name = "support:psychological"
    assert (await stated(desk, case_id))[1:] == [
        (lane_name, "SUPPORT_REFERRED", HEALTH),
        (lane_name, "REFERRAL_DECLINED", PROVIDER),
        (lane_name, "SUPPORT_REFERRED", HEALTH),
        (lane_name, "REFERRAL_ACCEPTED", FACILITY),
        (lane_name, "SUPPORT_DELIVERED", FACILITY),
    ]
    seen = (await desk.service.get(f"/v1/cases/{case_id}/requests", HEALTH)).json()["referrals"]
    assert [(one["provider"], one["state"]) for one in seen] == [(HOSPITAL, "declined"), (HOUSE, "delivered")]
    assert desk.vault.sealed[seen[0]["answer_ref"]] == ("support", NO["reason"])


async def test_a_provider_sees_what_the_service_needs_and_nothing_else(desk: Desk) -> None:
    case_id = await in_need(desk, "medical", "loan", age_band="under_16")
    referral_id = await referred(desk, case_id, "medical", HOSPITAL, needs=["medical", "interpreter"])
    [seen] = [one for one in await incoming(desk, PROVIDER) if one["referral_id"] == referral_id]
    assert seen == {
        "referral_id": referral_id,
        "kind": "medical",
        "provider": HOSPITAL,
        "state": "proposed",
        "office": HEALTH,
        "age_band": "under_16",
        "needs": ["medical", "interpreter"],
        "contact_allowed": False,
        "occurred_at": "2026-11-10T02:00:00Z",
        "answered_at": None,
    }
    assert case_id not in str(await incoming(desk, PROVIDER))
    for other in (FACILITY, LEGAL, FUND, "provider/lao-cai-school", "provider/tay-ninh-hospital"):
        assert referral_id not in str(await incoming(desk, other))
    for path in (f"/v1/cases/{case_id}/requests", f"/v1/cases/{case_id}/entitlements"):
        assert slug(await desk.service.get(path, PROVIDER)) == (403, "not-your-case")
    assert slug(await desk.service.get("/v1/referrals", POLICE)) == (403, "not-your-case")
    sent = (await desk.service.get("/v1/referrals?direction=outgoing&limit=200", HEALTH)).json()["items"]
    assert (referral_id, case_id) in [(one["referral_id"], one["case_id"]) for one in sent]


async def test_pages_of_referrals(desk: Desk) -> None:
    made = [await referred(desk, await in_need(desk, "travel"), "travel", "lao-cai-womens-fund") for _ in range(3)]
    found: list[str] = []
    cursor = ""
    while True:
        answer = (await desk.service.get(f"/v1/referrals?limit=2{cursor}", FUND)).json()
        found += [one["referral_id"] for one in answer["items"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert len(set(found)) == len(found)
    assert found[:3] == made[::-1]
    for wrong in ("limit=0", "limit=201", "cursor=x", "state=gone", "direction=up", "more=1"):
        assert (await desk.service.get(f"/v1/referrals?{wrong}", PROVIDER)).status_code == 422


async def test_only_who_is_asked_answers(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    answer = f"/v1/referrals/{await referred(desk, case_id, 'medical', HOSPITAL)}/answer"
    before = await desk.stored()
    assert slug(await post(desk, None, answer, accept=True)) == (401, "unauthenticated")
    assert slug(await post(desk, PROVIDER, f"/v1/referrals/{new_id('ref')}/answer", accept=True))[0] == 404
    for stranger in (HEALTH, FACILITY, FUND, "provider/lao-cai-school", "provider/tay-ninh-hospital", GUARD):
        assert slug(await post(desk, stranger, answer, accept="nonsense")) == (403, "not-your-case")
    assert slug(await post(desk, PROVIDER, answer, accept="nonsense")) == (422, "invalid")
    assert slug(await post(desk, PROVIDER, answer, accept=True, occurred_at=at(9))) == (409, "before-its-cause")
    assert await desk.stored() == before


async def test_a_repeated_acceptance_takes_one_place(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    answer = f"/v1/referrals/{await referred(desk, case_id, 'medical', HOSPITAL)}/answer"
    before = await taken(desk, HOSPITAL, "medical")
    answers = await asyncio.gather(*(post(desk, PROVIDER, answer, "twice", accept=True) for _ in range(4)))
    assert {one.status_code for one in answers} == {200}
    assert await taken(desk, HOSPITAL, "medical") == before + 1


async def test_twenty_places_sixty_at_once(desk: Desk) -> None:
    offers = [{"kind": "vocational", "capacity": 20}]
    one = {"provider": "race", "office": PROVIDER, "sort": "school", "name": {"vi": "Đua", "en": "Race"}}
    async with desk.service.state.uow() as tx:
        more = ProviderList.model_validate({"provider": [{**one, "offers": offers}]})
        await providers.keep(tx, ProviderList(provider=(*DEMONSTRATION.provider, *more.provider)), DIRECTORY)
    cases = [await desk.case(**victim()) for _ in range(60)]
    referrals: list[str] = []
    for case_id in cases:
        request_id = await requested(desk, case_id, "vocational")
        await done(desk, HEALTH, f"/v1/requests/{request_id}/decision", outcome="granted")
        referrals.append(await referred(desk, case_id, "vocational", "race"))

    async def answer(referral_id: str) -> httpx.Response:
        path = f"/v1/referrals/{referral_id}/answer"
        given = await post(desk, PROVIDER, path, referral_id, accept=True)
        while given.status_code == 503:
            given = await post(desk, PROVIDER, path, referral_id, accept=True)
        return given

    answers = await asyncio.gather(*(answer(referral_id) for referral_id in referrals))
    assert sorted(one.status_code for one in answers) == [200] * 20 + [409] * 40
    assert {slug(one) for one in answers if one.status_code == 409} == {(409, "no-place")}
    assert await taken(desk, "race", "vocational") == 20
    rows = await desk.service.sql("SELECT state, holds_place, count(*) AS n FROM support.referrals "
                                  "WHERE provider = 'race' GROUP BY 1, 2 ORDER BY 1")  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [("accepted", True, 20), ("proposed", False, 40)]
    facts = [one for case_id in cases for one in await stated(desk, case_id) if one[1] == "REFERRAL_ACCEPTED"]
    assert len(facts) == 20
    won = next(one.json()["referral_id"] for one in answers if one.status_code == 200)
    waiting = next(one for one, given in zip(referrals, answers, strict=True) if given.status_code == 409)
    await done(desk, PROVIDER, "/v1/deliveries", referral_id=won, occurred_at=at(11))
    assert (await answer(waiting)).status_code == 200
    assert await taken(desk, "race", "vocational") == 20


async def test_a_stay_keeps_its_place_until_it_ends(desk: Desk) -> None:
    case_id = await in_need(desk, "essential_needs")
    before = await taken(desk, HOUSE, "essential_needs")
    referral_id = await accepted(desk, case_id, "essential_needs", HOUSE, FACILITY)
    for day in (11, 12):
        await done(desk, FACILITY, "/v1/deliveries", referral_id=referral_id, occurred_at=at(day))
    assert await taken(desk, HOUSE, "essential_needs") == before + 1
    await done(desk, FACILITY, "/v1/endings", referral_id=referral_id, occurred_at=at(13))
    assert await taken(desk, HOUSE, "essential_needs") == before
    over = await post(desk, FACILITY, "/v1/endings", referral_id=referral_id, occurred_at=at(14))
    assert slug(over) == (409, "not-open")


async def test_who_moves_gives_the_old_place_back(desk: Desk) -> None:
    case_id = await in_need(desk, "essential_needs")
    fund = "lao-cai-womens-fund"
    before = [await taken(desk, place, "essential_needs") for place in (HOUSE, fund)]
    first = await accepted(desk, case_id, "essential_needs", HOUSE, FACILITY)
    await done(desk, FACILITY, "/v1/deliveries", referral_id=first, occurred_at=at(11))
    await accepted(desk, case_id, "essential_needs", fund, FUND, 12)
    after = [await taken(desk, place, "essential_needs") for place in (HOUSE, fund)]
    assert after == [before[0], before[1] + 1]
    late = await post(desk, FACILITY, "/v1/deliveries", referral_id=first, occurred_at=at(13))
    assert slug(late) == (409, "not-accepted")


async def test_a_withdrawn_referral_ends_no_support(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    before = await taken(desk, HOSPITAL, "medical")
    asked = await referred(desk, case_id, "medical", HOSPITAL)
    assert slug(await post(desk, PROVIDER, "/v1/endings", referral_id=asked)) == (409, "not-accepted")
    withdrawn = await done(desk, HEALTH, "/v1/endings", referral_id=asked)
    assert withdrawn == {"kind": "medical", "lane_ended": False}
    assert slug(await post(desk, PROVIDER, f"/v1/referrals/{asked}/answer", accept=True)) == (409, "already-answered")
    second = await accepted(desk, case_id, "medical", HOSPITAL, PROVIDER, 11)
    assert await taken(desk, HOSPITAL, "medical") == before + 1
    step_back = {"referral_id": second, "occurred_at": at(12)}
    assert slug(await post(desk, PROVIDER, "/v1/endings", **step_back)) == (422, "reason-missing")
    await done(desk, PROVIDER, "/v1/endings", **step_back, reason="bịa")
    assert await taken(desk, HOSPITAL, "medical") == before
    assert "SUPPORT_ENDED" not in [state for _, state, _ in await stated(desk, case_id)]


async def test_a_closed_case_keeps_no_place(desk: Desk) -> None:
    case_id = await in_need(desk, "medical", "legal_aid")
    before = [await taken(desk, HOSPITAL, "medical"), await taken(desk, CENTRE, "legal_aid")]
    await accepted(desk, case_id, "medical", HOSPITAL, PROVIDER)
    await accepted(desk, case_id, "legal_aid", CENTRE, LEGAL)
    await desk.publish(case_id, 9, standing(**victim(status="closed")))
    assert [await taken(desk, HOSPITAL, "medical"), await taken(desk, CENTRE, "legal_aid")] == before


async def test_other_offices_have_no_part_in_deliveries(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    referral_id = await accepted(desk, case_id, "medical", HOSPITAL, PROVIDER)
    for path in ("/v1/deliveries", "/v1/endings"):
        for stranger in (FACILITY.replace("lao-cai", "tay-ninh"), FUND, "provider/tay-ninh-hospital", POLICE):
            assert slug(await post(desk, stranger, path, referral_id=referral_id)) == (403, "not-your-case")
        assert slug(await post(desk, PROVIDER, path, case_id=case_id, kind="medical")) == (403, "not-your-case")
        assert slug(await post(desk, PROVIDER, path, referral_id=new_id("ref"))) == (404, "not-found")
        assert slug(await post(desk, None, path, referral_id=referral_id)) == (401, "unauthenticated")


async def test_what_is_given_at_once_needs_no_request(desk: Desk) -> None:
    case_id = await desk.case(**victim(status="in_process", regime_support=None))
    await done(desk, GUARD, "/v1/deliveries", case_id=case_id, kind="essential_needs", note="bịa")
    assert await stated(desk, case_id) == [("support:essential_needs", "SUPPORT_DELIVERED", GUARD)]
    answer = await post(desk, HEALTH, "/v1/deliveries", case_id=case_id, kind="loan")
    assert slug(answer) == (409, "out-of-order")
    both = await post(desk, HEALTH, "/v1/deliveries", case_id=case_id, kind="loan", referral_id=new_id("ref"))
    assert both.status_code == 404


async def test_a_provider_of_another_province_waits_for_the_hand_over(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    path = f"/v1/cases/{case_id}/referrals"
    answer = await post(desk, HEALTH, path, kind="medical", provider="ha-noi-hospital")
    assert slug(answer) == (409, "provider-elsewhere")
    there = "health_authority/ha-noi"
    states = {"identification": "VICTIM_CONFIRMED", "support:medical": "SUPPORT_NEED_ASSESSED"}
    moved = victim(lanes={name: lane(state, there, *ROLES, place="ha-noi") for name, state in states.items()})
    await desk.stand(case_id, 2, **moved)
    given = await done(desk, "health_authority/ha-noi", path, kind="medical", provider="ha-noi-hospital")
    assert given["state"] == "proposed"


@pytest.mark.parametrize("accept", [True, False])
async def test_vault_down_is_503_and_takes_no_place(desk: Desk, accept: bool) -> None:
    case_id = await in_need(desk, "medical")
    answer = f"/v1/referrals/{await referred(desk, case_id, 'medical', HOSPITAL)}/answer"
    before, places = await desk.stored(), await taken(desk, HOSPITAL, "medical")
    desk.vault.fault = down
    try:
        refused = await post(desk, PROVIDER, answer, f"down-{accept}", accept=accept, reason="bịa")
    finally:
        desk.vault.fault = lambda request: None
    assert refused.status_code == 503
    assert (await desk.stored(), await taken(desk, HOSPITAL, "medical")) == (before, places)
    assert (await post(desk, PROVIDER, answer, f"down-{accept}", accept=accept, reason="bịa")).status_code == 200


async def test_providers_and_their_free_places(desk: Desk) -> None:
    answer = (await desk.service.get("/v1/providers?territory=tay-ninh&kind=psychological", HEALTH)).json()["items"]
    assert [one["provider"] for one in answer] == ["tay-ninh-facility", "tay-ninh-hospital"]
    assert answer[0]["places"]["psychological"] == {"capacity": 20, "free": 20}
    assert slug(await desk.service.get("/v1/providers", "admin/ha-noi")) == (403, "not-your-case")
    assert (await desk.service.get("/v1/providers?kind=gold", HEALTH)).status_code == 422


async def test_the_list_may_change_under_way(desk: Desk) -> None:
    case_id = await in_need(desk, "legal_aid")
    await accepted(desk, case_id, "legal_aid", CENTRE, LEGAL)
    kept = await taken(desk, CENTRE, "legal_aid")
    listed = DEMONSTRATION.model_dump(mode="json")["provider"]
    smaller = [one for one in listed if one["provider"] != SCHOOL]
    for one in smaller:
        if one["provider"] == CENTRE:
            one["offers"] = [{"kind": "legal_support", "capacity": 1}]
    async with desk.service.state.uow() as tx:
        await providers.keep(tx, ProviderList.model_validate({"provider": smaller}), DIRECTORY)
    try:
        shown = (await desk.service.get("/v1/providers?territory=lao-cai", HEALTH)).json()["items"]
        assert SCHOOL not in [one["provider"] for one in shown]
        [centre] = [one for one in shown if one["provider"] == CENTRE]
        assert centre["places"]["legal_aid"] == {"capacity": 0, "free": 0}
        assert await taken(desk, CENTRE, "legal_aid") == kept
        path = f"/v1/cases/{await in_need(desk, 'medical')}/referrals"
        gone = await post(desk, HEALTH, path, kind="vocational", provider=SCHOOL)
        assert slug(gone) == (422, "unknown-provider")
    finally:
        async with desk.service.state.uow() as tx:
            await providers.keep(tx, DEMONSTRATION, DIRECTORY)


@pytest.mark.parametrize("statement", ["UPDATE support.needs SET kind = 'loan'", "DELETE FROM support.deliveries"])
async def test_the_runtime_role_cannot_change_what_was_recorded(desk: Desk, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await desk.service.sql(statement, runtime=True)
