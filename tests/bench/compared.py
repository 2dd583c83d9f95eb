"""The same case on two other programs that carry work through time, beside ours, with the same client."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from stack.trial import Trial
from tests.bench import peer
from tests.bench.cases import AT_ONCE, WARM_UP, total, whole_cases
from tests.bench.meter import Meter, Spent, quiet
from tests.load.desk import WHOLE_CASE, Desk
from tests.load.figures import Row, Section

ROUNDS = 3
CASES = 20
PEERS = {"dbos": "DBOS", "spiff": "SpiffWorkflow"}
NOTE = (
    f"{ROUNDS} rounds of {CASES} cases on each in turn, {AT_ONCE} at once: opened and taken through the same "
    f"{len(WHOLE_CASE)} facts over HTTP by the same client, until every fact and two projections of it are written, "
    "with a timer of a day that each fact sets anew. Programs of one process each on a database in the same "
    "PostgreSQL (`tests/bench/peers`). They know no law, no rights, no vault, no other service, no "
    "message bus and no traces; the comparison shows what those cost. DBOS (MIT) and SpiffWorkflow (LGPL v3) "
    "are installed only for this, into a virtual environment of their own; nothing of them is shipped."
)


async def measure(trial: Trial) -> Section:
    """Ours and both peers in turn."""
    await peer.install()
    async with AsyncExitStack() as opened:
        desk = await opened.enter_async_context(Desk(trial.endpoints))
        still = await opened.enter_async_context(quiet(trial.stack))
        peers = [await opened.enter_async_context(peer.running(trial.stack, name)) for name in PEERS]
        meter = Meter.of(trial, **{one.name: one.pid for one in peers})

        async def ours(count: int) -> None:
            await whole_cases(desk, count)
            await still.settled(120)

        works: dict[str, Callable[[int], Awaitable[None]]] = {"ours": ours}
        works |= {one.name: lambda count, one=one: one.whole_cases(count, AT_ONCE) for one in peers}
        for work in works.values():
            await work(WARM_UP)
        idle = await meter.idle()
        spent: dict[str, list[Spent]] = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                before = meter.read()
                await work(CASES)
                spent[name].append(meter.since(before).without(idle))
    return Section("peers", "The same case on DBOS and on SpiffWorkflow", _rows(spent), NOTE)


def _rows(spent: dict[str, list[Spent]]) -> list[Row]:
    count = ROUNDS * CASES
    sums = {name: total(parts) for name, parts in spent.items()}
    rows = [
        Row(
            f"{PEERS.get(name, 'this system')}: cases a second; processor time a case",
            f"{count / used.seconds:.2f}; {1000 * used.total / count:.0f} ms: {used.each(count)}",
        )
        for name, used in sums.items()
    ]
    for name, shown in PEERS.items():
        ratio = sums[name].seconds / sums["ours"].seconds
        cpu = sums["ours"].total / sums[name].total
        aim = "aim > 1 ×" if name == "dbos" else ""
        rows.append(Row(f"this system ÷ {shown}", f"{ratio:.2f} × its rate, {cpu:.1f} × its processor time", aim))
    return rows
