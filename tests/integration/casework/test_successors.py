"""A case of May 2025, entered today: the district labour authority is dissolved, its successor acts in its place."""

import pytest

from tests.integration.casework.in_process import COMMUNE, HEALTH, CaseworkInProcess

pytestmark = pytest.mark.stack

LABOUR, ELSEWHERE = "labour_authority/lao-cai", "health_authority/lang-son"
ID = "identification"


async def held(cases: CaseworkInProcess) -> str:
    """A case whose identification lane the labour authority held when it was dissolved."""
    case_id = await cases.opened("2025-05-12T09:00:00+07:00", office=COMMUNE)
    await cases.stated(case_id, (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2025-05-12T10:00:00+07:00"))
    assert (await cases.case(case_id, HEALTH))["lanes"][ID]["holder"] == LABOUR
    return case_id


async def test_the_successor_acknowledges_before_its_first_own_step(cases: CaseworkInProcess) -> None:
    case_id = await held(cases)
    path = f"/v1/cases/{case_id}/acknowledgements"
    assert (await cases.post(path, LABOUR, lane=ID)).status_code == 403
    assert (await cases.post(path, HEALTH, lane=ID)).status_code == 200
    lane = (await cases.case(case_id, HEALTH))["lanes"][ID]
    assert (lane["holder"], lane["acknowledged"]) == (HEALTH, True)


async def test_the_successor_hands_over(cases: CaseworkInProcess) -> None:
    case_id = await held(cases)
    body = {"lane": ID, "to": ELSEWHERE, "reason": "returns_home", "occurred_at": "2026-11-19T09:00:00+07:00"}
    refused = await cases.post(f"/v1/cases/{case_id}/handovers", LABOUR, **body)
    assert refused.status_code == 403
    proposed = await cases.post(f"/v1/cases/{case_id}/handovers", HEALTH, **body)
    assert proposed.status_code == 200, proposed.text
    [shown] = (await cases.case(case_id, HEALTH))["handovers"]
    assert (shown["from"], shown["state"]) == (HEALTH, "proposed")


async def test_the_dissolved_office_still_states_what_it_did_and_nothing_later(cases: CaseworkInProcess) -> None:
    case_id = await held(cases)
    received = await cases.fact(case_id, LABOUR, "SUPPORT_AGENCY_RECEIVED", "2025-05-12T11:00:00+07:00")
    assert received.status_code == 200, received.text
    checked = "INITIAL_CHECK_DONE"
    assert (await cases.fact(case_id, LABOUR, checked, "2025-07-01T00:00:00+07:00")).status_code == 403
    assert (await cases.fact(case_id, HEALTH, checked, "2025-07-01T00:00:00+07:00")).status_code == 200


async def test_the_successor_pauses_and_resumes_what_runs(pausable: CaseworkInProcess) -> None:
    cases = pausable
    case_id = await held(cases)
    # a request of a month ago, entered by the dissolved office's successor
    asked = await cases.fact(case_id, HEALTH, "DATA_REQUEST_RECEIVED", "2026-11-20T08:00:00+07:00")
    assert asked.status_code == 200, asked.text
    body = {"rule": "C-DAT-03b", "basis": "force_majeure", "occurred_at": "2026-11-20T09:00:00+07:00"}
    assert (await cases.post(f"/v1/cases/{case_id}/clocks/pause", LABOUR, **body)).status_code == 403
    for what, more in (("pause", {"decision": "15/QĐ-SYT"}), ("resume", {})):
        done = await cases.post(f"/v1/cases/{case_id}/clocks/{what}", HEALTH, **body, **more)
        assert done.status_code == 200, done.text
