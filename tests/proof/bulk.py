"""One person opens a thousand names, at two processes of the vault: the budget ends it, the supervisor learns it."""

import asyncio
import os
from asyncio.subprocess import DEVNULL
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from contracts.times import legal_date
from kit.limits.budgets import BUDGETS
from stack.budgets import RELEASE
from stack.ports import LOOPBACK
from stack.processes import python
from stack.stack import Stack
from stack.trial import trial
from tests.library import LIBRARY
from tests.load.desk import POLICE, Desk, report
from tests.load.figures import Row, Section
from tests.load.house import until

NAME = "bulk"
READS, AT_ONCE = 1_000, 8
ERROR = 0.1
[BUDGET] = [one.amount for one in BUDGETS if one.name == "person.identity_reads"]
NOTE = (
    f"One person of an office asks {READS:,} times for the name in a case, {AT_ONCE} requests at once, in turn at two "
    "processes of the vault, which tell each other by NATS what they counted. Budgets are those of the release."
)


async def prove() -> Section:
    """A thousand reads, then the inboxes."""
    with trial(NEOVE_BUDGETS=RELEASE) as running:
        async with Desk(running.endpoints) as desk, second_vault(running.stack) as other:
            case_id = await desk.report(report(), office=POLICE)
            await desk.case(case_id)
            answers, waits = await _read([running.url("vault"), other], running.token(POLICE), case_id)
            told = await _told(desk)
    opened, refused = answers[httpx.codes.OK], answers[httpx.codes.TOO_MANY_REQUESTS]
    within = BUDGET <= opened <= BUDGET * (1 + ERROR)
    rows = [
        Row("names opened", f"{opened} of {READS:,}", f"{BUDGET} to {BUDGET * (1 + ERROR):.0f}", within),
        Row("refused with 429 and `Retry-After`", str(waits), "all others", refused == waits == READS - opened),
        *(Row(f"notices in the inbox of `{office}`", str(notices), "1", notices == 1) for office, notices in told),
    ]
    return Section(NAME, "A thousand names opened by one person", rows, NOTE)


async def _read(urls: list[str], token: str, case_id: str) -> tuple[Counter[int], int]:
    """Status → how often, and how many refusals said when to come again."""
    headers = {"Authorization": f"Bearer {token}"}
    numbers, found, waits = iter(range(READS)), Counter[int](), list[str]()

    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:

        async def reader() -> None:
            for number in numbers:
                url = f"{urls[number % len(urls)]}/v1/cases/{case_id}/identity"
                answer = await http.post(url, json={"purpose": "identification"})
                found[answer.status_code] += 1
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS and "retry-after" in answer.headers:
                    waits.append(answer.headers["retry-after"])

        await asyncio.gather(*(reader() for _ in range(AT_ONCE)))
    return found, len(waits)


async def _told(desk: Desk) -> list[tuple[str, int]]:
    """Office → its notices that names were opened too often, for the supervisor and the office itself."""
    above = LIBRARY.world.directory.supervisor(POLICE, legal_date(datetime.now(UTC)))
    assert above is not None

    async def notices(office: str) -> list[Any]:
        inbox = await desk.send("GET", "notify", "/v1/inbox", office)
        return [one for one in inbox.body["items"] if one["unusual"] == "identity_reads"]

    async def arrived() -> bool:
        return bool(await notices(above))

    await until(arrived, 30, "the supervisor is told")
    return [(office, len(await notices(office))) for office in (above, POLICE)]


@asynccontextmanager
async def second_vault(stack: Stack) -> AsyncGenerator[str]:
    """The URL of a second process of the vault that answers requests."""
    port = stack.ports["temporal_ui"] + 1
    environment = {**os.environ, **stack.environment("vault"), "VAULT_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *python("vault", "api"), env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    url = f"http://{LOOPBACK}:{port}"
    try:
        async with httpx.AsyncClient(trust_env=False) as http:

            async def ready() -> bool:
                try:
                    return (await http.get(f"{url}/healthz/ready")).is_success
                except httpx.TransportError:
                    return False

            await until(ready, 60, "the second vault answers")
        yield url
    finally:
        process.terminate()
        await process.wait()
