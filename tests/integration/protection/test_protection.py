"""Protections: who may order what, and what is refused."""

import asyncio
from typing import Any

import pytest

from contracts.ids import new_id
from tests.integration.one_service import Desk, down, lane, slug
from tests.integration.protection.steps import (
    COMMUNE,
    GUARD,
    HEALTH,
    LATER,
    POLICE,
    STEPS,
    act,
    ask,
    asked,
    done,
    states,
)

pytestmark = pytest.mark.stack


async def test_from_request_to_end(desk: Desk) -> None:
    case_id, one = await asked(desk)
    assert (await done(desk, one, "decisions"))["active"] is True
    await done(desk, one, "changes", measures=["secrecy_of_identity", "shelter"])
    await done(desk, one, "placements")
    await done(desk, one, "placements", occurred_at=LATER)  # a move states nothing
    assert (await done(desk, one, "end", occurred_at=LATER))["status"] == "ended"
    assert await states(desk, case_id) == [
        "PROTECTION_REQUESTED",
        "PROTECTION_DECIDED",
        "PROTECTION_ACTIVE",
        "PROTECTION_CHANGED",
        "IN_FACILITY",
        "PROTECTION_ENDED",
    ]
    assert (await ask(desk, case_id, occurred_at=LATER)).status_code == 200


async def test_measures_that_are_still_organised_start_later(desk: Desk) -> None:
    case_id, one = await asked(desk)
    assert (await done(desk, one, "decisions", in_force=False))["status"] == "granted"
    assert (await done(desk, one, "start"))["status"] == "active"
    assert await states(desk, case_id) == ["PROTECTION_REQUESTED", "PROTECTION_DECIDED", "PROTECTION_ACTIVE"]


async def test_urgent_first_paper_after(desk: Desk) -> None:
    case_id, one = await asked(desk, urgent=True)
    assert (await done(desk, one, "start"))["paper_due"] is True
    assert (await done(desk, one, "paper"))["paper_due"] is False
    assert (await done(desk, one, "decisions"))["status"] == "active"
    assert await states(desk, case_id) == ["PROTECTION_REQUESTED", "PROTECTION_ACTIVE", "PROTECTION_PAPER_FILED"]
    assert slug(await act(desk, one, "paper")) == (409, "no-paper-due")


async def test_the_paper_comes_from_who_asked_or_to_who_may_decide(desk: Desk) -> None:
    _, one = await asked(desk, COMMUNE, urgent=True)
    assert slug(await act(desk, one, "paper", HEALTH)) == (403, "not-competent")
    assert (await done(desk, one, "paper", COMMUNE))["paper_due"] is False
    _, other = await asked(desk, COMMUNE, urgent=True)
    assert (await done(desk, other, "paper", POLICE))["paper_due"] is False


async def test_urgently_in_force_and_then_refused_has_ended(desk: Desk) -> None:
    case_id, one = await asked(desk, urgent=True)
    await done(desk, one, "start")
    refused = {"outcome": "refused", "reason": "Lý do bịa."}
    assert (await done(desk, one, "decisions", **refused))["status"] == "ended"
    assert (await states(desk, case_id))[-1] == "PROTECTION_ENDED"


@pytest.mark.parametrize(
    ("before", "what", "changes", "slug_"),
    [
        ([], "start", {}, "not-decided"),
        ([], "changes", {}, "not-in-force"),
        ([], "placements", {}, "not-in-force"),
        ([], "paper", {}, "no-paper-due"),
        ([], "decisions", {"occurred_at": "2026-11-09T09:00:00+07:00"}, "out-of-order"),
        (["decisions"], "decisions", {}, "already-decided"),
        (["decisions"], "start", {}, "already-in-force"),
        (["decisions", "end"], "end", {}, "not-in-force"),
        (["decisions", "end"], "start", {}, "not-in-force"),
        (["decisions", "end"], "placements", {}, "not-in-force"),
        (["end"], "decisions", {}, "already-decided"),
    ],
)
async def test_wrong_order_is_refused_and_stores_nothing(
    desk: Desk, before: list[str], what: str, changes: dict[str, Any], slug_: str
) -> None:
    _, one = await asked(desk)
    for step in before:
        await done(desk, one, step)
    stored, sealed = await desk.stored(), len(desk.vault.sealed)
    assert slug(await act(desk, one, what, key=f"again-{one}", **changes)) == (409, slug_)
    assert (await desk.stored(), len(desk.vault.sealed)) == (stored, sealed)


