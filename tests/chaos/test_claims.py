"""Many waits at one instant, with a worker that is killed in the middle: each fires once.

`make proof` does the same with a thousand waits, with two workers, and without Temporal.
"""

import pytest

from stack.trial import Trial
from tests.proof.instant import killed_in_the_middle

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]

CASES = 60
FROM_NOW_SECONDS = 15
MUST_HOLD = {"fired early", "missing", "fired twice", "notified twice"}


async def test_a_worker_that_is_killed_in_the_middle(running: Trial) -> None:
    """None early, missing or twice. How late they are is for `make proof`."""
    rows = await killed_in_the_middle(running, CASES, FROM_NOW_SECONDS, after=0.1)
    assert {row.what: row.figure for row in rows if row.what in MUST_HOLD} == dict.fromkeys(MUST_HOLD, "0")
