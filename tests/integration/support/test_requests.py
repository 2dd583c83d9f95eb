"""Needs, requests and decisions: the order of steps, and that a refusal leaves nothing behind."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from tests.integration.one_service import Desk, down, lane, slug
from tests.integration.support.lanes import (
    COMMUNE,
    GUARD,
    HEALTH,
    POLICE,
    ROLES,
    TABLES,
    at,
    done,
    post,
    published,
    requested,
    stated,
    victim,
)

pytestmark = pytest.mark.stack


async def test_from_need_to_end(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    needs = await done(desk, COMMUNE, f"/v1/cases/{case_id}/needs", needs=["vocational", "medical"], occurred_at=at(8))
    assert sorted(needs["stated"]) == ["medical", "vocational"]
    request_id = await requested(desk, case_id, "vocational", 9)
    decision = f"/v1/requests/{request_id}/decision"
    assert (await done(desk, HEALTH, decision, outcome="granted"))["state"] == "granted"
    await done(desk, HEALTH, "/v1/deliveries", request_id=request_id, occurred_at=at(12))
    ended = await done(desk, HEALTH, "/v1/endings", request_id=request_id, occurred_at=at(14))
    assert ended == {"kind": "vocational", "lane_ended": True}
    assert await stated(desk, case_id) == [
        ("support:medical", "SUPPORT_NEED_ASSESSED", COMMUNE),
        ("support:vocational", "SUPPORT_NEED_ASSESSED", COMMUNE),
        ("support:vocational", "SUPPORT_REQUESTED", HEALTH),
        ("support:vocational", "SUPPORT_DECIDED", HEALTH),
        ("support:vocational", "SUPPORT_DELIVERED", HEALTH),
        ("support:vocational", "SUPPORT_ENDED", HEALTH),
    ]
    seen = (await desk.service.get(f"/v1/cases/{case_id}/requests", HEALTH)).json()
    assert [one["state"] for one in seen["items"]] == ["ended"]
    assert (len(seen["needs"]), len(seen["deliveries"])) == (2, 1)
    summary = (await desk.service.get(f"/v1/cases/{case_id}/requests", POLICE)).json()
    assert (len(summary["items"]), summary["needs"], summary["deliveries"]) == (1, [], [])
    assert await requested(desk, case_id, "vocational", 15) != request_id


async def test_texts_are_in_the_vault_alone(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    path = f"/v1/cases/{case_id}/requests"
    request_id = (await done(desk, HEALTH, path, kind="loan", note="Ghi chú bịa.", occurred_at=at(9)))["request_id"]
    reason = {"outcome": "refused", "reason": "Lý do bịa."}
    await done(desk, HEALTH, f"/v1/requests/{request_id}/decision", **reason)
    first, second = await desk.events(case_id)
    assert desk.vault.sealed[first["documents"][0]] == ("support", "Ghi chú bịa.")
    assert desk.vault.sealed[second["documents"][0]] == ("support", "Lý do bịa.")
    dump = ""
    for table in (*TABLES, "outbox", "idempotency"):
        rows = await desk.service.sql(f"SELECT t::text AS row FROM support.{table} t")
        dump += "".join(row["row"] for row in rows)
    assert case_id in dump
    assert "bịa" not in dump


async def test_an_assessment_of_support_under_way_moves_nothing(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    await requested(desk, case_id, "medical", 9)
    path = f"/v1/cases/{case_id}/needs"
    assert (await done(desk, HEALTH, path, needs=["medical"]))["stated"] == []
    assert (await done(desk, HEALTH, path, needs=["medical"], occurred_at=at(8)))["stated"] == []
    assert [state for _, state, _ in await stated(desk, case_id)] == ["SUPPORT_REQUESTED"]


@pytest.mark.parametrize(
    ("kind", "before", "step", "expected"),
    [
        ("vocational", [], "refer", "out-of-order"),
        ("vocational", [], "deliver", "out-of-order"),
        ("vocational", ["request"], "request", "already-requested"),
        ("vocational", ["request"], "refer", "out-of-order"),
        ("vocational", ["request"], "deliver", "out-of-order"),
        ("vocational", ["request", "grant"], "request", "already-requested"),
        ("vocational", ["request", "grant"], "grant", "already-decided"),
        ("vocational", ["request", "grant"], "refuse", "already-decided"),
        ("vocational", ["request", "refuse"], "grant", "already-decided"),
        ("vocational", ["request", "refuse"], "deliver", "not-open"),
        ("vocational", ["request", "refuse"], "end", "not-open"),
        ("vocational", ["request", "grant", "deliver", "end"], "deliver", "not-open"),
        ("vocational", ["request", "grant", "deliver"], "request", "out-of-order"),
        ("medical", ["request", "deliver", "refer"], "refer", "referral-open"),
    ],
)
async def test_wrong_order_is_refused_and_leaves_nothing(
    desk: Desk, kind: str, before: list[str], step: str, expected: str
) -> None:
    case_id = await desk.case(**victim())
    request_id = await requested(desk, case_id, kind) if "request" in before else ""
    for one in before:
        if one != "request":
            assert (await act(desk, case_id, kind, one, request_id)).status_code == 200
    stored, sealed = await desk.stored(), len(desk.vault.sealed)
    assert slug(await act(desk, case_id, kind, step, request_id, key="wrong-order")) == (409, expected)
    assert (await desk.stored(), len(desk.vault.sealed)) == (stored, sealed)


async def act(desk: Desk, case_id: str, kind: str, step: str, request_id: str, key: str = "") -> httpx.Response:
    """One step on a request, or on the kind where nothing was requested."""
    target = {"request_id": request_id} if request_id else {"case_id": case_id, "kind": kind}
    provider = {"vocational": "lao-cai-vocational", "medical": "lao-cai-hospital"}[kind]
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "request": (f"/v1/cases/{case_id}/requests", {"kind": kind, "note": "bịa"}),
        "grant": (f"/v1/requests/{request_id}/decision", {"outcome": "granted", "reason": "bịa"}),
        "refuse": (f"/v1/requests/{request_id}/decision", {"outcome": "refused", "reason": "bịa"}),
        "refer": (f"/v1/cases/{case_id}/referrals", {"kind": kind, "provider": provider}),
        "deliver": ("/v1/deliveries", {**target, "note": "bịa"}),
        "end": ("/v1/endings", {**target, "reason": "bịa"}),
    }
    path, body = bodies[step]
    return await post(desk, HEALTH, path, key, **body)


async def test_what_casework_told_counts(desk: Desk) -> None:
    case_id = await desk.case(**published("vocational", "SUPPORT_REQUESTED"))
    answer = await post(desk, HEALTH, f"/v1/cases/{case_id}/requests", kind="vocational")
    assert slug(answer) == (409, "out-of-order")
    assert (answer.json()["lane"], answer.json()["state"]) == ("support:vocational", "SUPPORT_REQUESTED")
    ended = await desk.case(**published("vocational", "SUPPORT_ENDED"))
    assert await requested(desk, ended, "vocational")


async def test_a_step_before_its_cause_and_in_a_closed_case(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    decision = f"/v1/requests/{await requested(desk, case_id, 'loan', 10)}/decision"
    early = await post(desk, HEALTH, decision, outcome="granted", occurred_at=at(9))
    assert slug(early) == (409, "before-its-cause")
    await desk.stand(case_id, 2, **victim(status="closed"))
    assert slug(await post(desk, HEALTH, decision, outcome="granted")) == (409, "case-closed")


@pytest.mark.parametrize("what", ["needs", "requests", "referrals"])
async def test_wrong_office_foreign_case_unknown_case(desk: Desk, what: str) -> None:
    case_id = await desk.case(**victim())
    path, before = f"/v1/cases/{case_id}/{what}", await desk.stored()
    assert slug(await post(desk, None, path)) == (401, "unauthenticated")
    assert slug(await post(desk, HEALTH, f"/v1/cases/{new_id('case')}/{what}")) == (404, "not-found")
    assert slug(await post(desk, HEALTH, f"/v1/cases/case_does_not_exist/{what}")) == (404, "not-found")
    strangers = (
        "health_authority/tay-ninh",
        "commune/tay-ninh",
        POLICE,
        "provider/lao-cai-hospital",
        "service/casework",
    )
    for stranger in strangers:
        assert slug(await post(desk, stranger, path, occurred_at="nonsense")) == (403, "not-your-case"), stranger
    assert slug(await post(desk, HEALTH, path)) == (422, "invalid")
    assert await desk.stored() == before


async def test_only_who_the_pack_names_decides(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    medical = f"/v1/requests/{await requested(desk, case_id, 'medical')}/decision"
    loan = f"/v1/requests/{await requested(desk, case_id, 'loan')}/decision"
    assert slug(await post(desk, COMMUNE, loan, outcome="granted")) == (403, "not-your-case")
    assert slug(await post(desk, GUARD, medical, outcome="granted")) == (403, "not-your-case")
    assert slug(await post(desk, "health_authority/tay-ninh", loan, outcome="granted")) == (403, "not-your-case")
    assert slug(await post(desk, HEALTH, f"/v1/requests/{new_id('req')}/decision")) == (404, "not-found")
    assert (await done(desk, COMMUNE, medical, outcome="granted"))["state"] == "granted"


async def test_reading_is_for_parties(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    for path in ("entitlements", "requests"):
        assert slug(await desk.service.get(f"/v1/cases/{case_id}/{path}")) == (401, "unauthenticated")
        assert slug(await desk.service.get(f"/v1/cases/{new_id('case')}/{path}", HEALTH)) == (404, "not-found")
        stranger = await desk.service.get(f"/v1/cases/{case_id}/{path}", "health_authority/tay-ninh")
        assert slug(stranger) == (403, "not-your-case")


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("needs", {"needs": []}),
        ("needs", {"needs": ["gold"]}),
        ("needs", {"needs": ["loan", "loan"]}),
        ("needs", {"needs": ["loan"], "note": " "}),
        ("requests", {"kind": "gold"}),
        ("requests", {"kind": "loan", "occurred_at": "2099-01-01T00:00:00+07:00"}),
        ("requests", {"kind": "loan", "occurred_at": "2026-11-10T09:00:00"}),
        ("requests", {"kind": "loan", "note": "Lộ\u0007"}),
        ("requests", {"kind": "loan", "more": "Lộ"}),
        ("referrals", {"kind": "medical", "provider": "no-such-place"}),
        ("referrals", {"kind": "medical", "provider": "lao-cai-vocational"}),
        ("referrals", {"kind": "medical", "provider": "Lộ"}),
        ("referrals", {"kind": "medical", "provider": "lao-cai-hospital", "needs": ["Lộ"]}),
    ],
)
async def test_bad_input_is_refused_unstored_and_unrepeated(desk: Desk, what: str, body: dict[str, Any]) -> None:
    case_id = await desk.case(**victim())
    before, sealed = await desk.stored(), len(desk.vault.sealed)
    answer = await post(desk, HEALTH, f"/v1/cases/{case_id}/{what}", "bad", **body)
    assert answer.status_code == 422, answer.text
    assert "Lộ" not in answer.text
    assert (await desk.stored(), len(desk.vault.sealed)) == (before, sealed)


async def test_a_refusal_has_a_written_reason(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    decision = f"/v1/requests/{await requested(desk, case_id, 'loan')}/decision"
    assert slug(await post(desk, HEALTH, decision, outcome="refused")) == (422, "reason-missing")
    assert (await done(desk, HEALTH, decision, outcome="declined_by_person"))["state"] == "declined_by_person"
    assert (await stated(desk, case_id))[-1][1] == "SUPPORT_DECLINED_BY_PERSON"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"case_id": "x"},
        {"kind": "medical"},
        {"request_id": 7},
    ],
)
async def test_a_delivery_is_on_something(desk: Desk, body: dict[str, Any]) -> None:
    for path in ("/v1/deliveries", "/v1/endings"):
        assert (await post(desk, HEALTH, path, **body)).status_code in (404, 422)


async def test_a_repeated_request_is_one(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    path, body = f"/v1/cases/{case_id}/requests", {"kind": "medical", "note": "bịa"}
    first = await done(desk, HEALTH, path, "once", **body)
    before, sealed = await desk.stored(), len(desk.vault.sealed)
    assert await done(desk, HEALTH, path, "once", **body) == first
    assert (await desk.stored(), len(desk.vault.sealed)) == (before, sealed)
    reused = await post(desk, HEALTH, path, "once", kind="loan")
    assert slug(reused) == (422, "idempotency-key-reused")


async def test_two_offices_at_once(desk: Desk) -> None:
    case_id = await desk.case(**victim())
    path = f"/v1/cases/{case_id}/requests"
    offices = [HEALTH, COMMUNE] * 3
    answers = await asyncio.gather(*(post(desk, office, path, kind="medical") for office in offices))
    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert {slug(answer) for answer in lost} == {(409, "already-requested")}
    assert all(answer.json()["request_id"] == won["request_id"] for answer in lost)
    decision = f"/v1/requests/{won['request_id']}/decision"
    both = await asyncio.gather(
        post(desk, HEALTH, decision, outcome="granted"),
        post(desk, COMMUNE, decision, outcome="refused", reason="bịa"),
    )
    assert sorted(answer.status_code for answer in both) == [200, 409]
    [second] = [answer for answer in both if answer.status_code == 409]
    assert slug(second) == (409, "already-decided")
    assert second.json()["office"] in (HEALTH, COMMUNE)
    assert len(await desk.events(case_id)) == 2


@pytest.mark.parametrize("fault", [down, lambda request: httpx.Response(500, json={})])
async def test_vault_down_is_503_and_nothing_is_stored(desk: Desk, fault: Any) -> None:
    case_id = await desk.case(**victim())
    before, path = await desk.stored(), f"/v1/cases/{case_id}/requests"
    body = {"kind": "medical", "note": "bịa"}
    desk.vault.fault = fault
    try:
        answer = await post(desk, HEALTH, path, case_id, **body)
    finally:
        desk.vault.fault = lambda request: None
    assert answer.status_code == 503
    assert await desk.stored() == before
    assert (await post(desk, HEALTH, path, case_id, **body)).status_code == 200


async def test_a_dissolved_office_acts_within_its_life_only(desk: Desk) -> None:
    labour = "labour_authority/lao-cai"
    roles = lane("VICTIM_CONFIRMED", HEALTH, *ROLES, "labour_authority")
    case_id = await desk.case(**victim(lanes={"identification": roles}))
    answer = await post(desk, labour, f"/v1/cases/{case_id}/requests", kind="medical")
    assert slug(answer) == (403, "not-your-case")


async def test_while_the_bucket_is_away_the_support_is_read_for_a_minute(desk: Desk) -> None:
    """A referral names the provider, so it says where the person is."""
    case_id = await desk.case(**victim())
    path = f"/v1/cases/{case_id}/requests"
    assert (await desk.service.get(path, HEALTH)).status_code == 200
    desk.service.bucket.down = True
    try:
        desk.clock.advance(timedelta(seconds=59))
        assert (await desk.service.get(path, HEALTH)).status_code == 200
        desk.clock.advance(timedelta(seconds=2))
        assert (await desk.service.get(path, HEALTH)).status_code == 503
    finally:
        desk.service.bucket.down = False