async def test_shelter_only_where_it_is_ordered(desk: Desk) -> None:
    _, one = await asked(desk, measures=["guard"])
    await done(desk, one, "decisions")
    assert slug(await act(desk, one, "placements")) == (409, "shelter-not-ordered")


async def test_the_matrix_of_who_may_order_what(desk: Desk) -> None:
    held = {"identification": lane("AT_COMMUNE", COMMUNE, "commune", "health_authority", "provincial_police")}
    _, one = await asked(desk, case={"lanes": held})
    assert slug(await act(desk, one, "decisions", COMMUNE)) == (403, "not-competent")
    # where it acts, but the person was never with it
    assert slug(await act(desk, one, "decisions", HEALTH, measures=["shelter"])) == (403, "not-competent")
    assert (await act(desk, one, "decisions", COMMUNE, measures=["shelter"])).status_code == 200
    assert slug(await act(desk, one, "changes", COMMUNE, measures=["guard"])) == (403, "not-competent")


async def test_wrong_office_foreign_case_unknown_case(desk: Desk) -> None:
    case_id, one = await asked(desk)
    before = await desk.stored()
    assert slug(await ask(desk, case_id, None)) == (401, "unauthenticated")
    assert slug(await ask(desk, new_id("case"))) == (404, "not-found")
    for stranger in ("provincial_police/tay-ninh", "steering_committee/lao-cai", "provider/lao-cai-hospital"):
        assert slug(await ask(desk, case_id, stranger, risks="nonsense")) == (403, "not-your-case")
    for what in STEPS:
        assert slug(await act(desk, one, what, None)) == (401, "unauthenticated")
        assert slug(await act(desk, new_id("prot"), what)) == (404, "not-found")
        assert slug(await act(desk, "no_protection", what)) == (404, "not-found")
        assert slug(await act(desk, one, what, "provincial_police/tay-ninh", occurred_at=1)) == (403, "not-your-case")
    assert await desk.stored() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"risks": []},
        {"risks": ["no_such_risk"]},
        {"risks": ["life", "life"]},
        {"measures": ["no_such_measure"]},
        {"measures": []},
        {"urgent": "yes"},
        {"occurred_at": "2026-11-20T10:06:00+07:00"},
        {"name": "Lộ"},
    ],
)
async def test_bad_requests_are_422(desk: Desk, changes: dict[str, Any]) -> None:
    case_id = await desk.case()
    before = await desk.stored()
    answer = await ask(desk, case_id, key=case_id, **changes)
    assert answer.status_code == 422, answer.text
    assert "Lộ" not in answer.text
    assert await desk.stored() == before


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("decisions", {"outcome": "refused"}),
        ("decisions", {"outcome": "refused", "reason": "Bịa.", "measures": ["guard"]}),
        ("decisions", {"measures": ["relocation"]}),
        ("decisions", {"measures": ["no_such_measure"]}),
        ("decisions", {"outcome": "perhaps"}),
        ("changes", {"measures": ["relocation"]}),
        ("end", {"reason": ""}),
        ("placements", {"facility": "commune/lao-cai"}),
        ("placements", {"facility": "facility/atlantis"}),
        ("placements", {"address": " "}),
    ],
)
async def test_bad_steps_are_422(desk: Desk, what: str, changes: dict[str, Any]) -> None:
    _, one = await asked(desk)
    before = await desk.stored()
    assert slug(await act(desk, one, what, key=one, **changes)) == (422, "invalid")
    assert await desk.stored() == before


