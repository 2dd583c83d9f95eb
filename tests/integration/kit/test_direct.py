"""What goes past SQLAlchemy arrives as with it, fails as with it, and nobody else suffers from its connection."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import ARRAY, String, bindparam, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError

import kit.telemetry.sql
from contracts.problems import Refused, Unavailable
from kit.idempotency import Once, RequestKey
from kit.telemetry import trace_engine
from kit.uow import Overtaken, Tx, Write
from tests.integration.kit.test_idempotency import Answer
from tests.integration.waiting import until

RAISES = """
CREATE FUNCTION fails(state text) RETURNS int LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = state; END $$
"""
BUSY = {
    "serialization_failure": "40001",
    "deadlock_detected": "40P01",
    "lock_not_available": "55P03",
    "query_canceled, as by statement_timeout": "57014",
    "admin_shutdown": "57P01",
    "too_many_connections": "53300",
    "disk_full": "53100",
    "connection_failure": "08006",
}
OURS = {"check_violation": "23514", "undefined_column": "42703", "numeric_value_out_of_range": "22003"}
PID = text("SELECT pg_backend_pid()")


@pytest_asyncio.fixture(loop_scope="session")
async def failing(database: Any, postgres: Any) -> AsyncIterator[Any]:
    """A database in which `fails(sqlstate)` fails so."""
    path = f"SET search_path = {database.name}"
    await postgres.run(path, RAISES, "ALTER TABLE effects ADD UNIQUE (what)", database=database.name)
    yield database


def transaction(database: Any, locks: bool) -> Any:
    return database.uow()() if locks else database.uow().unlocked()


def effect(what: str) -> Write:
    step = "done AS (INSERT INTO effects SELECT CAST(:what AS text) RETURNING what)"
    return Write((step,), "done", {"what": what}, frozenset(), frozenset())


@contextmanager
def through_sqlalchemy(database: Any) -> Iterator[list[str]]:
    seen = list[str]()

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_the_statements_of_a_step_go_past_sqlalchemy(database: Any) -> None:
    async def work(tx: Tx) -> Any:
        await tx.write(effect("done"))
        return (await tx.fetch(text("SELECT 7"), {}))[0][0]

    with through_sqlalchemy(database) as seen:
        assert await database.uow().step(work) == 7
    assert seen == []
    assert await database.fetch("SELECT what FROM effects") == [("done",)]


async def test_a_transaction_with_locks_is_one_that_sqlalchemy_knows(database: Any) -> None:
    async def refused() -> None:
        async with database.uow()() as tx:
            await tx.fetch(text("INSERT INTO effects VALUES ('never') RETURNING what"), {})
            raise Refused

    with through_sqlalchemy(database) as seen, pytest.raises(Refused):
        await refused()
    assert len(seen) == 1
    assert await database.fetch("SELECT what FROM effects") == []


@pytest.mark.parametrize("locks", [True, False])
async def test_parameters_arrive_with_their_types(database: Any, locks: bool) -> None:
    statement = text("""
    SELECT CAST(:word AS text), CAST(:at AS timestamptz), CAST(:number AS int), CAST(:nothing AS text), :words,
      jsonb_typeof(:rows), :rows ->> 0, :none, CAST(:word AS text)
    """).bindparams(
        bindparam("words", type_=ARRAY(String)), bindparam("rows", type_=JSONB()), bindparam("none", type_=JSONB())
    )
    at = datetime(2026, 3, 3, 1, 2, 3, 456789, tzinfo=UTC)
    values: Mapping[str, Any] = {"word": "Lào Cai: 'x'", "at": at, "number": 3, "nothing": None}
    values = {**values, "words": ["a", "b"], "rows": ["Ơ", {"at": None}], "none": None, "more": "is not asked"}
    async with transaction(database, locks) as tx:
        [row] = await tx.fetch(statement, values)
        assert await tx.fetch(text("SELECT 1 WHERE FALSE"), {}) == []
    assert tuple(row)[:-2] == ("Lào Cai: 'x'", at, 3, None, ["a", "b"], "array", "Ơ")
    assert row[8] == "Lào Cai: 'x'"


@pytest.mark.parametrize("locks", [True, False])
@pytest.mark.parametrize("state", BUSY.values(), ids=BUSY.keys())
async def test_what_the_server_cannot_do_now_is_unavailable(failing: Any, state: str, locks: bool) -> None:
    with pytest.raises(Unavailable):
        async with transaction(failing, locks) as tx:
            await tx.fetch(text("SELECT fails(:state)"), {"state": state})


@pytest.mark.parametrize("locks", [True, False])
@pytest.mark.parametrize("state", OURS.values(), ids=OURS.keys())
async def test_a_fault_of_ours_is_not_hidden(failing: Any, state: str, locks: bool) -> None:
    with pytest.raises((DBAPIError, asyncpg.PostgresError)):
        async with transaction(failing, locks) as tx:
            await tx.fetch(text("SELECT fails(:state)"), {"state": state})


@pytest.mark.parametrize("locks", [True, False])
async def test_a_row_that_is_there_twice_is_a_fault_and_nothing_is_stored(failing: Any, locks: bool) -> None:
    async with transaction(failing, locks) as tx:
        await tx.write(effect("one"))
    with pytest.raises((IntegrityError, asyncpg.UniqueViolationError)):
        async with transaction(failing, locks) as tx:
            await tx.write(effect("one"))
    assert await failing.fetch("SELECT what FROM effects") == [("one",)]


async def test_a_key_that_another_request_took_meanwhile_overtakes_the_step(database: Any) -> None:
    key = RequestKey.of("commune/lao-cai", "record_fact", "key-1", "/v1/cases", b"{}")
    async with database.uow().unlocked() as tx:
        await Once(key).keep(tx, Answer(number=7))

    async def again() -> None:
        async with database.uow().unlocked() as tx:
            await tx.write(effect("twice"))
            await Once(key).keep(tx, Answer(number=8))

    with pytest.raises(Overtaken):
        await again()
    assert await database.fetch("SELECT what FROM effects") == []


@pytest.mark.parametrize("locks", [True, False])
async def test_a_lock_that_is_not_given_in_time_is_unavailable(database: Any, locks: bool) -> None:
    async def late() -> None:
        async with transaction(database, locks) as tx:
            await tx.fetch(text("SELECT set_config('lock_timeout', '10ms', :local)"), {"local": locks})
            await tx.write(effect("late"))

    async with database.engine.begin() as holder:
        await holder.exec_driver_sql("LOCK TABLE effects")
        with pytest.raises(Unavailable):
            await late()
    assert await database.fetch("SELECT what FROM effects") == []


@pytest.mark.parametrize("locks", [True, False])
async def test_a_connection_lost_between_read_and_write_is_unavailable_once(
    database: Any, postgres: Any, locks: bool
) -> None:
    pids = list[int]()

    async def lost() -> None:
        async with transaction(database, locks) as tx:
            pids.append((await tx.fetch(PID, {}))[0][0])
            await postgres.run(f"SELECT pg_terminate_backend({pids[0]}, 5000)")
            await tx.write(effect("lost"))

    with pytest.raises(Unavailable):
        await lost()
    async with transaction(database, locks) as tx:
        assert (await tx.fetch(PID, {}))[0][0] != pids[0]
        await tx.write(effect("kept"))
    assert await database.fetch("SELECT what FROM effects") == [("kept",)]


@pytest.mark.parametrize("locks", [True, False])
async def test_a_connection_lost_during_a_statement_is_unavailable_once(database: Any, locks: bool) -> None:
    async def waits() -> None:
        async with transaction(database, locks) as tx:
            await tx.fetch(text("SELECT pg_sleep(60)"), {})

    waiting = asyncio.create_task(waits())
    await until(lambda: _sleeping(database))
    await database.fetch(f"SELECT pg_terminate_backend(pid) FROM ({SLEEPING}) AS one")
    with pytest.raises(Unavailable):
        await waiting
    assert await database.fetch("SELECT 1") == [(1,)]


@pytest.mark.parametrize("locks", [True, False])
async def test_a_step_that_is_cancelled_hands_on_no_connection_that_still_works(database: Any, locks: bool) -> None:
    async def waits() -> None:
        async with transaction(database, locks) as tx:
            await tx.write(effect("never"))
            await tx.fetch(text("SELECT pg_sleep(60)"), {})

    waiting = asyncio.create_task(waits())
    await until(lambda: _sleeping(database))
    [(pid,)] = await database.fetch(SLEEPING)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: _ended(database, pid))
    async with transaction(database, locks) as tx:
        assert (await tx.fetch(PID, {}))[0][0] != pid
    assert await database.fetch("SELECT what FROM effects") == []


SLEEPING = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND datname = current_database()"


async def _sleeping(database: Any) -> bool:
    return len(await database.fetch(f"{SLEEPING} AND state = 'active'")) == 1


async def _ended(database: Any, pid: object) -> bool:
    return await database.fetch(f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}") == []


async def test_a_table_that_changed_meanwhile_is_read_anew(database: Any, postgres: Any) -> None:
    statement = text("SELECT * FROM effects")
    async with database.uow().unlocked() as tx:
        await tx.write(effect("old"))
    async with database.uow().unlocked() as tx:
        assert [tuple(row) for row in await tx.fetch(statement, {})] == [("old",)]
    await postgres.run(
        f"SET search_path = {database.name}, public",
        "ALTER TABLE effects ADD COLUMN more int DEFAULT 3",
        database=database.name,
    )
    async with database.uow().unlocked() as tx:
        assert [tuple(row) for row in await tx.fetch(statement, {})] == [("old", 3)]


@pytest.mark.parametrize("locks", [True, False])
async def test_the_span_of_a_statement_is_the_same(failing: Any, monkeypatch: pytest.MonkeyPatch, locks: bool) -> None:
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(kit.telemetry.sql, "tracer", provider.get_tracer("test"))
    trace_engine(failing.engine)
    async with transaction(failing, locks) as tx:
        await tx.fetch(text("SELECT CAST(:word AS text)"), {"word": "one"})
    with pytest.raises(Unavailable):
        async with transaction(failing, locks) as tx:
            await tx.fetch(text("SELECT fails(:state)"), {"state": "40001"})
    well, ill = kept.get_finished_spans()
    assert (well.name, well.status.is_ok) == ("SELECT", True)
    assert dict(well.attributes or {}) == {
        "db.system.name": "postgresql",
        "db.namespace": failing.name,
        "db.operation.name": "SELECT",
        "db.query.text": "SELECT CAST($1 AS text)",
    }
    assert not ill.status.is_ok
    assert "error.type" in (ill.attributes or {})
