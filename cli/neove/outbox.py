"""`neove outbox` shows what waits in the outbox of each service; `neove outbox release` releases what is parked there.

NATS refused a parked event for good, for example because it is too large. When the cause is mended, release the event:
the relay of its service then publishes it, before younger events.
"""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from neove.shared.terminal import command_group
from stack.config import Failure, state_dir
from stack.stack import Stack

ABOUT = """Show events that are not published yet, or parked.

It counts the events of each service that wait to be published, and lists the parked ones: events that NATS refused
for good, for example because they are too large.

\b
Example:
  .venv/bin/neove outbox
"""
app = command_group("outbox", ABOUT, runs_alone=True)


@app.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Show the outboxes, where no command of the group is named."""
    if context.invoked_subcommand is None:
        _show(Stack.load(state_dir()))


@app.command("release")
def release(
    service: Annotated[str, typer.Option(help="Only events of this service; without it, of all.")] = "",
    id: Annotated[str, typer.Option(help="Only the event of this id in `neove outbox`.")] = "",
) -> None:
    """Publish parked events, once the cause is mended.

    \b
    Example:
      .venv/bin/neove outbox release --service intake
    """
    from neove.shared import outboxes  # here, so that other commands do not wait for SQLAlchemy

    stack = Stack.load(state_dir())
    if service and service not in stack.service_names:
        raise Failure(f"There is no service {service}; there are {', '.join(stack.service_names)}.")
    released = asyncio.run(outboxes.release(stack, [service] if service else stack.service_names, id or None))
    if id and not released:
        raise Failure(f"No parked event has the id {id}.")
    print(f"Released: {released}.")


def _show(stack: Stack) -> None:
    from neove.shared import outboxes  # here, so that other commands do not wait for SQLAlchemy

    counts, events = Table(), Table()
    for heading in ("service", "wait", "oldest", "parked"):
        counts.add_column(heading)
    for heading in ("service", "id", "subject", "case", "parked at"):
        events.add_column(heading, overflow="fold")
    for service, backlog, parked in asyncio.run(outboxes.outboxes(stack)):
        counts.add_row(service, str(backlog.waiting), f"{backlog.oldest_seconds:.0f} s", str(backlog.parked))
        for one in parked:
            case_id, parked_at = one.correlation_id or "", f"{one.parked_at:%Y-%m-%d %H:%M:%SZ}"
            events.add_row(service, one.event_id, one.subject, case_id, parked_at)
    Console().print(counts)
    Console().print(events if events.row_count else "Nothing is parked.")
