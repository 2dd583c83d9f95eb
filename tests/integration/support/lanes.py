"""Steps of support lanes for these tests; everything in them is invented."""

from typing import Any

import httpx

from tests.integration.one_service import Desk, lane

TABLES = ("lanes", "needs", "requests", "referrals", "deliveries")
HEALTH, COMMUNE, GUARD = "health_authority/lao-cai", "commune/lao-cai", "border_guard/lao-cai"
POLICE, PROVIDER, FACILITY, LEGAL = (
    "provincial_police/lao-cai",
    "provider/lao-cai-hospital",
    "facility/lao-cai",
    "legal_aid/lao-cai",
)
FUND = "provider/lao-cai-women"
HOSPITAL, SCHOOL, HOUSE, CENTRE = "lao-cai-hospital", "lao-cai-vocational", "lao-cai-facility", "lao-cai-legal-aid"
ROLES = ("commune", "facility", "health_authority", "legal_aid", "provincial_police")
DAY = "2026-11-{:02d}T09:00:00+07:00"


def at(day: int) -> str:
    """Nine o'clock of a day of November 2026."""
    return DAY.format(day)


def victim(**given: Any) -> dict[str, Any]:
    """Members of a standing in which all support may be asked for."""
    identification = lane("VICTIM_CONFIRMED", HEALTH, *ROLES)
    usual = {"status": "victim", "regime_support": "law-53-2024", "age_band": "adult"}
    return {**usual, "lanes": {"identification": identification}, **given}


def published(kind: str, state: str, **given: Any) -> dict[str, Any]:
    """The same, when casework has published a support lane."""
    usual = victim(**given)
    usual["lanes"] = {**usual["lanes"], f"support:{kind}": lane(state, HEALTH, *ROLES)}
    return usual


async def post(desk: Desk, office: str | None, path: str, key: str = "", **body: Any) -> httpx.Response:
    """One operation; `occurred_at` is the tenth of the month where none is given."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.service.post(path, office, {"occurred_at": at(10), **body}, **headers)


async def done(desk: Desk, office: str, path: str, key: str = "", **body: Any) -> dict[str, Any]:
    """The answer to an operation that must be accepted."""
    answer = await post(desk, office, path, key, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def requested(desk: Desk, case_id: str, kind: str, day: int = 10) -> str:
    """A new request."""
    path = f"/v1/cases/{case_id}/requests"
    return (await done(desk, HEALTH, path, kind=kind, occurred_at=at(day)))["request_id"]


async def referred(desk: Desk, case_id: str, kind: str, provider: str, day: int = 10, **body: Any) -> str:
    """A new referral, after the need was assessed."""
    path = f"/v1/cases/{case_id}/referrals"
    return (await done(desk, HEALTH, path, kind=kind, provider=provider, occurred_at=at(day), **body))["referral_id"]


async def in_need(desk: Desk, *kinds: str, **given: Any) -> str:
    """A case of a confirmed victim with these needs assessed."""
    case_id = await desk.case(**victim(**given))
    await done(desk, HEALTH, f"/v1/cases/{case_id}/needs", needs=list(kinds), occurred_at=at(9))
    return case_id


async def stated(desk: Desk, case_id: str) -> list[tuple[str, str, str]]:
    """(lane, state, office) of the facts that were stated, in order."""
    return [(one["lane"], one["state"], one["office"]) for one in await desk.events(case_id)]


async def taken(desk: Desk, provider: str, kind: str) -> int:
    """Places that are taken."""
    query = "SELECT taken FROM support.places WHERE provider = $1 AND kind = $2"
    return (await desk.service.sql(query, provider, kind))[0]["taken"]
