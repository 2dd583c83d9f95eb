"""One service in this process, on a fresh database, beside a vault of the test's own that can fail at will."""

import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from casefile.sealing import Sealer
from casefile.standing import Standings
from casefile.start import use_library
from contracts.envelope import Event
from contracts.events.casework import CaseChanged, FactCorrected
from contracts.ids import new_id
from contracts.standing import LaneStanding, Standing
from contracts.topology import durables_of
from kit import db
from kit.auth import ServiceToken, TokenVerifier
from kit.bus import Meta
from kit.client import ServiceClient
from kit.clock import FixedClock
from kit.http import build_app
from kit.state import State
from kit.uow import UnitOfWork
from stack.stack import Stack
from tests.integration.in_process import NOW, Issuer, Running, database, settings
from tests.integration.own_bucket import OwnBucket
from tests.library import LIBRARY, acting

Handler = Callable[[Any, Meta], Awaitable[None]]


class Handlers:
    """Collects the handlers of a service as its bus would, and hands events to them."""

    def __init__(self, service: str, clock: FixedClock) -> None:
        self._durables, self._clock = durables_of(service), clock
        self._handlers: dict[str, Handler] = {}

    def on(self, durable: str, at_once: int = 1) -> Callable[[Handler], Handler]:
        """As `kit.bus.Bus.on`."""

        def register(handler: Handler) -> Handler:
            self._handlers[durable] = handler
            return handler

        return register

    def handle(self, kind: type[Event]) -> bool:
        """Whether a durable of the service brings this event."""
        return any(one.event is kind for one in self._durables)

    async def deliver(self, event: Event, event_id: str | None = None) -> None:
        """Hand an event to the handler of its durable."""
        durable = next(one.name for one in self._durables if isinstance(event, one.event))
        await self._handlers[durable](event, Meta(event_id or new_id("evt"), 1, self._clock.now(), durable))


class OwnVault(httpx.AsyncBaseTransport):
    """Gives references and remembers the texts; `fault` may answer or fail in its place. Answers for the issuer too."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.sealed: dict[str, tuple[str, str]] = {}
        self.fault: Callable[[httpx.Request], httpx.Response | None] = lambda request: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Part of the interface of a transport."""
        if request.url.host == "issuer.test":
            return self._issuer.answer(request)
        if (instead := self.fault(request)) is not None:
            return instead
        given = json.loads(await request.aread())
        refs = [new_id("ref") for _ in given["texts"]]
        self.sealed.update((ref, (given["group"], text)) for ref, text in zip(refs, given["texts"], strict=True))
        return httpx.Response(200, json={"refs": refs, "matches": []})


@dataclass
class Desk:
    """The service and what a test may disturb."""

    service: Running
    vault: OwnVault
    clock: FixedClock
    handlers: Handlers
    counted: tuple[str, ...]
    more: dict[str, Any] = field(default_factory=dict)

    async def case(self, **given: Any) -> str:
        """A new case that the service knows, with this standing."""
        case_id = new_id("case")
        await self.service.stand(case_id, standing(**given))
        return case_id

    async def stand(self, case_id: str, version: int, **given: Any) -> None:
        """A newer standing, as casework would publish it."""
        await self.service.stand(case_id, standing(**given), version)

    async def publish(self, case_id: str, version: int, found: Standing) -> None:
        """Casework publishes a standing of the case, and the service's handler receives the event if it has one."""
        await self.service.stand(case_id, found, version)
        if self.handlers.handle(CaseChanged):
            await self.handlers.deliver(CaseChanged(case_id=case_id, case_version=version, standing=found))

    async def correct(self, case_id: str, state: str, *, minute: int = 0, **given: Any) -> None:
        """The newest fact of this state is corrected, and the service's handler receives the correction.

        It is withdrawn unless `occurred_at` is given. `minute` orders several corrections of one fact.
        """
        fact = [one for one in await self.events(case_id) if one["state"] == state][-1]
        usual: dict[str, Any] = {
            **{name: fact[name] for name in ("case_id", "fact_id", "lane", "state")},
            "correction_id": new_id("corr"),
            "withdrawn": "occurred_at" not in given,
            "recorded_at": f"2026-11-20T03:{minute:02}:00Z",
        }
        await self.handlers.deliver(FactCorrected.model_validate(usual | given))

    async def events(self, case_id: str) -> list[dict[str, Any]]:
        """The data of the events about a case, in order."""
        query = f"SELECT data FROM {self.service.name}.outbox WHERE data->>'subject' = $1 ORDER BY seq"
        return [json.loads(row["data"])["data"] for row in await self.service.sql(query, case_id)]

    async def stored(self) -> tuple[int, ...]:
        """Rows of the service's own tables, of its events and of its idempotency keys."""
        name = self.service.name
        counts = [await self.service.sql(f"SELECT count(*) AS n FROM {name}.{table}") for table in self.counted]
        return tuple(rows[0]["n"] for rows in counts)


def lane(state: str, holder: str | None, *roles: str, place: str = "lao-cai", **more: Any) -> LaneStanding:
    """One lane of a standing; the offices that have one of `roles` at its place may act in it."""
    return LaneStanding(state=state, holder=holder, place=place, acting=acting(place, *roles), **more)


def standing(**given: Any) -> Standing:
    """A case of Lào Cai that the border guard reported and the health authority holds."""
    roles = ("commune", "health_authority", "provincial_police")
    identification = lane("SUPPORT_AGENCY_RECEIVED", "health_authority/lao-cai", *roles)
    usual = {"reporter": "border_guard/lao-cai", "lanes": {"identification": identification}}
    return Standing(**{**usual, "regime_procedure": "law-53-2024", "route": "self_report", **given})


@asynccontextmanager
async def desk(stack: Stack, name: str, *tables: str) -> AsyncIterator[Desk]:
    """The service on a database that is dropped at the end; `tables` are its own, for `stored`."""
    issuer, clock = Issuer(), FixedClock(NOW)
    vault = OwnVault(issuer)
    async with database(stack, name) as urls, httpx.AsyncClient(transport=vault) as http:
        own = importlib.import_module(f"{name}.settings").Settings(**settings(urls), vault_url="http://vault.test")
        engine = db.engine(own)
        state = State(name, own, clock, UnitOfWork(db.sessions(engine), clock), TokenVerifier(name, own, http), http)
        use_library(state, LIBRARY)
        token = ServiceToken(name, own, http)
        state.put(Sealer(ServiceClient("http://vault.test", token, http, resource=own.vault_resource)))
        bucket, handlers = OwnBucket(), Handlers(name, clock)
        state.put(Standings(bucket, lambda: clock.now().timestamp()))
        importlib.import_module(f"{name}.consumers").register(handlers, state)
        app: Any = build_app(name, [importlib.import_module(f"{name}.api").router], state)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            counted = (*tables, "outbox", "idempotency")
            yield Desk(Running(name, state, client, urls[1], issuer, bucket), vault, clock, handlers, counted)
        await engine.dispose()


def down(request: httpx.Request) -> httpx.Response:
    """A vault that nobody reaches."""
    raise httpx.ConnectError("nobody there", request=request)


def slug(answer: httpx.Response) -> tuple[int, str]:
    """Status and slug of a refusal."""
    return answer.status_code, str(answer.json().get("type", "")).rsplit("/", 1)[-1]
