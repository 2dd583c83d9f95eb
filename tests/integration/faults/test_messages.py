"""What the bus may do to a message, through the durables of the running services: twice, reversed, early, broken."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from nats.aio.client import Client

from contracts.envelope import Envelope, Event
from contracts.events.intake import CaseOpened
from contracts.events.verification import VerificationFactStated
from contracts.ids import new_id
from contracts.topology import PARKED_STREAM
from kit import parked
from kit.topology import jetstream
from stack.administrator import administrator
from stack.trial import Trial
from tests.load.desk import HEALTH, POLICE, Desk
from tests.load.house import settled, sql, until

pytestmark = pytest.mark.stack

DURABLE = "casework__on_verification_fact"
STEPS = (
    (POLICE, "SUPPORT_AGENCY_NOTIFIED"),
    (HEALTH, "SUPPORT_AGENCY_RECEIVED"),
    (HEALTH, "INITIAL_CHECK_DONE"),
    (HEALTH, "POLICE_VERIFICATION"),
    (POLICE, "VICTIM_CONFIRMED"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def nats(stack: Trial) -> AsyncIterator[Client]:
    async with administrator(stack.stack) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def desk(stack: Trial) -> AsyncIterator[Desk]:
    async with Desk(stack.endpoints) as made:
        yield made


def fact(case_id: str, office: str, state: str, minutes_ago: int = 5) -> VerificationFactStated:
    """A step that the service `verification` tells of."""
    now = datetime.now(UTC)
    return VerificationFactStated(
        case_id=case_id,
        fact_id=new_id("fact"),
        lane="identification",
        state=state,
        occurred_at=now - timedelta(minutes=minutes_ago),
        recorded_at=now,
        office=office,
        actor="actor-1",
    )


def in_order(case_id: str) -> list[VerificationFactStated]:
    """The five steps, ten minutes between two of them."""
    return [fact(case_id, *step, minutes_ago=50 - 10 * place) for place, step in enumerate(STEPS)]


async def publish(nats: Client, event: Event, envelope: Envelope | None = None, body: bytes | None = None) -> None:
    """Send an event past the producer's outbox. The server's own recognition of duplicates is kept out of the way."""
    sent = body or (envelope or Envelope.wrap(event, at=datetime.now(UTC))).model_dump_json(exclude_none=True).encode()
    await jetstream(nats).publish(event.nats_subject(), sent, headers={"Nats-Msg-Id": secrets.token_hex(8)})


async def facts_of(stack: Trial, case_id: str) -> list[str]:
    """States of the facts that casework holds, in the order of their occurrence."""
    statement = "SELECT state FROM casework.facts WHERE case_id = $1 ORDER BY occurred_at, seq"
    return [row["state"] for row in await sql(stack.stack, "casework", statement, case_id)]


async def version_of(stack: Trial, case_id: str) -> int:
    rows = await sql(stack.stack, "casework", "SELECT version FROM casework.cases WHERE case_id = $1", case_id)
    return rows[0]["version"]


async def in_state(desk: Desk, case_id: str, state: str) -> None:
    async def there() -> bool:
        return (await desk.case(case_id))["lanes"]["identification"]["state"] == state

    await until(there, 20, f"the lane is in {state}")


async def parked_of(nats: Client, case_id: str) -> list[str]:
    return [one.slug for one in await parked.list_parked(nats, DURABLE) if one.correlation_id == case_id]


async def test_an_event_that_comes_three_times_counts_once(stack: Trial, nats: Client, desk: Desk) -> None:
    case_id = await desk.report()
    await desk.case(case_id)
    event = fact(case_id, *STEPS[0])
    envelope = Envelope.wrap(event, at=datetime.now(UTC))
    for _ in range(3):
        await publish(nats, event, envelope)
    await in_state(desk, case_id, STEPS[0][1])
    version = await version_of(stack, case_id)
    await publish(nats, event, envelope)
    await settled(stack.stack)
    assert await facts_of(stack, case_id) == [STEPS[0][1]]
    assert await version_of(stack, case_id) == version


async def test_a_fact_told_in_two_events_counts_once(stack: Trial, nats: Client, desk: Desk) -> None:
    case_id = await desk.report()
    await desk.case(case_id)
    event = fact(case_id, *STEPS[0])
    await publish(nats, event)
    await publish(nats, event)
    await in_state(desk, case_id, STEPS[0][1])
    await settled(stack.stack)
    assert await facts_of(stack, case_id) == [STEPS[0][1]]
    assert await parked_of(nats, case_id) == []


async def test_steps_that_come_in_reversed_order_give_the_same_case(stack: Trial, nats: Client, desk: Desk) -> None:
    case_id = await desk.report()
    for event in reversed(in_order(case_id)):
        await publish(nats, event)
    await in_state(desk, case_id, "VICTIM_CONFIRMED")
    await settled(stack.stack)
    assert await facts_of(stack, case_id) == [state for _, state in STEPS]
    case = await desk.case(case_id)
    assert not [flag for flag in case["flags"] if flag.startswith("gap:")]
    assert await parked_of(nats, case_id) == []


async def test_a_step_of_a_case_that_has_not_arrived_is_delivered_again(stack: Trial, nats: Client, desk: Desk) -> None:
    now = datetime.now(UTC)
    case_id = new_id("case")
    await publish(nats, fact(case_id, *STEPS[0]))
    await until(lambda: _delivered_in_vain(nats), 10, "the step was delivered and put back")
    opened = CaseOpened(
        case_id=case_id,
        report_id=new_id("report"),
        route="rescued",
        channel="rescue",
        office=POLICE,
        actor="actor-1",
        territory="lao-cai",
        commune="bat-xat",
        occurred_at=now - timedelta(hours=1),
        recorded_at=now,
        age_band="adult",
    )
    await publish(nats, opened)
    await in_state(desk, case_id, STEPS[0][1])
    await settled(stack.stack)
    assert await facts_of(stack, case_id) == [STEPS[0][1]]


@pytest.mark.parametrize("body", [b"\xff\xfe not JSON", b'{"specversion": "1.0"}', b"[]"])
async def test_a_poison_message_is_put_aside_and_holds_nobody_up(
    stack: Trial, nats: Client, desk: Desk, body: bytes
) -> None:
    case_id = await desk.report()
    await desk.case(case_id)
    event = fact(case_id, *STEPS[0])
    await publish(nats, event, body=body)
    await publish(nats, event)
    await in_state(desk, case_id, STEPS[0][1])

    async def put_aside() -> bool:
        return any(one.body == body for one in await parked.list_parked(nats, DURABLE))

    await until(put_aside, 10, "the message is put aside")
    assert {one.slug for one in await parked.list_parked(nats, DURABLE) if one.body == body} == {"undecodable"}
    await settled(stack.stack)
    await jetstream(nats).purge_stream(PARKED_STREAM, subject=f"parked.{DURABLE}")


async def test_a_step_that_nobody_may_state_is_put_aside_and_shown(stack: Trial, nats: Client, desk: Desk) -> None:
    case_id = await desk.report()
    await desk.case(case_id)
    await publish(nats, fact(case_id, "border_guard/lang-son", "VICTIM_CONFIRMED"))

    async def shown() -> bool:
        timeline = await desk.send("GET", "casework", f"/v1/cases/{case_id}/timeline", POLICE)
        return any(line["kind"] == "fact_parked" for line in timeline.body["items"])

    await until(shown, 10, "the holder sees it")
    assert await facts_of(stack, case_id) == []
    await settled(stack.stack)
    assert len(await parked_of(nats, case_id)) == 1
    await jetstream(nats).purge_stream(PARKED_STREAM, subject=f"parked.{DURABLE}")


async def _delivered_in_vain(nats: Client) -> bool:
    info = await jetstream(nats).consumer_info("VERIFICATION_EVENTS", DURABLE)
    return bool(info.num_ack_pending or info.num_redelivered)
