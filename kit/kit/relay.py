"""Carries the outbox of a service to JetStream, in order, at least once.

One relay of a service leads, by an advisory lock on its own connection; that connection also listens for NOTIFY, reads
and marks, so a relay that lost it can neither lead nor mark. NOTIFY is a hint: polling alone suffices. While NATS is
away or a stream is missing, every event waits in its place; only a message that is refused for good is parked. A crash
between publishing and marking repeats events under the same id; JetStream and `kit.handled` recognise it.

A row may also name a document (`kit.uow.Tx.show`). The relay then brings what the database holds of it into its bucket.
While documents wait, events go on, and the other way round: a lost bucket must not hold back an alarm, and a lost
stream must not keep readers on an old document.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import asyncpg
from opentelemetry import propagate, trace
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.problems import Unavailable
from contracts.topology import Bucket
from kit.bucket_writer import Writer
from kit.bus import Bus
from kit.db import CONNECT_SECONDS, server_settings
from kit.ending import end
from kit.storing import NotAccepted
from kit.telemetry.correlation import ATTRIBUTE
from kit.uow import CHANNEL_SUFFIX, NOTIFY

BATCH = 100
POLL_SECONDS = 2.0
"""Between two looks that nothing wakes: nearly all of an idle service's work. A commit wakes the relay at once, and so
does the end of its connection; PostgreSQL loses no NOTIFY while that lasts."""
STANDBY_SECONDS = 1.0
"""Between two tries of a relay that does not lead to get the lock."""
MAX_ATTEMPTS = 5
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pause after the n-th failure in a row; the last one repeats."""
TIDY_SECONDS = 3600.0
KEEP_ALIVE = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""The server notices within half a minute that a leader's machine is gone, and gives its lock to another."""
LOCK_KEY = 0x6E656F7665  # "neove": any number that nobody else locks in this database

_SELECT = """
SELECT id, stream, subject, data::text AS body, data->>'subject' AS correlation_id,
       headers->>'traceparent' AS traceparent, attempts
FROM outbox WHERE published_at IS NULL AND parked_at IS NULL {only} ORDER BY seq LIMIT $1
"""
_ALL = _SELECT.format(only="")
_OF_ONE_KIND = _SELECT.format(only="AND (stream = ANY($2::text[])) = $3")
_DOCUMENTS = "SELECT key, version, body::text AS body FROM projections WHERE kind = $1 AND key = ANY($2::text[])"
_MARK = "UPDATE outbox SET published_at = now() WHERE id = ANY($1::text[])"
_REFUSED = """
UPDATE outbox SET attempts = attempts + 1, parked_at = CASE WHEN attempts + 1 >= $2 THEN now() END WHERE id = $1
"""
_RELEASE = """
UPDATE outbox SET attempts = 0, parked_at = NULL
WHERE parked_at IS NOT NULL AND published_at IS NULL AND ($1::text IS NULL OR id = $1) RETURNING id
"""
_PARKED = """
SELECT id, subject, data->>'subject' AS correlation_id, parked_at
FROM outbox WHERE published_at IS NULL AND parked_at IS NOT NULL ORDER BY seq LIMIT $1
"""
_BACKLOG = """
SELECT count(*) FILTER (WHERE parked_at IS NULL), count(*) FILTER (WHERE parked_at IS NOT NULL),
       coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL)), 0)::float8
FROM outbox WHERE published_at IS NULL
"""
_TIDY = (
    """DELETE FROM outbox WHERE id IN
       (SELECT id FROM outbox WHERE published_at < now() - interval '7 days' LIMIT 1000)""",
    """DELETE FROM idempotency WHERE (office, operation, key) IN
       (SELECT office, operation, key FROM idempotency WHERE created_at < now() - interval '30 days' LIMIT 1000)""",
    # Longer than a stream holds an event (`topology.EVENT_AGE_SECONDS`, 400 days). A durable that was lost and is made
    # again is given every event of its stream once more.
    """DELETE FROM inbox WHERE (durable, event_id) IN
       (SELECT durable, event_id FROM inbox WHERE received_at < now() - interval '401 days' LIMIT 1000)""",
)
_log = logging.getLogger("kit.relay")
_tracer = trace.get_tracer("kit.relay")

