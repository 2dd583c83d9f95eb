"""One use case = one transaction = state + outbox. Nothing else in the house commits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from opentelemetry import propagate
from sqlalchemy import func, insert
from sqlmodel.ext.asyncio.session import AsyncSession

from contracts.envelope import Envelope, Event
from contracts.topology import stream_of
from kit.clock import Clock
from kit.db import Sessions, translated
from kit.tables import outbox

CHANNEL_SUFFIX = "_outbox"
"""NOTIFY channel of a service: `<schema>_outbox`."""


@dataclass
class Tx:
    """An open transaction.

    Attributes:
        session: of SQLModel; never to be committed by the holder.
        now: the instant of the transaction (aware, UTC); the same for everything that it records.
    """

    session: AsyncSession
    now: datetime
    _events: list[Event] = field(default_factory=list[Event])

    def emit(self, event: Event) -> None:
        """Send an event when, and only when, this transaction is committed. Order within it is kept."""
        self._events.append(event)

    async def _write_events(self) -> None:
        if not self._events:
            return
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        rows = [self._row(event, carrier.get("traceparent")) for event in self._events]
        # Many NOTIFYs of one channel in one transaction are one; RETURNING saves a round trip for it.
        wake = func.pg_notify(func.current_schema() + CHANNEL_SUFFIX, "")
        # Rows as parameters, not as VALUES: the statement is compiled once and not for each transaction.
        await self.session.exec(insert(outbox).returning(wake), params=rows)

    def _row(self, event: Event, traceparent: str | None) -> dict[str, object]:
        envelope = Envelope.wrap(event, at=self.now, traceparent=traceparent)
        return {
            "id": envelope.id,
            "stream": stream_of(event.producer),
            "subject": event.nats_subject(),
            "type": envelope.type,
            "data": envelope.model_dump(mode="json", exclude_none=True),
            "headers": {"traceparent": traceparent} if traceparent else {},
            "created_at": self.now,
        }


class UnitOfWork:
    """`async with uow() as tx:` commits at the end of the block and rolls back on an exception.

    Raises `Unavailable` where the database is down, busy or gave way to another transaction.
    """

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[Tx]:
        """Open a transaction."""
        with translated():
            async with self._sessions() as session, session.begin():
                tx = Tx(session, self._clock.now())
                yield tx
                await session.flush()
                await tx._write_events()  # pyright: ignore[reportPrivateUsage]  # Tx shows services only what they need
