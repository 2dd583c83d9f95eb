"""A transaction finds a connection that lives; what it writes last is one statement; documents are kept together."""

import asyncio
from typing import Any

from contracts.problems import Unavailable
from kit import projections
from kit.idempotency import Once, RequestKey
from kit.projections import Keeper
from tests.integration.kit.test_idempotency import Answer
from tests.integration.kit.test_outbox import linked

KEPT = "SELECT key, version, body->>'is' FROM projections WHERE kind = 'standing' ORDER BY key"


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


async def test_the_newest_of_many_is_kept(database: Any) -> None:
    keeper = Keeper(database.uow(), "standing")
    given = [("case_a", 3), ("case_a", 1), ("case_b", 2), ("case_a", 2), ("case_b", 1)]
    await asyncio.gather(*(keeper.put(key, version, {"is": f"{key} {version}"}) for key, version in given))
    await keeper.put("case_a", 2, {"is": "older"})
    assert await database.fetch(KEPT) == [("case_a", 3, "case_a 3"), ("case_b", 2, "case_b 2")]


async def test_what_is_not_kept_is_said(database: Any, postgres: Any) -> None:
    keeper = Keeper(database.uow(), "standing")
    postgres.kill()
    outcomes = await asyncio.gather(*(keeper.put(key, 1, {}) for key in ("case_a", "case_b")), return_exceptions=True)
    postgres.start()
    await postgres.run("SELECT 1")
    assert [type(one) for one in outcomes] == [Unavailable, Unavailable]
    await keeper.put("case_a", 1, {"is": "kept"})
    assert await database.fetch(KEPT) == [("case_a", 1, "kept")]
