"""Every look and every refusal is recorded and found again; harm to the record is found; and what recording costs."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from kit.looks import Look
from kit.looks.recorder import Recorder
from neove.player.runs import play_once
from stack.trial import Trial, trial
from tests.e2e.scenario_files import OWN, fixed_folder, found_in
from tests.integration.casework.in_process import GUARD, CaseworkInProcess, casework_in_process
from tests.load.figures import Row, Section
from tests.load.looks import Recorded, call_everything, missing, subjects

NAME = "looks"
ACTOR = "looks-1"
NOTIFIED = (GUARD, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T10:00:00+07:00")
PAIRS = 300
STEP, READ = 1.1, 1.2
"""At most so many times what it takes without an entry."""
NOTE = (
    "All scenarios are played, and every operation of every service is called by strangers. Each call that a known "
    "caller got an answer to is looked for in the chains. Then the owner of the database harms a chain in four ways. "
    f"The cost is that of casework in one process with the real PostgreSQL: {PAIRS} pairs of a call with and without "
    "an entry, in turn; the figure is the median of the ratios."
)
HARM = {
    "flip": "UPDATE vault.look_links SET actor = 'x' WHERE (chain, seq) = ('{0}', 2)",
    "drop": "DELETE FROM vault.look_links WHERE (chain, seq) = ('{0}', 2)",
    "swap": "UPDATE vault.look_links SET seq = -seq WHERE chain = '{0}' AND seq IN (1, 3); "
    "UPDATE vault.look_links SET seq = 4 + seq WHERE chain = '{0}' AND seq < 0",
    "cut off at the end": "DELETE FROM vault.look_links WHERE chain = '{0}' AND seq > 2",
}


async def prove() -> Section:
    """Record, look, harm, measure."""
    with trial() as running:
        rows = [*await _found_again(running), *await _harmed(running)]
        async with casework_in_process(running.stack) as casework:
            rows += await _cost(casework)
    return Section(NAME, "Looks", rows, NOTE)


async def _found_again(running: Trial) -> list[Row]:
    services = Recorded(running.endpoints.services, running.endpoints.issuer)
    chosen = [one for folder in (fixed_folder(), OWN) for one in found_in(folder) if one.playable]
    for one in chosen:
        await asyncio.to_thread(play_once, services, one.scenario, without=one.missing)
    strangers = await asyncio.to_thread(call_everything, running, ACTOR)
    rows: list[Row] = []
    for what, sent, actors in (
        (f"calls of {len(chosen)} scenarios", services.sent, None),
        ("calls of every operation by strangers", strangers, subjects(ACTOR)),
    ):
        lost = await missing(running, sent, actors)
        rows.append(Row(what, f"{sent.total():,}, not found {lost.total()}", "0 not found", not lost))
    return rows


async def _harmed(running: Trial) -> list[Row]:
    """The chain with the most links is harmed, the command asked, and the harm undone."""
    rows = [_row(running, "nothing", 0)]
    connection: Any = await asyncpg.connect(running.stack.owner_url("vault"))
    try:
        longest = (
            "SELECT chain FROM vault.look_links WHERE chain LIKE 'case%' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        chain = await connection.fetchval(longest)
        await connection.execute("CREATE TABLE vault.kept AS SELECT * FROM vault.look_links")
        for what, statement in HARM.items():
            await connection.execute(statement.format(chain))
            rows.append(_row(running, what, 1))
            await connection.execute(f"DELETE FROM vault.look_links WHERE chain = '{chain}'")
            await connection.execute(f"INSERT INTO vault.look_links SELECT * FROM vault.kept WHERE chain = '{chain}'")
    finally:
        await connection.close()
    return rows


def _row(running: Trial, what: str, status: int) -> Row:
    command = [sys.executable, "-m", "neove", "audit", "verify"]
    environment = {**os.environ, "NEOVE_STATE": str(running.state)}
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = (asked.stderr if asked.returncode else asked.stdout).strip().splitlines()[-1].partition(" Keep")[0]
    wanted = "found" if status else "nothing found"
    return Row(f"`neove audit verify` after: {what}", said, wanted, asked.returncode == status)


class Nothing(Recorder):
    """Records nothing: what it would cost without."""

    def admit(self, look: Look) -> None:
        """No transaction carries the entry."""
        look.carried = True

    async def close(self, look: Look) -> None:
        """No insert either."""


async def _cost(casework: CaseworkInProcess) -> list[Row]:
    cases = [await casework.opened() for _ in range(2 * PAIRS)]
    left = iter(cases)

    async def step() -> None:
        answer = await casework.fact(next(left), *NOTIFIED)
        assert answer.status_code == 200, answer.text

    async def read() -> None:
        await casework.case(cases[0], GUARD)

    return [await _pairs(casework, "step", step, STEP), await _pairs(casework, "read", read, READ)]


async def _pairs(casework: CaseworkInProcess, what: str, call: Callable[[], Awaitable[None]], most: float) -> Row:
    state = casework.http.state
    recorders = (Recorder(state.uow), Nothing(state.uow))
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS):
        for side in (number % 2, 1 - number % 2):
            state.looks = recorders[side]
            began = time.perf_counter()
            await call()
            taken[side].append(time.perf_counter() - began)
    with_entry, without = (statistics.median(one) * 1000 for one in taken)
    ratio = statistics.median(one / other for one, other in zip(*taken, strict=True))
    figure = f"{with_entry:.2f} ms with, {without:.2f} ms without: {ratio:.2f} ×"
    return Row(f"one {what} of casework, median", figure, f"at most {most} ×", ratio <= most)
