"""The inbox: what events put into it, once each, and who sees and reads it."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from contracts.events.casework import AmendmentApplied
from contracts.ids import new_id
from contracts.limits import LimitReached
from contracts.numbers import alias_of, number_of
from contracts.times import legal_date
from kit import migrations
from notify import models
from tests.integration.notify.house import AWAY, COMMUNE, HEALTH, NotifyHouse, attention, changed
from tests.library import LIBRARY

pytestmark = pytest.mark.stack


def office(role: str = "facility") -> str:
    """An office of a test's own."""
    return f"{role}/{new_id('t').replace('_', '-')[:20]}"


async def test_the_models_and_the_migrated_database_agree(house: NotifyHouse) -> None:
    owner = str(house.given.owner_database_url)
    assert await asyncio.to_thread(migrations.check, "notify", owner, models.Base.metadata) == []


async def test_a_new_holder_and_a_wait_that_fired_are_in_the_inbox(house: NotifyHouse) -> None:
    mine, case_id = office(), new_id("case")
    await house.take(changed(case_id, 1, {"identification": COMMUNE}))
    await house.take(changed(case_id, 2, {"identification": mine}))
    await house.take(attention(case_id, mine))
    first, second = sorted(await house.inbox(mine), key=lambda one: one["kind"])
    assert first.items() >= {"case_id": case_id, "kind": "new_work", "lane": "identification", "read": False}.items()
    assert second["kind"] == "warning"
    assert (second["rule"], second["read_at"]) == ("B-SELF-04", None)
    assert second["due_at"] > second["at"]
    assert case_id not in [one["case_id"] for one in await house.inbox(COMMUNE)]


async def test_what_comes_twice_makes_one_notice(house: NotifyHouse) -> None:
    mine, case_id = office(), new_id("case")
    change, wait = changed(case_id, 2, {"crime": mine}), attention(case_id, mine)
    for one in (change, wait):
        for event_id in ("evt_" + "b" * 26, "evt_" + "b" * 26, None, None):
            await house.take(one, event_id)
    await asyncio.gather(*(house.take(attention(case_id, mine, "wait-2")) for _ in range(6)))
    await house.take(attention(case_id, mine, "wait-3"), "evt_" + "c" * 26)
    kinds = sorted(one["kind"] for one in await house.inbox(mine))
    assert kinds == ["new_work", "warning", "warning", "warning"]


async def test_an_amendment_of_the_law_is_one_line_for_each_office(house: NotifyHouse) -> None:
    mine, other, amendment_id = office(), office(), new_id("amd")
    for each in (mine, mine, other):
        applied = AmendmentApplied(
            amendment_id=amendment_id, office=each, moved=7, cases=5, applied_at=house.clock.now()
        )
        await house.take(applied)
    [line] = await house.inbox(mine)
    assert line.items() >= {"kind": "dates_moved", "count": 7, "amendment_id": amendment_id, "case_id": None}.items()
    assert len(await house.inbox(other)) == 1


async def test_an_unusual_use_is_told_once_above_and_in_the_office(house: NotifyHouse) -> None:
    limit_id = new_id("limit")
    for service in ("vault", "casework"):
        reached = LimitReached(
            limit_id=limit_id,
            service=service,
            office=COMMUNE,
            actor="s-1",
            who="person",
            kind="identity_reads",
            amount=120,
            seconds=3600,
            reached_at=house.clock.now(),
        )
        await house.take(reached)
    above = LIBRARY.world.directory.supervisor(COMMUNE, legal_date(house.clock.now()))
    assert above is not None
    for office_told in (above, COMMUNE):
        [line] = [one for one in await house.inbox(office_told) if one["kind"] == "unusual_use"]
        wanted = {"about_office": COMMUNE, "person": "s-1", "unusual": "identity_reads", "count": 120, "case_id": None}
        assert line.items() >= wanted.items()


async def test_an_old_change_makes_no_notice(house: NotifyHouse) -> None:
    late, mine, case_id = office(), office(), new_id("case")
    await asyncio.gather(*(house.take(changed(case_id, version, {"crime": mine})) for version in (5, 5, 5)))
    await house.take(changed(case_id, 4, {"crime": late}))
    await house.take(changed(case_id, 6, {"crime": mine}))
    assert await house.inbox(late) == []
    assert [one["kind"] for one in await house.inbox(mine)] == ["new_work"]


