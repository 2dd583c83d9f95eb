"""When the workflow of a case wakes, and whether it must be sent a set of waits so that it wakes in time. Pure.

`cases.wakes_at` is an instant that no set for the workflow goes beyond: the workflow holds it, or an earlier one, or an
event is on its way that sends it. At its instant the workflow asks casework and gets the newest set. So it needs no
signal for a change that only adds later waits or takes waits away.

Example: a workflow that wakes on Monday is not sent a new wait of Friday. If the wait of Monday is met, the workflow
still wakes on Monday, finds nothing due, and is given Friday.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from regulations import Wait

MARGIN = timedelta(seconds=30)
"""A workflow that wakes this soon may get its answer from before the change: a change may wait for a connection (5 s),
for a lock (5 s) and for its statement (20 s) before it is committed, and the clocks of two machines differ."""


def after(
    wakes_at: datetime | None, finished: bool, closed: bool, waits: Sequence[Wait], now: datetime
) -> tuple[datetime | None, bool]:
    """(the new `wakes_at`, whether the workflow must be sent the waits).

    Args:
        wakes_at: as stored; None where no workflow was started.
        finished: whether the case was closed and waited for nothing before the change.
        closed: whether it is closed now.
        waits: its open waits now.
        now: instant of the change (aware).
    """
    held = wakes_at if wakes_at is not None and wakes_at > now + MARGIN else None
    if not waits:
        return (None, not finished) if closed else (held, False)
    earliest = min(wait.at for wait in waits)
    if held is None or earliest < held:
        return earliest, True
    return held, False
