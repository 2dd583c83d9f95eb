"""A deputy does the step of an officer on leave, through all services, each person signed in as itself."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from client.tokens import Issuer
from contracts.ids import new_id
from stack.issuer.signer import person
from stack.trial import Trial
from tests.load.house import until

pytestmark = pytest.mark.stack

COMMUNE = "34-02671"
OFFICE = f"commune/{COMMUNE}"
"""No other test of this stack uses it, so nobody of theirs is shut out by its list."""
LAN, MINH, HOA = "1", "2", "3"
"""Numbers of persons at the development issuer: an officer, the deputy, the head."""
LANE = "identification"
AT = "2026-11-16T{:02d}:00:00+07:00"
REPORT: dict[str, Any] = {
    "channel": "in_person",
    "route": "self_report",
    "occurred_at": AT.format(8),
    "place": {"province": "lao-cai", "commune": COMMUNE},
    "persons": [{"ref": "A", "full_name": "Lò Thị Bịa", "sex": "female", "birth_year": 2001, "nationality": "VN"}],
    "narrative": "Nội dung bịa ra để thử.",
    "indicators": [],
    "immediate_needs": [],
    "reporter": {"anonymous": True},
    "safe_contact": {"channels": ["in_person"]},
}


@pytest.fixture
def asked(stack: Trial) -> Callable[..., Any]:
    """The answer to a request of one person of the office."""

    def ask(actor: str, method: str, service: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {Issuer(stack.stack.issuer_url, actor=actor).office(OFFICE)}"}
        if method == "POST":
            headers["Idempotency-Key"] = new_id("key")
        with httpx.Client(trust_env=False, timeout=15) as http:
            answer = http.request(method, stack.url(service) + path, json=body or None, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    return ask


async def test_the_deputy_sees_and_does_the_work_of_who_is_on_leave(stack: Trial, asked: Callable[..., Any]) -> None:
    subjects = {one: person(OFFICE, one)["sub"] for one in (LAN, MINH, HOA)}
    members = [
        {"subject": subjects[one], "name": "Trần Ví Dụ", "position": "head" if one == HOA else "officer"}
        for one in subjects
    ]
    with stack.client("admin/ha-noi", "casework") as client:
        client.post(f"/v1/offices/{OFFICE}/members", json={"members": members}).raise_for_status()
    case_id = asked(LAN, "POST", "intake", "/v1/reports", **REPORT)["cases"]["A"]

    def seen(actor: str, whose: str = "mine") -> dict[str, Any]:
        items = asked(actor, "GET", "casework", f"/v1/work?limit=200&whose={whose}")["items"]
        return {one["lane"]: one["assignee"] for one in items if one["case_id"] == case_id}

    async def in_queue() -> bool:
        return LANE in seen(HOA, "team")

    await until(in_queue, 15, "the case is in the queue")
    line = {"case_id": case_id, "lane": LANE, "expected": None}
    given = asked(HOA, "POST", "casework", "/v1/queue/give", to=subjects[LAN], lines=[line])
    assert given["items"][0]["outcome"] == "given"
    assert seen(LAN) == {LANE: subjects[LAN]}
    today = asked(HOA, "GET", "casework", f"/v1/offices/{OFFICE}/members")["members"][0]["valid_from"]
    leave = {"subject": subjects[LAN], "valid_from": today, "valid_to": None, "deputy": subjects[MINH]}
    asked(HOA, "POST", "casework", f"/v1/offices/{OFFICE}/absences", **leave)
    assert seen(MINH) == {LANE: subjects[LAN]}
    step = {"lane": LANE, "state": "SUPPORT_AGENCY_NOTIFIED", "occurred_at": AT.format(9)}
    asked(MINH, "POST", "casework", f"/v1/cases/{case_id}/facts", **step)
    assert asked(MINH, "GET", "casework", f"/v1/cases/{case_id}")["lanes"][LANE]["state"] == step["state"]
    assert LANE not in seen(MINH, "team"), "the step was the work of the lane"
