"""The bucket of standings is away, lost or put back: nobody reads by a part that is over, and nothing is lost."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from contracts.topology import STANDINGS
from kit.topology import jetstream
from stack.administrator import administrator
from stack.trial import Trial
from tests.load.desk import HEALTH, POLICE, WHOLE_CASE, Desk, report
from tests.load.house import away, published, settled, shown, until

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]

HELD_BY_HEALTH = 6
"""So many steps of a whole case until the health authority holds the lane; with the next one the police holds it."""
SECONDS = 40
Lose = Callable[[Trial, Path], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(running: Trial) -> AsyncIterator[Desk]:
    async with Desk(running.endpoints) as made:
        yield made


async def asked(desk: Desk, service: str, path: str, office: str, body: Any = None, key: str = "") -> httpx.Response:
    """One request, sent once."""
    headers = {"Idempotency-Key": key or secrets.token_hex(8), **await desk.signed(office)}
    return await desk.http.post(desk.endpoints.services[service] + path, json=body or {}, headers=headers, timeout=30)


async def log_of(desk: Desk, case_id: str) -> int:
    """What the vault answers the health authority that asks for the access log, which only a holder may read."""
    return (await asked(desk, "vault", f"/v1/cases/{case_id}/access-log", HEALTH)).status_code


async def held(running: Trial, desk: Desk) -> str:
    """A case that the health authority holds."""
    case_id = await desk.report()
    for step in WHOLE_CASE[:HELD_BY_HEALTH]:
        await desk.step(case_id, *step)
    await settled(running.stack)
    assert await log_of(desk, case_id) == 200
    return case_id


async def hand_on(running: Trial, desk: Desk, case_id: str) -> None:
    """The part of the health authority as holder ends."""
    await desk.step(case_id, *WHOLE_CASE[HELD_BY_HEALTH])
    await settled(running.stack)
    assert await log_of(desk, case_id) == 403


async def deleted(running: Trial, saved: Path) -> None:
    async with administrator(running.stack) as client:
        await jetstream(client).delete_stream(STANDINGS.stream)


async def emptied(running: Trial, saved: Path) -> None:
    async with administrator(running.stack) as client:
        await jetstream(client).purge_stream(STANDINGS.stream)


async def put_back(running: Trial, saved: Path) -> None:
    """The whole store of NATS as it was; the vault starts again too, so that it remembers nothing."""
    async with away(running, "nats"), away(running, "vault"):
        shutil.rmtree(running.state / "nats")
        shutil.copytree(saved, running.state / "nats")


@pytest.mark.parametrize("lose", [deleted, emptied, put_back])
async def test_nobody_reads_by_a_part_that_is_over(running: Trial, desk: Desk, tmp_path: Path, lose: Lose) -> None:
    case_id = await held(running, desk)
    async with away(running, "nats"):
        shutil.copytree(running.state / "nats", tmp_path / "hour")
    await settled(running.stack)
    await hand_on(running, desk, case_id)
    await lose(running, tmp_path / "hour")
    answers: list[int] = []

    async def decided() -> bool:
        try:
            answers.append(await log_of(desk, case_id))
        except httpx.TransportError:  # the vault starts
            return False
        return answers[-1] != 503

    await until(decided, SECONDS, "the vault decides again")
    await until(lambda: _same(running, [case_id]), SECONDS, "the bucket is whole")
    answers.append(await log_of(desk, case_id))
    assert set(answers) <= {403, 503}
    assert answers[-1] == 403


async def _same(running: Trial, cases: list[str]) -> bool:
    return await shown(running.stack, cases) == await published(running.stack, cases)


async def test_without_nats_known_cases_go_on_and_unknown_ones_wait(running: Trial, desk: Desk) -> None:
    known, unknown = await desk.report(), await desk.report()
    await desk.case(unknown)
    await settled(running.stack)
    given = {"answers": {"sexual_exploitation": "yes"}, "occurred_at": datetime.now(UTC).isoformat()}
    identity = {"purpose": "verification", "fields": ["full_name"]}

    async def screened(case_id: str, key: str) -> int:
        return (await asked(desk, "intake", f"/v1/cases/{case_id}/screenings", POLICE, given, key)).status_code

    async def read(case_id: str) -> int:
        return (await asked(desk, "vault", f"/v1/cases/{case_id}/identity", POLICE, identity)).status_code

    assert [await screened(known, "known-1"), await read(known)] == [200, 200]
    async with away(running, "nats"):
        assert await asyncio.gather(screened(known, "known-2"), read(known)) == [200, 200]
        assert await asyncio.gather(screened(unknown, "unknown-1"), read(unknown)) == [503, 503]
        new = (await asked(desk, "intake", "/v1/reports", POLICE, report())).json()["cases"]["A"]
        assert await screened(new, "new-1") == 200, "casework cannot have published a standing of it yet"
    await desk.send("POST", "intake", f"/v1/cases/{unknown}/screenings", POLICE, given, "unknown-1")
    await desk.case(new)
    await settled(running.stack)
    for case_id, times in ((known, 2), (unknown, 1), (new, 1)):
        lines = (await desk.send("GET", "casework", f"/v1/cases/{case_id}/timeline", POLICE)).body
        assert str(lines).count("screen") >= times
    assert await _same(running, [known, unknown, new])
