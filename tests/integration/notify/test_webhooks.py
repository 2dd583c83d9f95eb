"""Webhooks: registration, secrets, and who may do what with them."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from contracts.members import Member, OfficeMembers, Position
from kit.auth import Principal
from tests.integration.notify.house import AWAY, HEALTH, NotifyHouse, attention
from tests.integration.notify.receivers import receiver
from tests.integration.notify.test_inbox import office

pytestmark = pytest.mark.stack


async def dump(house: NotifyHouse) -> str:
    """Every row of every table of the service."""
    tables = ("notices", "webhooks", "webhook_secrets", "deliveries", "delivery_attempts", "idempotency", "outbox")
    rows = [await house.notify.sql(f"SELECT to_jsonb(t)::text AS row FROM notify.{table} t") for table in tables]
    return "".join(row["row"] for table in rows for row in table)


async def test_the_secret_is_shown_once_and_kept_sealed(house: NotifyHouse) -> None:
    mine, body, key = office(), {"url": "https://8.8.8.8/hook?k=1"}, {"Idempotency-Key": "w1"}
    first = (await house.notify.post("/v1/webhooks", mine, body, **key)).json()
    assert first["secret"].startswith("whsec_")
    again = (await house.notify.post("/v1/webhooks", mine, body, **key)).json()
    assert again == first | {"secret": None}
    rotated = await house.notify.post(
        f"/v1/webhooks/{first['webhook_id']}/secret", mine, {}, **{"Idempotency-Key": "w2"}
    )
    repeated = await house.notify.post(
        f"/v1/webhooks/{first['webhook_id']}/secret", mine, {}, **{"Idempotency-Key": "w2"}
    )
    assert repeated.json() == rotated.json() | {"secret": None}
    [shown] = (await house.notify.get("/v1/webhooks", mine)).json()["items"]
    assert (shown["url"], shown["state"], len(shown["secrets"])) == (body["url"], "waiting", 2)
    held = await dump(house) + json.dumps(shown)
    for secret in (first["secret"], rotated.json()["secret"]):
        assert secret.removeprefix("whsec_") not in held


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://agency.example/hook"},
        {"url": "https://10.0.0.1/hook"},
        {"url": "https://169.254.169.254/latest/meta-data"},
        {"url": "https://[::ffff:192.168.0.1]/"},
        {"url": "https://who:word@agency.example/"},
        {"url": "https://" + "x" * 600 + ".example/"},
        {"url": "https://" + "x" * 64 + ".example/"},
        {"url": "https://xn--a.example/", "kinds": ["gossip"]},
        {"url": "not a url"},
        {"url": ""},
        {"url": None},
        {},
        {"url": "https://8.8.8.8/", "kinds": ["gossip"]},
        {"url": "https://8.8.8.8/", "secret": "whsec_mine"},
    ],
)
async def test_addresses_that_may_not_be_called_are_refused_and_not_repeated(house: NotifyHouse, body: Any) -> None:
    answer = await house.notify.post("/v1/webhooks", HEALTH, body)
    assert answer.status_code == 422, answer.text
    for word in ("agency", "169.254", "whsec", "gossip", "xxx"):
        assert word not in answer.text
    assert (await house.notify.get("/v1/webhooks", HEALTH)).json()["items"] == []


async def test_ten_and_no_more(house: NotifyHouse) -> None:
    mine = office()
    made = [await house.register(mine, f"https://8.8.8.8/{n}") for n in range(10)]
    refused = await house.notify.post("/v1/webhooks", mine, {"url": "https://8.8.8.8/11"})
    assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (409, "too-many-webhooks")
    deleted = await house.notify.post(f"/v1/webhooks/{made[0]['webhook_id']}/delete", mine)
    assert deleted.json() == {"webhook_id": made[0]["webhook_id"], "dropped": 0}
    await house.register(mine, "https://8.8.8.8/11")


async def test_a_webhook_is_not_called_before_a_second_person_has_confirmed_it(house: NotifyHouse) -> None:
    case_id, above = new_id("case"), "steering_committee/lao-cai"
    async with receiver() as agency:
        made = (await house.notify.post("/v1/webhooks", HEALTH, {"url": agency.url})).json()
        path, deliverer = f"/v1/webhooks/{made['webhook_id']}/confirm", house.deliverer()
        assert made["state"] == "waiting"
        await house.take(attention(case_id, HEALTH, new_id("wait")))
        await house.work(deliverer)
        assert agency.calls == []
        [asked] = [one for one in await to_confirm(house, above) if one["webhook_id"] == made["webhook_id"]]
        assert (asked["office"], asked["url"]) == (HEALTH, agency.url)
        assert await to_confirm(house, HEALTH) == await to_confirm(house, AWAY) == []
        for by in (HEALTH, f"{HEALTH}#second", f"{AWAY}#second", "commune/lao-cai#second", above):
            refused = await house.notify.post(path, by)
            assert refused.status_code == 403, by
        assert slug(await house.notify.post(path, above)) == "same-person", "the author, whatever the office"
        confirmed = await house.notify.post(path, f"{above}#second", {}, **{"Idempotency-Key": "c1"})
        assert confirmed.status_code == 200, confirmed.text
        again = await house.notify.post(path, f"{above}#second", {}, **{"Idempotency-Key": "c1"})
        assert again.json() == confirmed.json()
        assert slug(await house.notify.post(path, f"{above}#third")) == "webhook-confirmed"
        await house.take(attention(case_id, HEALTH, new_id("wait")))
        await house.work(deliverer)
        assert len(agency.calls) == 1, "what came before its confirmation is in the inbox, and is not sent later"
    await house.notify.post(f"/v1/webhooks/{made['webhook_id']}/delete", HEALTH)


async def test_a_head_confirms_and_where_no_office_is_above_any_other_person(house: NotifyHouse) -> None:
    members = {
        "highest": OfficeMembers(members=(Member(subject="second", position=Position.OFFICER),)),
        "own": OfficeMembers(members=(Member(subject="boss", position=Position.HEAD),)),
    }
    for office_of, by, there in (
        ("admin/ha-noi", "admin/ha-noi#second", members["highest"]),
        (HEALTH, f"{HEALTH}#boss", members["own"]),
    ):
        made = (await house.notify.post("/v1/webhooks", office_of, {"url": "https://8.8.8.8/x"})).json()
        house.notify.state.membership = Listed(there)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            answer = await house.notify.post(f"/v1/webhooks/{made['webhook_id']}/confirm", by)
        finally:
            house.notify.state.membership = None
        assert answer.status_code == 200, answer.text
        await house.notify.post(f"/v1/webhooks/{made['webhook_id']}/delete", office_of)


class Listed:
    """Stands where the members are looked up: every office has this list."""

    def __init__(self, there: OfficeMembers) -> None:
        self._there = there

    async def admit(self, principal: Principal, at: datetime) -> Principal:
        """As `kit.membership.Membership.admit`."""
        found = self._there.who(principal.actor, at.date())
        return replace(principal, position=found.position if found else "")

    async def members(self, office: str) -> OfficeMembers:
        """As `kit.membership.Membership.members`."""
        return self._there


async def to_confirm(house: NotifyHouse, office: str) -> list[dict[str, Any]]:
    """The webhooks of other offices that an office may confirm."""
    return (await house.notify.get("/v1/webhooks", office)).json()["to_confirm"]


def slug(answer: httpx.Response) -> str:
    """Why it was refused."""
    return answer.json()["type"].rsplit("/", 1)[-1]


async def test_another_offices_webhook(house: NotifyHouse) -> None:
    mine = office()
    hook = (await house.register(mine, "https://8.8.8.8/"))["webhook_id"]
    for path in (f"/v1/webhooks/{hook}/secret", f"/v1/webhooks/{hook}/delete"):
        assert (await house.notify.post(path, AWAY)).status_code == 403
        assert (await house.notify.post(path)).status_code == 401
    assert (await house.notify.get(f"/v1/webhooks/{hook}/deliveries", AWAY)).status_code == 403
    assert (await house.notify.get("/v1/webhooks", AWAY)).json()["items"] == []
    for unknown in (new_id("hook"), "hook_x"):
        assert (await house.notify.post(f"/v1/webhooks/{unknown}/secret", mine)).status_code == 404
        assert (await house.notify.post(f"/v1/webhooks/{unknown}/delete", mine)).status_code == 404
        assert (await house.notify.get(f"/v1/webhooks/{unknown}/deliveries", mine)).status_code == 404


async def test_signatures_during_and_after_a_rotation(house: NotifyHouse, sample: Any) -> None:
    mine, case_id = office(), new_id("case")
    async with receiver() as agency:
        made = await house.register(mine, agency.url)
        path = f"/v1/webhooks/{made['webhook_id']}/secret"
        deliverer, secrets = house.deliverer(), [made["secret"]]

        async def next_verifies_with() -> list[bool]:
            await house.take(attention(case_id, mine, new_id("wait")))
            await house.work(deliverer)
            call = agency.calls[-1]
            return [verifies(sample, secret, call, house) for secret in secrets]

        assert await next_verifies_with() == [True]
        secrets.append((await house.notify.post(path, mine)).json()["secret"])
        assert await next_verifies_with() == [True, True]
        assert agency.calls[-1].headers["webhook-signature"].count("v1,") == 2
        house.clock.advance(timedelta(hours=24))
        assert await next_verifies_with() == [False, True]
        secrets.append((await house.notify.post(path, mine)).json()["secret"])
        secrets.append((await house.notify.post(path, mine)).json()["secret"])
        assert await next_verifies_with() == [False, False, True, True]
        secrets.append((await house.notify.post(path, mine, {"revoke_previous": True})).json()["secret"])
        assert await next_verifies_with() == [False] * 4 + [True]


def verifies(sample: Any, secret: str, call: Any, house: NotifyHouse) -> bool:
    """Whether the sample takes a message with this secret alone."""
    try:
        return sample.verify([secret], call.headers, call.body, house.clock.now().timestamp()) == call.id
    except sample.NotOurs:
        return False


async def test_a_message_says_that_there_is_work_and_no_more(house: NotifyHouse) -> None:
    mine, case_id = office(), new_id("case")
    async with receiver() as agency:
        await house.register(mine, agency.url, kinds=["warning"])
        await house.take(attention(case_id, mine, kind="breach"))
        await house.take(attention(case_id, mine, "wait-2"))
        await house.work(house.deliverer())
        [call] = agency.calls
    event = json.loads(call.body)
    assert call.headers["content-type"] == "application/cloudevents+json"
    assert "traceparent" not in call.headers
    assert event.pop("time") == event["data"].pop("at")
    assert event["data"].pop("due_at")
    assert event == {
        "specversion": "1.0",
        "id": call.id,
        "source": "/services/notify",
        "type": "vn.neove.notify.work.v1",
        "subject": case_id,
        "datacontenttype": "application/json",
        "data": {"case_id": case_id, "kind": "warning", "lane": "identification"},
    }


async def test_deleted_is_deleted(house: NotifyHouse) -> None:
    mine, case_id = office(), new_id("case")
    async with receiver() as agency:
        hook = (await house.register(mine, agency.url))["webhook_id"]
        await house.take(attention(case_id, mine))
        key = {"Idempotency-Key": "d1"}
        deleted = await house.notify.post(f"/v1/webhooks/{hook}/delete", mine, **key)
        assert deleted.json()["dropped"] == 1
        assert (await house.notify.post(f"/v1/webhooks/{hook}/delete", mine, **key)).json() == deleted.json()
        assert (await house.notify.post(f"/v1/webhooks/{hook}/delete", mine)).status_code == 404
        await house.take(attention(case_id, mine, "wait-2"))
        await house.work(house.deliverer())
        assert agency.calls == []
    assert await house.notify.sql("SELECT 1 FROM notify.webhook_secrets WHERE webhook_id = $1", hook) == []
    assert len(await house.inbox(mine)) == 2