@pytest.mark.parametrize("said", [{}, {"free_of_pressure": False}])
async def test_a_refusal_that_may_be_forced_leaves_the_protection_open(desk: Desk, said: dict[str, Any]) -> None:
    case_id, one = await asked(desk)
    before, told = await desk.stored(), await desk.events(case_id)
    answer = await act(desk, one, "decisions", key=f"{one}-{len(said)}", outcome="refused_by_person", **said)
    assert slug(answer) == (422, "pressure-not-answered")
    problem = answer.json()
    assert problem["errors"][0]["loc"] == "free_of_pressure"
    assert "đe dọa" in problem["detail"]
    assert (await desk.stored(), await desk.events(case_id)) == (before, told)
    assert (await done(desk, one, "decisions", measures=["guard"]))["active"] is True


async def test_the_person_refuses_free_of_pressure(desk: Desk) -> None:
    case_id, one = await asked(desk)
    await done(desk, one, "decisions", outcome="refused_by_person", free_of_pressure=True)
    stated = (await desk.events(case_id))[-1]
    assert (stated["state"], stated["attributes"]) == ("PROTECTION_REFUSED_BY_PERSON", {"free_of_pressure": True})


async def test_consent_on_record_allows_relocation(desk: Desk) -> None:
    _, one = await asked(desk)
    assert (await done(desk, one, "decisions", measures=["relocation"], consent=True))["active"] is True


async def test_a_repeated_request_acts_once(desk: Desk) -> None:
    case_id = await desk.case()
    first, again = [await ask(desk, case_id, key=case_id) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await desk.events(case_id)) == 1
    assert slug(await ask(desk, case_id, key=case_id, urgent=True)) == (422, "idempotency-key-reused")


async def test_vault_down_is_503_and_nothing_is_stored(desk: Desk) -> None:
    case_id, one = await asked(desk)
    await done(desk, one, "decisions")
    fresh = await desk.case()
    before = await desk.stored()
    desk.vault.fault = down
    try:
        answers = [await ask(desk, fresh, key=fresh, reason="Bịa."), await act(desk, one, "placements", key=case_id)]
    finally:
        desk.vault.fault = lambda request: None
    assert [answer.status_code for answer in answers] == [503, 503]
    assert await desk.stored() == before
    assert (await ask(desk, fresh, key=fresh, reason="Bịa.")).status_code == 200
    assert (await act(desk, one, "placements", key=case_id)).status_code == 200


async def test_two_offices_at_once_one_wins(desk: Desk) -> None:
    case_id = await desk.case()
    answers = await asyncio.gather(*(ask(desk, case_id, office) for office in (POLICE, HEALTH, GUARD)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    [won] = [answer.json()["protection_id"] for answer in answers if answer.status_code == 200]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert slug(lost) == (409, "already-requested")
    assert lost.json()["last"]["kind"] == "request"
    answers = await asyncio.gather(
        act(desk, won, "decisions", POLICE), act(desk, won, "decisions", GUARD, outcome="refused", reason="Bịa.")
    )
    lost = next(answer for answer in answers if answer.status_code != 200)
    assert (slug(lost), lost.json()["last"]["kind"]) == ((409, "already-decided"), "decision")
    assert len(await desk.events(case_id)) in (2, 3)


async def test_what_was_asked_in_the_case_itself_counts(desk: Desk) -> None:
    case_id = await desk.case(lanes={"protection": lane("PROTECTION_REQUESTED", POLICE, "provincial_police")})
    assert slug(await ask(desk, case_id)) == (409, "already-requested")
    case_id = await desk.case(status="closed")
    assert slug(await ask(desk, case_id)) == (409, "case-closed")


async def test_the_runtime_role_cannot_change_an_act(desk: Desk) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await desk.service.sql("UPDATE protection.acts SET office = 'x/y'", runtime=True)
