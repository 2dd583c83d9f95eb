"""What the tests of restricted cases and of break-glass share: persons of offices, and what they ask."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.integration.casework.in_process import HEALTH, CaseworkInProcess
from tests.integration.casework.signing import AUTHORITY, running

REASON = "Cán bộ này là anh ruột của bị can (bịa ra)."


@dataclass
class Desk:
    """A person of an office at work in casework."""

    cases: CaseworkInProcess
    office: str
    subject: str
    position: str = ""

    @property
    def _headers(self) -> dict[str, str]:
        claims = {"office": self.office, "sub": self.subject}
        claims |= {"position": self.position} if self.position else {}
        return {"Authorization": f"Bearer {self.cases.http.token(**claims)}"}

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.cases.http.client.post(path, json=body, headers=self._headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.cases.http.client.get(path, headers=self._headers)

    async def shown(self, path: str) -> dict[str, Any]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def lan(cases: CaseworkInProcess) -> Desk:
    """The officer who carries the case."""
    return Desk(cases, HEALTH, "lan", "officer")


def kin(cases: CaseworkInProcess, office: str = HEALTH) -> Desk:
    """A colleague who is kin of the accused."""
    return Desk(cases, office, "kin", "officer")


def chair(cases: CaseworkInProcess) -> Desk:
    """The second person, of the office above."""
    return Desk(cases, AUTHORITY, "chair", "head")


async def restrict(cases: CaseworkInProcess, case_id: str, **said: Any) -> str:
    """A restriction that was signed; gives its id."""
    asked = await lan(cases).post(f"/v1/cases/{case_id}/restrictions", reason=REASON, **said)
    assert asked.status_code == 200, asked.text
    signed = await chair(cases).post(f"/v1/signings/{asked.json()['signing_id']}/sign")
    assert (signed.status_code, signed.json().get("state")) == (200, "signed"), signed.text
    return asked.json()["restriction_id"]


async def without_kin(cases: CaseworkInProcess) -> str:
    """A case of the health authority from which the kin of the accused is shut out."""
    case_id = await running(cases)
    await restrict(cases, case_id, shut_out_persons=["kin"])
    return case_id