# Any: asyncpg's connections and records are typed by parameters that say nothing here
Connection = Any
Row = Any


@dataclass(frozen=True)
class Backlog:
    """What has not been published: rows that wait, rows that were refused for good, age of the oldest that waits."""

    waiting: int
    parked: int
    oldest_seconds: float


@dataclass(frozen=True)
class ParkedEvent:
    """An event in the outbox that NATS refused for good; `parked_at` is aware (UTC)."""

    event_id: str
    subject: str
    correlation_id: str | None
    parked_at: datetime


class Relay:
    """The relay of one service.

    Args:
        engine: of the service; only its address and role are used.
        bus: started by someone else; while it is not connected the relay waits.
        buckets: that the service writes.
    """

    def __init__(self, engine: AsyncEngine, bus: Bus, buckets: Iterable[Bucket] = ()) -> None:
        self._engine = engine
        self._bus = bus
        self._writers = {one.stream: Writer(bus, one, lambda: connect(engine)) for one in buckets}
        self._failures = 0
        self._complaint = ""
        self._tidy_at = 0.0

    async def run(self) -> None:
        """Relay until cancelled. Outlives every failure of PostgreSQL and NATS."""
        while True:
            try:
                await self._connected()
            except Exception as error:
                # in any case events must flow again
                _log.warning("the relay starts again: %s", type(error).__name__)
            await asyncio.sleep(self._pause())

    async def _connected(self) -> None:
        connection = await connect(self._engine)
        wake = asyncio.Event()
        keeping: list[asyncio.Task[None]] = []
        try:

            def woken(*_: object) -> None:
                wake.set()

            connection.add_termination_listener(woken)
            schema = await connection.fetchval("SELECT current_schema()")
            await connection.add_listener(f"{schema}{CHANNEL_SUFFIX}", woken)
            leads = False
            while not connection.is_closed():
                wake.clear()  # before the SELECT: a NOTIFY that comes during it must be seen after it
                if not leads and (leads := await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY)):
                    keeping += [asyncio.create_task(writer.keep()) for writer in self._writers.values()]
                pause = await self._turn(connection) if leads else STANDBY_SECONDS
                await _wait(wake, pause, wakeable=self._failures == 0)
        finally:
            await end(keeping)
            await _close(connection)

    async def _turn(self, connection: Connection) -> float:
        """One batch; returns the seconds to wait before the next."""
        rows = await connection.fetch(_ALL, BATCH)
        carried, error = await self._carry(connection, rows)
        if carried:
            self._failures, self._complaint = 0, ""
        if isinstance(error, NotAccepted):
            await self._refused(connection, rows[carried], error)
            return self._pause()
        if error is not None:
            await self._carry_the_others(connection, rows[carried])
            return self._waits(error)
        self._failures = 0
        if len(rows) == BATCH:
            return 0.0
        await self._tidy(connection)
        return POLL_SECONDS

    async def _carry_the_others(self, connection: Connection, waiting: Row) -> None:
        """A batch of events if a document waits, of documents if an event waits."""
        streams = list(self._writers)
        if streams:
            rows = await connection.fetch(_OF_ONE_KIND, BATCH, streams, waiting["stream"] not in self._writers)
            await self._carry(connection, rows)

    async def _carry(self, connection: Connection, rows: Sequence[Row]) -> tuple[int, NotAccepted | Unavailable | None]:
        """Publish rows in their order and mark them: how many, and why not the next one."""
        published: list[str] = []
        try:
            failed = await self._show(connection, rows)
            for row in rows:
                if error := failed.get((row["stream"], row["correlation_id"])):
                    raise error
                if row["stream"] not in self._writers:
                    await self._publish(row)
                published.append(row["id"])
        except (NotAccepted, Unavailable) as error:
            return len(published), error
        finally:
            if published:
                await connection.execute(_MARK, published)
        return len(published), None

    def _waits(self, error: Unavailable) -> float:
        """The pause of an outage; it is logged once, and again only when its reason changes."""
        reason = type(error.__cause__ or error).__name__
        if reason != self._complaint:
            _log.warning("the relay waits for the bus: %s", reason)
            self._complaint = reason
        return self._pause()

    async def _show(self, connection: Connection, rows: Sequence[Row]) -> dict[tuple[str, str], BaseException]:
        """Bring the documents that these rows name into their buckets, all at once, as the database holds them now.

        Each goes there once, and before the events of these rows. Gives the failures by stream and key.
        """
        failed: dict[tuple[str, str], BaseException] = {}
        for stream, writer in self._writers.items():
            if keys := {row["correlation_id"] for row in rows if row["stream"] == stream}:
                documents = await connection.fetch(_DOCUMENTS, writer.bucket.kind, list(keys))
                writes = (writer.put(one["key"], one["version"], one["body"]) for one in documents)
                outcomes = await asyncio.gather(*writes, return_exceptions=True)
                for one, outcome in zip(documents, outcomes, strict=True):
                    if isinstance(outcome, BaseException):
                        failed[stream, one["key"]] = outcome
        return failed

    async def _publish(self, row: Row) -> None:
        stored = {"traceparent": row["traceparent"]} if row["traceparent"] else {}
        attributes = {
            "messaging.system": "nats",
            "messaging.operation": "publish",
            "messaging.destination.name": row["subject"],
            "messaging.message.id": row["id"],
            ATTRIBUTE: row["correlation_id"],
        }
        # Attached, not handed on: the message continues the trace of the step that wrote the event.
        context, kind = propagate.extract(stored), trace.SpanKind.PRODUCER
        with _tracer.start_as_current_span("relay", context, kind, attributes, record_exception=False):
            headers: dict[str, str] = {}
            propagate.inject(headers)
            await self._bus.publish(row["stream"], row["subject"], row["body"].encode(), row["id"], headers)

    async def _refused(self, connection: Connection, row: Row, error: NotAccepted) -> None:
        await connection.execute(_REFUSED, row["id"], MAX_ATTEMPTS)
        if row["attempts"] + 1 >= MAX_ATTEMPTS:
            _log.error("event %s (%s) is parked in the outbox: %s", row["id"], row["subject"], error)
        else:
            _log.warning("event %s (%s) was not accepted: %s", row["id"], row["subject"], error)

    async def _tidy(self, connection: Connection) -> None:
        if monotonic() < self._tidy_at:
            return
        self._tidy_at = monotonic() + TIDY_SECONDS
        for statement in _TIDY:
            while (await connection.execute(statement)) == "DELETE 1000":
                pass

    def _pause(self) -> float:
        self._failures += 1
        return BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS)) - 1]


