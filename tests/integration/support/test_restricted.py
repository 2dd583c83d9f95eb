"""A restricted case in support: nothing of it for whom it shuts out, and a provider that is asked goes on."""

import pytest

from contracts.standing import Restriction
from regulations.restricted import digest_of
from tests.integration.one_service import Desk
from tests.integration.support.lanes import HEALTH, HOSPITAL, PROVIDER, at, in_need, post, referred, victim

pytestmark = pytest.mark.stack


def restriction(**given: object) -> Restriction:
    persons = (digest_of("case", "kin"),)
    return Restriction.model_validate({"salt": "case", "persons": persons, **given})


async def listed(desk: Desk, office: str, direction: str) -> str:
    answer = await desk.service.get(f"/v1/referrals?limit=200&direction={direction}", office)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_who_is_shut_out_sees_nothing_and_does_nothing(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    referral_id = await referred(desk, case_id, "medical", HOSPITAL)
    await desk.stand(case_id, 2, **victim(restriction=restriction()))
    kin, kin_there = f"{HEALTH}#kin", f"{PROVIDER}#kin"
    for path in (f"/v1/cases/{case_id}/requests", f"/v1/cases/{case_id}/entitlements"):
        assert (await desk.service.get(path, kin)).status_code == 404
        assert (await desk.service.get(path, f"{HEALTH}#lan")).status_code == 200
    for path, body in (
        (f"/v1/cases/{case_id}/needs", {"needs": ["loan"]}),
        ("/v1/deliveries", {"case_id": case_id, "kind": "medical"}),
        ("/v1/endings", {"case_id": case_id, "kind": "medical"}),
        (f"/v1/referrals/{referral_id}/answer", {"accept": True}),
    ):
        who = kin_there if "referrals" in path else kin
        assert (await post(desk, who, path, **body)).status_code == 404, path
    assert referral_id not in await listed(desk, kin, "outgoing")
    assert referral_id in await listed(desk, f"{HEALTH}#lan", "outgoing")
    assert referral_id not in await listed(desk, kin_there, "incoming")


async def test_a_provider_answers_a_referral_of_a_closed_case(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    referral_id = await referred(desk, case_id, "medical", HOSPITAL)
    named = {HEALTH: (digest_of("case", "lan"),)}
    await desk.stand(case_id, 2, **victim(restriction=restriction(closed=True, members=named)))
    assert referral_id in await listed(desk, f"{PROVIDER}#nurse", "incoming")
    assert referral_id not in await listed(desk, f"{HEALTH}#minh", "outgoing")
    answer = await post(
        desk, f"{PROVIDER}#nurse", f"/v1/referrals/{referral_id}/answer", accept=True, occurred_at=at(10)
    )
    assert answer.status_code == 200, answer.text
    given = await post(desk, f"{PROVIDER}#nurse", "/v1/deliveries", referral_id=referral_id, occurred_at=at(11))
    assert given.status_code == 200, given.text
    assert (await desk.service.get(f"/v1/cases/{case_id}/requests", f"{HEALTH}#minh")).status_code == 404
