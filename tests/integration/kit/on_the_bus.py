"""A bus with one handler on a real server, and what its tests send it."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client

from contracts.envelope import Envelope
from contracts.events.intake import CasesLinked
from contracts.ids import new_id
from contracts.topology import DURABLES, Durable
from kit.bus import WORKERS, Bus, Meta

NAME = "casework__on_cases_linked"
STREAM, SUBJECT = "INTAKE_EVENTS", CasesLinked.nats_subject()
Until = Callable[..., Awaitable[None]]


def linked(case_id: str | None = None) -> CasesLinked:
    return CasesLinked(
        case_id=case_id or new_id("case"),
        other_case_id=new_id("case"),
        same=True,
        office="commune_police/lao-cai",
        actor="actor-1",
        recorded_at=datetime.now(UTC),
    )


def durable(**changes: Any) -> Durable:
    [found] = [each for each in DURABLES if each.name == NAME]
    return found.model_copy(update=changes)


async def send(admin: Client, event: CasesLinked | bytes, event_id: str | None = None) -> str:
    envelope = Envelope.wrap(event, at=datetime.now(UTC)) if isinstance(event, CasesLinked) else None
    if envelope and event_id:
        envelope = envelope.model_copy(update={"id": event_id})
    body = envelope.model_dump_json().encode() if envelope else event
    headers = {"content-type": "application/cloudevents+json"}
    await admin.jetstream().publish(SUBJECT, body, stream=STREAM, headers=headers)  # pyright: ignore[reportArgumentType]
    return envelope.id if envelope else ""


@asynccontextmanager
async def running(
    server: Any, handler: Any, consumed: Durable | None = None, at_once: int = WORKERS
) -> AsyncIterator[Bus]:
    bus = Bus(server.settings("casework"), "casework", [consumed or durable()])
    bus.on(NAME, at_once)(handler)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


class Seen:
    """A handler that notes what it gets and fails as the test says."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.events: list[tuple[CasesLinked, Meta, float]] = []

    async def __call__(self, event: CasesLinked, meta: Meta) -> None:
        self.events.append((event, meta, time.monotonic()))
        if self.failures:
            raise self.failures.pop(0)


async def pending(admin: Client) -> int:
    info = await admin.jetstream().consumer_info(STREAM, NAME)
    return int(info.num_pending or 0) + int(info.num_ack_pending or 0)
