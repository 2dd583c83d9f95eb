"""A commune with the persons behind it, and what they ask casework."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.integration.casework.in_process import COMMUNE, CaseworkInProcess

LAN, MINH, HOA, TRUC, VU, MAY = "act_lan", "act_minh", "act_hoa", "act_truc", "act_vu", "act_may"
POSITIONS = {LAN: "officer", MINH: "officer", HOA: "head", TRUC: "duty_officer", VU: "auditor", MAY: "system"}
LANE = "identification"


@dataclass
class People:
    """The commune of Bát Xát with the persons behind it."""

    cases: CaseworkInProcess
    office: str = COMMUNE

    def signed(self, person: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.cases.http.token(office=self.office, sub=person)}", **more}

    async def post(self, person: str, path: str, key: str | None = None, **body: Any) -> httpx.Response:
        headers = self.signed(person, **({"Idempotency-Key": key} if key else {}))
        return await self.cases.http.client.post(path, json=body, headers=headers)

    async def get(self, person: str, query: str = "", path: str = "/v1/work") -> dict[str, Any]:
        answer = await self.cases.http.client.get(f"{path}{query}", headers=self.signed(person))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def take(self, person: str, case_id: str, lane: str = LANE, key: str | None = None) -> httpx.Response:
        return await self.post(person, "/v1/queue/take", key, case_id=case_id, lane=lane)

    async def give_back(self, person: str, case_id: str, lane: str = LANE) -> httpx.Response:
        return await self.post(person, "/v1/queue/return", case_id=case_id, lane=lane)

    async def give(
        self, person: str, to: str | None, *cases: str, expected: str | None = None, key: str | None = None
    ) -> httpx.Response:
        lines = [{"case_id": one, "lane": LANE, "expected": expected} for one in cases]
        return await self.post(person, "/v1/queue/give", key, to=to, lines=lines)

    async def seen(self, person: str, whose: str = "mine", more: str = "") -> set[str]:
        """The cases of a person's list."""
        found = await self.get(person, f"?limit=200&whose={whose}{more}")
        return {one["case_id"] for one in found["items"]}

    async def has(self, *cases: str) -> dict[str, str | None]:
        """Who has the work, by the list of the team."""
        found = (await self.get(LAN, "?limit=200"))["items"]
        return {one["case_id"]: one["assignee"] for one in found if one["case_id"] in cases}

    async def listed(self, **positions: str) -> None:
        """Give the office a list of its members."""
        members = [
            {"subject": one, "name": "Lò Thị Bịa", "position": positions.get(one, POSITIONS[one])}
            for one in (positions or POSITIONS)
        ]
        answer = await self.cases.post(f"/v1/offices/{self.office}/members", "admin/ha-noi", members=members)
        assert answer.status_code == 200, answer.text

    async def absent(self, person: str, deputy: str | None = None) -> None:
        body = {"valid_from": "2026-11-20", "valid_to": "2026-11-25", "deputy": deputy}
        answer = await self.post(person, f"/v1/offices/{self.office}/absences", **body)
        assert answer.status_code == 200, answer.text

    async def left(self, person: str) -> None:
        members = [{"subject": person, "active": False}]
        answer = await self.cases.post(f"/v1/offices/{self.office}/members", "admin/ha-noi", members=members)
        assert answer.status_code == 200, answer.text

    async def opened(self, count: int) -> list[str]:
        """So many cases of which the commune has work."""
        return [await self.cases.opened(office=self.office) for _ in range(count)]
