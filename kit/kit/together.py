"""Calls that arrive while one is under way go on together: under load one transaction serves many."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")
_log = logging.getLogger(__name__)


class Together(Generic[ItemT, AnswerT]):
    """`await together(item)` gives the item's own answer, or raises what its own work raised.

    Args:
        work: does several at once; answers in the order of the items, an exception for one that failed by itself. If it
            raises, it has done nothing, and each is done again alone, so that none suffers from another.
        most: items of one `work`.
    """

    def __init__(self, work: Callable[[Sequence[ItemT]], Awaitable[Sequence[AnswerT | Exception]]], most: int) -> None:
        self._work, self._most = work, most
        self._waiting: list[tuple[ItemT, asyncio.Future[AnswerT]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: ItemT) -> AnswerT:
        """Joins the next round. Cancelling the caller does not cancel the round, which others wait for too."""
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._rounds())
        return await answer

    async def _rounds(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._round([one for one in taken if not one[1].done()])
        finally:
            self._running = None

    async def _round(self, taken: Sequence[tuple[ItemT, "asyncio.Future[AnswerT]"]]) -> None:
        try:
            answers = await self._work([item for item, _ in taken])
        except Exception as error:
            if len(taken) == 1:
                _settle(taken[0][1], error)
                return
            _log.info("%d did not go together: %s", len(taken), error)
            await asyncio.gather(*(self._round([one]) for one in taken))
        else:
            for (_, future), answer in zip(taken, answers, strict=True):
                _settle(future, answer)


def _settle(future: "asyncio.Future[AnswerT]", outcome: AnswerT | Exception) -> None:
    if future.done():
        return  # its caller was cancelled
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
