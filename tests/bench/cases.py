"""Row 4 of the budgets: whole cases over HTTP, as a share of bare workflows with twelve signals."""

import asyncio

from stack.trial import Trial
from tests.bench.baseline import SIGNALS, workflows_per_second
from tests.load.desk import WHOLE_CASE, Desk
from tests.load.figures import Row, Section
from tests.load.house import settled, sql, temporal_client

CASES = 60
AT_ONCE = 10
LEAST, AIM = 0.25, 0.4
NOTE = (
    f"{CASES} of each, {AT_ONCE} at once, before and after in turn. A case: one report, {len(WHOLE_CASE)} facts "
    "over HTTP, until its last waits are armed in Temporal and all services know of it. A bare workflow: "
    f"{SIGNALS} signals."
)


async def measure(trial: Trial) -> Section:
    """Bare, ours, bare again: what else the machine does falls on both."""
    client = await temporal_client(trial.stack)
    await _cases_per_second(trial, AT_ONCE)
    before = await workflows_per_second(client, CASES, AT_ONCE)
    ours = await _cases_per_second(trial, CASES)
    after = await workflows_per_second(client, CASES, AT_ONCE)
    bare = (before + after) / 2
    clocks = (
        await sql(trial.stack, "casework", "SELECT count(*)::float8 / count(DISTINCT case_id) FROM casework.clocks")
    )[0][0]
    rows = [
        Row("bare workflows", f"{bare:.1f} a second ({before:.1f} before, {after:.1f} after)"),
        Row(
            "whole cases",
            f"{ours:.1f} a second = {ours / bare:.2f} × bare",
            f"≥ {LEAST} ×, aim {AIM}",
            ours / bare >= LEAST,
        ),
        Row("facts accepted", f"{ours * len(WHOLE_CASE):.0f} a second"),
        Row("clocks of a case", f"{clocks:.1f}", "≥ 6", clocks >= 6),
    ]
    return Section("cases", "Whole cases", rows, NOTE)


async def _cases_per_second(trial: Trial, count: int) -> float:
    loop, turns = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)
    async with Desk(trial.endpoints) as desk:

        async def one() -> None:
            async with turns:
                case_id = await desk.report()
                for step in WHOLE_CASE:
                    await desk.step(case_id, *step)

        start = loop.time()
        await asyncio.gather(*(one() for _ in range(count)))
        await settled(trial.stack, 120)
        return count / (loop.time() - start)
