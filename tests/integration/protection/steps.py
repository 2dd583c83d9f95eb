"""The offices and steps of the tests of protection."""

from typing import Any

import httpx

from tests.integration.one_service import Desk

HEALTH, POLICE, COMMUNE = "health_authority/lao-cai", "provincial_police/lao-cai", "commune/lao-cai"
GUARD, FACILITY = "border_guard/lao-cai", "facility/lao-cai"
REQUEST = {
    "risks": ["life", "retaliation"],
    "measures": ["guard", "shelter"],
    "urgent": False,
    "occurred_at": "2026-11-10T09:00:00+07:00",
}
AT = "2026-11-11T09:00:00+07:00"
LATER = "2026-11-12T09:00:00+07:00"
STEPS: dict[str, dict[str, Any]] = {
    "paper": {"occurred_at": AT},
    "start": {"occurred_at": AT},
    "decisions": {"outcome": "granted", "occurred_at": AT},
    "changes": {"measures": ["shelter"], "occurred_at": AT},
    "end": {"reason": "Lý do bịa.", "occurred_at": AT},
    "placements": {"facility": FACILITY, "address": "Địa chỉ bịa.", "occurred_at": AT},
}


async def ask(desk: Desk, case_id: str, office: str | None = POLICE, key: str = "", **changes: Any) -> httpx.Response:
    """A request for protection."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.service.post(f"/v1/cases/{case_id}/protections", office, REQUEST | changes, **headers)


async def act(
    desk: Desk, one: str, what: str, office: str | None = POLICE, key: str = "", **changes: Any
) -> httpx.Response:
    """One step of a protection."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.service.post(f"/v1/protections/{one}/{what}", office, STEPS[what] | changes, **headers)


async def asked(
    desk: Desk, office: str = POLICE, case: dict[str, Any] | None = None, **changes: Any
) -> tuple[str, str]:
    """(case, protection) of a request that must be accepted."""
    case_id = await desk.case(**(case or {}))
    answer = await ask(desk, case_id, office, **changes)
    assert answer.status_code == 200, answer.text
    return case_id, answer.json()["protection_id"]


async def done(desk: Desk, one: str, what: str, office: str = POLICE, **changes: Any) -> dict[str, Any]:
    """The answer to a step that must be accepted."""
    answer = await act(desk, one, what, office, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def states(desk: Desk, case_id: str) -> list[str]:
    """States that were stated about a case."""
    return [event["state"] for event in await desk.events(case_id)]
