"""Steps of a file and events about its case, for tests of verification."""

from typing import Any

import httpx

from contracts.ids import new_id
from tests.integration.one_service import Desk, lane, standing

HEALTH, POLICE, COMMUNE = "health_authority/lao-cai", "provincial_police/lao-cai", "commune/lao-cai"
GUARD, WARD = "border_guard/lao-cai", "commune_police/lao-cai"
ROLES = ("commune", "health_authority", "provincial_police")
CHECK = {"holds_paper": False, "summary": "Tóm tắt bịa để thử.", "occurred_at": "2026-11-10T09:00:00+07:00"}
REQUEST = {"reason": "Lý do bịa.", "occurred_at": "2026-11-10T10:00:00+07:00"}
EXTEND = {"occurred_at": "2026-11-11T10:00:00+07:00"}
EVIDENCE = {"source": "b", "summary": "Biên bản bịa.", "occurred_at": "2026-11-12T10:00:00+07:00"}
CONFIRM = {
    "outcome": "confirmed",
    "basis": "evidence",
    "grounds": ["forced_marriage"],
    "occurred_at": "2026-11-15T09:00:00+07:00",
}
CANCEL = {"paper_id": new_id("paper"), "reason": "Lý do bịa.", "occurred_at": "2026-11-17T09:00:00+07:00"}
STEPS = {
    "paper-cancellations": CANCEL,
    "initial-check": CHECK,
    "verification-requests": REQUEST,
    "verification-extensions": EXTEND,
    "evidence": EVIDENCE,
    "decisions": CONFIRM,
}


async def act(desk: Desk, case_id: str, what: str, office: str | None, key: str = "", **changes: Any) -> httpx.Response:
    """One step as an office."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.service.post(f"/v1/cases/{case_id}/{what}", office, STEPS[what] | changes, **headers)


async def done(desk: Desk, case_id: str, what: str, office: str, **changes: Any) -> dict[str, Any]:
    """The answer to a step that must be accepted."""
    answer = await act(desk, case_id, what, office, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def requested(desk: Desk, **given: Any) -> str:
    """A case whose verification is asked for."""
    case_id = await desk.case(**given)
    await done(desk, case_id, "initial-check", HEALTH)
    await done(desk, case_id, "verification-requests", HEALTH)
    return case_id


async def publish(desk: Desk, case_id: str, version: int, state: str) -> None:
    """Casework publishes the case with this state of the identification lane, and the service receives it."""
    lanes = {"identification": lane(state, POLICE, *ROLES)}
    await desk.publish(case_id, version, standing(lanes=lanes))
