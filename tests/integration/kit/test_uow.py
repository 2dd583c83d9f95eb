"""A transaction finds a connection that lives; what it writes last is one statement."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from contracts.events.intake import CasesLinked
from contracts.problems import Refused
from kit import handled, projections
from kit.bus import Meta
from kit.idempotency import Once, RequestKey
from kit.uow import Overtaken, Tx, Write
from tests.integration.kit.test_idempotency import Answer
from tests.integration.kit.test_outbox import linked


async def _connections(database: Any, number: int) -> None:
    """Have so many connections in the pool."""
    entered = asyncio.Barrier(number)

    async def one() -> None:
        async with database.uow()() as tx:
            await projections.get(tx, "standing", ["case_x"])
            await entered.wait()

    await asyncio.gather(*(one() for _ in range(number)))


async def test_all_dead_connections_of_the_pool_are_replaced(database: Any, postgres: Any) -> None:
    await _connections(database, 4)
    postgres.kill()
    postgres.start()
    await postgres.run("SELECT 1")
    await asyncio.gather(*(_emitted(database) for _ in range(4)))
    assert await database.fetch("SELECT count(*) FROM outbox") == [(4,)]


async def _emitted(database: Any) -> None:
    async with database.uow()() as tx:
        tx.emit(linked())


async def test_events_and_the_answer_are_there_together_or_not_at_all(database: Any) -> None:
    key = RequestKey.of("commune/lao-cai", "submit_report", "key-1", "/v1/reports", b"{}")
    events = [linked(), linked(), linked()]
    async with database.uow()() as tx:
        assert await Once(key).seen(tx) is None
        for event in events:
            tx.emit(event)
        await Once(key).keep(tx, Answer(number=7), 201)
    assert await database.fetch("SELECT status, body->>'number' FROM idempotency") == [(201, "7")]
    stored = await database.fetch("SELECT data->>'subject' FROM outbox ORDER BY seq")
    assert stored == [(event.case_id,) for event in events]


def guarded(only: str, what: str) -> Write:
    """A write that happens only where the condition holds."""
    steps = (
        f"found AS (SELECT 1 WHERE {only})",
        "done AS (INSERT INTO effects SELECT :what WHERE EXISTS (SELECT FROM found))",
    )
    return Write(steps, "found", {"what": what}, frozenset(), frozenset())


async def test_a_step_that_nothing_overtakes_is_done_once_without_a_lock(database: Any) -> None:
    tries: list[bool] = []

    async def work(tx: Tx) -> None:
        tries.append(tx.locks)
        await tx.write(guarded("TRUE", "done"))
        tx.emit(linked())

    await database.uow().step(work)
    assert tries == [False]
    assert await database.fetch("SELECT (SELECT count(*) FROM effects), (SELECT count(*) FROM outbox)") == [(1, 1)]


async def test_a_step_that_was_overtaken_is_done_again_with_locks(database: Any) -> None:
    tries: list[bool] = []

    async def work(tx: Tx) -> int:
        tries.append(tx.locks)
        await tx.write(guarded("TRUE" if len(tries) == 3 else "FALSE", "done"))
        tx.emit(linked())
        return len(tries)

    assert await database.uow().step(work) == 3
    assert tries == [False, True, True]
    assert await database.fetch("SELECT (SELECT count(*) FROM effects), (SELECT count(*) FROM outbox)") == [(1, 1)]


async def test_a_step_that_is_always_overtaken_stores_nothing_and_says_so(database: Any) -> None:
    key = RequestKey.of("commune/lao-cai", "record_fact", "key-1", "/v1/cases", b"{}")

    async def work(tx: Tx) -> None:
        await tx.write(guarded("FALSE", "never"))
        tx.emit(linked())
        await Once(key).keep(tx, Answer(number=7))

    with pytest.raises(Overtaken):
        await database.uow().step(work)
    for table in ("effects", "outbox", "idempotency"):
        assert await database.fetch(f"SELECT count(*) FROM {table}") == [(0,)]


async def test_a_refusal_is_not_tried_again(database: Any) -> None:
    tries: list[bool] = []

    async def work(tx: Tx) -> None:
        tries.append(tx.locks)
        raise Refused

    with pytest.raises(Refused):
        await database.uow().step(work)
    assert tries == [False]


async def test_two_writes_of_one_transaction_are_both_there(database: Any) -> None:
    async with database.uow()() as tx:
        await tx.write(guarded("TRUE", "first"))
        await tx.write(guarded("TRUE", "second"))
    assert await database.fetch("SELECT what FROM effects ORDER BY what") == [("first",), ("second",)]


async def test_events_that_arrive_together_are_handled_in_one_transaction_each_once(database: Any) -> None:
    async def work(tx: Tx, given: Sequence[tuple[CasesLinked, Meta]]) -> None:
        for event, _ in given:
            await tx.execute(text("INSERT INTO effects SELECT pg_current_xact_id()::text"), {})
            if event.other_case_id == "case_wrong":
                raise Refused

    handle = handled.InOneTransaction(database.uow(), work)
    events = [linked() for _ in range(6)]
    wrong = events[3].model_copy(update={"other_case_id": "case_wrong"})
    metas = [Meta(f"evt_{number}", 1, datetime.now(UTC), "a_service__on_something") for number in range(6)]
    await asyncio.gather(*(handle(*one) for one in zip(events, metas, strict=True)))
    assert await database.fetch("SELECT count(*), count(DISTINCT what) FROM effects") == [(6, 1)]
    again = [*zip(events, metas, strict=True), (wrong, replace(metas[0], event_id="evt_wrong"))]
    outcomes = await asyncio.gather(*(handle(*one) for one in again), return_exceptions=True)
    assert [type(one) for one in outcomes] == [type(None)] * 6 + [Refused]
    assert await database.fetch("SELECT count(*) FROM effects") == [(6,)]
