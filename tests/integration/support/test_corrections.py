"""A step that was stated here is corrected in the case's timeline, or a lane ends there: places and records follow."""

from typing import Any

import pytest

from contracts.ids import new_id
from contracts.standing import Standing
from tests.integration.one_service import Desk, slug, standing
from tests.integration.support.lanes import (
    HEALTH,
    HOSPITAL,
    PROVIDER,
    at,
    done,
    in_need,
    post,
    published,
    referred,
    requested,
    taken,
)

pytestmark = pytest.mark.stack


async def shown(desk: Desk, case_id: str) -> dict[str, Any]:
    """What the support authority sees."""
    return (await desk.service.get(f"/v1/cases/{case_id}/requests", HEALTH)).json()


async def accepted(desk: Desk, case_id: str) -> str:
    """A referral to the hospital that it accepted."""
    referral_id = await referred(desk, case_id, "medical", HOSPITAL)
    await done(desk, PROVIDER, f"/v1/referrals/{referral_id}/answer", accept=True)
    return referral_id


async def test_a_withdrawn_request_counts_no_longer(desk: Desk) -> None:
    case_id = await in_need(desk, "vocational")
    await requested(desk, case_id, "vocational")
    path = f"/v1/cases/{case_id}/requests"
    again = {"kind": "vocational", "occurred_at": at(11)}
    assert slug(await post(desk, HEALTH, path, **again)) == (409, "already-requested")
    await desk.correct(case_id, "SUPPORT_REQUESTED")
    assert [one["state"] for one in (await shown(desk, case_id))["items"]] == ["withdrawn"]
    assert (await post(desk, HEALTH, path, **again)).status_code == 200


async def test_a_withdrawn_decision_is_void(desk: Desk) -> None:
    case_id = await in_need(desk, "vocational")
    request_id = await requested(desk, case_id, "vocational")
    path = f"/v1/requests/{request_id}/decision"
    await done(desk, HEALTH, path, outcome="refused", reason="bịa", occurred_at=at(11))
    await desk.correct(case_id, "SUPPORT_REFUSED")
    [request] = (await shown(desk, case_id))["items"]
    assert (request["state"], request["decided_at"], request["decision_ref"]) == ("requested", None, None)
    assert (await done(desk, HEALTH, path, outcome="granted", occurred_at=at(12)))["state"] == "granted"


async def test_a_withdrawn_acceptance_frees_the_place_and_can_be_given_again(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    before = await taken(desk, HOSPITAL, "medical")
    referral_id = await accepted(desk, case_id)
    assert await taken(desk, HOSPITAL, "medical") == before + 1
    await desk.correct(case_id, "REFERRAL_ACCEPTED")
    assert await taken(desk, HOSPITAL, "medical") == before
    await done(desk, PROVIDER, f"/v1/referrals/{referral_id}/answer", accept=True)
    assert await taken(desk, HOSPITAL, "medical") == before + 1
    await desk.correct(case_id, "SUPPORT_REFERRED")
    assert await taken(desk, HOSPITAL, "medical") == before
    assert [one["state"] for one in (await shown(desk, case_id))["referrals"]] == ["withdrawn"]


async def test_a_withdrawn_delivery_is_shown_as_such_and_can_be_given_again(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    referral_id = await accepted(desk, case_id)
    await done(desk, PROVIDER, "/v1/deliveries", referral_id=referral_id, occurred_at=at(12))
    await desk.correct(case_id, "SUPPORT_DELIVERED")
    view = await shown(desk, case_id)
    assert [one["withdrawn"] for one in view["deliveries"]] == [True]
    assert [one["state"] for one in view["referrals"]] == ["accepted"]
    await done(desk, PROVIDER, "/v1/deliveries", referral_id=referral_id, occurred_at=at(11))


async def test_a_corrected_instant_counts_for_the_next_step_whatever_the_bus_tells_first(desk: Desk) -> None:
    case_id = await in_need(desk, "vocational")
    request_id = await requested(desk, case_id, "vocational", day=12)
    path = f"/v1/requests/{request_id}/decision"
    early = {"outcome": "granted", "occurred_at": at(11)}
    assert slug(await post(desk, HEALTH, path, **early)) == (409, "before-its-cause")
    await desk.correct(case_id, "SUPPORT_REQUESTED", minute=2, occurred_at=at(10))
    await desk.correct(case_id, "SUPPORT_REQUESTED", minute=1, occurred_at=at(13))  # the one before it, late
    [request] = (await shown(desk, case_id))["items"]
    assert request["occurred_at"] == "2026-11-10T02:00:00Z"
    assert (await post(desk, HEALTH, path, **early)).status_code == 200


async def test_a_fact_of_another_service_is_passed_over(desk: Desk) -> None:
    case_id = await in_need(desk, "medical")
    before, fact_id = await desk.stored(), new_id("fact")
    await desk.correct(case_id, "SUPPORT_NEED_ASSESSED", fact_id=fact_id)
    assert await desk.stored() == before
    assert await desk.service.sql("SELECT key FROM support.projections WHERE key = $1", fact_id) == []


@pytest.mark.parametrize(("day", "free"), [(15, True), (9, False)])
async def test_support_that_ended_in_the_case_itself_keeps_no_place(desk: Desk, day: int, free: bool) -> None:
    """An end of before the referral is that of an earlier round."""
    case_id = await in_need(desk, "medical")
    before = await taken(desk, HOSPITAL, "medical")
    await accepted(desk, case_id)
    ended = standing(**published("medical", "SUPPORT_ENDED")).model_dump(mode="json")
    ended["lanes"]["support:medical"]["since"] = at(day)
    await desk.publish(case_id, 9, Standing.model_validate(ended))
    assert (await taken(desk, HOSPITAL, "medical") == before) is free
    expected = "withdrawn" if free else "accepted"
    assert [one["state"] for one in (await shown(desk, case_id))["referrals"]] == [expected]


async def test_the_runtime_role_cannot_change_what_was_stated(desk: Desk) -> None:
    await in_need(desk, "medical")
    for statement in ("UPDATE support.stated SET step = 'x'", "DELETE FROM support.stated"):
        with pytest.raises(Exception, match="permission denied"):
            await desk.service.sql(statement, runtime=True)
