"""Budgets: what is over them is refused, in every process of a service together, and somebody is told."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.limits import LimitReached
from contracts.problems import TooManyRequests
from kit.auth import Principal
from kit.clock import FixedClock
from kit.http import APIRouter, Call, Response, build_app, operation
from kit.limits.budgets import BUDGETS, HOUR, Budgets, BudgetsWrong, Kind, Who
from kit.limits.counts import PARTS, TOLD_SHARE, Counts, Told
from kit.limits.exchange import Exchange
from kit.limits.limits import Limits
from kit.state import State

START = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
READS = next(one for one in BUDGETS if (one.who, one.kind) == (Who.PERSON, Kind.IDENTITY_READS))
ERROR = 0.1
"""So far may the processes of a service be from the budget."""


def person(actor: str = "p-1", office: str = "commune/lao-cai", **more: str) -> Principal:
    return Principal(office, office.partition("/")[0], actor, **{"token": f"t-{actor}", **more})


class Process:
    """The limits of one process, whose messages a test carries, and whose alarms it sees."""

    def __init__(self, clock: FixedClock, budgets: Budgets | None = None) -> None:
        self.raised: list[LimitReached] = []
        self.exchange = Exchange("vault")
        self.limits = Limits("vault", budgets or Budgets(), clock, cast(Any, self), self.exchange)

    def __call__(self) -> "Process":
        """As the unit of work, and below as its transaction."""
        return self

    async def __aenter__(self) -> "Process":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def emit(self, event: LimitReached) -> None:
        self.raised.append(event)


def carry(processes: Iterable[Process]) -> None:
    """All messages that wait reach all processes, as NATS would have it."""
    for one in processes:
        waiting, one.exchange._waiting = one.exchange._waiting, {}  # pyright: ignore[reportPrivateUsage]
        for told in waiting.values():
            for other in processes:
                other.exchange.hear(Told.model_validate_json(told.model_dump_json()))


def taken(limits: Limits, who: Principal, kind: Kind, tries: int) -> int:
    """How many of so many tries were let through."""
    good = 0
    for _ in range(tries):
        try:
            limits.take(who, kind)
            good += 1
        except TooManyRequests:
            pass
    return good


def test_a_thousand_identity_reads_by_one_person_stop_at_the_budget() -> None:
    one = Process(FixedClock(START))
    assert taken(one.limits, person(), Kind.IDENTITY_READS, 1000) == READS.amount
    assert taken(one.limits, person("p-2"), Kind.IDENTITY_READS, 1) == 1, "a colleague goes on"


@given(st.integers(1, 4), st.data())
@settings(max_examples=12, deadline=None)
def test_together_the_processes_keep_to_the_budget(others: int, data: st.DataObject) -> None:
    processes = [Process(FixedClock(START)) for _ in range(1 + others)]
    good = 0
    for _ in range(400):
        place = data.draw(st.integers(0, others))
        good += taken(processes[place].limits, person(), Kind.IDENTITY_READS, 1)
        carry(processes)
    assert READS.amount <= good <= READS.amount * (1 + ERROR)


def test_processes_are_told_seldom() -> None:
    """An office that works as usual sends no message at all, and one that reaches its budget fifty."""
    counted: list[Told] = []
    budgets = Budgets()
    counts = Counts("me", budgets.all, counted.append)
    quiet = budgets.all["office.requests"]
    for second in range(60):
        counts.add(quiet, "commune/lao-cai", 1, START.timestamp() + second)
    assert counted == []
    for _ in range(READS.amount):
        counts.add(READS, "p-1", 1, START.timestamp())
    assert len(counted) <= 1 / TOLD_SHARE


def test_while_nats_is_away_each_process_counts_alone_and_learns_the_rest_afterwards() -> None:
    one, two = Process(FixedClock(START)), Process(FixedClock(START))
    assert taken(one.limits, person(), Kind.IDENTITY_READS, 1000) == READS.amount
    for each in (one, two):  # what was to be sent is lost
        each.exchange._waiting.clear()  # pyright: ignore[reportPrivateUsage]
    two.exchange.joined()
    carry([two, one])
    carry([one, two])
    assert taken(two.limits, person(), Kind.IDENTITY_READS, 10) == 0


def test_a_process_that_lost_its_connection_tells_what_it_counted() -> None:
    one, two = Process(FixedClock(START)), Process(FixedClock(START))
    taken(one.limits, person(), Kind.IDENTITY_READS, 1000)
    one.exchange._waiting.clear()  # pyright: ignore[reportPrivateUsage]
    one.exchange.joined()
    carry([one, two])
    assert taken(two.limits, person(), Kind.IDENTITY_READS, 10) == 0


@given(st.lists(st.integers(0, 400), min_size=200, max_size=300))
@settings(max_examples=15, deadline=None)
def test_no_hour_has_more_than_the_budget(pauses: list[int]) -> None:
    clock = FixedClock(START)
    limits, good = Process(clock).limits, list[datetime]()
    for pause in pauses:
        clock.advance(timedelta(seconds=pause / 10))
        if taken(limits, person(), Kind.IDENTITY_READS, 1):
            good.append(clock.now())
    for first in good:
        within = [at for at in good if first <= at < first + timedelta(hours=1)]
        assert len(within) <= READS.amount


def test_retry_after_is_when_there_is_room_again() -> None:
    clock = FixedClock(START)
    limits = Process(clock).limits
    taken(limits, person(), Kind.IDENTITY_READS, READS.amount)
    with pytest.raises(TooManyRequests) as refused:
        limits.take(person(), Kind.IDENTITY_READS)
    wait = refused.value.retry_after
    assert HOUR <= wait <= HOUR * (1 + 1 / PARTS)
    assert refused.value.extra == {"limit": "person.identity_reads"}
    clock.advance(timedelta(seconds=wait - 1))
    assert taken(limits, person(), Kind.IDENTITY_READS, 1) == 0
    clock.advance(timedelta(seconds=1))
    assert taken(limits, person(), Kind.IDENTITY_READS, 1) == 1


def test_several_at_once_are_taken_whole_or_not_at_all() -> None:
    limits = Process(FixedClock(START), Budgets({"person.new_cases": 60})).limits
    limits.take(person(), Kind.NEWCOMERS, 50)
    with pytest.raises(TooManyRequests):
        limits.take(person(), Kind.NEWCOMERS, 11)
    limits.take(person(), Kind.NEWCOMERS, 10)


def test_who_is_denied_too_often_is_refused_everything_and_colleagues_go_on() -> None:
    limits = Process(FixedClock(START), Budgets({"person.denials": 5})).limits
    for _ in range(5):
        limits.admit(person())
        limits.denied(person())
    with pytest.raises(TooManyRequests):
        limits.admit(person())
    limits.admit(person("p-2"))


def test_a_token_has_less_than_its_person_and_a_new_one_goes_on() -> None:
    limits = Process(FixedClock(START), Budgets({"token.requests": 10, "person.requests": 15})).limits
    assert taken(limits, person(token="a"), Kind.REQUESTS, 20) == 10
    assert taken(limits, person(token="b"), Kind.REQUESTS, 20) == 5, "the person as a whole has five left"


def test_no_single_person_takes_the_budget_of_an_office() -> None:
    amounts = {one.name: one.amount for one in BUDGETS}
    for kind in Kind:
        assert amounts[f"office.{kind}"] >= 10 * amounts[f"person.{kind}"]
        assert amounts[f"token.{kind}"] <= amounts[f"person.{kind}"]
        assert amounts[f"system.{kind}"] >= amounts[f"person.{kind}"]
    per_hour = {kind: amounts[f"person.{kind}"] * (60 if kind == Kind.REQUESTS else 1) for kind in Kind}
    assert min(per_hour, key=lambda kind: per_hour[kind]) == Kind.IDENTITY_READS


def test_a_system_has_budgets_of_its_own_and_services_have_none() -> None:
    limits = Process(FixedClock(START), Budgets({"person.requests": 1, "office.requests": 1})).limits
    system = person("system", position="system")
    assert taken(limits, system, Kind.REQUESTS, 100) == 100
    assert taken(limits, person(), Kind.REQUESTS, 2) == 1, "the system takes nothing of the office's"
    assert taken(limits, Principal("", "", "casework", service="casework"), Kind.REQUESTS, 100) == 100


def test_a_budget_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BudgetsWrong, match=r"person\.identity"):
        Budgets({"person.identity": 3})


async def test_the_alarm_is_raised_once_for_a_person_a_kind_and_an_hour() -> None:
    clock = FixedClock(START)
    one, two = Process(clock), Process(clock)
    running = [asyncio.create_task(each.limits.run()) for each in (one, two)]
    for each in (one, two):
        taken(each.limits, person(), Kind.IDENTITY_READS, READS.amount + 20)
    await _until(lambda: len(one.raised) == len(two.raised) == 1)
    [event], [same] = one.raised, two.raised
    assert event.limit_id == same.limit_id, "so notify tells it once"
    assert (event.office, event.actor, event.kind, event.who) == ("commune/lao-cai", "p-1", "identity_reads", "person")
    assert (event.amount, event.seconds, event.service) == (READS.amount, READS.seconds, "vault")
    clock.advance(timedelta(hours=2))
    taken(one.limits, person(), Kind.IDENTITY_READS, READS.amount + 1)
    await _until(lambda: len(one.raised) == 2)
    assert one.raised[1].limit_id != event.limit_id
    for task in running:
        task.cancel()


async def test_an_alarm_waits_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.limits.limits.AGAIN_SECONDS", 0.01)
    one, tries = Process(FixedClock(START)), list[int]()

    def emit(event: LimitReached) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        one.raised.append(event)

    one.emit = emit
    task = asyncio.create_task(one.limits.run())
    taken(one.limits, person(), Kind.IDENTITY_READS, READS.amount + 1)
    await _until(lambda: bool(one.raised))
    assert len(tries) == 3
    task.cancel()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # what is waited for gives no sign
            await asyncio.sleep(0.001)


router = APIRouter()


@operation(router, "POST", "/v1/cases/{case_id}/identity", "read_identity")
async def read(call: Call) -> Response:
    call.count(Kind.IDENTITY_READS)
    return Response(b"{}", media_type="application/json")


@operation(router, "GET", "/v1/closed", "closed")
async def closed(call: Call) -> Response:
    call.authorize()
    return Response(b"{}")


async def test_a_refusal_is_a_problem_document_with_retry_after(
    state: State, signed: Callable[..., dict[str, str]]
) -> None:
    budgets = Budgets({"person.identity_reads": 2, "person.denials": 2})
    state.limits = Limits("casework", budgets, state.clock, state.uow)
    transport = httpx.ASGITransport(build_app("casework", [router], state))
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test", headers=signed()) as client:
        path = f"/v1/cases/case_{'a' * 26}/identity"
        answers = [await client.post(path) for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        document = answers[-1].json()
        assert document["type"].endswith("/too-many-requests")
        assert document["limit"] == "person.identity_reads"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= HOUR * 2
        assert [(await client.get("/v1/closed")).status_code for _ in range(3)] == [403, 403, 429]
        other = await client.get("/v1/closed", headers=signed(sub="actor-2"))
        assert other.status_code == 403