async def test_who_is_only_asked_learns_the_case_when_it_accepts(house: NotifyHouse) -> None:
    asked, case_id = office("health_authority"), new_id("case")
    await house.take(changed(case_id, 2, {"identification": HEALTH}))
    await house.take(changed(case_id, 3, {"identification": HEALTH}, proposed=(asked,)))
    await house.take(attention(case_id, asked, kind="answer"))
    seen = await house.inbox(asked)
    assert sorted((one["kind"], one["case_id"]) for one in seen) == [("answer", None), ("handover", None)]
    assert {(one["number"], one["alias"]) for one in seen} == {(None, None)}
    await house.take(changed(case_id, 4, {"identification": asked}))
    after = await house.inbox(asked)
    assert sorted(one["kind"] for one in after) == ["answer", "handover", "new_work"]
    assert {one["case_id"] for one in after} == {case_id}
    assert {(one["number"], one["alias"]) for one in after} == {(number_of(case_id), alias_of(case_id))}


async def test_what_arrives_together_makes_the_notices_that_it_makes_alone(house: NotifyHouse) -> None:
    asked, mine, later, case_id, other = office("health_authority"), office(), office(), new_id("case"), new_id("case")
    changes = [
        changed(case_id, 2, {"identification": HEALTH}),
        changed(case_id, 3, {"identification": HEALTH}, proposed=(asked,)),
        changed(case_id, 4, {"identification": asked}),
        changed(case_id, 5, {"identification": asked, "crime": mine}, proposed=(later,)),
        changed(other, 3, {"crime": mine}),
        changed(other, 2, {"crime": later}),  # an old version
        *(changed(new_id("case"), 2, {"crime": mine}) for _ in range(6)),
    ]
    statements: list[str] = []
    engine = house.notify.engine.sync_engine

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    await asyncio.gather(*(house.take(one, f"evt_{number}") for number, one in enumerate([*changes, changes[4]])))
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 8, (
        "note, lock, read, show a case, write what was told, write notices, find webhooks, find restricted cases"
    )
    seen = [(one["kind"], one["case_id"]) for one in await house.inbox(asked)]
    assert sorted(seen) == [("handover", case_id), ("new_work", case_id)], "it has accepted since it was asked"
    assert [(one["kind"], one["case_id"]) for one in await house.inbox(later)] == [("handover", None)]
    of_mine = [(one["kind"], one["case_id"]) for one in await house.inbox(mine)]
    assert len(of_mine) == 8
    assert {("new_work", case_id), ("new_work", other)} < set(of_mine)


