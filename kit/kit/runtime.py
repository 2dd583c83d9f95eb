"""`python -m <service> all|api|events|worker|migrate|openapi|asyncapi`: one process of a service.

| role    | runs                                                           |
|---------|----------------------------------------------------------------|
| all     | api and events in one loop                                     |
| api     | the HTTP operations                                            |
| events  | consumers, relay, background tasks; HTTP for health only       |
| worker  | the Temporal worker and the consumers that feed it; no HTTP    |
| migrate | brings the database to the newest version and ends             |
| openapi, asyncapi | prints the document and ends                         |

A service's `__main__`:

    main(Service("intake", Settings, [api.router], models.metadata, on_start=start, consumers=consumers.register))

Dependencies may be down at the start and at any time after: the process stays up, says so at `/healthz/ready`, refuses
with 503 what it cannot do, and goes on when they are back. It ends by itself only where going on would be wrong:
settings that do not parse, a topology that differs from the contract, a port that is taken.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.problems import Unavailable
from contracts.topology import BUCKETS
from kit import db, telemetry
from kit.asyncapi import asyncapi
from kit.auth import ServiceToken, TokenVerifier
from kit.auth.deny_list import DenyListWrong
from kit.auth.verifier import AudienceWrong
from kit.bus import Bus
from kit.client import http_client
from kit.clock import Clock, SystemClock
from kit.http import APIRouter, ReadyCheck, build_app
from kit.http.listening import configured
from kit.limits.budgets import Budgets, BudgetsWrong
from kit.limits.exchange import Exchange
from kit.limits.limits import Limits
from kit.membership import Copies, Membership
from kit.relay import Relay
from kit.server import Server
from kit.settings import ServiceSettings, TemporalSettings
from kit.state import State
from kit.topology import Drift
from kit.uow import UnitOfWork

if TYPE_CHECKING:  # half a second and tens of megabytes that only a service with workflows pays
    from kit.temporal import Temporal, Work

__all__ = ["Service", "State", "WorkerRole", "main", "serve"]

ROLES = ("all", "api", "events", "worker")
STOP_SECONDS = 9.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
LONG_RUN_SECONDS = 60.0
HELD = "NEOVE_HELD"
"""Environment variable: load all code, then wait for a byte on standard input. `stack` sets it, and gives the byte when
databases and streams are as this release needs them."""
YOUNG_OBJECTS = 10_000
"""New objects between two collections of garbage; one request makes thousands. Python's own is 700."""
log = logging.getLogger(__name__)

Background = Callable[[State], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What a service is made of.

    Attributes:
        name: of package, database, schema, role, NATS user and task queue.
        settings_type: with the prefix of its environment variables.
        routers: with operations declared by `kit.http.operation`.
        metadata: of its tables; for migrations.
        on_start: adds the service's own parts to the state with `state.put`; works while its dependencies are down.
        consumers: registers the handlers: `consumers(bus, state)`.
        worker: what the role worker is made of, for a service with workflows.
        background: endless tasks of the role events, for example an hourly sweep; one that fails is started again.
        nice: more than 0: gives way to the other processes of a full machine, as `os.nice`.
    """

    name: str
    settings_type: type[ServiceSettings]
    routers: Sequence[APIRouter]
    metadata: MetaData
    on_start: Callable[[State], Awaitable[None]] | None = None
    consumers: Callable[[Bus, State], None] | None = None
    worker: "WorkerRole | None" = None
    background: Sequence[Background] = field(default=())
    nice: int = 0


@dataclass(frozen=True)
class WorkerRole:
    """The process beside Temporal, apart from the one that answers: neither waits for the other.

    Attributes:
        work: workflows and activities.
        consumers: registers the handlers that send to Temporal, on the durables of the role worker.
        background: endless tasks of this process.
    """

    work: "Callable[[State], Work]"
    consumers: Callable[[Bus, State], None] | None = None
    background: Sequence[Background] = field(default=())


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """The command line of a service; see the module's docstring."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands: dict[str, Callable[[], None]] = {
        **{role: lambda role=role: _run(service, role) for role in ROLES},
        "migrate": lambda: _migrate(service),
        "openapi": lambda: _print(openapi(service)),
        "asyncapi": lambda: _print(asyncapi(service.name)),
    }
    if len(given) != 1 or given[0] not in commands:
        sys.exit(f"usage: python -m {service.name} {'|'.join(commands)}")
    commands[given[0]]()


