"""What the tests of second signatures share: cases, and how their steps are stated and answered."""

from typing import Any

from tests.integration.casework.in_process import COMMUNE, HEALTH, POLICE, CaseworkInProcess

AUTHORITY, ELSEWHERE = "steering_committee/lao-cai", "steering_committee/thai-nguyen"
NATIONAL = "steering_committee/ha-noi"
SECOND = f"{AUTHORITY}#second"
DAY = "2026-11-20T0{}:00:00+07:00"
CLOSING = {"outcome": "withdrawn", "occurred_at": "2026-11-20T09:45:00+07:00"}


async def running(cases: CaseworkInProcess) -> str:
    """A case of this morning that the health authority holds."""
    case_id = await cases.opened(DAY.format(6))
    steps = ((COMMUNE, "AT_COMMUNE"), (COMMUNE, "SUPPORT_AGENCY_NOTIFIED"), (HEALTH, "SUPPORT_AGENCY_RECEIVED"))
    await cases.stated(case_id, *((who, state, DAY.format(hour)) for hour, (who, state) in enumerate(steps, 7)))
    return case_id


async def closing(cases: CaseworkInProcess, case_id: str, office: str = HEALTH, **more: Any) -> str:
    """The id of the signing of a closing that ends duties."""
    answer = await cases.post(f"/v1/cases/{case_id}/close", office, **{**CLOSING, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["signing_id"]


async def answered(cases: CaseworkInProcess, signing_id: str, verb: str, by: str, **body: Any) -> Any:
    return await cases.post(f"/v1/signings/{signing_id}/{verb}", by, **body)


async def kinds(cases: CaseworkInProcess, case_id: str, office: str = HEALTH) -> list[str]:
    """The lines of the timeline that are about second signatures."""
    lines = await cases.timeline(case_id, office)
    return [line["kind"] for line in lines if line["kind"].startswith("sign_")]


async def told(cases: CaseworkInProcess, case_id: str) -> list[tuple[str, str]]:
    """(kind, office) of the notices about second signatures."""
    return [(one["kind"], one["office"]) for one in await cases.raised(case_id) if one["kind"].startswith("sign")]


async def confirmed(cases: CaseworkInProcess) -> tuple[str, str]:
    """(case, the fact) of a person whom the police has identified."""
    case_id = await running(cases)
    steps = ((HEALTH, "INITIAL_CHECK_DONE"), (HEALTH, "POLICE_VERIFICATION"), (POLICE, "VICTIM_CONFIRMED"))
    facts = await cases.stated(
        case_id, *((who, state, f"2026-11-20T09:0{n}:00+07:00") for n, (who, state) in enumerate(steps))
    )
    return case_id, facts[-1]
