"""One client's crowd of requests waits, another client's request goes on."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from kit.http import APIRouter, Call, Response, build_app, operation
from kit.http.turns import ALONE, BESIDE_OTHERS, CROWD, OTHERS_SECONDS, Lines
from kit.state import State


class Watch:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


async def entered(lines: Lines, client: str, number: int) -> list[asyncio.Task[None]]:
    """So many requests of a client, each as far as it can go now."""
    tasks = [asyncio.create_task(lines.enter(client)) for _ in range(number)]
    await settle()
    return tasks


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def working(tasks: list[asyncio.Task[None]]) -> int:
    return sum(task.done() for task in tasks)


async def test_a_client_that_is_alone_has_nearly_all() -> None:
    tasks = await entered(Lines(Watch()), "a", 500)
    assert working(tasks) == ALONE
    await _cancel(tasks)


async def test_beside_others_each_has_a_few() -> None:
    lines = Lines(Watch())
    one, two = await entered(lines, "a", 1), await entered(lines, "b", CROWD)
    assert (working(one), working(two)) == (1, BESIDE_OTHERS)
    lines.leave("b", 0.01)
    await settle()
    assert working(two) == BESIDE_OTHERS + 1, "the next one of the line"
    await _cancel(two)


async def test_a_crowd_has_one_at_a_time_and_rests() -> None:
    watch = Watch()
    lines = Lines(watch)
    await entered(lines, "a", 1)
    crowd = await entered(lines, "b", 500)
    assert working(crowd) == BESIDE_OTHERS, "those that came before it was a crowd"
    for left in range(BESIDE_OTHERS):
        assert working(crowd) == BESIDE_OTHERS, left
        lines.leave("b", 0.01)
        await settle()
    assert working(crowd) == BESIDE_OTHERS + 1
    another = await entered(lines, "c", BESIDE_OTHERS)
    assert working(another) == BESIDE_OTHERS, "whoever else comes waits for nobody"
    lines.leave("b", 0.02)
    await settle()
    assert working(crowd) == BESIDE_OTHERS + 1, "it rests as long as the last one took"
    watch.at += 0.021
    async with asyncio.timeout(5):
        await crowd[BESIDE_OTHERS + 1]
    await _cancel(crowd)


async def test_all_crowds_together_have_one_at_a_time() -> None:
    lines = Lines(Watch())
    await entered(lines, "a", 1)
    crowds = [await entered(lines, name, 100) for name in "bc"]
    for name in "bc":
        for _ in range(BESIDE_OTHERS):
            lines.leave(name, 0.01)
    await settle()
    assert sum(map(working, crowds)) == 2 * BESIDE_OTHERS + 1
    for crowd in crowds:
        await _cancel(crowd)


async def test_when_the_others_are_gone_a_crowd_goes_on_as_if_alone() -> None:
    watch = Watch()
    lines = Lines(watch)
    await entered(lines, "a", 1)
    crowd = await entered(lines, "b", 100)
    lines.leave("a", 0.01)
    watch.at += OTHERS_SECONDS + 0.1
    lines.leave("b", 0.01)
    await settle()
    assert working(crowd) == 1 + ALONE, "one has left"
    await _cancel(crowd)


async def test_who_goes_away_while_waiting_leaves_no_gap() -> None:
    lines = Lines(Watch())
    await entered(lines, "a", 1)
    line = await entered(lines, "b", BESIDE_OTHERS + 2)
    await _cancel(line[BESIDE_OTHERS : BESIDE_OTHERS + 1])
    lines.leave("b", 0.01)
    await settle()
    assert line[-1].done()
    assert not line[-1].cancelled()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


router = APIRouter()


@operation(router, "GET", "/v1/slow", "slow")
async def slow(call: Call) -> Response:
    gate = call.get(asyncio.Event)
    await gate.wait()
    return Response(b"{}")


@operation(router, "GET", "/v1/quick", "quick")
async def quick(call: Call) -> Response:
    return Response(b"{}")


@pytest.mark.parametrize("service", [False, True])
async def test_services_never_wait_and_nobody_waits_for_a_crowd(
    state: State, signed: Callable[..., dict[str, str]], service: bool
) -> None:
    gate = asyncio.Event()
    state.put(gate)
    transport = httpx.ASGITransport(build_app("casework", [router], state))
    crowd = signed(service="intake", office=None) if service else signed(sub="many")
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
        for headers in (crowd, signed(sub="one")):
            assert (await client.get("/v1/quick", headers=headers)).status_code == 200
        waiting = [asyncio.create_task(client.get("/v1/slow", headers=crowd)) for _ in range(100)]
        await settle()
        answer = await asyncio.wait_for(client.get("/v1/quick", headers=signed(sub="one")), 10)
        assert answer.status_code == 200
        gate.set()
        assert {one.status_code for one in await asyncio.gather(*waiting)} == {200}
