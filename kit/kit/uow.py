"""One use case = one transaction = state + outbox. No other code commits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from opentelemetry import propagate
from sqlalchemy import JSON, CursorResult, Executable, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession

from contracts.envelope import Envelope, Event
from contracts.topology import stream_of
from kit.clock import Clock
from kit.db import Sessions, translated

CHANNEL_SUFFIX = "_outbox"
"""NOTIFY channel of a service: `<schema>_outbox`."""
_ANSWER = """
UPDATE idempotency SET status = :status, body = :body
WHERE office = :office AND operation = :operation AND key = :key
"""
# Many NOTIFYs of one channel in one transaction are one; RETURNING saves a round trip for it.
_EVENTS = f"""
INSERT INTO outbox (id, stream, subject, type, data, headers, created_at)
SELECT id, stream, subject, type, data, headers, created_at
FROM jsonb_to_recordset(:events) AS one(id text, stream text, subject text, type text, data jsonb, headers jsonb,
  created_at timestamptz)
RETURNING pg_notify(current_schema() || '{CHANNEL_SUFFIX}', '')
"""  # noqa: S608  # the inserted text is the constant above


@dataclass
class Tx:
    """An open transaction.

    Attributes:
        session: of SQLModel; the unit of work alone commits it.
        now: the instant of the transaction (aware, UTC); the same for everything that it records.
    """

    session: AsyncSession
    now: datetime
    _events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _answer: dict[str, Any] = field(default_factory=dict[str, Any])

    def emit(self, event: Event) -> None:
        """Send an event when, and only when, this transaction is committed. Order within it is kept."""
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        self._events.append(self._row(event, carrier.get("traceparent")))

    def answer(self, **columns: Any) -> None:
        """Keep the answer of the request whose key this transaction took; `kit.idempotency` calls it."""
        self._answer = columns

    async def execute(self, statement: Executable, values: dict[str, Any]) -> CursorResult[Any]:
        """Run a statement on the connection, past the session: for what needs no objects."""
        return await (await self.session.connection()).execute(statement, values)

    async def _write_last(self) -> None:
        """The events and the answer, in one round trip."""
        if not self._events and not self._answer:
            return
        events = {"events": self._events} if self._events else {}
        await self.execute(_last(bool(self._answer), bool(events)), {**events, **self._answer})

    def _row(self, event: Event, traceparent: str | None) -> dict[str, Any]:
        envelope = Envelope.wrap(event, at=self.now, traceparent=traceparent)
        return {
            "id": envelope.id,
            "stream": stream_of(event.producer),
            "subject": event.nats_subject(),
            "type": envelope.type,
            "data": envelope.model_dump(mode="json", exclude_none=True),
            "headers": {"traceparent": traceparent} if traceparent else {},
            "created_at": self.now.isoformat(),
        }


@lru_cache
def _last(answer: bool, events: bool) -> TextClause:
    """What a transaction writes last; each of the three statements is made once."""
    types = [bindparam("body", type_=JSON())] if answer else []
    if not events:
        return text(_ANSWER).bindparams(*types)
    written = f"WITH answered AS ({_ANSWER}) {_EVENTS}" if answer else _EVENTS
    return text(written).bindparams(*types, bindparam("events", type_=JSONB))


class UnitOfWork:
    """`async with uow() as tx:` commits at the end of the block and rolls back on an exception.

    Raises `Unavailable` where the database is down, busy or gave way to another transaction.
    """

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def now(self) -> datetime:
        """The instant that a transaction would have if it began now (aware, UTC)."""
        return self._clock.now()

    @asynccontextmanager
    async def single(self) -> AsyncGenerator[AsyncSession]:
        """For one statement, which is a transaction by itself: one round trip, not three. Raises `Unavailable`."""
        with translated():
            async with self._sessions() as session:
                await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
                yield session

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[Tx]:
        """Open a transaction."""
        with translated():
            async with self._sessions() as session, session.begin():
                tx = Tx(session, self._clock.now())
                yield tx
                await session.flush()
                await tx._write_last()  # pyright: ignore[reportPrivateUsage]  # Tx shows services only what they need
