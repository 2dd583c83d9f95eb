"""Reads the outboxes of the services, and releases what is parked there. Importing it takes a second: SQLAlchemy."""

from typing import NamedTuple

from kit import relay
from neove.shared.databases import database
from stack.stack import Stack

LISTED = 100
"""Parked events of one service that are listed; all are counted."""


class Outbox(NamedTuple):
    """The outbox of one service: how many events wait or are parked, and the first parked ones."""

    service: str
    backlog: relay.Backlog
    parked: list[relay.ParkedEvent]


async def outboxes(stack: Stack) -> list[Outbox]:
    """The outbox of every service."""
    found: list[Outbox] = []
    for service in stack.service_names:
        async with database(stack, service) as engine:
            found.append(Outbox(service, await relay.backlog(engine), await relay.parked(engine, LISTED)))
    return found


async def release(stack: Stack, services: list[str], event_id: str | None) -> int:
    """Let the parked events of these services be published again, or one of them; returns how many were released."""
    released = 0
    for service in services:
        async with database(stack, service) as engine:
            released += await relay.release(engine, event_id)
    return released
