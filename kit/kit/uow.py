"""One use case = one transaction = state + outbox. No other code commits.

What a transaction leaves behind is written last, in one statement: the rows that the service hands to `Tx.write`, the
answer of the request, the events, and the entry of who did it (`kit.looks`).

`UnitOfWork.step` runs a use case that needs no more than one read and this one statement: two round trips. The
statement has a guard, a step that finds its row only if nothing came in between since the read. If something did,
nothing is written and `Overtaken` is raised: the use case runs again from the read, now in a transaction that may hold
locks.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from asyncpg import PostgresError, UniqueViolationError
from opentelemetry import propagate
from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, JSON, CursorResult, Executable, String, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from contracts.envelope import Envelope, Event
from contracts.ids import new_id
from contracts.problems import Unavailable
from contracts.topology import Bucket, stream_of
from kit import direct
from kit.clock import Clock
from kit.db import Sessions, translated
from kit.looks.look import COLUMNS, TABLE, Look

ResultT = TypeVar("ResultT")
CHANNEL_SUFFIX = "_outbox"
"""NOTIFY channel of a service: `<schema>_outbox`."""
TRIES = 5
"""So often `UnitOfWork.step` runs a use case: once without a lock, then with locks."""
_TAKEN_ANSWER = """
UPDATE idempotency SET status = :answer_status, body = :answer_body, headers = :answer_headers
WHERE office = :answer_office AND operation = :answer_operation AND key = :answer_key AND {only}
"""
_NEW_ANSWER = """
INSERT INTO idempotency (office, operation, key, fingerprint, created_at, status, body, headers)
SELECT :answer_office, :answer_operation, :answer_key, :answer_fingerprint, CAST(:answer_at AS timestamptz),
  :answer_status, :answer_body, :answer_headers WHERE {only}
"""
_EVENTS = """
INSERT INTO outbox (id, stream, subject, type, data, headers, created_at)
SELECT id, stream, subject, type, data, headers, created_at
FROM jsonb_to_recordset(:events) AS one(id text, stream text, subject text, type text, data jsonb, headers jsonb,
  created_at timestamptz)
WHERE {only}
"""
# Many NOTIFYs of one channel in one transaction are one.
NOTIFY = f"SELECT pg_notify(current_schema() || '{CHANNEL_SUFFIX}', '')"
_STRINGS: TypeEngine[Any] = ARRAY(String)
_JSON = re.compile(r":(answer_body|answer_headers|events|rows_\d+)\b")
"""Parameters of kit's own steps that are JSON."""


class Overtaken(Unavailable):
    """Something came between the read and the write of a step, and nothing was written. `UnitOfWork.step` tries again.

    Outside `step` it is 503 for a request, and another delivery for an event.
    """


@dataclass(frozen=True)
class Write:
    """What a service writes in the statement that ends its transaction.

    Attributes:
        steps: SQL of common table expressions, `name AS (...)`. Each step but the guard must write nothing unless
            `guard` has a row.
        guard: the name of the step that has a row if, and only if, everything may be written.
        values: parameters of the steps, by name.
        json, arrays: names of the parameters that are JSON, and of those that are lists of strings.
    """

    steps: tuple[str, ...]
    guard: str
    values: Mapping[str, Any]
    json: frozenset[str]
    arrays: frozenset[str]


