"""Thousands of open cases folded anew because the law was amended, until their workflows know."""

from regulations.calendar import AmendedDay
from stack.trial import Trial
from tests.bench.budget import Budget
from tests.bench.meter import Meter, quiet
from tests.library import LIBRARY
from tests.load import opened
from tests.load.figures import Row, Section
from tests.proof.amend import CASES, DECISION, PATIENCE_SECONDS, a_coming_day, amend, dues, moved

FOLDED, KNOWN = Budget(8, 5, "17 s", " s"), Budget(20, 10, "47 s", " s")
NOTE = (
    "The cases are opened by events in intake's outbox, as in the proof. When all messages are handled, a working day "
    "before the due dates becomes a day off, also while Temporal still works on the opening. Seconds until the last "
    "case: between two instants that the register keeps; until workflows know: all outboxes are published and all "
    "messages handled. Processor time is that of all processes of the stack, less what it takes before any case is "
    "opened, with the preview of the amendment."
)


async def measure(running: Trial, cases: int = CASES) -> Section:
    """Open, amend, and look whether the due dates are right."""
    package, meter = LIBRARY.world.calendar, Meter.of(running)
    day = a_coming_day(package)
    async with quiet(running.stack) as still:
        await still.settled(PATIENCE_SECONDS)
        idle = await meter.idle()
        await opened.open_cases(running.stack, cases, PATIENCE_SECONDS)
        first = await dues(running, package)
        await still.settled(PATIENCE_SECONDS)
    before = meter.read()
    done = await amend(running, day, "off")
    spent = meter.since(before).without(idle)
    off = AmendedDay(date=day, kind="off", name="Ngày của bài đo", status="confirmed")
    changed = await dues(running, package.amended([off], DECISION))
    wrong = sum(due.due_at != due.expected for due in changed.values())
    ms = 1000 * spent.total / cases
    rows = [
        Row("open cases; clocks; clocks that moved", f"{cases:,}; {len(first):,}; {len(moved(first, changed)):,}"),
        Budget(0, digits=0).row("wrong due dates afterwards", wrong),
        Row("preview, all pages", f"{done.preview_seconds:.1f} s"),
        FOLDED.row("signature → last case folded anew", done.seconds),
        KNOWN.row("signature → workflows know", done.armed_seconds),
        Budget(unit=" ms").row("processor time of all processes, a case", ms, f": {spent.each(cases)}"),
    ]
    return Section("amend", "Open cases under an amended law", rows, NOTE)
