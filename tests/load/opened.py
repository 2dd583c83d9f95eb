"""Many open cases in little time: intake's events are put into its outbox, and the services do the rest.

What is left out is intake's own work and the vault's seals: no name is kept, nothing can be read about the person.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any, cast

import asyncpg

from contracts.envelope import Envelope
from contracts.events.intake import CaseOpened
from contracts.ids import new_id
from contracts.topology import stream_of
from stack.stack import Stack
from tests.library import LIBRARY
from tests.load.house import settled, until, value

AT_ONCE = 500
"""Events of one transaction."""
LONGEST_AGO = timedelta(hours=8)
"""The oldest of the reports: no limit of a day may lapse while it is looked at."""
REPORTS = (
    ("rescued", "provincial_police"),
    ("self_report", "border_guard"),
    ("self_report", "health_authority"),
    ("self_report", "commune_police"),
)
"""Route and reporting role, in turn: limits in hours and days, of the first two in working days, too; the last one's
are those of criminal procedure, which no day off moves."""
PROVINCES = 6
_PUT = """
INSERT INTO intake.outbox (id, stream, subject, type, data, headers, created_at)
VALUES ($1, $2, $3, $4, $5, '{}', $6)
"""


async def open_cases(stack: Stack, cases: int, seconds: float, received: datetime | None = None) -> None:
    """Open so many cases and wait until all services know of them and their waits are armed.

    Args:
        cases: how many.
        seconds: in which they must be open.
        received: with it, one office got all reports at this instant, so that they are due at one instant too.

    Raises:
        AssertionError: not within so many seconds.
    """
    events = _events(cases) if received is None else _at_one_instant(received)
    await open_reports(stack, list(islice(events, cases)), seconds)


async def open_reports(stack: Stack, events: Sequence[CaseOpened], seconds: float) -> None:
    """Open a case for each of these events and wait as `open_cases` does.

    Raises:
        AssertionError: not within so many seconds.
    """
    before, cases = await _known(stack), len(events)
    # Any: asyncpg's connections have no types
    connection: Any = await cast(Any, asyncpg).connect(stack.postgres_url("intake"))
    try:
        for first in range(0, cases, AT_ONCE):
            async with connection.transaction():
                await connection.executemany(_PUT, [_row(event) for event in events[first : first + AT_ONCE]])
                await connection.execute("SELECT pg_notify('intake_outbox', '')")
    finally:
        await connection.close()

    async def arrived() -> bool:
        return await _known(stack) >= before + cases

    await until(arrived, seconds, f"{cases} cases are in the register")
    await settled(stack, seconds)


async def _known(stack: Stack) -> int:
    return int(await value(stack, "casework", "SELECT count(*) FROM casework.cases"))


def _events(cases: int) -> Iterator[CaseOpened]:
    """Reports of the last hours, in turn by each office of each province."""
    now = datetime.now(UTC).replace(microsecond=0)
    whose = [(route, role, place) for place in provinces() for route, role in REPORTS]
    for number, (route, role, place) in enumerate(cycle(whose)):
        yield CaseOpened(
            case_id=new_id("case"),
            report_id=new_id("rep"),
            route=route,
            channel="rescue" if route == "rescued" else "in_person",
            office=_office(role, place),
            actor="act_proof",
            territory=place,
            occurred_at=now - LONGEST_AGO * ((number + 1) / cases),
            recorded_at=now,
            age_band="adult",
        )


def _at_one_instant(received: datetime) -> Iterator[CaseOpened]:
    """Reports that one police office got at one instant."""
    route, role = REPORTS[0]
    while True:
        yield CaseOpened(
            case_id=new_id("case"),
            report_id=new_id("rep"),
            route=route,
            channel="rescue",
            office=_office(role, provinces()[0]),
            actor="act_proof",
            territory=provinces()[0],
            occurred_at=received,
            recorded_at=datetime.now(UTC),
            age_band="adult",
        )


def provinces() -> Sequence[str]:
    """Some whose offices of each role act at the province as a whole."""
    directory, today = LIBRARY.world.directory, datetime.now(UTC).date()
    roles = [role for _, role in REPORTS]
    near = [
        place
        for place in sorted(directory.provinces_on(today))
        if all(directory.acts_locally(directory.at(role, place, today) or "", place, today) for role in roles)
    ]
    return near[:PROVINCES]


def _office(role: str, place: str) -> str:
    """The office of a role at a place; `provinces` gives only places that have one."""
    return str(LIBRARY.world.directory.at(role, place, datetime.now(UTC).date()))


def _row(event: CaseOpened) -> tuple[object, ...]:
    envelope = Envelope.wrap(event, at=event.recorded_at)
    data = json.dumps(envelope.model_dump(mode="json", exclude_none=True))
    stream = stream_of(event.producer)
    return envelope.id, stream, event.nats_subject(), envelope.type, data, event.recorded_at
