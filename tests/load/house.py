"""Looks directly into the databases, NATS and Temporal of a running stack, for loads and measurements."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import asyncpg
import httpx
import psutil
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError
from temporalio.client import Client

from contracts.topology import PARKED_STREAM, STANDINGS
from kit import topology
from kit.crypto import KeyRing
from kit.temporal import data_converter
from stack import lock, temporal
from stack.administrator import administrator
from stack.stack import Stack
from stack.trial import Trial

POLL_SECONDS = 0.05


async def sql(stack: Stack, database: str, statement: str, *values: object) -> list[Any]:
    """Rows of one statement, as the administrator of the cluster."""
    # Any: asyncpg's connections have no types
    connection: Any = await cast(Any, asyncpg).connect(stack.postgres_url(database))
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()


async def value(stack: Stack, database: str, statement: str, *values: object) -> Any:
    """The one value of a statement."""
    return (await sql(stack, database, statement, *values))[0][0]


async def temporal_client(stack: Stack) -> Client:
    """A client that can read the sealed payloads."""
    ring = KeyRing.load_or_create(stack.keys / "temporal-codec.key")
    return await Client.connect(
        stack.temporal_address, namespace=temporal.NAMESPACE, data_converter=data_converter(ring)
    )


async def until(holds: Callable[[], Awaitable[bool]], seconds: float, what: str) -> float:
    """Ask again and again until it holds; the seconds that it took.

    Raises:
        AssertionError: it did not hold in time.
    """
    began = time.monotonic()
    while not await holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(POLL_SECONDS)  # between two looks
    return time.monotonic() - began


async def settled(stack: Stack, seconds: float = 60) -> float:
    """Wait until every outbox is published and every durable has handled all that it got; the seconds it took."""

    async def still() -> bool:
        try:
            return not await waiting_events(stack) and not await waiting_messages(stack)
        except (httpx.HTTPError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # a server that starts again

    return await until(still, seconds, "outboxes and durables are empty")


async def waiting_events(stack: Stack) -> int:
    """Outbox rows that are not published."""
    statement = "SELECT count(*) FROM {0}.outbox WHERE published_at IS NULL"
    return sum([await value(stack, name, statement.format(name)) for name in stack.service_names])


async def waiting_messages(stack: Stack) -> int:
    """Messages that a durable of an installed service has not settled, over all durables."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{stack.endpoints().nats_monitor}/jsz", params={"consumers": "true"})
    accounts: list[Any] = answer.raise_for_status().json()["account_details"]
    consumers: list[dict[str, Any]] = [
        one for account in accounts for each in account["stream_detail"] for one in each.get("consumer_detail") or ()
    ]
    ours = [one for one in consumers if one["name"].partition("__")[0] in stack.service_names]
    if not ours:
        raise httpx.RemoteProtocolError("the server lists no durables yet")
    return sum(one["num_pending"] + one["num_ack_pending"] for one in ours)


async def parked(stack: Stack) -> int:
    """Messages that were put aside."""
    async with administrator(stack) as client:
        return (await topology.jetstream(client).stream_info(PARKED_STREAM)).state.messages


async def shown(stack: Stack, case_ids: Sequence[str]) -> dict[str, int]:
    """Case → the version of its standing in the bucket; a case that is not there is left out."""
    found: dict[str, int] = {}
    async with administrator(stack) as client:
        js = topology.jetstream(client)
        for case_id in case_ids:
            with suppress(NotFoundError, NoRespondersError):
                message = await js.get_last_msg(STANDINGS.stream, STANDINGS.subject(case_id), direct=True)
                found[case_id] = json.loads(message.data or b"{}")["version"]
    return found


async def published(stack: Stack, case_ids: Sequence[str]) -> dict[str, int]:
    """Case → the version of its standing in casework's database."""
    statement = "SELECT key, version FROM casework.projections WHERE kind = 'standing' AND key = ANY($1)"
    return {row["key"]: row["version"] for row in await sql(stack, "casework", statement, list(case_ids))}


@asynccontextmanager
async def away(house: Trial, name: str) -> AsyncGenerator[None]:
    """The process is killed, and its supervisor held, so that it stays away until the end of the block."""
    supervisor = psutil.Process(lock.holder(house.state))
    victim = house.process(name)
    supervisor.suspend()
    try:
        victim.kill()
        yield
    finally:
        supervisor.resume()
        # The supervisor waits up to 30 s before it starts a process that died often without being healthy in between.
        await asyncio.to_thread(house.wait_ready, name, victim.pid, 60)