def openapi(service: Service) -> dict[str, object]:
    """The OpenAPI document of the service's operations."""
    return build_app(service.name, service.routers, None).openapi()


def text_of(document: Mapping[str, object]) -> str:
    """A document as it is committed: sorted, one space, one newline at the end."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _print(document: Mapping[str, object]) -> None:
    sys.stdout.write(text_of(document))


def _migrate(service: Service) -> None:
    from kit.migrations import upgrade  # Alembic is of no use to a running service

    telemetry.setup(service.name)
    settings = _settings(service)
    if not settings.owner_database_url:
        sys.exit(f"{service.name}: OWNER_DATABASE_URL is not set")
    upgrade(service.name, service.name, settings.owner_database_url)


def _run(service: Service, role: str) -> None:
    if os.environ.get(HELD) and not sys.stdin.buffer.read(1):
        sys.exit(f"{service.name}: whoever started it is gone")
    telemetry.setup(service.name)
    os.nice(service.nice)
    try:
        asyncio.run(serve(service, role, _settings(service)))
    except Drift as drift:
        log.critical("the bus is not as the contract says; nothing is consumed")
        sys.exit(f"{service.name}: {drift}")
    finally:
        telemetry.shutdown()


def _settings(service: Service) -> ServiceSettings:
    """The settings of the environment; what is wrong is named, its value (perhaps a password) is not shown."""
    try:
        return service.settings_type()  # pyright: ignore[reportCallIssue]  # the environment fills them in
    except ValidationError as wrong:
        prefix = service.settings_type.model_config.get("env_prefix", "")
        lines = [f"{prefix}{'.'.join(map(str, e['loc'])).upper()}: {e['type']}" for e in wrong.errors()]
        sys.exit("\n".join([f"{service.name}: settings", *lines]))


async def serve(service: Service, role: str, settings: ServiceSettings) -> None:
    """One process of a service, until SIGTERM or SIGINT.

    Raises:
        Drift: the bus is not as the contract says.
    """
    stopping = asyncio.Event()
    with _signals(stopping):
        async with AsyncExitStack() as stack:
            await _Process(service, role, settings, stack, stopping).run()
    log.info("stopped")


@contextmanager
def _signals(stopping: asyncio.Event) -> Generator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class _Server(Server):
    """Leaves the signals to us: they stop everything, not HTTP alone."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class _Process:
    """The parts of one process, started in order and stopped together."""

    def __init__(
        self,
        service: Service,
        role: str,
        settings: ServiceSettings,
        stack: AsyncExitStack,
        stopping: asyncio.Event,
    ) -> None:
        self._service, self._role, self._settings = service, role, settings
        self._stack, self._stopping = stack, stopping
        self._ready: dict[str, ReadyCheck] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Starts what the role asks for, waits for the signal, stops."""
        engine = self._engine()
        state = await self._state(engine)
        if self._service.on_start:
            await self._service.on_start(state)
        server = None if self._role == "worker" else self._serve_http(state)
        try:
            if self._role in ("all", "events"):
                await self._events(engine, state)
            if self._role == "worker":
                await self._work(state)
            if self._role == "api" and state.bus:
                await state.bus.start()
            _freeze()
            log.info("%s is up as %s", self._service.name, self._role)
            await self._stopping.wait()
        finally:
            await self._stop(server, state.bus)

    def _engine(self) -> AsyncEngine:
        engine = db.engine(self._settings)
        telemetry.trace_engine(engine)
        self._stack.push_async_callback(engine.dispose)

        async def postgres() -> bool:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
            return True

        self._ready["postgres"] = postgres
        return engine

    async def _state(self, engine: AsyncEngine) -> State:
        settings, clock = self._settings, SystemClock()
        uow = UnitOfWork(db.sessions(engine), clock)
        http, bus = await self._stack.enter_async_context(http_client(settings)), self._bus(settings)
        try:
            verifier = TokenVerifier(self._service.name, settings, http)
            limits = self._limits(Budgets(settings.budgets), clock, uow, bus)
        except (DenyListWrong, AudienceWrong, BudgetsWrong) as wrong:
            sys.exit(f"{self._service.name}: {wrong}")
        return State(
            service=self._service.name,
            settings=settings,
            clock=clock,
            uow=uow,
            verifier=verifier,
            http=http,
            membership=Membership(bus, Copies(uow)) if bus else None,
            limits=limits,
            token=ServiceToken(self._service.name, settings, http),
            bus=bus,
            temporal=self._temporal(settings),
        )

    def _limits(self, budgets: Budgets, clock: Clock, uow: UnitOfWork, bus: Bus | None) -> Limits | None:
        """The limits of a process that answers; it shares its counts by the bus."""
        if self._role not in ("all", "api"):
            return None
        exchange = Exchange(self._service.name)
        if bus is not None:
            bus.on_connection(exchange.join)
        return Limits(self._service.name, budgets, clock, uow, exchange)

    def _temporal(self, settings: ServiceSettings) -> "Temporal | None":
        if not isinstance(settings, TemporalSettings) or self._role != "worker":
            return None
        from kit.temporal import Temporal  # see the import at the top

        temporal = Temporal(settings)
        self._ready["temporal"] = temporal.ready
        self._tasks.append(asyncio.create_task(temporal.run(), name="temporal"))
        return temporal

    def _bus(self, settings: ServiceSettings) -> Bus | None:
        """The bus; a process that only answers has one, without consumers, if the service reads a bucket."""
        name, role = self._service.name, "events" if self._role == "all" else self._role
        if role == "api" and not any(name in bucket.readers for bucket in BUCKETS):
            return None
        return Bus(settings, name, role=role)

    async def _events(self, engine: AsyncEngine, state: State) -> None:
        bus = await self._consume(state, self._service.consumers)
        written = [bucket for bucket in BUCKETS if bucket.writer == self._service.name]
        self._keep("relay", Relay(engine, bus, written).run)
        self._keep_all(self._service.background, state)

    async def _work(self, state: State) -> None:
        role = self._service.worker
        if not role or not state.temporal:
            sys.exit(f"{self._service.name} has no workflows")
        from kit.temporal import run_worker

        await self._consume(state, role.consumers)
        temporal, work = state.temporal, role.work(state)
        self._keep("worker", lambda: run_worker(temporal, work))
        self._keep_all(role.background, state)

    async def _consume(self, state: State, register: Callable[[Bus, State], None] | None) -> Bus:
        bus = state.bus
        assert bus is not None
        if register:
            register(bus, state)
        self._ready["nats"] = bus.ready
        await bus.start()
        return bus

    def _keep_all(self, tasks: Sequence[Background], state: State) -> None:
        for task in tasks:
            self._keep(getattr(task, "__name__", "background"), lambda task=task: task(state))

    def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(_kept(name, run), name=name))

    def _serve_http(self, state: State) -> "tuple[_Server, asyncio.Task[None]]":
        routers = self._service.routers if self._role in ("all", "api") else ()
        if routers:
            self._keep("keys of the provider", state.verifier.keys.watch)
        if routers and state.limits:
            self._keep("limits", state.limits.run)
        if routers and state.membership:
            self._ready["members"] = state.membership.ready
        app = build_app(self._service.name, routers, state, ready=self._ready)
        server = _Server(configured(app, self._settings))
        task = asyncio.create_task(server.serve(), name="http")
        task.add_done_callback(lambda _: self._stopping.set())  # a port that is taken ends the process
        return server, task

    async def _stop(self, server: "tuple[_Server, asyncio.Task[None]] | None", bus: Bus | None) -> None:
        """Take no new work, and give running work nine seconds. Callers and the bus repeat what is cut off."""
        log.info("stopping")
        if server:
            server[0].end()
        for task in self._tasks:
            task.cancel()
        ending = [*self._tasks, *([server[1]] if server else []), *([asyncio.create_task(bus.stop())] if bus else [])]
        _, late = await asyncio.wait(ending or [asyncio.create_task(asyncio.sleep(0))], timeout=STOP_SECONDS)
        for task in late:
            log.warning("%s was cut off", task.get_name())
            task.cancel()


def _freeze() -> None:
    """The parts of a process stay until its end, so the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


async def _kept(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Runs an endless task, again after a pause when it fails or ends."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        started = monotonic()
        try:
            await run()
            log.warning("%s ended and is started again", name)
        except Unavailable as error:
            log.warning("%s waits: %s", name, error)
        except Exception as error:  # in any case the task must go on
            log.error("%s failed and is started again", name, exc_info=error)
        pause = (
            FIRST_PAUSE_SECONDS if monotonic() - started > LONG_RUN_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
        )
        await asyncio.sleep(pause)
