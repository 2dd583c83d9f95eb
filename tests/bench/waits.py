"""A thousand waits at one instant: with everything there, and with Temporal or the worker away across the instant."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stack.trial import Trial
from tests.bench.budget import Budget
from tests.bench.meter import Meter, Quiet, Spent, quiet
from tests.load import opened
from tests.load.figures import Row, Section, percentile
from tests.load.house import away
from tests.proof.waits import CASES, HOURS, RULE, all_fired, left, notified_twice

TRIED = 100
AHEAD_SECONDS = 20.0
SPARE = 4.0
"""The cases may take so much longer to open than those that were tried."""
PATIENCE_SECONDS = 300.0
BEFORE_SECONDS, AFTER_SECONDS = 5, 30
"""A process is killed so long before the instant, and let start so long after it."""
AWAY = {"temporal": ("Temporal", "32 s"), "casework-worker": ("the worker", "29 s")}
WORST, CPU = Budget(1, 0.5, "10.4 s", " s", digits=2), Budget(25, 15, "19 ms", " ms")
NOTE = (
    f"{CASES} cases, opened by events in intake's outbox, whose rule {RULE} ({HOURS} hours) is due at one instant; "
    "late is from that instant to the claimed breach. Processor time is that of all processes of the stack, less idle: "
    "until the last breach is claimed, and until the stack is quiet: all messages are handled and it takes hardly more "
    f"than when idle. Then the same twice, with cases of its own, while a process is away: killed {BEFORE_SECONDS} s "
    f"before the instant and let start {AFTER_SECONDS} s after it; late is from when it answers again."
)


@dataclass(frozen=True)
class Fired:
    """What became of the waits of one instant. `late`: seconds of each claim."""

    late: Sequence[float]
    early: int
    missing: int
    twice: int

    def rows(self, name: str, worst: Budget) -> list[Row]:
        """Nothing early, missing or twice; how late."""
        wrong = self.early + self.missing + self.twice
        figure = f"{self.early}; {self.missing}; {self.twice}"
        latest = max(self.late, default=float("inf"))
        median = f", median {percentile(self.late, 0.5):.2f} s" if self.late else ""
        return [
            Row(f"{name}early; missing; twice", figure, "0; 0; 0", not wrong),
            worst.row(f"{name}worst late", latest, median),
        ]


async def measure(trial: Trial, cases: int = CASES) -> Section:
    """One instant after the other on one stack."""
    meter = Meter.of(trial)
    async with quiet(trial.stack) as still:
        began = time.monotonic()
        await opened.open_cases(trial.stack, TRIED, PATIENCE_SECONDS)
        seconds = AHEAD_SECONDS + SPARE * cases / TRIED * (time.monotonic() - began)
        await still.settled()
        idle = await meter.idle()
        rows = await _plain(trial, meter, still, idle, cases, seconds)
        for process, (name, was) in AWAY.items():
            due = await _opened(trial, cases, seconds)
            fired = await _across(trial, process, cases, due)
            rows += fired.rows(f"{name} away: ", Budget(5, 3, was, " s", digits=2))
    twice = await notified_twice(trial)
    return Section("waits", "A thousand waits at one instant", [*rows, _told(twice)], NOTE)


def _told(twice: int) -> Row:
    return Budget(0, digits=0).row("notified twice, of all", twice)


async def _opened(trial: Trial, cases: int, seconds: float) -> datetime:
    """Open the cases; the instant at which they are due.

    Raises:
        AssertionError: not all were armed before it.
    """
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    await opened.open_cases(trial.stack, cases, PATIENCE_SECONDS, due - timedelta(hours=HOURS))
    assert left(due) > BEFORE_SECONDS, "the cases were not opened before they were due"
    return due


async def _plain(trial: Trial, meter: Meter, still: Quiet, idle: Spent, cases: int, seconds: float) -> list[Row]:
    due = await _opened(trial, cases, seconds)
    await asyncio.sleep(left(due - timedelta(seconds=1)))  # until just before the instant that all wait for
    before = meter.read()
    found = _of(await all_fired(trial, cases, due), cases)
    claimed = meter.since(before).without(idle)
    await still.resting(meter, idle)
    until_quiet = meter.since(before).without(idle)
    ms = [1000 * spent.total / cases for spent in (claimed, until_quiet)]
    return [
        *found.rows("", WORST),
        Budget(unit=" ms").row("processor time of all processes, a wait, until claimed", ms[0]),
        CPU.row("processor time of all processes, a wait, until quiet", ms[1], f": {until_quiet.each(cases)}"),
    ]


async def _across(trial: Trial, process: str, cases: int, due: datetime) -> Fired:
    """The process is away across the instant; lateness counts from when it answers again."""
    await asyncio.sleep(left(due - timedelta(seconds=BEFORE_SECONDS)))
    async with away(trial, process):
        assert datetime.now(UTC) < due, "killed too late"
        await asyncio.sleep(left(due + timedelta(seconds=AFTER_SECONDS)))
    back = (datetime.now(UTC) - due).total_seconds()
    return _of(await all_fired(trial, cases, due), cases, back)


def _of(rows: Sequence[dict[str, object]], cases: int, back: float = 0.0) -> Fired:
    """From rows of `tests.proof.waits.breaches`."""
    seconds = [float(str(row["late"])) for row in rows]
    return Fired(
        late=[max(late - back, 0.0) if back else late for late in seconds],
        early=sum(late < 0 for late in seconds),
        missing=cases - len({row["case_id"] for row in rows}),
        twice=sum(int(str(row["times"])) > 1 for row in rows),
    )
