"""Calls that go together: each gets its own answer, one's failure is nobody else's, and alone nobody waits."""

import asyncio
from collections.abc import Sequence

import pytest

from kit.together import Together


class Counter:
    """Doubles numbers; holds its first round until it is let go, refuses all together with a bad one among them."""

    def __init__(self, bad: int | None = None) -> None:
        self.rounds: list[list[int]] = []
        self.go = asyncio.Event()
        self._bad = bad

    async def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.rounds.append(list(numbers))
        await self.go.wait()
        if self._bad in numbers:
            raise KeyError(self._bad)
        return [ValueError() if number < 0 else 2 * number for number in numbers]


async def started(together: Together[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(together(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_arrives_while_one_is_under_way_goes_together() -> None:
    work = Counter()
    together = Together[int, int](work, most=3)
    tasks = await started(together, 1) + await started(together, 2, 3, 4, 5)
    assert work.rounds == [[1]]
    work.go.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert work.rounds == [[1], [2, 3, 4], [5]]
    assert await together(6) == 12


async def test_one_that_fails_all_has_each_done_alone() -> None:
    work = Counter(bad=3)
    together = Together[int, int](work, most=9)
    tasks = await started(together, 1) + await started(together, 2, 3, 4)
    work.go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answers[0], answers[1], answers[3]] == [2, 4, 8]
    assert isinstance(answers[2], KeyError)
    assert work.rounds == [[1], [2, 3, 4], [2], [3], [4]]


async def test_one_that_failed_by_itself_does_not_repeat_the_others() -> None:
    work = Counter()
    together = Together[int, int](work, most=9)
    tasks = await started(together, 1) + await started(together, 2, -3)
    work.go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[:2] == [2, 4]
    assert isinstance(answers[2], ValueError)
    assert work.rounds == [[1], [2, -3]]


async def test_a_caller_that_goes_away_takes_nobody_with_it() -> None:
    work = Counter()
    together = Together[int, int](work, most=9)
    tasks = await started(together, 1, 2)
    tasks[0].cancel()
    work.go.set()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert await tasks[1] == 4
    assert await together(5) == 10
