"""What goes out: nothing is lost, a case's messages keep their order, and a target that comes back is not flooded."""

import asyncio
import json
from collections import defaultdict
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from contracts.ids import new_id
from notify.addresses import Addresses
from notify.channels.email import EmailChannel, Server
from notify.channels.webhook import WebhookChannel
from notify.deliverer import Deliverer
from notify.domain.targets import TargetPolicy
from notify.repository import forget_deliveries
from tests.integration.notify.house import NotifyHouse, attention
from tests.integration.notify.receivers import Call, MailServer, fine, receiver
from tests.integration.notify.test_inbox import office

pytestmark = pytest.mark.stack

HOUR = timedelta(hours=1)


async def flood(house: NotifyHouse, mine: str, cases: int, each: int) -> None:
    """Notices of several cases at once, those of one case in order."""

    async def one_case() -> None:
        case_id = new_id("case")
        for number in range(each):
            await house.take(attention(case_id, mine, f"wait-{number}"))

    await asyncio.gather(*(one_case() for _ in range(cases)))


async def sent_in_order(house: NotifyHouse, mine: str) -> dict[str, list[str]]:
    """Case → webhook-ids in the order of the office's notices."""
    query = """SELECT d.case_id, d.delivery_id FROM notify.deliveries d JOIN notify.notices n USING (notice_id)
               WHERE n.office = $1 ORDER BY n.seq"""
    found = defaultdict[str, list[str]](list)
    for row in await house.notify.sql(query, mine):
        found[row["case_id"]].append(row["delivery_id"])
    return found


def first_times(calls: list[Call]) -> dict[str, list[str]]:
    """Case → webhook-ids in the order in which they first came."""
    found = defaultdict[str, list[str]](list)
    for call in calls:
        if call.id not in found[call.case_id]:
            found[call.case_id].append(call.id)
    return found


@pytest.mark.parametrize("how", ["port closed", "answers 503"])
async def test_down_for_hours_and_back(house: NotifyHouse, how: str) -> None:
    mine, rate, in_flight = office(), 100, 4
    async with receiver() as agency:
        hook = (await house.register(mine, agency.url))["webhook_id"]
        deliverer = house.deliverer(rate_per_second=rate, in_flight=in_flight)
        if how == "port closed":
            await agency.stop()
        else:
            agency.answer = lambda call: (503, {})
        await flood(house, mine, cases=12, each=4)
        await house.work(deliverer, rounds=60, advance=timedelta(minutes=5))
        tries = await house.notify.sql(
            "SELECT count(*) AS n FROM notify.delivery_attempts a JOIN notify.deliveries d USING (delivery_id)"
            " WHERE d.target = $1", hook
        )  # fmt: skip
        assert 5 <= tries[0]["n"] <= 20, "a target that is down for five hours is asked now and then"
        [shown] = (await house.notify.get("/v1/webhooks", mine)).json()["items"]
        assert shown["pending"] == 48

        agency.calls.clear()
        agency.busiest = 0
        agency.answer, agency.slow_seconds = fine, 0.005
        if how == "port closed":
            await agency.start()
        await house.work(deliverer, rounds=2, advance=2 * HOUR)
        assert first_times(agency.calls) == await sent_in_order(house, mine), "nothing lost, order of each case kept"
        assert len(agency.calls) == 48
        assert agency.busiest <= in_flight
        for first, call in enumerate(agency.calls):
            within = sum(0 <= later.at - call.at <= 0.2 for later in agency.calls[first:])
            assert within <= in_flight + 0.2 * rate + 1, "no flood on return"
        assert {one["state"] for one in await house.log(mine, hook)} == {"delivered"}


async def test_a_receiver_that_fails_at_random_gets_everything_in_order(house: NotifyHouse) -> None:
    mine, count = office(), iter(range(10_000))
    async with receiver(lambda call: (500 if next(count) % 3 else 204, {})) as agency:
        await house.register(mine, agency.url)
        await flood(house, mine, cases=4, each=4)
        deliverers = [house.deliverer(), house.deliverer()]
        for _ in range(60):
            house.clock.advance(HOUR)
            await asyncio.gather(*(one.round() for one in deliverers))
            await asyncio.gather(*(one.idle() for one in deliverers))
        assert first_times(agency.calls) == await sent_in_order(house, mine)


