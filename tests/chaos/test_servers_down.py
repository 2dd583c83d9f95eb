"""A server is away: what can be accepted is accepted, the rest is answered with 503, and nothing is lost."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from stack.trial import Trial
from tests.load.desk import POLICE, Desk, report
from tests.load.house import away, published, settled, shown, temporal_client, until, value

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(180)]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(running: Trial) -> AsyncIterator[Desk]:
    async with Desk(running.endpoints) as made:
        yield made


async def once(desk: Desk, service: str, path: str, body: Any, key: str | None = None) -> httpx.Response:
    """One request, sent once."""
    headers = {"Idempotency-Key": key or secrets.token_hex(8), **await desk.signed(POLICE)}
    return await desk.http.post(desk.endpoints.services[service] + path, json=body, headers=headers, timeout=30)


async def stored(running: Trial) -> tuple[int, ...]:
    """Rows that a report or a step would leave."""
    tables = ("intake.reports", "intake.idempotency", "intake.outbox", "casework.facts", "casework.idempotency")
    counts = [await value(running.stack, one.partition(".")[0], f"SELECT count(*) FROM {one}") for one in tables]
    return tuple(counts)


def is_unavailable(answer: httpx.Response) -> bool:
    """503 with the seconds after which to ask again."""
    return answer.status_code == 503 and answer.headers.get("Retry-After", "").isdigit()


async def classified(desk: Desk, case_id: str, key: str | None = None, **more: Any) -> httpx.Response:
    """The answer to the first step of the crime lane."""
    body = {"lane": "crime", "state": "CRIME_INFO_CLASSIFIED", "occurred_at": report()["occurred_at"], **more}
    return await once(desk, "casework", f"/v1/cases/{case_id}/facts", body, key)


async def test_without_postgresql_all_is_refused_and_nothing_stored(running: Trial, desk: Desk) -> None:
    case_id = await desk.report()
    await desk.case(case_id)
    await settled(running.stack)
    before, body = await stored(running), report()
    async with away(running, "postgres"):
        assert is_unavailable(await once(desk, "intake", "/v1/reports", body, "key-1"))
        assert is_unavailable(await classified(desk, case_id, "key-2"))
    assert await stored(running) == before
    await desk.send("POST", "intake", "/v1/reports", POLICE, body, "key-1")
    accepted = await until_accepted(desk, case_id, "key-2")
    assert accepted.json()["fact_id"]
    await settled(running.stack)


async def test_without_nats_steps_are_accepted_and_published_later(running: Trial, desk: Desk) -> None:
    known = await desk.report()
    await desk.case(known)
    await settled(running.stack)
    async with away(running, "nats"):
        new = (await once(desk, "intake", "/v1/reports", report())).raise_for_status().json()["cases"]["A"]
        (await classified(desk, known)).raise_for_status()
    assert (await desk.case(new))["lanes"]["crime"]["state"] == "CRIME_INFO_RECEIVED"
    await settled(running.stack)
    assert await shown(running.stack, [known, new]) == await published(running.stack, [known, new])


async def test_without_temporal_steps_are_accepted_and_waits_armed_later(running: Trial, desk: Desk) -> None:
    async with away(running, "temporal"):
        case_id = (await once(desk, "intake", "/v1/reports", report())).raise_for_status().json()["cases"]["A"]
        assert (await desk.case(case_id))["lanes"]["crime"]["state"] == "CRIME_INFO_RECEIVED"
        (await classified(desk, case_id)).raise_for_status()
    client = await temporal_client(running.stack)

    async def armed() -> bool:
        found = [run.id async for run in client.list_workflows(f"CaseId = '{case_id}' AND ExecutionStatus = 'Running'")]
        return found == [case_id]

    await until(armed, 30, "the case waits in Temporal")
    await settled(running.stack)


async def test_without_the_vault_what_needs_it_is_refused_and_nothing_stored(running: Trial, desk: Desk) -> None:
    case_id = await desk.report()
    await desk.case(case_id)
    await settled(running.stack)
    before, body = await stored(running), report()
    async with away(running, "vault"):
        assert is_unavailable(await once(desk, "intake", "/v1/reports", body, "key-3"))
        assert is_unavailable(await classified(desk, case_id, "key-4", note="Ghi chú bịa ra để thử."))
        assert await stored(running) == before
        (await classified(desk, case_id)).raise_for_status()
    await desk.send("POST", "intake", "/v1/reports", POLICE, body, "key-3")
    await settled(running.stack)


async def until_accepted(desk: Desk, case_id: str, key: str) -> httpx.Response:
    """The same step with the same key, as soon as it is accepted."""
    answers: list[httpx.Response] = []

    async def accepted() -> bool:
        answers.append(await classified(desk, case_id, key))
        return answers[-1].is_success

    await until(accepted, 20, "the step is accepted")
    return answers[-1]
