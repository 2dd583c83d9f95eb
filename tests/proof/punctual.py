"""The engine is away when a thousand waits fall due, and for ten minutes more: when it is back each fires, once."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stack.trial import Trial, trial
from tests.load.figures import Row, Section
from tests.load.house import away, until
from tests.proof.waits import CASES, FROM_NOW_SECONDS, all_fired, armed, lateness_rows, left, notified_twice, open_cases

NAME = "punctual"
AWAY = ("temporal", "casework-worker")
MINUTES = 10.0
APART_SECONDS = 90
BEFORE_SECONDS = 5
"""The process is killed so long before the instant."""


async def prove(cases: int = CASES, minutes: float = MINUTES, from_now: int = FROM_NOW_SECONDS) -> Section:
    """Both engines, each on a stack of its own, a minute apart.

    Args:
        cases: that are due at one instant. minutes: for which the process is away after it.
        from_now: seconds in which the cases must be open and armed.
    """
    goes = [_go(name, cases, minutes, from_now + turn * APART_SECONDS) for turn, name in enumerate(AWAY)]
    rows = [row for found in await asyncio.gather(*goes) for row in found]
    note = (
        f"{cases} reports over HTTP for each process, due at one instant. It is killed {BEFORE_SECONDS} s before it "
        f"and kept away until the instant is {minutes:g} minutes old. Lateness counts from when it answers again. The "
        f"two stacks share the machine, and come back {APART_SECONDS} s after one another."
    )
    return Section(NAME, "The engine away when waits fall due", rows, note)


async def _go(name: str, cases: int, minutes: float, from_now: int) -> list[Row]:
    with trial() as running:
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=from_now)
        await open_cases(running, cases, due)
        await until(lambda: armed(running, cases), left(due), "all cases wait in Temporal")
        rows = await _away_across(running, name, cases, due, minutes)
        twice = await notified_twice(running)
        return [*rows, Row(f"{name}: notified twice", str(twice), "0", not twice)]


async def _away_across(running: Trial, name: str, cases: int, due: datetime, minutes: float) -> list[Row]:
    """Nothing of it until the instant is so old, then see what fires."""
    start_again = due + timedelta(minutes=minutes)
    await asyncio.sleep(left(due - timedelta(seconds=BEFORE_SECONDS)))
    async with away(running, name):
        gone_in_time = datetime.now(UTC) < due
        await asyncio.sleep(left(start_again))
    back = datetime.now(UTC)
    fired = await all_fired(running, cases, due)
    return [
        Row(f"{name}: killed before the instant", "yes" if gone_in_time else "no", "yes", gone_in_time),
        Row(f"{name}: answered again", f"{(back - start_again).total_seconds():.1f} s after it was let start"),
        *_named(name, lateness_rows(fired, cases, back=(back - due).total_seconds())),
    ]


def _named(name: str, rows: Iterable[Row]) -> list[Row]:
    return [replace(row, what=f"{name}: {row.what}") for row in rows]
