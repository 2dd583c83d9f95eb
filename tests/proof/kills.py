"""Every process is killed often under a load of facts: nothing is lost or doubled, and everything runs again."""

import asyncio
import os
import signal
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stack.trial import Trial, trial
from tests.load.desk import Desk, report
from tests.load.figures import Row, Section
from tests.load.house import until, value
from tests.load.steady import Reckoning, Steady

NAME = "kills"
ROUNDS = 5
CLIENTS = 3
ACCEPTED_SECONDS, FIRED_SECONDS = 5.0, 10.0
RULE, HOURS = "C-INF-02", 24
SOON_SECONDS = 2
NOTE = (
    f"`kill -9` of one process after another, {ROUNDS} rounds, while {CLIENTS} clients report and record steps, "
    "each request with an Idempotency-Key and sent again while it is not accepted. Afterwards the databases "
    "are compared with what was acknowledged. Times count from when the supervisor says that the process "
    "answers again; a clock that is due later counts from its due instant."
)
_FIRED = "SELECT max(claimed_at) FROM casework.claims WHERE case_id = $1 AND rule = $2 AND stage = 'breach'"


@dataclass(frozen=True)
class Recovery:
    """Seconds after one kill: until it answered, then until a step was accepted, its lane moved, a clock fired."""

    back: float
    accepted: float
    moved: float
    fired: float


async def prove() -> Section:
    """Kill."""
    with trial() as running:
        names = [child.name for child in (*running.stack.servers(), *running.stack.processes())]
        recoveries: dict[str, list[Recovery]] = {name: [] for name in names}
        async with Steady(running, CLIENTS) as load:
            for _ in range(ROUNDS):
                for name in names:
                    recoveries[name].append(await kill(running, name))
        reckoning = await load.reckon(120)
    return Section(
        NAME, "Kills", [*_sums(reckoning), *(row for name in names for row in _rows(name, recoveries[name]))], NOTE
    )


async def kill(running: Trial, name: str) -> Recovery:
    """`kill -9` one process, wait until it is back, and see how soon everything works again.

    Raises:
        AssertionError: it does not.
    """
    loop = asyncio.get_running_loop()
    victim = running.process(name)
    os.kill(victim.pid, signal.SIGKILL)
    killed = loop.time()
    await asyncio.to_thread(running.wait_ready, name, victim.pid, 60)
    back, due = loop.time(), datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=SOON_SECONDS)
    async with Desk(running.endpoints) as desk:
        case_id = await desk.report(report(due - timedelta(hours=HOURS)))
        accepted = loop.time()
        await desk.case(case_id)
        moved = loop.time()
    fired = await _fired(running, case_id)
    return Recovery(back - killed, accepted - back, moved - accepted, (fired - due).total_seconds())


async def _fired(running: Trial, case_id: str) -> datetime:
    async def claimed() -> bool:
        return await value(running.stack, "casework", _FIRED, case_id, RULE) is not None

    await until(claimed, 60, "a clock fires after a kill")
    return await value(running.stack, "casework", _FIRED, case_id, RULE)


def _sums(found: Reckoning) -> list[Row]:
    for trouble in (*found.lost, *found.doubled):
        print(trouble)
    return [
        Row("facts and reports acknowledged; sent more than once", f"{found.sent:,}; {found.repeated:,}"),
        Row("lost", str(len(found.lost)), "0", not found.lost),
        Row("doubled", str(len(found.doubled)), "0", not found.doubled),
        Row("messages put aside", str(found.parked), "0", not found.parked),
    ]


def _rows(name: str, recoveries: Sequence[Recovery]) -> list[Row]:
    return [
        _row(f"{name}: back after the kill", [one.back for one in recoveries]),
        _row(f"{name}: next step accepted", [one.accepted for one in recoveries], ACCEPTED_SECONDS),
        _row(f"{name}: lane moved", [one.moved for one in recoveries], FIRED_SECONDS),
        _row(f"{name}: clock fired", [one.fired for one in recoveries], FIRED_SECONDS),
    ]


def _row(what: str, seconds: Sequence[float], most: float | None = None) -> Row:
    figure = f"median {statistics.median(seconds):.2f} s, max {max(seconds):.2f} s ({len(seconds)} kills)"
    if most is None:
        return Row(what, figure)
    return Row(what, figure, f"≤ {most:g} s", max(seconds) <= most and min(seconds) >= 0)