async def connect(engine: AsyncEngine) -> Connection:
    """A connection of asyncpg outside the engine's pool, with the same role and search path."""
    _, arguments = engine.dialect.create_connect_args(engine.url)
    arguments.pop("prepared_statement_cache_size", None)
    settings = {**server_settings(engine.url), **KEEP_ALIVE}
    # Any: asyncpg has no types
    driver: Any = asyncpg
    return await driver.connect(
        **arguments, timeout=CONNECT_SECONDS, command_timeout=2 * CONNECT_SECONDS, server_settings=settings
    )


async def backlog(engine: AsyncEngine) -> Backlog:
    """What waits in the outbox, for an operator."""
    connection = await connect(engine)
    try:
        return Backlog(*await connection.fetchrow(_BACKLOG))
    finally:
        await _close(connection)


async def parked(engine: AsyncEngine, limit: int) -> list[ParkedEvent]:
    """The oldest parked rows of the outbox, at most `limit`, in the order in which they were written."""
    connection = await connect(engine)
    try:
        return [ParkedEvent(*row) for row in await connection.fetch(_PARKED, limit)]
    finally:
        await _close(connection)


async def release(engine: AsyncEngine, event_id: str | None = None) -> int:
    """Let the relay publish parked rows of the outbox again, at once.

    Args:
        engine: of the service.
        event_id: release this event only; without it all that are parked.

    Returns:
        How many were released.
    """
    connection = await connect(engine)
    try:
        released = await connection.fetch(_RELEASE, event_id)
        await connection.execute(NOTIFY)
        return len(released)
    finally:
        await _close(connection)


async def _wait(wake: asyncio.Event, seconds: float, *, wakeable: bool) -> None:
    if not wakeable:
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()


async def _close(connection: Connection) -> None:
    with suppress(Exception):
        await connection.close(timeout=1)
