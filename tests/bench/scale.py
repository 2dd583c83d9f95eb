"""What a step and a queue cost with a million cases in the register, against ten thousand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from stack.trial import Trial, trial
from tests.bench.budget import Budget
from tests.bench.filled import OWN_LINES, Register
from tests.bench.meter import Meter, Quiet, Spent, quiet
from tests.bench.steps import STATES, calls, hurried_steps, timed
from tests.load.desk import HEALTH, Desk
from tests.load.figures import Row, Section, percentile
from tests.load.house import temporal_client, value

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3
CASES = 6
PAGE, MIDDLE = 50, 2
"""Lines of a page; pages to turn until the middle."""
CALLS = 300
STEP, QUEUE = Budget(1.2, 1.05, "not measured", " ×", digits=2), Budget(1.5, None, "1.05 ×", " ×", digits=2)
NOTE = (
    f"Two stacks on one machine, asked in turn, so that what else the machine does falls on both: one stays at "
    f"{SIZES[0]:,} cases, the other one grows. Cases are copies of what one report made, one row in each table of "
    f"casework that belongs to a case, claims and waits among them; a late report gave the claim. {ROUNDS} rounds: on "
    f"each stack {CASES * len(STATES)} steps of new cases, each after a rest (p50, p95), and as many without a pause "
    "(processor time of all processes of the stack until all is quiet, less idle). `GET /v1/work`: "
    f"{OWN_LINES} lines are the asked office's, {PAGE} a page, {CALLS} times each."
)


@dataclass
class House:
    """One of the two stacks, and what was measured on it since it has its size."""

    running: Trial
    desk: Desk
    still: Quiet
    register: Register
    meter: Meter
    idle: Spent | None = None
    seconds: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])

    async def block(self) -> None:
        """Steps of new cases, with and without a rest before each."""
        assert self.idle is not None
        rested, hurried = [[await self.desk.report() for _ in range(CASES)] for _ in range(2)]
        for call in calls(self.desk, rested):
            await self.still.rested()
            self.seconds.append(await timed(call))
        await self.still.settled()
        spent, taken = await hurried_steps(self.desk, hurried, self.still, self.meter, self.idle)
        self.cpu.append(1000 * spent.total / len(taken))

    def worked_since(self, before: Spent) -> Spent:
        """Processor time since then, less idle."""
        assert self.idle is not None
        return self.meter.since(before).without(self.idle)

    async def ready(self) -> None:
        """Forget the figures of another size, and measure what it takes when idle."""
        self.seconds, self.cpu = [], []
        await self.still.settled()
        self.idle = await self.meter.idle()


async def measure(running: Trial, sizes: Sequence[int] = SIZES) -> Section:
    """Fill this stack and a second one, and ask both."""
    few, *more = sizes
    rows: list[Row] = []
    with trial() as other:
        async with (
            Desk(other.endpoints) as desk,
            quiet(other.stack) as still,
            Desk(running.endpoints) as big_desk,
            quiet(running.stack) as big_still,
        ):
            small = House(other, desk, still, Register(other, few // OWN_LINES), Meter.of(other))
            big = House(running, big_desk, big_still, Register(running, few // OWN_LINES), Meter.of(running))
            rows.append(await _grown(small, few))
            for size in more:
                rows.append(await _grown(big, size))
                await _unarmed(big)  # before half an hour of measuring that would be spoilt
                rows += await _steps(small, big, STEP if size == more[-1] else Budget(unit=" ×", digits=2))
            for name, turned in (("first page", 0), ("middle page", MIDDLE)):
                rows += await _queue(name, turned, small, big)
            rows.append(await _unarmed(big))
    return Section("scale", "A million cases", rows, NOTE)


async def _grown(house: House, cases: int) -> Row:
    made = Row(f"{cases:,} cases", await house.register.grow(cases))
    print(f"{made.what}: {made.figure}", flush=True)  # a million take minutes
    return made


async def _steps(small: House, big: House, budget: Budget) -> list[Row]:
    """The first round only warms up."""
    await asyncio.gather(small.ready(), big.ready())
    for round_ in range(ROUNDS + 1):
        for house in (small, big):
            await house.block()
        if not round_:
            small.seconds, small.cpu, big.seconds, big.cpu = [], [], [], []
    name = f"a step at {big.register.cases:,} ÷ at {small.register.cases:,} cases"
    found: list[Row] = []
    for share, asked in ((0.5, budget), (0.95, Budget(unit=" ×", digits=2))):
        few, many = (1000 * percentile(house.seconds, share) for house in (small, big))
        found.append(asked.row(f"{name}, p{share * 100:.0f}", many / few, f" = {many:.1f} ms ÷ {few:.1f} ms"))
    few, many = (sum(house.cpu) / len(house.cpu) for house in (small, big))
    more = f" = {many:.1f} ms ÷ {few:.1f} ms"
    return [*found, budget.row(f"{name}, processor time of all processes", many / few, more)]


async def _unarmed(house: House) -> Row:
    """That Temporal has no workflow of a copy: one for each would spoil all figures.

    Raises:
        AssertionError: a sweep sends the waits of the copies to Temporal. It does so if Temporal does not answer within
            two seconds, as on a machine that has too much else to do.
    """
    client = await temporal_client(house.running.stack)
    known = (await client.count_workflows()).count
    own = await value(house.running.stack, "casework", "SELECT count(*) FROM casework.cases") - house.register.cases
    assert known <= own, f"{known} workflows of {own} cases that are no copies: measure on a machine that is idle"
    return Row("workflows; cases that are no copies", f"{known}; {own}", "no workflow of a copy", holds=True)


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
    assert lines >= OWN_LINES, f"{lines} lines in the queue"
    return pages[turned]


async def _queue(name: str, turned: int, *houses: House) -> list[Row]:
    """Ask each in turn; the first round only warms up."""
    pages = [await path(one.desk, turned) for one in houses]
    seconds: list[list[float]] = [[] for _ in houses]
    before = [one.meter.read() for one in houses]
    for round_ in range(CALLS + 1):
        for house, page, taken in zip(houses, pages, seconds, strict=True):
            took = await timed(lambda house=house, page=page: house.desk.send("GET", "casework", page, HEALTH))
            if round_:
                taken.append(took)
    spent = [1000 * one.worked_since(at).total / (CALLS + 1) for one, at in zip(houses, before, strict=True)]
    rows: list[Row] = []
    for share, budget in ((0.5, Budget(unit=" ×", digits=2)), (0.95, QUEUE)):
        few, many = (1000 * percentile(taken, share) for taken in seconds)
        rows.append(budget.row(f"queue, {name}, p{share * 100:.0f}", many / few, f" = {many:.1f} ms ÷ {few:.1f} ms"))
    rows.append(
        Row(f"queue, {name}, processor time of all processes", f"{spent[1]:.1f} ms; {spent[0]:.1f} ms with few")
    )
    return rows
