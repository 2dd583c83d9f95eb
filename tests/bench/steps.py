"""Rows 1 to 3 of the budgets: one step, one report, and how soon the other services know of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from temporalio.client import Client
from temporalio.service import RPCError

from stack.trial import Trial
from tests.bench import bare
from tests.load.desk import POLICE, Desk, report
from tests.load.figures import Row, Section, percentile
from tests.load.house import settled, temporal_client

ROUNDS = 6
PER_ROUND = 48
REPORTS_PER_ROUND = PER_ROUND // 4
PROPAGATED = 80
LOOK_SECONDS = 0.003
LONGEST_SECONDS = 20.0
STATES = ("CRIME_INFO_CLASSIFIED", "CRIME_INFO_ASSIGNED", "CRIME_INFO_EXTENDED_1", "CRIME_INFO_RESOLVED")
"""Steps of one office that move the lane, and start or end clocks; each report of a round takes all four."""
NOTE = (
    f"One client, one request at a time; blocks of {PER_ROUND} bare requests, {REPORTS_PER_ROUND} reports and "
    f"{PER_ROUND} steps in turn, {ROUNDS} rounds in one run, on one PostgreSQL. The baseline is FastAPI + "
    "asyncpg in a process of its own that writes two rows in one transaction. *Accept* is the answer's time while "
    "nothing else is under way: before each request, all that the earlier request caused is done (seven services "
    "keep a copy of each case's standing, Temporal its waits). *Without a pause* the next request comes at once, and "
    "shares two cores with all of that."
)


async def measure(trial: Trial) -> Section:
    """Rows 1 to 3."""
    async with Desk(trial.endpoints) as desk, bare.running(trial.stack) as bare_url:
        two_rows, reports, steps, hurried = await _in_turn(trial, desk, bare_url)
        queue, armed = await _propagation(trial, desk)
    ratios = [
        _ratio("accept one step", steps, two_rows, 0.5, 3),
        _ratio("accept one step", steps, two_rows, 0.99, 5),
        _ratio("accept a report with one person", reports, two_rows, 0.5, 6),
        _below("accept a report with one person", reports, 0.5, 60),
        Row("one step without a pause, p50", _ms(hurried, 0.5)),
    ]
    spread = [
        _below("report accepted → in the holder's queue", queue, 0.5, 100),
        _below("report accepted → in the holder's queue", queue, 0.95, 400),
        _below("report accepted → clocks armed in Temporal", armed, 0.5, 100),
        _below("report accepted → clocks armed in Temporal", armed, 0.95, 400),
    ]
    bases = [Row(f"bare two-row insert, p{share * 100:.0f}", _ms(two_rows, share)) for share in (0.5, 0.99)]
    return Section("steps", "One step", [*bases, *ratios, *spread], NOTE)


async def _in_turn(
    trial: Trial, desk: Desk, bare_url: str
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Seconds of bare requests, of reports, of steps, and of steps without a pause."""
    two_rows: list[float] = []
    reports: list[float] = []
    steps: list[float] = []
    hurried: list[float] = []

    async def insert() -> None:
        (await desk.http.post(f"{bare_url}/two-rows", json=report())).raise_for_status()

    for round_ in range(ROUNDS + 1):  # the first only warms up
        cases: list[str] = []

        async def take(into: list[str] = cases) -> None:
            into.append(await desk.report())

        async def alone(action: Callable[[], Awaitable[object]]) -> float:
            await settled(trial.stack)
            return await _timed(action)

        # the bare program too is asked after a rest, so that both find the machine in the same state
        bare_taken = [await alone(insert) for _ in range(PER_ROUND)]
        reports_taken = [await alone(take) for _ in range(REPORTS_PER_ROUND)]
        calls = [partial(desk.step, case, POLICE, "crime", state) for state in STATES for case in cases]
        half = len(cases) * len(STATES) // 2
        steps_taken = [await alone(call) for call in calls[:half]]
        hurried_taken = [await _timed(call) for call in calls[half:]]
        await settled(trial.stack)
        if round_:
            two_rows += bare_taken
            reports += reports_taken
            steps += steps_taken
            hurried += hurried_taken
    return two_rows, reports, steps, hurried


async def _propagation(trial: Trial, desk: Desk) -> tuple[list[float], list[float]]:
    """Seconds from the answer to a report until its case stands in the holder's queue, and until Temporal holds it."""
    client = await temporal_client(trial.stack)
    queue: list[float] = []
    armed: list[float] = []
    for _ in range(PROPAGATED):
        case_id = await desk.report()
        began = time.perf_counter()
        seen = await asyncio.gather(
            _until_seen(lambda c=case_id: _in_queue(desk, c), began),
            _until_seen(lambda c=case_id: _is_armed(client, c), began),
        )
        queue.append(seen[0])
        armed.append(seen[1])
        await settled(trial.stack)
    return queue, armed


async def _until_seen(look: Callable[[], Awaitable[bool]], began: float) -> float:
    while not await look():
        if time.perf_counter() - began > LONGEST_SECONDS:
            raise AssertionError("a report did not reach the other services")
        await asyncio.sleep(LOOK_SECONDS)  # the resolution of the measurement
    return time.perf_counter() - began


async def _in_queue(desk: Desk, case_id: str) -> bool:
    """Lane, clocks and queue are written in the transaction that makes the case visible."""
    url = f"{desk.endpoints.services['casework']}/v1/cases/{case_id}"
    return (await desk.http.get(url, headers=await desk.signed(POLICE))).is_success


async def _is_armed(client: Client, case_id: str) -> bool:
    try:
        await client.get_workflow_handle(case_id).describe()
    except RPCError:
        return False
    return True


async def _timed(action: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await action()
    return time.perf_counter() - began


def _ms(seconds: list[float], share: float) -> str:
    return f"{1000 * percentile(seconds, share):.1f} ms"


def _ratio(what: str, seconds: list[float], bases: list[float], share: float, most: float) -> Row:
    ratio = percentile(seconds, share) / percentile(bases, share)
    name = f"{what}, p{share * 100:.0f}"
    return Row(name, f"{_ms(seconds, share)} = {ratio:.1f} × bare", f"≤ {most:g} ×", ratio <= most)


def _below(what: str, seconds: list[float], share: float, most_ms: float) -> Row:
    holds = 1000 * percentile(seconds, share) <= most_ms
    return Row(f"{what}, p{share * 100:.0f}", _ms(seconds, share), f"≤ {most_ms:g} ms", holds)
