"""What the vault learns from the bus: on the running services, and each event twice and in the wrong order."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import vault.consumers
from contracts.events.intake import CaseOpened
from contracts.ids import new_id
from kit.bus import Meta
from kit.state import State
from stack.trial import Trial
from tests.integration.in_process import House, Running
from tests.integration.intake.reports import GUARD, POLICE, report
from tests.integration.waiting import eventually

pytestmark = pytest.mark.stack

Handler = Callable[[Any, Meta], Awaitable[None]]


class Desk:
    """Collects handlers as a bus would, and delivers to them by name."""

    def __init__(self, register: Callable[[Any, State], None], running: Running) -> None:
        self._handlers: dict[str, Handler] = {}
        register(self, running.state)

    def on(self, durable: str, at_once: int = 1) -> Callable[[Handler], Handler]:
        """As `kit.bus.Bus.on`."""

        def register(handler: Handler) -> Handler:
            self._handlers[durable] = handler
            return handler

        return register

    async def deliver(self, durable: str, event: object, event_id: str | None = None) -> None:
        """Hand an event to a durable's handler."""
        await self._handlers[durable](event, Meta(event_id or new_id("evt"), 1, datetime.now(UTC), durable))


def opened(case_id: str) -> CaseOpened:
    """A report of this case."""
    now = datetime.now(UTC)
    codes = {"route": "self_report", "channel": "in_person", "office": GUARD, "actor": "a", "territory": "lao-cai"}
    return CaseOpened(
        case_id=case_id, report_id=new_id("rep"), occurred_at=now, recorded_at=now, age_band="adult", **codes
    )


async def test_a_reported_case_is_known_from_its_event(house: House) -> None:
    desk = Desk(vault.consumers.register, house.vault)
    cases = [new_id("case") for _ in range(2)]
    for case_id in cases:
        await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", {"group": "note", "texts": ["x"]})
    for _ in range(2):
        await desk.deliver("vault__on_case_opened", opened(cases[0]), "evt_" + "a" * 26)
    query = "SELECT known_at IS NOT NULL AS known FROM vault.case_keys WHERE case_id = $1"
    assert [(await house.vault.sql(query, case_id))[0]["known"] for case_id in cases] == [True, False]


def answered(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code == 200 else None


def test_on_the_running_services_a_report_can_be_read_by_who_stands_to_it(stack: Trial) -> None:
    body = report(route="rescued", channel="rescue")
    with stack.client(POLICE, "intake") as client:
        taken = client.post("/v1/reports", json=body)
        assert taken.status_code == 200, taken.text
        case_id = taken.json()["cases"]["A"]
    path, asked = f"/v1/cases/{case_id}/identity", {"purpose": "verification", "fields": ["full_name"]}
    with stack.client(POLICE, "vault") as client:
        answer = eventually(lambda: answered(client.post(path, json=asked)), 10)
        assert answer.json() == {"full_name": "Thử Thị Mẫu"}
    with stack.client("health_authority/tay-ninh", "vault") as client:
        assert client.post(path, json=asked).status_code == 403
    with stack.client(POLICE, "intake") as client:
        screened = client.post(
            f"/v1/cases/{case_id}/screenings",
            json={"answers": {"sexual_exploitation": "yes"}, "occurred_at": body["occurred_at"]},
        )
        assert screened.json()["level"] == "elevated"
