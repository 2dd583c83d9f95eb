"""Casework in this process on a fresh database, with the test's own clock, tokens and vault."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

import casework.api
import casework.settings
from casefile.sealing import Sealer
from casefile.start import use_library
from casework import consumers
from casework.amendments.book import LawBook
from casework.amendments.refold import Refold
from casework.service.waits import fire, wait_set
from casework.workflows.ports import WaitSet
from contracts.envelope import Event
from contracts.events.casework import CaseChanged
from contracts.events.intake import CaseOpened
from contracts.ids import new_id
from contracts.standing import Standing
from contracts.topology import durables_of
from kit import db
from kit.auth import ServiceToken, TokenVerifier
from kit.bus import Meta
from kit.client import ServiceClient
from kit.clock import FixedClock
from kit.http import build_app
from kit.state import State
from kit.uow import UnitOfWork
from regulations import Library
from stack.stack import Stack
from tests.integration.in_process import Issuer, Running, database, settings
from tests.integration.own_bucket import OwnBucket
from tests.library import DECIDED

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
GUARD, COMMUNE = "border_guard/lao-cai", "commune/lao-cai"
HEALTH, POLICE = "health_authority/lao-cai", "provincial_police/lao-cai"
ELSEWHERE = "health_authority/thai-nguyen"


class Vault(httpx.AsyncBaseTransport):
    """Answers as the issuer and as the vault; keeps what was sealed; `down` makes the vault unreachable."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.sealed: list[str] = []
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Part of the interface of a transport."""
        if request.url.host == "issuer.test":
            return self._issuer.answer(request)
        if self.down:
            raise httpx.ConnectError("down")
        texts: list[str] = json.loads(await request.aread())["texts"]
        self.sealed += texts
        return httpx.Response(200, json={"refs": [new_id("text") for _ in texts]})


class Handlers:
    """Stands where the bus stands: keeps the handlers, so that a test can deliver events by itself."""

    def __init__(self) -> None:
        self.by_durable: dict[str, Any] = {}

    def on(self, durable: str, at_once: int = 1) -> Any:
        """As `kit.bus.Bus.on`."""

        def keep(handler: Any) -> Any:
            self.by_durable[durable] = handler
            return handler

        return keep


@dataclass
class CaseworkInProcess:
    """The running service and what a test may disturb."""

    http: Running
    clock: FixedClock
    vault: Vault
    handlers: Handlers = field(default_factory=Handlers)

    @property
    def uow(self) -> UnitOfWork:
        """For use cases without HTTP."""
        return self.http.state.uow

    def use_library(self, library: Library) -> None:
        """Look the law up in this library from now on, as a process that was started with it."""
        use_library(self.http.state, library)
        self.http.state.put(book := LawBook(library))
        self.http.state.put(Refold(self.http.state.uow, book))
        consumers.register(self.handlers, self.http.state)  # pyright: ignore[reportArgumentType]  # a test's bus

    @property
    def book(self) -> LawBook:
        """Finds the law of a case."""
        return self.http.state.get(LawBook)

    async def deliver(self, event: Event, *, event_id: str | None = None, deliveries: int = 1) -> None:
        """Hand an event to the durable that takes it, as the bus would."""
        durable = next(one.name for one in durables_of("casework") if isinstance(event, one.event))
        meta = Meta(event_id or new_id("evt"), deliveries, self.clock.now(), durable)
        await self.handlers.by_durable[durable](event, meta)

    async def opened(self, occurred_at: datetime | str = "2026-11-16T09:00:00+07:00", **more: Any) -> str:
        """A new case; by default a self-report at a border post of Lào Cai."""
        case_id = new_id("case")
        usual: dict[str, Any] = {
            "report_id": new_id("report"),
            "route": "self_report",
            "channel": "in_person",
            "office": GUARD,
            "actor": "actor-1",
            "territory": "lao-cai",
            "commune": "bat-xat",
            "age_band": "adult",
            "occurred_at": occurred_at,
            "recorded_at": self.clock.now(),
        }
        await self.deliver(CaseOpened.model_validate({"case_id": case_id, **usual, **more}))
        return case_id

    async def post(self, path: str, office: str | None, **body: Any) -> httpx.Response:
        """A POST with a body of keywords; `key` is its Idempotency-Key."""
        key = body.pop("key", None)
        headers = {"Idempotency-Key": key} if key else {}
        return await self.http.post(path, office, body, **headers)

    async def fact(self, case_id: str, office: str, state: str, at: str, lane: str = "identification", **more: Any):
        """The answer to `record_fact`."""
        body = {"lane": lane, "state": state, "occurred_at": at, **more}
        return await self.post(f"/v1/cases/{case_id}/facts", office, **body)

    async def stated(self, case_id: str, *steps: tuple[str, str, str]) -> list[str]:
        """Record (office, state, occurred_at) one after another, each accepted; the ids of the facts."""
        answers = [await self.fact(case_id, *step) for step in steps]
        assert [answer.status_code for answer in answers] == [200] * len(steps), [one.text for one in answers]
        return [answer.json()["fact_id"] for answer in answers]

    async def signed(self, stated: httpx.Response, by: str = "#second") -> httpx.Response:
        """The second signature of a step, if its answer says that it needs one; else that answer.

        Args:
            by: office and person; without an office, a person of the office that is asked.
        """
        signing_id = stated.json().get("signing_id") if stated.status_code == 200 else None
        if signing_id is None:
            return stated
        [row] = await self.http.sql("SELECT asked FROM casework.countersignings WHERE signing_id = $1", signing_id)
        who = f"{row['asked']}{by}" if by.startswith("#") else by
        answer = await self.post(f"/v1/signings/{signing_id}/sign", who)
        assert (answer.status_code, answer.json().get("state")) == (200, "signed"), answer.text
        return answer

    async def case(self, case_id: str, office: str) -> dict[str, Any]:
        """What `get_case` shows to an office."""
        answer = await self.http.get(f"/v1/cases/{case_id}", office)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def timeline(self, case_id: str, office: str) -> list[dict[str, Any]]:
        """What `list_timeline` shows to an office."""
        answer = await self.http.get(f"/v1/cases/{case_id}/timeline", office)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def work(self, office: str, query: str = "") -> list[dict[str, Any]]:
        """All lines of the first page of an office's queue."""
        answer = await self.http.get(f"/v1/work{query}", office)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def raised(self, case_id: str) -> list[dict[str, Any]]:
        """`AttentionRaised` events of a case in the outbox, oldest first."""
        return await self._events(case_id, "vn.neove.casework.attention.raised.v1")

    async def changes(self, case_id: str) -> list[dict[str, Any]]:
        """`CaseChanged` events of a case in the outbox, oldest first."""
        return await self._events(case_id, CaseChanged.event_type())

    async def standing(self, case_id: str) -> Standing:
        """The standing that services decide by."""
        statement = "SELECT body FROM casework.projections WHERE kind = 'standing' AND key = $1"
        return Standing.model_validate_json((await self.http.sql(statement, case_id))[0]["body"])

    async def shown(self, case_id: str) -> list[int]:
        """Versions of the standing that the outbox brings into the bucket, in order."""
        statement = "SELECT data->'version' AS n FROM casework.outbox WHERE type = 'document' AND data->>'subject' = $1"
        return [int(row["n"]) for row in await self.http.sql(f"{statement} ORDER BY seq", case_id)]

    async def _events(self, case_id: str, kind: str) -> list[dict[str, Any]]:
        statement = "SELECT data FROM casework.outbox WHERE type = $1 AND data->>'subject' = $2 ORDER BY seq"
        return [json.loads(row["data"])["data"] for row in await self.http.sql(statement, kind, case_id)]

    async def waits(self, case_id: str) -> WaitSet:
        """The open waits."""
        found = await wait_set(self.uow, case_id)
        assert found is not None
        return found

    async def pass_time(self, case_id: str, by: timedelta = timedelta()) -> WaitSet:
        """Move the clock, and fire what is due then, as the case's workflow would."""
        self.clock.advance(by)
        found = await self.waits(case_id)
        return await fire(self.uow, self.book, case_id, found.due(self.clock.now()))

    async def rows(self, case_id: str) -> dict[str, int]:
        """Number of stored rows of a case in each table, and its version: must not change where nothing is stored."""
        tables = (
            "facts",
            "corrections",
            "pauses",
            "handovers",
            "transfers",
            "countersignings",
            "claims",
            "lanes",
            "clocks",
            "waits",
            "work",
            "journal",
        )
        parts = [f"(SELECT count(*) FROM casework.{table} WHERE case_id = $1) AS {table}" for table in tables]
        version = "(SELECT version FROM casework.cases WHERE case_id = $1) AS version"
        outbox = "(SELECT count(*) FROM casework.outbox WHERE data->>'subject' = $1) AS outbox"
        keys = "(SELECT count(*) FROM casework.idempotency) AS idempotency"
        found = await self.http.sql(f"SELECT {', '.join([*parts, version, outbox, keys])}", case_id)
        return dict(found[0])


@asynccontextmanager
async def casework_in_process(stack: Stack) -> AsyncGenerator[CaseworkInProcess]:
    """Casework on a fresh database that is dropped at the end."""
    issuer, clock = Issuer(), FixedClock(NOW)
    vault = Vault(issuer)
    http = httpx.AsyncClient(transport=vault)
    async with database(stack, "casework") as urls:
        given = casework.settings.Settings(
            **settings(urls), vault_url="http://vault.test", temporal_address="nowhere.test:1"
        )
        engine = db.engine(given)
        token = ServiceToken("casework", given, http)
        state = State(
            "casework",
            given,
            clock,
            UnitOfWork(db.sessions(engine), clock),
            TokenVerifier("casework", given, http),
            http,
        )
        state.put(Sealer(ServiceClient("http://vault.test", token, http, resource=given.vault_resource)))
        app = build_app("casework", casework.api.ROUTERS, state)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://test")
        running = Running("casework", state, client, engine, issuer, OwnBucket())
        made = CaseworkInProcess(running, clock, vault)
        made.use_library(DECIDED)
        try:
            yield made
        finally:
            await running.close()
            await http.aclose()
