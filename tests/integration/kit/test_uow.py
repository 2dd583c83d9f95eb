"""A transaction finds a connection that lives; what it writes last is one statement."""

import asyncio
from typing import Any

from kit import projections
from kit.idempotency import Once, RequestKey
from tests.integration.kit.test_idempotency import Answer
from tests.integration.kit.test_outbox import linked


async def _connections(database: Any, number: int) -> None:
    """Have so many connections in the pool."""
    entered = asyncio.Barrier(number)

    async def one() -> None:
        async with database.uow()() as tx:
            await projections.get(tx, "standing", "case_x")
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
