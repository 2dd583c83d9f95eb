"""Where a person is sheltered, and by whom protected, shows to who protects; to other parties only that it is so."""

import json
from typing import Any

import pytest

from tests.integration.casework.in_process import COMMUNE, GUARD, HEALTH, POLICE, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE

pytestmark = pytest.mark.stack

FACILITY = "facility/lao-cai"
TODAY = "2026-11-17T{:02}:00:00+07:00"
STEPS = (
    (COMMUNE, "PROTECTION_REQUESTED", 8, "protection"),
    (POLICE, "PROTECTION_ACTIVE", 9, "protection"),
    (POLICE, "IN_FACILITY", 10, "shelter"),
)
PLACES = ("IN_FACILITY", "FACILITY_LEFT", "facility/", "C-SOC", '"shelter"')


async def sheltered(cases: CaseworkInProcess) -> str:
    """A case reported by a border post, with protection and shelter by the police."""
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE)
    for office, state, hour, lane in STEPS:
        answer = await cases.fact(case_id, office, state, TODAY.format(hour), lane=lane)
        assert answer.status_code == 200, answer.text
    return case_id


async def explained(cases: CaseworkInProcess, case_id: str, office: str, clock: dict[str, Any]) -> int:
    """Status of the answer to `explain_clock`."""
    path = f"/v1/cases/{case_id}/clocks/explanation?clock_id={clock['clock_id']}"
    return (await cases.http.get(path, office)).status_code


@pytest.mark.parametrize("office", [POLICE, HEALTH, FACILITY])
async def test_who_protects_or_is_competent_sees_the_shelter(cases: CaseworkInProcess, office: str) -> None:
    case_id = await sheltered(cases)
    shown = await cases.case(case_id, office)
    assert shown["lanes"]["shelter"]["holder"] == FACILITY
    assert await explained(cases, case_id, office, shown["clocks"]["C-SOC-03"]) == 200
    assert any(line["lane"] == "shelter" for line in await cases.timeline(case_id, office))
    assert "protection:active" in shown["flags"]


async def test_the_reporter_sees_only_that_it_is_active(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    shown, told = await cases.case(case_id, GUARD), await cases.case(case_id, FACILITY)
    assert set(shown["lanes"]) == {"identification", "crime"}
    assert "protection:active" in shown["flags"]
    everything = json.dumps([shown, await cases.timeline(case_id, GUARD)])
    assert [word for word in (*PLACES, "PROTECTION_", '"protection"') if word in everything] == []
    assert await explained(cases, case_id, GUARD, told["clocks"]["C-SOC-03"]) == 422
    assert not [line for line in await cases.work(GUARD) if line["lane"] in ("protection", "shelter")]


async def test_who_asked_for_protection_sees_it_and_not_the_shelter(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    shown = await cases.case(case_id, COMMUNE)
    assert shown["lanes"]["protection"]["state"] == "PROTECTION_ACTIVE"
    everything = json.dumps([shown, await cases.timeline(case_id, COMMUNE)])
    assert [word for word in PLACES if word in everything] == []


async def test_who_shelters_sees_its_shelter_and_not_the_protection(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    assert "protection" not in (await cases.case(case_id, FACILITY))["lanes"]


async def test_a_handover_and_a_withdrawn_placement_show_no_place(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    proposal = {"lane": "shelter", "to": "facility/thai-nguyen", "reason": "safety", "occurred_at": TODAY.format(11)}
    assert (await cases.post(f"/v1/cases/{case_id}/handovers", FACILITY, **proposal)).status_code == 200
    assert (await cases.case(case_id, FACILITY))["handovers"] != []
    [placed] = [
        one for one in await cases.timeline(case_id, POLICE) if one["state"] == "IN_FACILITY" and one["kind"] == "fact"
    ]
    withdrawn = await cases.post(f"/v1/facts/{placed['ref']}/correction", POLICE, withdraw=True, reason="Nhầm.")
    assert withdrawn.status_code == 200, withdrawn.text
    shown = await cases.case(case_id, GUARD)
    assert shown["handovers"] == []
    everything = json.dumps([shown, await cases.timeline(case_id, GUARD)])
    assert [word for word in PLACES if word in everything] == []
    assert any(line["kind"] == "lane_gone" for line in await cases.timeline(case_id, POLICE))


async def test_without_protection_in_force_there_is_no_flag(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    assert (await cases.fact(case_id, COMMUNE, *STEPS[0][1:2], TODAY.format(8), lane="protection")).status_code == 200
    assert "protection:active" not in (await cases.case(case_id, GUARD))["flags"]
