"""The handlers that arm cases and transfers write nothing, and are delivered for as long as Temporal is away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from temporalio.service import RPCError, RPCStatusCode

from casework.arming import RPC_TIMEOUT, Arming
from casework.workflows.ports import Wait, WaitSet
from contracts.events.casework import CaseChanged, ClocksMoved, TransferChanged
from contracts.problems import Unavailable
from contracts.topology import DURABLES, Durable
from kit.bus import Meta
from kit.settle import Delivery

CASE = "case_" + "a" * 26
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITS = WaitSet(case_id=CASE, version=3, waits=(Wait(wait_id="w", at=NOON),))
CHANGED = CaseChanged.model_construct(case_id=CASE, case_version=2, arms=True)
CLOCKS_MOVED = ClocksMoved.model_construct(case_id=CASE, arms=True)
META = Meta("evt_" + "a" * 26, 1, NOON, "casework__arm_waits")
DURABLE_NAMES = ("casework__arm_waits", "casework__arm_moved", "casework__arm_transfer")
TRANSFER = "transfer_" + "a" * 26
MOVED = TransferChanged.model_construct(case_id=CASE, transfer_id=TRANSFER, transfer_version=2)


class FakeOpenWaits:
    def __init__(self, waits: WaitSet | None) -> None:
        self.waits = waits

    async def wait_set(self, subject: str) -> WaitSet | None:
        return self.waits

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        raise AssertionError("arming changes nothing")

    async def earliest_waits(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        raise AssertionError("arming looks at one case")


class Client:
    def __init__(self, answer: RPCStatusCode | None = None) -> None:
        self.started: list[tuple[WaitSet, dict[str, object]]] = []
        self.answer = answer

    async def start_workflow(self, run: object, waits: WaitSet, **options: object) -> None:
        if self.answer is not None:
            raise RPCError("no", self.answer, b"")
        self.started.append((waits, options))


class Away:
    @property
    def client(self) -> Client:
        raise Unavailable("Temporal is not connected.")


def arming(open_waits: FakeOpenWaits, client: Client) -> Arming:
    return Arming(open_waits, open_waits, SimpleNamespace(client=client))  # pyright: ignore[reportArgumentType]


async def test_tells_the_set_as_it_is_now_not_as_the_event_says():
    client = Client()
    await arming(FakeOpenWaits(WAITS), client).on_case_changed(CHANGED, META)
    ((told, options),) = client.started
    assert told == WAITS
    assert options["id"] == CASE
    assert options["start_signal_args"] == [WAITS]


async def test_tells_what_an_amendment_moved():
    client = Client()
    await arming(FakeOpenWaits(WAITS), client).on_clocks_moved(CLOCKS_MOVED, META)
    assert [told for told, _ in client.started] == [WAITS]


async def test_a_workflow_that_wakes_in_time_is_sent_nothing():
    client = Client()
    handler = arming(FakeOpenWaits(WAITS), client)
    await handler.on_case_changed(CHANGED.model_copy(update={"arms": False}), META)
    await handler.on_clocks_moved(CLOCKS_MOVED.model_copy(update={"arms": False}), META)
    assert client.started == []


def test_an_event_of_an_older_release_arms():
    assert (CaseChanged.model_fields["arms"].default, ClocksMoved.model_fields["arms"].default) == (True, True)


async def test_what_could_not_be_told_is_told_at_the_next_delivery():
    client = Client(RPCStatusCode.UNAVAILABLE)
    handler = arming(FakeOpenWaits(WAITS), client)
    with pytest.raises(Unavailable):
        await handler.on_case_changed(CHANGED, META)
    client.answer = None
    await handler.on_case_changed(CHANGED, META)
    assert len(client.started) == 1


async def test_a_case_that_is_not_known_is_passed_over():
    client = Client()
    await arming(FakeOpenWaits(None), client).on_case_changed(CHANGED, META)
    assert client.started == []


@pytest.mark.parametrize("status", [RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED])
async def test_a_server_that_is_away_is_asked_again(status: RPCStatusCode):
    with pytest.raises(Unavailable):
        await arming(FakeOpenWaits(WAITS), Client(status)).on_case_changed(CHANGED, META)


async def test_a_server_that_was_never_reached_is_asked_again():
    handler = Arming(FakeOpenWaits(WAITS), FakeOpenWaits(WAITS), Away())  # pyright: ignore[reportArgumentType]
    with pytest.raises(Unavailable):
        await handler.on_case_changed(CHANGED, META)


async def test_a_transfer_is_told_to_a_workflow_of_its_own():
    cases, transfers, client = (
        FakeOpenWaits(WAITS),
        FakeOpenWaits(WAITS.model_copy(update={"transfer_id": TRANSFER})),
        Client(),
    )
    handler = Arming(cases, transfers, SimpleNamespace(client=client))  # pyright: ignore[reportArgumentType]
    await handler.on_transfer_changed(MOVED, META)
    await handler.on_case_changed(CHANGED, META)  # another workflow: what was told of the transfer does not hide it
    assert [options["id"] for _, options in client.started] == [TRANSFER, CASE]


@pytest.mark.parametrize("durable", [one for one in DURABLES if one.name in DURABLE_NAMES], ids=DURABLE_NAMES)
def test_no_number_of_deliveries_parks_it_and_none_outlasts_its_acknowledgement(durable: Durable):
    assert durable.max_deliver >= 10_000
    delivery = Delivery(durable, message=None, number=10_000, stream_seq=1)  # pyright: ignore[reportArgumentType]
    assert not delivery.is_last
    assert RPC_TIMEOUT.total_seconds() < durable.ack_wait_seconds
