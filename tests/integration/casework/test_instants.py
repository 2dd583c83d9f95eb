"""An instant at the end of what can be counted is refused as any wrong field is; nothing is stored, nothing fails."""

from typing import Any

import pytest

from tests.integration.casework.in_process import HEALTH, CaseworkInProcess
from tests.integration.casework.test_clocks_and_closing import running

pytestmark = pytest.mark.stack

BEYOND = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
OTHER = {"lane": "identification", "to": "health_authority/thai-nguyen", "reason": "safety"}
STEPS: dict[str, dict[str, Any]] = {
    "facts": {"lane": "identification", "state": "INITIAL_CHECK_DONE"},
    "handovers": OTHER,
    "transfers": {"lanes": ["identification"], "to": OTHER["to"], "reason": "safety"},
    "clocks/pause": {"rule": "B-SELF-04", "basis": "force_majeure"},
    "clocks/resume": {"rule": "B-SELF-04", "basis": "force_majeure"},
    "close": {"outcome": "withdrawn"},
    "reopen": {},
}


@pytest.mark.parametrize("instant", BEYOND)
async def test_no_operation_fails_at_the_ends_of_time(cases: CaseworkInProcess, instant: str) -> None:
    case_id = await running(cases)
    before = await cases.rows(case_id)
    answers = {
        path: (await cases.post(f"/v1/cases/{case_id}/{path}", HEALTH, **body, occurred_at=instant)).status_code
        for path, body in STEPS.items()
    }
    assert answers == dict.fromkeys(STEPS, 422)
    lines = [one for one in await cases.timeline(case_id, HEALTH) if one["kind"] == "fact"]
    [fact] = [one["ref"] for one in lines if one["state"] == "SUPPORT_AGENCY_RECEIVED"]
    corrected = await cases.post(f"/v1/facts/{fact}/correction", HEALTH, occurred_at=instant, reason="Nhập nhầm.")
    assert corrected.status_code == 422
    assert await cases.rows(case_id) == before
