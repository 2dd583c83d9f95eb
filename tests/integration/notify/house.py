"""Notify in this process on a fresh database, with the test's own clock, and the events that it handles."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from casefile.standing import Standings
from casefile.start import use_library
from contracts.envelope import Event
from contracts.events.casework import AttentionRaised, CaseChanged
from contracts.standing import LaneStanding, Standing
from kit import db
from kit.auth import TokenVerifier
from kit.clock import FixedClock
from kit.http import build_app
from kit.state import State
from kit.uow import UnitOfWork
from notify import api, consumers
from notify.__main__ import pace_of
from notify.addresses import Addresses
from notify.channels import Channel
from notify.channels.webhook import WebhookChannel
from notify.deliverer import Deliverer
from notify.domain.targets import TargetPolicy
from notify.keys import Sealer
from notify.service.webhooks import Rotation
from notify.settings import Settings
from regulations.legal_time import legal_date
from stack.stack import Stack
from tests.integration.in_process import NOW, Issuer, Running, database, settings
from tests.integration.one_service import Handlers
from tests.integration.own_bucket import OwnBucket
from tests.library import LIBRARY

COMMUNE, POLICE, HEALTH = "commune/lao-cai", "provincial_police/lao-cai", "health_authority/lao-cai"
AWAY = "health_authority/tay-ninh"


@dataclass
class NotifyHouse:
    """The service and what a test may disturb."""

    notify: Running
    clock: FixedClock
    handlers: Handlers
    given: Settings
    mailboxes: dict[str, tuple[str, ...]]

    async def take(self, event: Event, event_id: str | None = None) -> None:
        """Deliver an event. The bucket has the standing of a changed case before."""
        if isinstance(event, CaseChanged):
            self.notify.bucket.put(event.case_id, event.case_version, event.standing)
        await self.handlers.deliver(event, event_id)

    async def inbox(self, office: str, query: str = "") -> list[dict[str, Any]]:
        """What an office sees."""
        answer = await self.notify.get(f"/v1/inbox{query}", office)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def register(self, office: str, url: str, **body: Any) -> dict[str, Any]:
        """A new webhook that must be taken, and that a second person of the office confirms."""
        answer = await self.notify.post("/v1/webhooks", office, {"url": url, **body})
        assert answer.status_code == 200, answer.text
        made = answer.json()
        confirmed = await self.notify.post(f"/v1/webhooks/{made['webhook_id']}/confirm", self.second(office))
        assert confirmed.status_code == 200, confirmed.text
        return made

    @staticmethod
    def second(office: str) -> str:
        """A second person: of the office above, or of the office itself if the directory names none above it."""
        above = LIBRARY.world.directory.supervisor(office, legal_date(NOW))
        return f"{above or office}#second"

    async def log(self, office: str, webhook_id: str, query: str = "") -> list[dict[str, Any]]:
        """Messages to a webhook, oldest first."""
        answer = await self.notify.get(f"/v1/webhooks/{webhook_id}/deliveries{query}", office)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"][::-1]

    def deliverer(self, channels: Mapping[str, Channel] | None = None, **changed: Any) -> Deliverer:
        """A worker as after a restart, perhaps with other settings."""
        state, given = self.notify.state, self.given.model_copy(update=changed)
        chosen = channels or {"webhook": state.get(WebhookChannel)}
        return Deliverer(state.uow, state.get(Sealer), pace_of(given), chosen)

    async def work(self, deliverer: Deliverer, rounds: int = 1, advance: timedelta = timedelta()) -> None:
        """Let a worker do all it can, `rounds` times, with time passing before each."""
        for _ in range(rounds):
            self.clock.advance(advance)
            await deliverer.round()
            await deliverer.idle()


@asynccontextmanager
async def notify_house(stack: Stack, folder: Path) -> AsyncGenerator[NotifyHouse]:
    """The service, on a fresh database that is dropped at the end; webhooks may go to this machine."""
    issuer, clock = Issuer(), FixedClock(NOW)
    handlers = Handlers("notify", clock)
    http = httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer))
    async with database(stack, "notify") as urls:
        own: dict[str, Any] = {"secrets_key_file": folder / "notify.key", "allowed_networks": ("127.0.0.0/8",)}
        given = Settings(**settings(urls), **own, rate_per_second=1000, send_timeout_seconds=2)
        engine = db.engine(given)
        uow = UnitOfWork(db.sessions(engine), clock)
        state = State("notify", given, clock, uow, TokenVerifier("notify", given, http), http)
        use_library(state, LIBRARY)
        mailboxes: dict[str, tuple[str, ...]] = {}
        sealer = Sealer.load(given.secrets_key_file)
        webhook = WebhookChannel(TargetPolicy(given.allowed_networks), clock, given.send_timeout_seconds)
        deliverer = Deliverer(uow, sealer, pace_of(given), {"webhook": webhook})
        bucket = OwnBucket()
        for part in (
            Standings(bucket),
            sealer,
            webhook,
            deliverer,
            Addresses(mailboxes),
            Rotation(timedelta(hours=24)),
        ):
            state.put(part)
        consumers.register(handlers, state)  # pyright: ignore[reportArgumentType]  # it takes handlers as a bus does
        app = build_app("notify", [api.router], state)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://test")
        running = Running("notify", state, client, engine, issuer, bucket)
        try:
            yield NotifyHouse(running, clock, handlers, given, mailboxes)
        finally:
            await running.close()
            await http.aclose()


def changed(case_id: str, version: int, lanes: dict[str, str | None], **given: Any) -> CaseChanged:
    """A change of a case that the commune reported; lane → holder after it."""
    made = {lane: LaneStanding(state="S", holder=holder, place="lao-cai") for lane, holder in lanes.items()}
    usual: dict[str, Any] = {"reporter": COMMUNE, "regime_procedure": "law-53-2024", "route": "self_report"}
    return CaseChanged(
        case_id=case_id, case_version=version, standing=Standing.model_validate({**usual, "lanes": made, **given})
    )


def attention(case_id: str, office: str, wait_id: str = "wait-1", kind: str = "warning") -> AttentionRaised:
    """A wait that fired."""
    fields: dict[str, Any] = {"kind": kind, "office": office, "wait_id": wait_id}
    times: dict[str, Any] = {"due_at": NOW + timedelta(hours=5), "raised_at": NOW}
    return AttentionRaised(case_id=case_id, lane="identification", rule="B-SELF-04", stage="warn", **fields, **times)