@dataclass
class Tx:
    """An open transaction.

    Attributes:
        session: of SQLModel; the unit of work alone commits it.
        now: the instant of the transaction (aware, UTC); the same for everything that it records.
        locks: whether it holds a lock until its end. If not, each statement is a transaction by itself, so all that
            the use case writes must go into the last one.
        key_taken: whether an earlier statement of it took the Idempotency-Key of the request.
        shown: bucket → the version of the document that this transaction brings into it.
        answers: it makes the answer of the request, and so carries the entry of the request.
    """

    session: AsyncSession
    now: datetime
    locks: bool = True
    key_taken: bool = False
    shown: dict[Bucket, int] = field(default_factory=dict[Bucket, int], init=False)
    answers: bool = field(default=False, init=False)
    _look: Look | None = None
    _carries: bool = False
    _connection: AsyncConnection | None = None
    _events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _answer: Mapping[str, Any] | None = None
    _write: Write | None = None
    _inserts: list[tuple[str, list[Any]]] = field(default_factory=list[tuple[str, list[Any]]])

    def emit(self, event: Event) -> None:
        """Send an event when, and only when, this transaction is committed. Order within it is kept."""
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        self._events.append(self._row(event, carrier.get("traceparent")))

    def show(self, bucket: Bucket, key: str, version: int) -> None:
        """Bring a document's newest version into its bucket after the commit. The document is a row of `projections`.

        The row of the outbox names the document and has no copy of it: the relay reads what is committed then.
        """
        self.shown[bucket] = version
        row = {
            "id": new_id("doc"),
            "stream": bucket.stream,
            "subject": bucket.subject(key),
            "type": "document",
            "data": {"subject": key, "version": version},
            "headers": {},
            "created_at": self.now.isoformat(),
        }
        self._events.append(row)

    def answer(self, columns: Mapping[str, Any]) -> None:
        """Keep the answer of the request; `kit.idempotency` calls it."""
        self._answer = {f"answer_{name}": value for name, value in columns.items()} | {"answer_at": self.now}

    async def write(self, write: Write) -> None:
        """Write this with the events, in the last statement. If there are several, the earlier ones are written now."""
        if self._write is not None:
            await self._run((), self._write, {})
        self._write = write

    def insert(self, model: type[SQLModel], rows: Sequence[Mapping[str, Any]], *, conflict: str = "") -> None:
        """Insert rows at the end of the transaction, in its last statement; until then no statement sees them.

        Args:
            model: of the table. rows: column → value, all with the same columns; columns left out get their default.
            conflict: for example `ON CONFLICT DO NOTHING`.
        """
        if rows:
            # Any: SQLModel does not declare the table of a model
            table: Any = getattr(model, "__table__")  # noqa: B009
            insertion = _insertion(table.fullname, tuple(rows[0]), conflict)
            self._inserts.append((insertion, [_plain(row) for row in rows]))

    def record(self, *looks: Look) -> None:
        """Write these entries at the end of the transaction. The entry of the request itself needs no call."""
        self._inserts.append((_insertion(TABLE, COLUMNS, ""), [row for look in looks for row in look.rows()]))

    async def execute(
        self, statement: Executable, values: dict[str, Any] | Sequence[dict[str, Any]]
    ) -> CursorResult[Any]:
        """Run a statement on the connection, past the session: for what needs no objects. A list runs it for each."""
        if self._connection is None:  # asked once: the session takes as long to name it as asyncpg to run a statement
            self._connection = await self.session.connection()
        return await self._connection.execute(statement, values)

    async def fetch(self, statement: TextClause, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
        """All rows of a statement. Where the transaction holds no locks, it goes past SQLAlchemy (`kit.direct`)."""
        if self.locks or self._connection is None:
            return (await self.execute(statement, values)).all()
        return await direct.fetch(self._connection, statement, values)

    async def _write_last(self) -> None:
        """What the service writes, the answer, the events and the entry, in one round trip. Raises `Overtaken`.

        If the entry is what cannot be written, nothing is. The next try goes without it, and the recorder keeps it.
        """
        self._carry_entry()
        try:
            await self._write_all()
        except (DBAPIError, PostgresError) as error:
            refused = error.orig if isinstance(error, DBAPIError) else error
            if not self._carries or self._look is None or TABLE not in str(refused):
                raise
            self._look.apart = True
            raise Overtaken("What is done here cannot be recorded now.") from error

    def _carry_entry(self) -> None:
        """Add the entry of the request, if the transaction changes something. A request has one such transaction.

        What may not be shown without its entry is recorded alone, where the database says that it has the entry.
        """
        changes = self.answers or self._inserts or self._answer or self._events or self._write is not None
        if self._look is None or self._look.carried or self._look.apart or self._look.strict or not changes:
            return
        self._look.note_what()
        self.record(self._look)
        self._carries = True

    async def _write_all(self) -> None:
        own: list[str] = []
        values: dict[str, Any] = {}
        for number, (insertion, rows) in enumerate(self._inserts):
            own.append(insertion.replace(":rows", f":rows_{number}"))
            values[f"rows_{number}"] = rows
        if self._answer is not None:
            own.append(_TAKEN_ANSWER if self.key_taken else _NEW_ANSWER)
            values.update(self._answer)
        if self._events:
            own.append(_EVENTS)
            values["events"] = self._events
        if own or self._write is not None:
            await self._run(tuple(own), self._write, values)

    async def _run(self, own: tuple[str, ...], write: Write | None, values: dict[str, Any]) -> None:
        given = write or Write((), "", {}, frozenset(), frozenset())
        statement = _last(own, given.steps, given.guard, given.json, given.arrays)
        try:
            rows = await self.fetch(statement, {**given.values, **values})
        except (IntegrityError, UniqueViolationError) as error:
            said = error.driver_exception if isinstance(error, IntegrityError) else error
            if getattr(said, "table_name", None) == "idempotency":
                raise Overtaken from error  # another request with this key was quicker
            raise
        if not rows:
            raise Overtaken

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
def _insertion(table: str, columns: tuple[str, ...], conflict: str) -> str:
    named = ", ".join(f'"{name}"' for name in columns)
    into = f"INSERT INTO {table} ({named}) SELECT {named}"  # names of the service's own tables
    return f"{into} FROM jsonb_populate_recordset(NULL::{table}, :rows) WHERE {{only}} {conflict}"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON that PostgreSQL reads into the columns."""
    return to_jsonable_python({name: _bytea(value) for name, value in row.items()})


def _bytea(value: Any) -> Any:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


@lru_cache
def _last(
    own: tuple[str, ...], steps: tuple[str, ...], guard: str, json: frozenset[str], arrays: frozenset[str]
) -> TextClause:
    """What a transaction writes last, as one statement that gives a row if it was written. Each is made once."""
    only = f"EXISTS (SELECT FROM {guard})" if guard else "TRUE"
    written = [f"own_{number} AS ({one.format(only=only)})" for number, one in enumerate(own)]
    said = NOTIFY if _EVENTS in own else "SELECT 1"
    found = f"{said} FROM {guard}" if guard else said
    kits = [name for one in own for name in _JSON.findall(one)]
    types = {
        **{name: JSON() if name.startswith("answer_") else JSONB() for name in kits},
        **dict.fromkeys(json, JSONB()),
        **dict.fromkeys(arrays, _STRINGS),
    }
    statement = text(f"WITH {', '.join([*steps, *written])} {found}")
    return statement.bindparams(*(bindparam(name, type_=kind) for name, kind in types.items()))


class UnitOfWork:
    """`async with uow() as tx:` commits at the end of the block and rolls back on an exception.

    Raises `Unavailable` where the database is down, busy or gave way to another transaction.
    """

    def __init__(self, sessions: Sessions, clock: Clock, look: Look | None = None) -> None:
        self._sessions = sessions
        self._clock = clock
        self._look = look

    def recording(self, look: Look) -> "UnitOfWork":
        """The same for one request: the transaction that changes something writes its entry, too."""
        return UnitOfWork(self._sessions, self._clock, look)

    async def step(self, work: Callable[[Tx], Awaitable[ResultT]]) -> ResultT:
        """Run a use case that reads in one statement and writes in the last one, and again if it was overtaken.

        Args:
            work: runs once without locks (`Tx.locks`), where it must write by `Tx.write` alone; then with locks, so
                that it is not overtaken again and again. What it does outside the transaction, it may do twice.
        """
        for number in range(TRIES):
            with suppress(Overtaken):
                async with self() if number else self.unlocked() as tx:
                    return await work(tx)
        raise Overtaken("Too much happened at the same time.")

    @asynccontextmanager
    async def unlocked(self) -> AsyncGenerator[Tx]:
        """Each statement is a transaction by itself, without round trips to begin and to commit.

        For one statement that reads, and for `step`, which writes in one guarded statement. Raises `Unavailable`.
        """
        with translated():
            async with self._sessions() as session:
                connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
                tx = Tx(session, self._clock.now(), locks=False, _look=self._look, _connection=connection)
                yield tx
                await tx._write_last()  # pyright: ignore[reportPrivateUsage]  # Tx shows services only what they need
        self._committed(tx)

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[Tx]:
        """Open a transaction."""
        with translated():
            async with self._sessions() as session, session.begin():
                tx = Tx(session, self._clock.now(), _look=self._look)
                yield tx
                await session.flush()
                await tx._write_last()  # pyright: ignore[reportPrivateUsage]  # Tx shows services only what they need
        self._committed(tx)

    def _committed(self, tx: Tx) -> None:
        if self._look is not None and tx._carries:  # pyright: ignore[reportPrivateUsage]  # see above
            self._look.carried = True
