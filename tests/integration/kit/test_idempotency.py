"""The same request, sent twice or at the same time, has one effect and one answer."""

import asyncio
import hashlib
import json
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.problems import Invalid, Refused, Unavailable
from contracts.topology import STANDINGS
from kit.idempotency import KeyReused, Once, RequestKey
from kit.uow import Tx


class Answer(BaseModel):
    number: int


def key(body: bytes = b"{}", path: str = "/v1/reports", office: str = "commune_police/lao-cai") -> RequestKey:
    return RequestKey.of(office, "submit_report", "key-1", path, body)


async def effect(tx: Tx) -> None:
    await (await tx.session.connection()).exec_driver_sql("INSERT INTO effects VALUES ('done')")


async def request(database: Any, request_key: RequestKey | None, number: int, pause: float = 0) -> tuple[int, Any, str]:
    once = Once(request_key)
    async with database.uow()() as tx:
        if response := await once.seen(tx):
            return response.status_code, json.loads(response.body), response.headers["idempotency-replayed"]
        await effect(tx)
        await asyncio.sleep(pause)
        response = await once.keep(tx, Answer(number=number), 201)
    return response.status_code, json.loads(response.body), "false"


async def test_a_repetition_gets_the_first_answer(database: Any) -> None:
    assert await request(database, key(), 1) == (201, {"number": 1}, "false")
    assert await request(database, key(), 2) == (201, {"number": 1}, "true")
    assert await request(database, key(office="border_guard/lao-cai"), 3) == (201, {"number": 3}, "false")
    assert await database.fetch("SELECT count(*) FROM effects") == [(2,)]


async def test_a_repetition_says_again_which_version_the_first_answer_made(database: Any) -> None:
    once = Once(key())
    async with database.uow()() as tx:
        assert await once.seen(tx) is None
        tx.show(STANDINGS, "case_x", 7)
        first = await once.keep(tx, Answer(number=1))
    async with database.uow()() as tx:
        again = await once.seen(tx)
    assert again is not None
    assert (first.headers["standing-version"], again.headers["standing-version"]) == ("7", "7")


async def test_an_answer_that_an_earlier_release_kept_is_repeated(database: Any) -> None:
    await request(database, key(), 1)
    await database.fetch("UPDATE idempotency SET headers = NULL RETURNING 1")
    assert await request(database, key(), 2) == (201, {"number": 1}, "true")


async def test_without_a_key_each_request_counts(database: Any) -> None:
    assert await request(database, None, 1) == (201, {"number": 1}, "false")
    assert await request(database, None, 2) == (201, {"number": 2}, "false")


async def test_of_many_at_once_one_works_and_the_others_wait_for_its_answer(database: Any) -> None:
    answers = await asyncio.gather(*(request(database, key(), number, 0.2) for number in range(6)))
    assert len({answer["number"] for _, answer, _ in answers}) == 1
    assert sorted(replayed for _, _, replayed in answers) == ["false"] + ["true"] * 5
    assert await database.fetch("SELECT count(*) FROM effects") == [(1,)]


async def test_the_second_works_if_the_first_is_refused(database: Any) -> None:
    async def refused() -> None:
        async with database.uow()() as tx:
            assert await Once(key()).seen(tx) is None
            await effect(tx)
            await asyncio.sleep(0.2)
            raise Refused

    first = asyncio.create_task(refused())
    await asyncio.sleep(0.1)
    assert await request(database, key(), 2) == (201, {"number": 2}, "false")
    with pytest.raises(Refused):
        await first
    assert await database.fetch("SELECT count(*) FROM effects") == [(1,)]


@pytest.mark.parametrize("other", [key(b"[]"), key(path="/v1/reports?x=1")])
async def test_a_key_cannot_stand_for_two_requests(database: Any, other: RequestKey) -> None:
    await request(database, key(), 1)
    with pytest.raises(KeyReused) as reused:
        await request(database, other, 2)
    assert (reused.value.slug, reused.value.status) == ("idempotency-key-reused", 422)


def test_a_key_has_a_limit() -> None:
    with pytest.raises(Invalid):
        RequestKey.of("a/b", "c", "k" * 201, "/", b"")


async def run(database: Any, *statements: str) -> None:
    async with database.uow()() as tx:
        for statement in statements:
            await (await tx.session.connection()).exec_driver_sql(statement)


async def test_a_database_that_gives_way_is_unavailable(database: Any) -> None:
    async with database.uow()() as holder:
        await (await holder.session.connection()).exec_driver_sql("LOCK TABLE effects IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable):
            await run(database, "SET LOCAL lock_timeout = '50ms'", "INSERT INTO effects VALUES ('done')")


async def test_a_mistake_in_a_statement_is_not_unavailable(database: Any) -> None:
    with pytest.raises(Exception, match="no_such_table") as raised:
        await run(database, "SELECT * FROM no_such_table")
    assert not isinstance(raised.value, Unavailable)


async def test_the_table_holds_neither_key_nor_anything_to_guess_a_body_by(database: Any) -> None:
    number, body = "001099012345", b'{"name":"Th\xe1\xbb\xad"}'
    asked = RequestKey.of("commune_police/lao-cai", "submit_report", number, "/v1/reports", body)
    await request(database, asked, 1)
    [(row,)] = await database.fetch("SELECT to_jsonb(i)::text FROM idempotency i")
    plain = hashlib.sha256(b"/v1/reports\0" + body).hexdigest()
    assert number not in row
    assert plain not in row
    again = RequestKey.of("commune_police/lao-cai", "submit_report", number + "6", "/v1/reports", body)
    assert again.fingerprint != asked.fingerprint