async def test_a_message_that_is_not_taken_holds_up_its_own_case_only(house: NotifyHouse) -> None:
    mine, bad, good = office(), new_id("case"), new_id("case")
    async with receiver(lambda call: (422 if call.case_id == bad else 204, {})) as agency:
        hook = (await house.register(mine, agency.url))["webhook_id"]
        for number in range(5):
            for case_id in (bad, good):
                await house.take(attention(case_id, mine, f"wait-{number}"))
        deliverer = house.deliverer()
        await house.work(deliverer, rounds=5, advance=timedelta(seconds=1))
        assert len([call for call in agency.calls if call.case_id == good]) == 5
        assert len({call.id for call in agency.calls if call.case_id == bad}) == 1
        await house.work(deliverer, rounds=1, advance=25 * HOUR)
        [failed] = await house.log(mine, hook, "?state=failed")
        assert {one["status"] for one in failed["attempts"]} == {422}
        assert len({call.id for call in agency.calls if call.case_id == bad}) == 2, "then the next one has its turn"


async def test_gone_is_gone(house: NotifyHouse) -> None:
    mine = office()
    async with receiver(lambda call: (410, {})) as agency:
        hook = (await house.register(mine, agency.url))["webhook_id"]
        await flood(house, mine, cases=1, each=3)
        await house.work(house.deliverer(), rounds=3, advance=HOUR)
        assert len(agency.calls) == 1
        await flood(house, mine, cases=1, each=1)
        await house.work(house.deliverer(), rounds=2, advance=HOUR)
        assert len(agency.calls) == 1
    [shown] = (await house.notify.get("/v1/webhooks", mine)).json()["items"]
    assert (shown["state"], shown["disabled_reason"], shown["pending"]) == ("disabled", "gone", 0)
    refused = await house.notify.post(f"/v1/webhooks/{hook}/secret", mine)
    assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (409, "webhook-disabled")
    assert len(await house.inbox(mine)) == 4


async def test_old_deliveries_go_with_their_tries_and_what_waits_stays(house: NotifyHouse) -> None:
    mine = office()
    async with receiver() as agency:
        hook = (await house.register(mine, agency.url))["webhook_id"]
        await flood(house, mine, cases=1, each=1)
        await house.work(house.deliverer(), rounds=3)
        await flood(house, mine, cases=1, each=1)
    kept = "SELECT state FROM notify.deliveries WHERE target = $1 ORDER BY seq"
    assert [row["state"] for row in await house.notify.sql(kept, hook)] == ["delivered", "pending"]
    async with house.notify.state.uow() as tx:
        await forget_deliveries(tx, tx.now - HOUR)
    assert len(await house.notify.sql(kept, hook)) == 2
    async with house.notify.state.uow() as tx:
        await forget_deliveries(tx, tx.now + HOUR)
    assert [row["state"] for row in await house.notify.sql(kept, hook)] == ["pending"]


async def test_it_waits_as_long_as_it_is_asked_to(house: NotifyHouse) -> None:
    mine = office()
    async with receiver(lambda call: (429, {"retry-after": "600"})) as agency:
        await house.register(mine, agency.url)
        await flood(house, mine, cases=1, each=1)
        deliverer = house.deliverer()
        await house.work(deliverer)
        await house.work(deliverer, rounds=9, advance=timedelta(seconds=60))
        assert len(agency.calls) == 1
        await house.work(deliverer, advance=timedelta(seconds=61))
        assert len(agency.calls) == 2


async def test_redirects_are_not_followed_and_slow_answers_not_awaited(house: NotifyHouse) -> None:
    mine = office()
    async with receiver() as inside, receiver(lambda call: (307, {"location": inside.url})) as agency:
        hook = (await house.register(mine, agency.url))["webhook_id"]
        await flood(house, mine, cases=1, each=1)
        await house.work(house.deliverer())
        agency.slow_seconds = 2.5
        await house.work(house.deliverer(), advance=HOUR)
        assert inside.calls == []
        [one] = await house.log(mine, hook)
        assert [(a["status"], a["error"]) for a in one["attempts"]] == [(307, "status"), (None, "timeout")]
        await asyncio.sleep(0.6)


async def test_a_name_that_comes_to_lead_inside_is_not_called(house: NotifyHouse) -> None:
    mine, answers = office(), iter([["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"]])

    async def resolve(host: str, port: int) -> list[Any]:
        assert host == "agency.example"
        return [ip_address(one) for one in next(answers)]

    public = WebhookChannel(TargetPolicy(), house.clock, 2, resolve=resolve)
    before = house.notify.state.get(WebhookChannel)
    house.notify.state.put(public)
    try:
        hook = (await house.register(mine, "https://agency.example/"))["webhook_id"]
    finally:
        house.notify.state.put(before)
    await flood(house, mine, cases=1, each=1)
    deliverer = house.deliverer({"webhook": public})
    await house.work(deliverer, rounds=3, advance=HOUR)
    [one] = await house.log(mine, hook)
    assert [(a["status"], a["error"]) for a in one["attempts"]] == [(None, "target-refused")] * 3


