"""Row 5 of the budgets: a thousand waits at one instant."""

import asyncio
from datetime import UTC, datetime, timedelta

from stack.trial import Trial
from tests.load.figures import Section
from tests.load.house import settled
from tests.proof.waits import CASES, RULE, all_fired, lateness_rows, open_cases

FROM_NOW_SECONDS = 240
NOTE = (
    f"{CASES} reports over HTTP whose rule {RULE} is due at one instant; late is from that instant to the "
    "claimed breach."
)


async def measure(trial: Trial) -> Section:
    """Open them all, wait for the instant, count."""
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=FROM_NOW_SECONDS)
    await open_cases(trial, CASES, due)
    await settled(trial.stack, (due - datetime.now(UTC)).total_seconds())
    await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))  # until the instant that all wait for
    return Section(
        "waits", "A thousand waits at one instant", lateness_rows(await all_fired(trial, CASES, due), CASES), NOTE
    )
