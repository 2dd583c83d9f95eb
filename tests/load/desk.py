"""Offices that work over HTTP: invented reports, steps, and a client that repeats what is not accepted yet.

Every writing request carries an Idempotency-Key and is sent again, with the same key, while a server is away; so what
it brings must in the end be there exactly once.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from stack.config import Endpoints

POLICE, HEALTH = "provincial_police/lao-cai", "health_authority/lao-cai"
GUARD, COMMUNE = "border_guard/lao-cai", "commune/lao-cai"
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
TRY_AGAIN = frozenset({429, 502, 503, 504})


class GaveUp(AssertionError):
    """A request was not accepted for as long as a client may wait."""


def report(occurred_at: datetime | None = None, **more: Any) -> dict[str, Any]:
    """The body of `submit_report`: one rescued adult, found by the office that reports."""
    usual: dict[str, Any] = {
        "channel": "rescue",
        "route": "rescued",
        "occurred_at": (occurred_at or datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "place": {"province": "lao-cai", "commune": "bat-xat"},
        "persons": [
            {
                "ref": "A",
                "full_name": f"Thử Thị Tải {secrets.token_hex(4)}",
                "sex": "female",
                "birth_date": "1999-05-06",
                "nationality": "VN",
                "phone": f"0900 {secrets.randbelow(900_000) + 100_000}",
            }
        ],
        "narrative": "Lời kể bịa ra để đo tải.",
        "indicators": ["sold", "escaped"],
        "immediate_needs": ["food"],
        "reporter": {"anonymous": False, "name": "Người Báo Thử"},
        "safe_contact": {"channels": ["in_person"]},
    }
    return {**usual, **more}


WHOLE_CASE: tuple[tuple[str, str, str], ...] = (
    (POLICE, "crime", "CRIME_INFO_CLASSIFIED"),
    (POLICE, "crime", "CRIME_INFO_ASSIGNED"),
    (POLICE, "crime", "REPORTER_NOTIFIED_OF_INTAKE"),
    (POLICE, "identification", "SUPPORT_AGENCY_NOTIFIED"),
    (HEALTH, "identification", "SUPPORT_AGENCY_RECEIVED"),
    (HEALTH, "identification", "INITIAL_CHECK_DONE"),
    (HEALTH, "identification", "POLICE_VERIFICATION"),
    (POLICE, "identification", "VICTIM_CONFIRMED"),
    (POLICE, "crime", "CRIME_INFO_EXTENDED_1"),
    (POLICE, "crime", "VERIFICATION_REPORT_FILED"),
    (POLICE, "crime", "CRIME_INFO_RESOLVED"),
    (POLICE, "crime", "REPORTER_NOTIFIED_OF_RESULT"),
)
"""(office, lane, state): twelve steps of one case that a report of `POLICE` opened, in the order of the law."""


@dataclass(frozen=True)
class Accepted:
    """An answer to a request, how often it was sent, and when (`loop.time()`) the answer came."""

    response: httpx.Response
    tries: int
    at: float

    @property
    def body(self) -> Any:
        """The JSON of the answer."""
        return self.response.json()


@dataclass
class Desk:
    """Sends requests as any office, with as many connections as are asked for at once.

    Args:
        endpoints: of the stack.
        patience: seconds for which a request is sent again.
    """

    endpoints: Endpoints
    patience: float = PATIENCE_SECONDS
    http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(
            timeout=10, trust_env=False, limits=httpx.Limits(max_connections=100, keepalive_expiry=20)
        )
    )
    _tokens: dict[str, str] = field(default_factory=dict[str, str])

    async def __aenter__(self) -> "Desk":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def report(self, body: Mapping[str, Any] | None = None, office: str = POLICE, key: str | None = None) -> str:
        """Submit a report about one person; the id of its case."""
        taken = await self.send("POST", "intake", "/v1/reports", office, body or report(), key)
        return str(taken.body["cases"]["A"])

    async def step(
        self, case_id: str, office: str, lane: str, state: str, occurred_at: datetime | None = None
    ) -> Accepted:
        """Record a fact. A case that has not arrived in casework yet is asked for again."""
        at = (occurred_at or datetime.now(UTC)).isoformat()
        body = {"lane": lane, "state": state, "occurred_at": at}
        return await self.send("POST", "casework", f"/v1/cases/{case_id}/facts", office, body, also=(404,))

    async def case(self, case_id: str, office: str = POLICE) -> dict[str, Any]:
        """What the office sees of a case, as soon as casework knows it."""
        return (await self.send("GET", "casework", f"/v1/cases/{case_id}", office, also=(404,))).body

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        office: str,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        also: tuple[int, ...] = (),
    ) -> Accepted:
        """One request, until it is accepted.

        Args:
            also: further statuses that pass with time.

        Raises:
            GaveUp: refused, or not accepted within the patience.
        """
        loop = asyncio.get_running_loop()
        url, until = self.endpoints.services[service] + path, loop.time() + self.patience
        headers = {"Idempotency-Key": key or secrets.token_hex(12)} if method == "POST" else {}
        tries, seen = 0, "nothing"
        while loop.time() < until:
            tries += 1
            try:
                answer = await self.http.request(method, url, json=body, headers=headers | await self.signed(office))
            except httpx.TransportError as error:
                seen = type(error).__name__
            else:
                if answer.is_success:
                    return Accepted(answer, tries, loop.time())
                seen = f"{answer.status_code} {answer.text}"
                if answer.status_code not in TRY_AGAIN and answer.status_code not in also:
                    break
            await asyncio.sleep(PAUSE_SECONDS)  # the pace of a client that tries again
        raise GaveUp(f"{method} {service}{path} as {office}, {tries} tries: {seen}")

    async def signed(self, office: str) -> dict[str, str]:
        """The header that signs a request as the office; its token is asked for once."""
        if office not in self._tokens:
            answer = await self.http.post(f"{self.endpoints.issuer}/token", json={"office": office})
            self._tokens[office] = str(answer.raise_for_status().json()["access_token"])
        return {"Authorization": f"Bearer {self._tokens[office]}"}