async def test_pages_are_whole_and_newest_first(house: NotifyHouse) -> None:
    mine, cases = office(), [new_id("case") for _ in range(7)]
    for number, case_id in enumerate(cases):
        house.clock.advance(timedelta(seconds=number % 2))
        await house.take(attention(case_id, mine))
    found, cursor = list[str](), ""
    while True:
        page = (await house.notify.get(f"/v1/inbox?limit=2{cursor}", mine)).json()
        found += [one["case_id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(found) == sorted(cases)
    assert [one["told_at"] for one in await house.inbox(mine)] == sorted(
        (one["told_at"] for one in await house.inbox(mine)), reverse=True
    )


async def test_who_read_it_first_stays_noted(house: NotifyHouse) -> None:
    mine = office()
    await house.take(attention(new_id("case"), mine))
    await house.take(attention(new_id("case"), mine))
    [one, other] = await house.inbox(mine)
    path, key = f"/v1/inbox/{one['notice_id']}/read", {"Idempotency-Key": "r1"}
    read = await house.notify.post(path, mine, **key)
    assert read.json()["read_by"] == "actor-1"
    assert (await house.notify.post(path, mine, **key)).json() == read.json()
    token = house.notify.token(office=mine, sub="actor-2")
    again = await house.notify.client.post(path, headers={"Authorization": f"Bearer {token}"})
    assert again.json() == read.json()
    shown = {row["notice_id"]: (row["read"], row["read_by"]) for row in await house.inbox(mine)}
    assert shown == {one["notice_id"]: (True, "actor-1"), other["notice_id"]: (False, None)}
    assert [row["notice_id"] for row in await house.inbox(mine, "?unread=true")] == [other["notice_id"]]


async def inbox_of(house: NotifyHouse, mine: str, person: str, query: str = "") -> list[dict[str, Any]]:
    """What a person of an office sees."""
    answer = await house.notify.client.get(f"/v1/inbox{query}", headers=signed(house, mine, person))
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def signed(house: NotifyHouse, mine: str, person: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.notify.token(office=mine, sub=person)}"}


async def test_each_person_of_an_office_has_marks_of_its_own(house: NotifyHouse) -> None:
    mine, statements = office(), list[str]()
    for _ in range(3):
        house.clock.advance(timedelta(seconds=1))
        await house.take(attention(new_id("case"), mine))
    newest, middle, oldest = [one["notice_id"] for one in await inbox_of(house, mine, "lan")]

    async def read(person: str, *notices: str) -> None:
        for notice_id in notices:
            answer = await house.notify.client.post(f"/v1/inbox/{notice_id}/read", headers=signed(house, mine, person))
            assert answer.status_code == 200, answer.text

    await read("lan", newest, middle)
    await asyncio.gather(*(read("minh", middle) for _ in range(4)))
    assert [one["read_by_me"] for one in await inbox_of(house, mine, "lan")] == [True, True, False]
    assert [one["read_by_me"] for one in await inbox_of(house, mine, "minh")] == [False, True, False]
    assert [one["read_by"] for one in await inbox_of(house, mine, "minh")] == ["lan", "lan", None]
    unread = {who: await inbox_of(house, mine, who, "?unread=true") for who in ("lan", "minh", "hoa")}
    assert {who: [one["notice_id"] for one in found] for who, found in unread.items()} == {
        "lan": [oldest],
        "minh": [newest, oldest],
        "hoa": [newest, middle, oldest],
    }
    page = await house.notify.client.get("/v1/inbox?unread=true&limit=1", headers=signed(house, mine, "minh"))
    assert [one["notice_id"] for one in page.json()["items"]] == [newest]
    event.listen(house.notify.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    following = await inbox_of(house, mine, "minh", f"?unread=true&limit=1&cursor={page.json()['next']}")
    assert [one["notice_id"] for one in following] == [oldest]
    assert len(statements) == 2, "the page, and the restricted cases on it"


async def test_what_an_office_had_read_before_there_were_marks_is_read_for_everybody(house: NotifyHouse) -> None:
    mine = office()
    await house.take(attention(new_id("case"), mine))
    await house.take(attention(new_id("case"), mine))
    one, other = [row["notice_id"] for row in await house.inbox(mine)]
    owner, package = str(house.given.owner_database_url), ("notify", "notify")
    await asyncio.to_thread(migrations.downgrade, *package, owner, "202611281900")
    await house.notify.sql("UPDATE notify.notices SET read_at = now(), read_by = 'lan' WHERE notice_id = $1", one)
    await asyncio.to_thread(migrations.upgrade, *package, owner)
    for who in ("lan", "minh"):
        shown = {row["notice_id"]: row["read_by_me"] for row in await inbox_of(house, mine, who)}
        assert shown == {one: True, other: False}
        assert [row["notice_id"] for row in await inbox_of(house, mine, who, "?unread=true")] == [other]
    again = await house.notify.client.post(f"/v1/inbox/{one}/read", headers=signed(house, mine, "minh"))
    assert again.status_code == 200
    assert [row["notice_id"] for row in await inbox_of(house, mine, "minh", "?unread=true")] == [other]


async def test_another_office_sees_and_reads_nothing_of_it(house: NotifyHouse) -> None:
    mine = office()
    await house.take(attention(new_id("case"), mine))
    [one] = await house.inbox(mine)
    path = f"/v1/inbox/{one['notice_id']}/read"
    assert one["notice_id"] not in [row["notice_id"] for row in await house.inbox(AWAY)]
    assert (await house.notify.post(path, AWAY)).status_code == 403
    assert (await house.notify.post(path)).status_code == 401
    assert (await house.notify.post(path, "service/casework")).status_code == 403
    assert (await house.notify.get("/v1/inbox", "service/casework")).status_code == 403
    for unknown in (new_id("note"), "note_x"):
        assert (await house.notify.post(f"/v1/inbox/{unknown}/read", mine)).status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "cursor=x", "cursor=bm8=", "unread=maybe", "a=b", "cursor=w6k="]
)
async def test_wrong_queries(house: NotifyHouse, query: str) -> None:
    assert (await house.notify.get(f"/v1/inbox?{query}", HEALTH)).status_code == 422


@pytest.mark.parametrize(
    "change", ["UPDATE notify.delivery_attempts SET status = 200", "DELETE FROM notify.notice_reads"]
)
async def test_the_log_of_tries_and_the_marks_cannot_be_changed(house: NotifyHouse, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.notify.sql(change, runtime=True)
