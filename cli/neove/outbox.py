"""`neove outbox` shows what waits in the outbox of each service; `neove outbox release` frees what is parked there.

A parked event was refused by NATS for good (it is too large, for example). When the cause is mended, release it: the
relay of its service then publishes it, before younger events.
"""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kit import relay
from neove.shared.databases import database
from stack.config import Failure, state_dir
from stack.stack import Stack

SHOWN = 100
"""Parked events of one service that are listed; all are counted."""
app = typer.Typer(name="outbox", help="Show what services still have to publish, and release what is parked.")


@app.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Show how many events of each service wait or are parked, and which are parked."""
    if context.invoked_subcommand is None:
        asyncio.run(_show(Stack.load(state_dir())))


@app.command("release")
def release(
    service: Annotated[str, typer.Option(help="Only of this service; without it of all.")] = "",
    id: Annotated[str, typer.Option(help="Only this event, as `neove outbox` shows it.")] = "",
) -> None:
    """Let parked events be published again."""
    stack = Stack.load(state_dir())
    if service and service not in stack.service_names:
        raise Failure(f"There is no service {service}; there are {', '.join(stack.service_names)}.")
    released = asyncio.run(_release(stack, [service] if service else stack.service_names, id or None))
    if id and not released:
        raise Failure(f"No parked event has the id {id}.")
    print(f"Released: {released}.")


async def _show(stack: Stack) -> None:
    counts, events = Table(), Table()
    for heading in ("service", "wait", "oldest", "parked"):
        counts.add_column(heading)
    for heading in ("service", "id", "subject", "case", "parked at"):
        events.add_column(heading, overflow="fold")
    for service in stack.service_names:
        async with database(stack, service) as engine:
            waiting, parked = await relay.backlog(engine), await relay.parked(engine, SHOWN)
        counts.add_row(service, str(waiting.waiting), f"{waiting.oldest_seconds:.0f} s", str(waiting.parked))
        for one in parked:
            case_id, parked_at = one.correlation_id or "", f"{one.parked_at:%Y-%m-%d %H:%M:%SZ}"
            events.add_row(service, one.event_id, one.subject, case_id, parked_at)
    Console().print(counts)
    Console().print(events if events.row_count else "Nothing is parked.")


async def _release(stack: Stack, services: list[str], event_id: str | None) -> int:
    released = 0
    for service in services:
        async with database(stack, service) as engine:
            released += await relay.release(engine, event_id)
    return released
