"""One step and one report: how soon they are accepted, what they cost, and how soon the other services know."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from temporalio.client import Client
from temporalio.service import RPCError

from stack.trial import Trial
from tests.bench import bare
from tests.bench.budget import Budget
from tests.bench.meter import Meter, Quiet, Spent, quiet
from tests.load.desk import POLICE, Desk, report
from tests.load.figures import Row, Section, percentile
from tests.load.house import temporal_client

ROUNDS = 5
PER_ROUND = 48
REPORTS_PER_ROUND = PER_ROUND // 4
COSTED = 40
PROPAGATED = 60
LOOK_SECONDS = 0.003
LONGEST_SECONDS = 20.0
STATES = ("CRIME_INFO_CLASSIFIED", "CRIME_INFO_ASSIGNED", "CRIME_INFO_EXTENDED_1", "CRIME_INFO_RESOLVED")
"""Steps of one office that move the lane, and start or end clocks; each report of a round takes all four."""
STEP_P50, STEP_P99 = Budget(2.5, 2, "3.1 ×", " × bare"), Budget(4, 3, "4.2 ×", " × bare")
REPORT_P50, REPORT_MS = Budget(5, 4, "5.9 ×", " × bare"), Budget(60, None, "26.7 ms", " ms")
STEP_CPU, REPORT_CPU = Budget(was="86 ms", unit=" ms"), Budget(unit=" ms")
KNOWN_P50, KNOWN_P95 = Budget(100, unit=" ms"), Budget(400, unit=" ms")
NOTE = (
    f"One client, one request at a time; blocks of {PER_ROUND} bare requests, {REPORTS_PER_ROUND} reports and "
    f"{PER_ROUND} steps in turn, {ROUNDS} rounds in one run, on one PostgreSQL. The baseline is FastAPI + "
    "asyncpg in a process of its own that writes two rows in one transaction. *Accept* is the answer's time while "
    "nothing else is under way: before each request, all that the earlier request caused is done, and a moment passes. "
    "*Without a pause* the next request comes at once, and shares two cores with all of that. Processor time is of "
    f"all processes of the stack until all services are quiet, of {COSTED} reports and of {COSTED * len(STATES)} steps "
    "without a pause, less what they take when idle."
)


@dataclass
class Taken:
    """Seconds of requests of each kind."""

    bare: list[float] = field(default_factory=list[float])
    reports: list[float] = field(default_factory=list[float])
    steps: list[float] = field(default_factory=list[float])


async def measure(trial: Trial) -> Section:
    """All rows of one step and one report."""
    async with Desk(trial.endpoints) as desk, bare.running(trial.stack) as bare_url, quiet(trial.stack) as still:
        taken = await _in_turn(still, desk, bare_url)
        rows = [*_accepting(taken), *await _costs(trial, still, desk), *await _propagation(trial, still, desk)]
    return Section("steps", "One step", rows, NOTE)


async def _in_turn(still: Quiet, desk: Desk, bare_url: str) -> Taken:
    """Bare requests, reports and steps, each after a rest, so that all find the machine in the same state."""
    taken = Taken()

    async def insert() -> None:
        (await desk.http.post(f"{bare_url}/two-rows", json=report())).raise_for_status()

    async def alone(action: Callable[[], Awaitable[object]]) -> float:
        await still.rested()
        return await timed(action)

    for round_ in range(ROUNDS + 1):
        cases: list[str] = []

        async def take(into: list[str] = cases) -> None:
            into.append(await desk.report())

        found = Taken([await alone(insert) for _ in range(PER_ROUND)])
        found.reports = [await alone(take) for _ in range(REPORTS_PER_ROUND)]
        found.steps = [await alone(call) for call in calls(desk, cases)]
        if round_:  # the first only warms up
            taken.bare += found.bare
            taken.reports += found.reports
            taken.steps += found.steps
    return taken


def calls(desk: Desk, cases: list[str]) -> list[Callable[[], Awaitable[object]]]:
    """The steps of these cases, one state after the other."""
    return [partial(desk.step, case, POLICE, "crime", state) for state in STATES for case in cases]


async def _costs(trial: Trial, still: Quiet, desk: Desk) -> list[Row]:
    """Processor time of all processes, a report and a step."""
    meter = Meter.of(trial)
    await still.settled()
    idle = await meter.idle()
    before = meter.read()
    cases = [await desk.report() for _ in range(COSTED)]
    await still.settled()
    reports = meter.since(before).without(idle)
    steps, hurried = await hurried_steps(desk, cases, still, meter, idle)
    return [
        Row("one step without a pause, p50", _ms(hurried, 0.5)),
        STEP_CPU.row("processor time of all processes, a step", *_each(steps, len(hurried))),
        REPORT_CPU.row("processor time of all processes, a report", *_each(reports, len(cases))),
    ]


async def hurried_steps(
    desk: Desk, cases: list[str], still: Quiet, meter: Meter, idle: Spent
) -> tuple[Spent, list[float]]:
    """What all steps of these cases cost when each comes at once, and the seconds of each."""
    before = meter.read()
    seconds = [await timed(call) for call in calls(desk, cases)]
    await still.settled()
    return meter.since(before).without(idle), seconds


def _each(used: Spent, count: int) -> tuple[float, str]:
    return 1000 * used.total / count, f": {used.each(count)}"


def _accepting(taken: Taken) -> list[Row]:
    return [
        *(Row(f"bare two-row insert, p{share * 100:.0f}", _ms(taken.bare, share)) for share in (0.5, 0.99)),
        _ratio("accept one step", taken.steps, taken.bare, 0.5, STEP_P50),
        _ratio("accept one step", taken.steps, taken.bare, 0.99, STEP_P99),
        _ratio("accept a report with one person", taken.reports, taken.bare, 0.5, REPORT_P50),
        REPORT_MS.row("accept a report with one person, p50", 1000 * percentile(taken.reports, 0.5)),
    ]


async def _propagation(trial: Trial, still: Quiet, desk: Desk) -> list[Row]:
    """From the answer to a report until its case stands in the holder's queue, and until Temporal holds it."""
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
        await still.rested()
    return [
        budget.row(f"report accepted → {what}, p{share * 100:.0f}", 1000 * percentile(seconds, share))
        for what, seconds in (("in the holder's queue", queue), ("clocks armed in Temporal", armed))
        for share, budget in ((0.5, KNOWN_P50), (0.95, KNOWN_P95))
    ]


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


async def timed(action: Callable[[], Awaitable[object]]) -> float:
    """The seconds that it takes."""
    began = time.perf_counter()
    await action()
    return time.perf_counter() - began


def _ms(seconds: list[float], share: float) -> str:
    return f"{1000 * percentile(seconds, share):.1f} ms"


def _ratio(what: str, seconds: list[float], bases: list[float], share: float, budget: Budget) -> Row:
    ratio = percentile(seconds, share) / percentile(bases, share)
    return budget.row(f"{what}, p{share * 100:.0f}", ratio, f" = {_ms(seconds, share)}")
