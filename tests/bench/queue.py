"""Row 7 of the budgets: the queue of an office, with a million cases in the register against ten thousand."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from stack.trial import Trial, trial
from tests.library import LIBRARY
from tests.load.desk import HEALTH, Desk
from tests.load.figures import Row, Section, percentile
from tests.load.house import settled, sql, value

SIZES = (10_000, 1_000_000)
OWN_LINES = 200
PAGE, MIDDLE = 50, 2
"""Lines of a page; pages to turn until the middle."""
CALLS = 400
MOST = 1.5
DUTIES = {"C-INF-02": "n % 7 <> 0", "B-RES-01": "n % 7 = 0"}
"""Rule of a line → which cases have it: a limit with a due instant; a duty without one, at the end of each queue."""
NOTE = (
    "Two stacks, asked in turn, so that what else the machine does falls on both. Cases and lines of work are "
    "copies of what a report made, with ids, offices and instants of their own, a line each; "
    f"{OWN_LINES} are the asked office's, the others are spread over all offices. `VACUUM ANALYZE` afterwards, as the "
    f"server does by itself in time. `GET /v1/work` over HTTP, {PAGE} lines a page, {CALLS} times each."
)
_ID = "'{0}_' || substr(translate(md5('{0}' || n), '0189', 'wxyz'), 1, 26)"
"""26 of the letters that ids have, in no order."""
_CASES = f"""
INSERT INTO casework.cases SELECT made.*
FROM (SELECT c FROM casework.cases c LIMIT 1) model, generate_series(1, $1::int) n,
  jsonb_populate_record(model.c, jsonb_build_object('case_id', {_ID.format("case")})) made
"""
_LINES = f"""
INSERT INTO casework.work SELECT made.*
FROM (SELECT w FROM casework.work w WHERE w.body->>'rule' = $5 LIMIT 1) model, generate_series(1, $1::int) n,
  LATERAL (SELECT now() + make_interval(secs => hashtext('at' || n) % 8640000) AS at,
    ($3::text[])[1 + (hashtext('office' || n) & 2147483647) % cardinality($3::text[])] AS office) chosen,
  LATERAL (SELECT jsonb_build_object('case_id', {_ID.format("case")}, 'work_id', {_ID.format("clk")},
    'office', CASE WHEN n % ($1::int / $2::int) = 0 THEN $4::text ELSE chosen.office END)
    || CASE WHEN (model.w).overdue_from IS NULL THEN '{{}}'::jsonb
       ELSE jsonb_build_object('order_at', chosen.at, 'overdue_from', chosen.at) END AS columns) named,
  jsonb_populate_record(model.w, columns || jsonb_build_object('body', (model.w).body || columns
    || jsonb_build_object('clock_id', columns->'work_id', 'due_at', columns->'overdue_from'))) made
WHERE {{of_case}}
"""


async def measure(running: Trial, sizes: Sequence[int] = SIZES) -> Section:
    """Fill this stack and a second one, and ask both.

    Args:
        sizes: cases of the second stack, and of `running`.
    """
    few, many = sizes
    with trial() as other:
        filled = [await fill(other, few), await fill(running, many)]
        async with Desk(other.endpoints) as small, Desk(running.endpoints) as big:
            rows: list[Row] = []
            for name, turned in (("first page", 0), ("middle page", MIDDLE)):
                rows += await _compare(name, [(small, await path(small, turned)), (big, await path(big, turned))])
    made = [Row(f"{cases:,} cases", what) for cases, what in zip(sizes, filled, strict=True)]
    return Section("queue", "The queue of an office", [*made, *rows], NOTE)


async def fill(running: Trial, cases: int) -> str:
    """Rows as the code writes them: copies of what one report made. What they take, in words."""
    began = time.perf_counter()
    async with Desk(running.endpoints) as desk:
        await desk.report()
    await settled(running.stack)
    directory, today = LIBRARY.world.directory, datetime.now(UTC).date()
    others = [name for name, office in sorted(directory.offices.items()) if office.exists(today) and name != HEALTH]
    await sql(running.stack, "casework", _CASES, cases)
    for rule, of_case in DUTIES.items():
        lines = _LINES.replace("{of_case}", of_case)
        await sql(running.stack, "casework", lines, cases, OWN_LINES, others, HEALTH, rule)
    for table in ("cases", "work"):
        await sql(running.stack, "casework", f"VACUUM (ANALYZE) casework.{table}")
    await sql(running.stack, "casework", "CHECKPOINT")
    lines = await value(running.stack, "casework", "SELECT count(*) FROM casework.work")
    size = await value(running.stack, "casework", "SELECT pg_database_size('casework')")
    took = time.perf_counter() - began
    return f"{lines:,} lines of {len(others) + 1} offices, {size / 1e9:.2f} GB, made in {took:.0f} s"


async def path(desk: Desk, turned: int) -> str:
    """The path of a page after so many others.

    Raises:
        AssertionError: the office does not hold what it should.
    """
    first = f"/v1/work?limit={PAGE}"
    here, lines, pages = first, 0, [first]
    while True:
        page = (await desk.send("GET", "casework", here, HEALTH)).body
        lines += len(page["items"])
        if page["next"] is None:
            break
        pages.append(here := f"{first}&cursor={page['next']}")
    assert lines == OWN_LINES, f"{lines} lines in the queue"
    return pages[turned]


async def _compare(name: str, asked: Sequence[tuple[Desk, str]]) -> list[Row]:
    """Ask each in turn; the first round only warms up."""
    seconds: list[list[float]] = [[] for _ in asked]
    for round_ in range(CALLS + 1):
        for (desk, page), taken in zip(asked, seconds, strict=True):
            began = time.perf_counter()
            await desk.send("GET", "casework", page, HEALTH)
            if round_:
                taken.append(time.perf_counter() - began)
    return [_row(name, seconds, 0.5), _row(name, seconds, 0.95, MOST)]


def _row(name: str, seconds: Sequence[Sequence[float]], share: float, most: float | None = None) -> Row:
    few, many = (percentile(taken, share) for taken in seconds)
    figure = f"{1000 * many:.1f} ms = {many / few:.2f} × {1000 * few:.1f} ms"
    if most is None:
        return Row(f"{name}, p{share * 100:.0f}", figure)
    return Row(f"{name}, p{share * 100:.0f}", figure, f"≤ {most:g} ×", many / few <= most)
