"""`neove doctor`: which part of the stack is healthy. Each module here looks at one kind of thing."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

import asyncpg
import typer
from nats.errors import Error as NatsError
from rich.console import Console
from rich.table import Table

from neove.doctor import amendments, databases, disk, packs, processes, signals, streams, unconfirmed
from neove.doctor.finding import Finding, Health
from stack.config import Failure, state_dir
from stack.stack import Stack

SHOWN: dict[Health, str] = {"ok": "[green]ok[/]", "look": "[yellow]look[/]", "bad": "[red]bad[/]"}


def command(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list instead of a table.")] = False,
) -> None:
    """Say of each part whether it is healthy; status 1 if one is not."""
    stack = Stack.load(state_dir())
    found = [*processes.findings(stack), *asyncio.run(_dependencies(stack)), disk.finding(stack)]
    if as_json:
        print(json.dumps([finding._asdict() for finding in found], indent=1, ensure_ascii=False))
    else:
        _show(found)
    if any(finding.health == "bad" for finding in found):
        raise typer.Exit(1)


def _show(found: list[Finding]) -> None:
    table = Table()
    for heading in ("part", "", "what"):
        table.add_column(heading, overflow="fold")
    for finding in found:
        table.add_row(finding.part, SHOWN[finding.health], finding.what)
    Console().print(table)


async def _dependencies(stack: Stack) -> list[Finding]:
    """What the databases, NATS, Temporal and casework answer; they are asked at the same time."""
    looks = [
        *(
            _guarded(f"{name}: database", lambda name=name: databases.findings(stack, name))
            for name in stack.service_names
        ),
        _guarded("packs", lambda: packs.findings(stack)),
        _guarded("streams", lambda: streams.findings(stack)),
        _guarded("vault: unconfirmed", lambda: unconfirmed.findings(stack)),
        _guarded("foreign signals", lambda: signals.findings(stack)),
        _guarded("law", lambda: asyncio.to_thread(amendments.findings, stack)),
    ]
    return [finding for found in await asyncio.gather(*looks) for finding in found]


async def _guarded(part: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """What a look finds; a part that does not answer is one bad finding."""
    try:
        return await look()
    except (Failure, OSError, TimeoutError, asyncpg.PostgresError, NatsError) as error:
        return [Finding(part, "bad", f"cannot be asked: {error or type(error).__name__}")]
