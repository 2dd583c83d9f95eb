"""A task that loses a cancellation is cancelled again."""

import asyncio

from kit.ending import end


async def test_a_task_that_loses_a_cancellation_ends() -> None:
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost += 1

    tasks = [asyncio.create_task(deaf()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)
    await end(tasks)
    assert all(task.done() for task in tasks)
    assert lost == 1


async def test_nothing_to_end() -> None:
    await end([])
