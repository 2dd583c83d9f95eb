"""Casework in this process and the steps of an amendment, for its tests."""

import json
from typing import Any

import httpx

from casework.amendments import refold
from tests.integration.casework.in_process import COMMUNE, HEALTH, CaseworkInProcess

NATIONAL = "steering_committee/ha-noi"
FIRST, SECOND = "actor-1", "actor-2"
MONDAY = "2026-11-23"
"""The last day of B-SELF-04 in a case of Friday the 20th; the Tuesday after it is off already."""
DUE, LATER = "2026-11-24T00:00:00+07:00", "2026-11-26T00:00:00+07:00"
STEPS = (
    (COMMUNE, "AT_COMMUNE", "2026-11-20T09:10:00+07:00"),
    (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-20T09:20:00+07:00"),
    (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-20T09:30:00+07:00"),
)


class Amending:
    """Casework in this process and the steps of an amendment."""

    def __init__(self, cases: CaseworkInProcess) -> None:
        self.cases = cases

    async def ask(
        self, method: str, path: str, body: Any = None, *, office: str = NATIONAL, actor: str = FIRST, **h: str
    ):
        """Any request as a person of an office."""
        token = self.cases.http.token(office=office, sub=actor)
        headers = {"Authorization": f"Bearer {token}", **h}
        return await self.cases.http.client.request(method, f"/v1/amendments{path}", json=body, headers=headers)

    async def propose(self, **given: Any) -> dict[str, Any]:
        """A proposal, accepted; by default Monday is off."""
        answer = await self.ask("POST", "", proposal(**given))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def sign(
        self, amendment: dict[str, Any], *, actor: str = SECOND, content: str | None = None
    ) -> httpx.Response:
        """The answer to a signature."""
        body = {"content_hash": content or amendment["content_hash"]}
        return await self.ask("POST", f"/{amendment['amendment_id']}/sign", body, actor=actor)

    async def signed(self, **given: Any) -> dict[str, Any]:
        """A proposal that was signed."""
        answer = await self.sign(await self.propose(**given))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def preview(self, amendment: dict[str, Any], limit: int = 2) -> list[dict[str, Any]]:
        """All that it would move, page by page."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            answer = await self.ask("GET", f"/{amendment['amendment_id']}/preview{query}")
            assert answer.status_code == 200, answer.text
            items, cursor = items + answer.json()["items"], answer.json()["next"]
        return items

    async def applied(self, amendment: dict[str, Any], batch: int = 2) -> dict[str, Any]:
        """Re-fold until nothing is left; what `get_amendment` says then."""
        while await refold.take_batch(self.cases.uow, self.cases.book, batch):
            pass
        assert await refold.finish(self.cases.uow)
        return (await self.ask("GET", f"/{amendment['amendment_id']}")).json()

    async def running(self) -> str:
        """A case whose B-SELF-04 runs until Monday."""
        case_id = await self.cases.opened("2026-11-20T08:00:00+07:00")
        await self.cases.stated(case_id, *STEPS)
        return case_id

    async def due(self, case_id: str) -> str | None:
        """When B-SELF-04 is due, as an office sees it."""
        return (await self.cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["due_at"]

    async def stored_due(self, case_id: str) -> list[str]:
        """The same as stored."""
        statement = "SELECT body->>'due_at' AS due FROM casework.clocks WHERE case_id = $1 AND rule = 'B-SELF-04'"
        return [row["due"] for row in await self.cases.http.sql(statement, case_id)]

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """Data of the events of one kind, oldest first."""
        rows = await self.cases.http.sql("SELECT data FROM casework.outbox WHERE type = $1 ORDER BY seq", kind)
        return [json.loads(row["data"])["data"] for row in rows]


def proposal(day: str = "off", **given: Any) -> dict[str, Any]:
    """Monday is off (or `day`)."""
    row = {"date": MONDAY, "kind": day, "name": "Nghỉ bù", "status": "confirmed"}
    usual = {"kind": "calendar", "decision": "1/2026/QD-TTg", "reason": "A swap of days", "rows": [row]}
    return {**usual, **given}


def slug(answer: httpx.Response) -> tuple[int, str]:
    """Status and slug of a refusal."""
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]