async def test_what_was_under_way_at_a_crash_goes_out_again_under_the_same_id(house: NotifyHouse) -> None:
    mine = office()
    async with receiver() as agency:
        await house.register(mine, agency.url)
        await flood(house, mine, cases=1, each=2)
        agency.slow_seconds = 0.5
        doomed = house.deliverer()
        running = asyncio.create_task(doomed.run(house.notify.state))
        await asyncio.wait_for(agency.came.wait(), 5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        agency.slow_seconds = 0
        await house.work(house.deliverer())
        assert len(agency.calls) == 1, "its lease holds: neither it nor the next one of the case is sent"
        await house.work(house.deliverer(), rounds=2, advance=timedelta(seconds=30))
        ids = [call.id for call in agency.calls]
        assert ids[0] == ids[1]
        assert [*dict.fromkeys(ids)] == (await sent_in_order(house, mine))[agency.calls[0].case_id]


async def test_the_worker_itself_delivers_at_once_when_it_is_woken(house: NotifyHouse) -> None:
    mine = office()
    async with receiver() as agency:
        await house.register(mine, agency.url)
        deliverer: Deliverer = house.notify.state.get(Deliverer)
        running = asyncio.create_task(deliverer.run(house.notify.state))
        await asyncio.sleep(0.05)
        await flood(house, mine, cases=1, each=1)
        await asyncio.wait_for(agency.came.wait(), 5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_mail_server_down_and_back(house: NotifyHouse) -> None:
    mine, smtp = office(), MailServer()
    house.mailboxes[mine] = ("tro-giup@lao-cai.example", "truc-ban@lao-cai.example")
    await smtp.start()
    await smtp.stop()
    server = Server("127.0.0.1", smtp.port, tls=False, starttls=False, sender="neove@neove.example", timeout_seconds=2)
    deliverer = house.deliverer({"email": EmailChannel(server, Addresses(house.mailboxes), house.clock)})
    case_id = new_id("case")
    for number in range(3):
        await house.take(attention(case_id, mine, f"wait-{number}"))
    await house.work(deliverer, rounds=4, advance=HOUR)
    assert await states(house, mine) == ["pending"] * 3
    await smtp.start()
    smtp.refuses = True
    await house.work(deliverer, rounds=1, advance=HOUR)
    assert await states(house, mine) == ["pending"] * 3
    smtp.refuses = False
    await house.work(deliverer, rounds=3, advance=2 * HOUR)
    await smtp.stop()
    assert await states(house, mine) == ["delivered"] * 3
    assert len(smtp.mails) == 3
    for mail in smtp.mails:
        assert "tro-giup@lao-cai.example, truc-ban@lao-cai.example" in mail
        assert "identification" not in mail
        assert "B-SELF-04" not in mail
    statuses = await house.notify.sql(
        "SELECT DISTINCT a.status, a.error FROM notify.delivery_attempts a JOIN notify.deliveries d USING (delivery_id)"
        " WHERE d.target = $1 ORDER BY 1, 2", mine
    )  # fmt: skip
    assert [tuple(row) for row in statuses] == [
        (250, None),
        (550, "recipient-refused"),
        (None, "no-connection"),
    ]


async def states(house: NotifyHouse, mine: str) -> list[str]:
    """Of the messages to an office's mailboxes, in order."""
    rows = await house.notify.sql("SELECT state FROM notify.deliveries WHERE target = $1 ORDER BY seq", mine)
    return [row["state"] for row in rows]


async def test_who_reported_gets_the_result_by_inbox_and_webhook_once(house: NotifyHouse) -> None:
    mine, case_id = office("commune"), new_id("case")
    told = attention(case_id, mine, "report:v7:identified", "outcome").model_copy(
        update={"result": "identified", "rule": None, "due_at": None, "stage": "outcome"}
    )
    async with receiver() as agency:
        await house.register(mine, agency.url, kinds=["received", "outcome"])
        for _ in range(2):
            await house.take(told)
        await house.work(house.deliverer(), rounds=2)
    [line] = await house.inbox(mine)
    assert line.items() >= {"kind": "outcome", "result": "identified", "case_id": case_id, "rule": None}.items()
    [call] = agency.calls
    assert json.loads(call.body)["data"].items() >= {"kind": "outcome", "result": "identified"}.items()
