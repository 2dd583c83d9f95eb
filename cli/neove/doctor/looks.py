"""Every look of the doctor, in the order of its table."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from nats.errors import Error as NatsError

from neove.doctor import amendments, databases, disk, packs, processes, signals, streams, unconfirmed
from neove.doctor.finding import Finding
from stack.config import Failure
from stack.stack import Stack


async def findings(stack: Stack) -> list[Finding]:
    """Every finding; the databases, NATS, Temporal and casework are asked at the same time."""
    running = list(processes.findings(stack))
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
    answered = [finding for found in await asyncio.gather(*looks) for finding in found]
    return [*running, *answered, disk.finding(stack)]


async def _guarded(part: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """What a look finds; where the part does not answer, one bad finding."""
    try:
        return await look()
    except (Failure, OSError, TimeoutError, asyncpg.PostgresError, NatsError) as error:
        return [Finding(part, "bad", f"cannot be asked: {error or type(error).__name__}")]
