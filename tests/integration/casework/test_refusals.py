"""Refusals come in one order, name a slug, and leave nothing behind; a repeated request acts once."""

import asyncio
import json
from typing import Any

import pytest

from contracts.ids import new_id
from tests.integration.casework.in_process import COMMUNE, GUARD, HEALTH, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE

pytestmark = pytest.mark.stack

STEP = {"lane": "identification", "state": "AT_COMMUNE", "occurred_at": "2026-11-16T10:00:00+07:00"}


def slug(answer: Any) -> tuple[int, str]:
    """Status and slug of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("office", "change", "refusal"),
    [
        (None, {}, (401, "unauthenticated")),
        ("health_authority/thai-nguyen", {}, (403, "not-your-case")),
        ("health_authority/thai-nguyen", {"state": 7}, (403, "not-your-case")),
        ("service/intake", {}, (403, "not-your-case")),
        (COMMUNE, {"state": "VICTIM_CONFIRMED"}, (403, "not-your-case")),
        (COMMUNE, {"state": "VICTIM_CONFIRMED", "occurred_at": "2099-01-01T00:00:00+07:00"}, (403, "not-your-case")),
        (COMMUNE, {"occurred_at": "2099-01-01T00:00:00+07:00"}, (422, "in-the-future")),
        (COMMUNE, {"occurred_at": "2026-11-16"}, (422, "invalid")),
        (COMMUNE, {"occurred_at": "1975-01-01T00:00:00+07:00"}, (422, "invalid")),
        (COMMUNE, {"state": "NO_SUCH_STATE"}, (422, "unknown-state")),
        (COMMUNE, {"lane": "no-such-lane"}, (422, "unknown-state")),
        (COMMUNE, {"state": "có dấu"}, (422, "invalid")),
        (COMMUNE, {"surprise": 1}, (422, "invalid")),
        (COMMUNE, {"attributes": {"note": "NguyenThiThu"}}, (422, "unknown-code")),
        (COMMUNE, {"attributes": {"holds_paper": "0912345678"}}, (422, "unknown-code")),
        (COMMUNE, {"attributes": {"holds_paper": 912345678}}, (422, "unknown-code")),
        (COMMUNE, {"attributes": {"NguyenThiThu": True}}, (422, "unknown-code")),
        (COMMUNE, {"attributes": {"VICTIM_CONFIRMED": True}}, (422, "unknown-code")),
        (GUARD, {"state": "PERSON_PRESENT"}, (409, "already-there")),
        (COMMUNE, {"occurred_at": "2026-11-15T10:00:00+07:00"}, (409, "out-of-order")),
    ],
)
async def test_a_wrong_step_is_refused_and_nothing_stored(
    cases: CaseworkInProcess, office: str | None, change: dict[str, object], refusal: tuple[int, str]
) -> None:
    case_id = await cases.opened()
    before = await cases.rows(case_id)
    answer = await cases.post(f"/v1/cases/{case_id}/facts", office, **{**STEP, **change}, key=new_id("key"))
    assert slug(answer) == refusal
    assert await cases.rows(case_id) == before


async def test_an_unknown_case_is_404_for_everyone_and_before_the_right(cases: CaseworkInProcess) -> None:
    for case_id in (new_id("case"), "case_does_not_exist"):
        assert slug(await cases.post(f"/v1/cases/{case_id}/facts", COMMUNE, state=1))[0] == 404
        for path in ("", "/timeline", "/clocks/explanation?rule=B-SELF-01"):
            assert slug(await cases.http.get(f"/v1/cases/{case_id}{path}", COMMUNE))[0] == 404


async def test_a_foreign_case_is_403_with_a_constant_body(cases: CaseworkInProcess) -> None:
    one, other = await cases.opened(), await cases.opened(territory="tay-ninh", office="commune/tay-ninh")
    bodies: list[dict[str, object]] = []
    for case_id in (one, other):
        answer = await cases.http.get(f"/v1/cases/{case_id}", "commune/quang-ngai")
        assert answer.status_code == 403
        bodies.append({name: value for name, value in answer.json().items() if name not in ("trace_id", "instance")})
    assert bodies[0] == bodies[1]


async def test_the_same_request_again_gets_the_same_answer_and_acts_once(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    key = new_id("key")
    path = f"/v1/cases/{case_id}/facts"
    answers = await asyncio.gather(*(cases.post(path, COMMUNE, **STEP, key=key) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["fact_id"] for answer in answers}) == 1
    assert (await cases.rows(case_id))["facts"] == 1
    changed = {**STEP, "occurred_at": "2026-11-16T10:30:00+07:00"}
    assert slug(await cases.post(path, COMMUNE, **changed, key=key)) == (422, "idempotency-key-reused")


async def test_two_different_steps_at_once_both_count(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE)
    answers = await asyncio.gather(
        cases.fact(case_id, COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T11:00:00+07:00"),
        cases.fact(case_id, GUARD, "CRIME_INFO_CLASSIFIED", "2026-11-16T12:00:00+07:00", lane="crime"),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    shown = await cases.case(case_id, HEALTH)
    assert shown["lanes"]["identification"]["state"] == "SUPPORT_AGENCY_NOTIFIED"
    assert shown["lanes"]["crime"]["state"] == "CRIME_INFO_CLASSIFIED"
    assert await cases.shown(case_id) == [1, 2, 3, 4]


async def test_a_note_is_sealed_first_and_without_the_vault_nothing_is_stored(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    before = await cases.rows(case_id)
    cases.vault.down = True
    answer = await cases.fact(case_id, *AT_COMMUNE, note="Chị Thử Thị Mẫu đến cùng em.")
    assert slug(answer) == (503, "unavailable")
    assert "retry-after" in answer.headers
    assert await cases.rows(case_id) == before
    cases.vault.down = False
    assert (await cases.fact(case_id, *AT_COMMUNE, note="Chị Thử Thị Mẫu đến cùng em.")).status_code == 200
    assert cases.vault.sealed == ["Chị Thử Thị Mẫu đến cùng em."]
    for table in ("facts", "journal", "outbox", "idempotency", "cases"):
        rows = await cases.http.sql(f"SELECT to_jsonb(t)::text AS row FROM casework.{table} t")
        assert "Mẫu" not in "".join(row["row"] for row in rows)


async def test_a_note_under_an_escaped_key_is_sealed_too(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    body = json.dumps({**STEP, "note": "Lời bịa để thử."}).replace('"note"', '"\\u006eote"').encode()
    headers = {"Authorization": f"Bearer {cases.http.token(office=COMMUNE)}", "Content-Type": "application/json"}
    answer = await cases.http.client.post(f"/v1/cases/{case_id}/facts", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert cases.vault.sealed == ["Lời bịa để thử."]


async def test_a_foreign_office_seals_nothing(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    assert (await cases.fact(case_id, "commune/tay-ninh", *AT_COMMUNE[1:], note="Xin chào.")).status_code == 403
    assert cases.vault.sealed == []


async def test_what_was_stated_cannot_be_changed_by_the_running_service(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE)
    for table in ("facts", "corrections", "journal"):
        for statement in (f"UPDATE casework.{table} SET office = 'x'", f"DELETE FROM casework.{table}"):
            with pytest.raises(Exception, match="permission denied"):
                await cases.http.sql(statement, runtime=True)
