"""A steady load of facts over HTTP, and a comparison afterwards: what was acknowledged is stored exactly once."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType

from stack.trial import Trial
from tests.load.desk import WHOLE_CASE, Desk
from tests.load.house import parked, published, settled, shown, sql

_FACTS = "SELECT fact_id, case_id, lane, state FROM casework.facts WHERE kind = 'state' AND case_id = ANY($1)"
_OPENED = """
SELECT c.case_id, c.version, (SELECT count(*) FROM casework.journal j WHERE j.case_id = c.case_id AND j.kind = 'opened')
  AS times FROM casework.cases c WHERE c.case_id = ANY($1)
"""
_REPORTED = "SELECT case_id FROM intake.persons WHERE case_id = ANY($1)"


@dataclass
class Reckoning:
    """What the databases hold of the steps that were acknowledged.

    Attributes:
        sent: reports and facts that were acknowledged.
        repeated: requests that had to be sent more than once.
        lost: acknowledged, and not there.
        doubled: there more than once, or never asked for.
        parked: messages that were put aside.
    """

    sent: int
    repeated: int
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    parked: int = 0

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled, nothing put aside."""
        return not (self.lost or self.doubled or self.parked)


class Steady:
    """Clients that report, and take each case through all its steps, until they are asked to stop.

    async with Steady(trial, clients=4) as load: …kill something…
    reckoning = await load.reckon()

    Args:
        running: the stack.
        clients: at work at the same time.
        pause: seconds between two requests of a client.
        most: facts and reports after which no client begins another case.
    """

    def __init__(self, running: Trial, clients: int = 4, pause: float = 0.1, most: int | None = None) -> None:
        self._trial, self._clients, self._pause, self._most = running, clients, pause, most
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.cases: list[str] = []
        self.facts: dict[str, tuple[str, str, str]] = {}
        self.repeated = 0
        self.took: list[tuple[float, float]] = []
        """Of each step that was acknowledged: when it was begun (`loop.time()`), and the seconds until the answer."""

    @property
    def sent(self) -> int:
        """What was acknowledged until now."""
        return len(self.cases) + len(self.facts)

    async def __aenter__(self) -> "Steady":
        self._tasks = [asyncio.create_task(self._client()) for _ in range(self._clients)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let each client finish the case that it has begun."""
        self._stopping.set()
        if kind:
            for task in self._tasks:
                task.cancel()
        done = await asyncio.gather(*self._tasks, return_exceptions=True)
        for failure in done:
            if isinstance(failure, Exception) and kind is None:
                raise failure

    async def reckon(self, seconds: float = 60) -> Reckoning:
        """Compare, after every event was published and handled."""
        await settled(self._trial.stack, seconds)
        found = Reckoning(self.sent, self.repeated, parked=await parked(self._trial.stack))
        await self._reckon_facts(found)
        await self._reckon_cases(found)
        return found

    async def _client(self) -> None:
        async with Desk(self._trial.endpoints) as desk:
            while not self._stopping.is_set() and (self._most is None or self.sent < self._most):
                case_id = await desk.report()
                self.cases.append(case_id)
                for step in WHOLE_CASE:
                    if self._stopping.is_set():
                        break
                    began = asyncio.get_running_loop().time()
                    taken = await desk.step(case_id, *step)
                    self.took.append((began, taken.at - began))
                    self.facts[taken.body["fact_id"]] = (case_id, step[1], step[2])
                    self.repeated += taken.tries > 1
                    await asyncio.sleep(self._pause)  # the pace of an office

    async def _reckon_facts(self, found: Reckoning) -> None:
        rows = await sql(self._trial.stack, "casework", _FACTS, self.cases)
        there = Counter((row["case_id"], row["lane"], row["state"]) for row in rows)
        found.lost += sorted(self.facts.keys() - {row["fact_id"] for row in rows})
        found.doubled += sorted({row["fact_id"] for row in rows} - self.facts.keys())
        found.doubled += [f"{key} {times} times" for key, times in there.items() if times > 1]

    async def _reckon_cases(self, found: Reckoning) -> None:
        """A report is one person, one case opened once; the bucket has its newest standing."""
        stack = self._trial.stack
        reported = Counter(row["case_id"] for row in await sql(stack, "intake", _REPORTED, self.cases))
        opened = {row["case_id"]: row for row in await sql(stack, "casework", _OPENED, self.cases)}
        found.lost += [f"report {case_id}" for case_id in self.cases if not reported[case_id]]
        found.lost += [f"case {case_id}" for case_id in self.cases if case_id not in opened]
        found.doubled += [f"case {case_id}" for case_id, row in opened.items() if row["times"] != 1]
        known, newest = await shown(stack, self.cases), await published(stack, self.cases)
        behind = [case_id for case_id in opened if known.get(case_id, 0) != newest.get(case_id)]
        found.lost += [f"the bucket does not have the newest standing of {case_id}" for case_id in behind]
