"""Limits on real servers: two processes that count together over NATS, the alarm in the outbox, and a crowd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client

from contracts.limits import limits_subject
from kit.http.connections import MAX_OF_ONE
from kit.limits.budgets import BUDGETS, Budgets
from kit.limits.exchange import Exchange
from kit.limits.limits import Limits
from kit.topology import inbox_prefix
from stack.trial import Trial
from tests.integration.in_process import House, house
from tests.integration.intake.reports import persons, report
from tests.integration.vault.reading import POLICE, case_of, identity, log_of
from tests.load.house import until

pytestmark = pytest.mark.stack
[READS] = [one.amount for one in BUDGETS if one.name == "person.identity_reads"]
CROWD = MAX_OF_ONE + 50


@pytest.fixture(name="made")
async def _made(stack: Trial, tmp_path: Path) -> AsyncIterator[House]:
    async with house(stack.stack, tmp_path) as made:
        yield made


@asynccontextmanager
async def connected(stack: Trial, service: str) -> AsyncIterator[Client]:
    """As a process of the service is connected to NATS."""
    url, user, password = stack.stack.nats_login(service)
    client = await nats.connect(url, user=user, password=password, inbox_prefix=inbox_prefix(service).encode())
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def process(stack: Trial, made: House) -> AsyncIterator[Limits]:
    """The limits of one more process of the vault, beside the database of the test."""
    async with AsyncExitStack() as ending:
        client = await ending.enter_async_context(connected(stack, "vault"))
        exchange = Exchange("vault")
        limits = Limits("vault", Budgets(), made.clock, made.vault.state.uow, exchange)
        await exchange.join(client)
        task = asyncio.create_task(limits.run())
        try:
            yield limits
        finally:
            task.cancel()


async def test_two_processes_keep_to_one_budget_and_the_alarm_is_in_the_outbox_once(stack: Trial, made: House) -> None:
    case_id, _ = await case_of(made)
    async with process(stack, made) as one, process(stack, made) as two:
        answers: list[httpx.Response] = []
        for number in range(READS + 60):
            made.vault.state.limits = (one, two)[number % 2]
            answers.append(await identity(made, case_id, POLICE, "full_name"))
        opened = [answer for answer in answers if answer.status_code == 200]
        assert READS <= len(opened) <= READS * 1.1
        assert {answer.status_code for answer in answers} == {200, 429}
        assert all(int(one.headers["retry-after"]) > 0 for one in answers if one.status_code == 429)
        assert (await identity(made, case_id, f"{POLICE}#act_2", "full_name")).status_code == 200, "a colleague"

        async def alarms() -> list[Any]:
            found = "SELECT data FROM vault.outbox WHERE type = 'vn.neove.limits.limit.reached.v1'"
            return await made.vault.sql(found)

        async def raised() -> bool:
            return len(await alarms()) == 2  # each process has raised it once

        await until(raised, 20, "both processes raise the alarm")
        [subject] = {str(one["data"]).partition('"subject": "')[2].partition('"')[0] for one in await alarms()}
        assert subject.startswith("limit_"), "under one id, so that notify tells it once"
    entries = [one for one in await log_of(made, case_id) if one[1:3] == ("vault.read_identity", "done")]
    assert len(entries) == len(opened) + 1, "what was refused has opened nothing"


async def test_new_cases_are_counted_by_person_of_the_report(made: House) -> None:
    made.intake.state.limits = Limits("intake", Budgets({"person.new_cases": 5}), made.clock, made.intake.state.uow)
    three = report(persons=persons({}, {}, {}))
    key = {"Idempotency-Key": "k-1"}
    first = await made.intake.post("/v1/reports", POLICE, three, **key)
    assert first.status_code == 200, first.text
    assert (await made.intake.post("/v1/reports", POLICE, three, **key)).status_code == 200, "a repetition is none"
    refused = await made.intake.post("/v1/reports", POLICE, report(persons=persons({}, {}, {}), narrative="Khác."))
    assert refused.status_code == 429
    assert refused.json()["limit"] == "person.new_cases"
    assert (await made.intake.post("/v1/reports", POLICE, report(narrative="Khác nữa."))).status_code == 200


async def test_no_other_service_can_say_what_the_vault_counted(stack: Trial) -> None:
    heard: list[bytes] = []

    async def hear(message: Any) -> None:
        heard.append(message.data)

    async with connected(stack, "vault") as vault, connected(stack, "intake") as intake:
        await vault.subscribe(limits_subject("vault"), cb=hear)
        await vault.flush()
        await intake.publish(limits_subject("vault"), b"forged")
        await intake.flush()
        await vault.publish(limits_subject("vault"), b"own")
        async with asyncio.timeout(10):
            while not heard:  # noqa: ASYNC110  # it comes by itself
                await asyncio.sleep(0.01)
    assert heard == [b"own"]


async def test_a_crowd_of_one_address_leaves_room_for_others(stack: Trial) -> None:
    url = httpx.URL(stack.url("support"))
    headers = {"Authorization": f"Bearer {stack.token('health_authority/lao-cai')}"}
    crowd = [await asyncio.open_connection(str(url.host), url.port, local_addr=("127.0.0.3", 0)) for _ in range(CROWD)]
    try:
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=15, trust_env=False) as http:
            answer = await http.get("/healthz/live")
            assert answer.status_code == 200
        gone = [asyncio.create_task(reader.read()) for reader, _ in crowd]
        done, _ = await asyncio.wait(gone, timeout=2)
        assert CROWD - len(done) <= MAX_OF_ONE
    finally:
        for _, writer in crowd:
            writer.close()
