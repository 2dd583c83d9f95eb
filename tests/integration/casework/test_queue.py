"""Work of an office is taken, returned and given; each line has one member at most, whoever asks at once."""

import asyncio
from collections import Counter

import pytest

from tests.integration.casework.amending import slug
from tests.integration.casework.in_process import COMMUNE, HEALTH
from tests.integration.casework.people import HOA, LAN, LANE, MAY, MINH, TRUC, VU, People

pytestmark = pytest.mark.stack

AT_ONCE = 8
"""Requests at one time in a test of many."""
OPEN = "SELECT case_id, lane, subject FROM casework.assignees WHERE office = $1 AND ended_at IS NULL"


async def test_one_member_takes_work_and_the_next_one_learns_who_has_it(people: People) -> None:
    await people.listed()
    [one, other] = await people.opened(2)
    taken = await people.take(LAN, one)
    assert taken.json() == {"case_id": one, "lane": LANE, "assignee": LAN}
    second = await people.take(MINH, one)
    assert slug(second) == (409, "already-taken")
    assert second.json()["assignee"] == LAN
    assert (await people.take(LAN, one)).status_code == 200, "it is the caller's already"
    assert await people.has(one, other) == {one: LAN, other: None}
    assert await people.seen(LAN) == {one}
    assert await people.seen(MINH, "unassigned") == {other}
    assert await people.seen(MINH, LAN) == {one}
    assert slug(await people.give_back(MINH, one)) == (409, "not-yours")
    assert (await people.give_back(LAN, one)).json()["assignee"] is None
    assert slug(await people.give_back(LAN, one)) == (409, "not-yours")
    assert (await people.take(MINH, one)).status_code == 200
    rows = await people.cases.http.sql("SELECT subject, given_by, ended_by FROM casework.assignees ORDER BY seq")
    assert [tuple(row.values()) for row in rows] == [(LAN, LAN, LAN), (MINH, MINH, None)]


async def test_work_that_the_office_does_not_have_cannot_be_taken(people: People) -> None:
    [one] = await people.opened(1)
    elsewhere = await people.cases.opened(office="border_guard/lao-cai")
    for case_id, lane in ((one, "crime"), (elsewhere, LANE), ("case_" + "a" * 26, LANE)):
        assert slug(await people.take(LAN, case_id, lane)) == (409, "no-such-work")
        assert slug(await people.give_back(LAN, case_id, lane)) == (409, "no-such-work")
    assert slug(await people.take(LAN, "x")) == (422, "invalid")
    gone = await people.give(LAN, LAN, elsewhere)
    assert gone.json()["items"] == [{"case_id": elsewhere, "lane": LANE, "assignee": None, "outcome": "gone"}]
    assert await people.cases.http.sql("SELECT 1 FROM casework.assignees") == []


async def test_a_request_that_is_repeated_acts_once(people: People) -> None:
    await people.listed()
    [one] = await people.opened(1)
    first = await people.take(LAN, one, key="take-1")
    assert (await people.give(HOA, MINH, one, expected=LAN, key="give-1")).json()["items"][0]["outcome"] == "given"
    again = await people.take(LAN, one, key="take-1")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert (await people.give(HOA, MINH, one, expected=LAN, key="give-1")).json()["items"][0]["outcome"] == "given"
    assert await people.has(one) == {one: MINH}


async def test_many_lines_are_given_and_each_says_what_became_of_it(people: People) -> None:
    await people.listed()
    free, lans, minhs, closed = await people.opened(4)
    await people.take(LAN, lans)
    await people.take(MINH, minhs)
    lines = [
        {"case_id": free, "lane": LANE, "expected": None},
        {"case_id": lans, "lane": LANE, "expected": LAN},
        {"case_id": minhs, "lane": LANE, "expected": LAN},
        {"case_id": closed, "lane": "crime", "expected": None},
    ]
    given = await people.post(TRUC, "/v1/queue/give", to=MINH, lines=lines)
    assert [(one["outcome"], one["assignee"]) for one in given.json()["items"]] == [
        ("given", MINH),
        ("given", MINH),
        ("changed", MINH),
        ("gone", None),
    ]
    assert await people.seen(MINH) == {free, lans, minhs}
    back = await people.give(HOA, None, free, lans, expected=MINH)
    assert {one["outcome"] for one in back.json()["items"]} == {"given"}
    assert await people.has(free, lans, minhs) == {free: None, lans: None, minhs: MINH}


async def test_only_a_head_or_a_duty_officer_gives_and_only_to_a_person_who_is_there(people: People) -> None:
    await people.listed()
    [one] = await people.opened(1)
    await people.absent(MINH, LAN)
    for officer in (LAN, VU, MAY, "act_nobody"):
        assert slug(await people.give(officer, LAN, one)) == (403, "not-your-case")
    for nobody in (VU, MAY, "act_nobody"):
        assert slug(await people.give(HOA, nobody, one)) == (422, "cannot-have-work")
        assert slug(await people.take(nobody, one)) == (422, "cannot-have-work")
    absent = await people.give(HOA, MINH, one)
    assert slug(absent) == (422, "member-absent")
    assert absent.json()["deputies"] == [LAN]
    assert await people.has(one) == {one: None}


@pytest.mark.parametrize("lines", [0, 201, "twice"])
async def test_a_wrong_list_of_lines_is_refused(people: People, lines: int | str) -> None:
    cases = ["case_" + "a" * 26] * 2 if lines == "twice" else [f"case_{'a' * 23}{n:03}" for n in range(int(lines))]
    cases = [one.translate(str.maketrans("0123456789", "bcdefghijk")) for one in cases]
    assert slug(await people.give(LAN, LAN, *cases)) == (422, "invalid")


async def test_two_hundred_lines_are_given_while_two_members_take_the_same(people: People) -> None:
    await people.listed()
    cases = await people.opened(200)
    doors = asyncio.Semaphore(AT_ONCE)

    async def taken(person: str, case_id: str) -> tuple[str, str] | None:
        async with doors:
            answer = await people.take(person, case_id)
        if answer.status_code == 200:
            return case_id, person
        assert slug(answer) == (409, "already-taken")
        return None

    async def given(by: str, to: str, lines: list[str]) -> list[tuple[str, str] | None]:
        answer = await people.give(by, to, *lines)
        assert answer.status_code == 200, answer.text
        assert {one["outcome"] for one in answer.json()["items"]} <= {"given", "changed"}
        return [(one["case_id"], to) if one["outcome"] == "given" else None for one in answer.json()["items"]]

    takes = [taken(person, case_id) for n, case_id in enumerate(cases) for person in (LAN, MINH)[:: (-1) ** n]]
    half = len(takes) // 2
    found = await asyncio.gather(*takes[:half], given(HOA, TRUC, cases), given(TRUC, HOA, cases[::-1]), *takes[half:])
    won = [one for part in found for one in (part if isinstance(part, list) else [part]) if one is not None]
    assert Counter(case_id for case_id, _ in won) == Counter(cases), "each line has exactly one who got it"
    rows = await people.cases.http.sql(OPEN, COMMUNE)
    assert {(row["case_id"], row["subject"]) for row in rows} == set(won)
    assert len(rows) == 200
    assert dict(won) == await people.has(*cases)
    assert {person for _, person in won} <= {LAN, MINH, TRUC, HOA}


async def test_giving_back_and_forth_at_once_never_deadlocks_and_loses_nothing(people: People) -> None:
    await people.listed()
    cases = await people.opened(20)
    pairs = [(HOA, LAN), (TRUC, MINH), (HOA, TRUC), (TRUC, HOA)]

    async def moved(by: str, to: str, lines: list[str]) -> int:
        """Give what is seen, again and again; how many lines were."""
        total = 0
        for _ in range(5):
            seen = await people.has(*cases)
            asked = [{"case_id": one, "lane": LANE, "expected": seen[one]} for one in lines]
            answer = await people.post(by, "/v1/queue/give", to=to, lines=asked)
            assert answer.status_code == 200, answer.text
            wanted = zip(asked, answer.json()["items"], strict=True)
            total += sum(one["outcome"] == "given" and line["expected"] != to for line, one in wanted)
        return total

    totals = await asyncio.gather(*(moved(by, to, cases if n % 2 else cases[::-1]) for n, (by, to) in enumerate(pairs)))
    rows = await people.cases.http.sql("SELECT count(*) AS n FROM casework.assignees")
    assert rows[0]["n"] == sum(totals), "each row is a giving that somebody was told of"
    assert len(await people.cases.http.sql(OPEN, COMMUNE)) == 20


async def test_other_offices_and_services_see_nothing(people: People) -> None:
    [one] = await people.opened(1)
    other = People(people.cases, HEALTH)
    assert slug(await other.take(LAN, one)) == (409, "no-such-work")
    for path in ("/v1/queue/count", "/v1/work?whose=mine"):
        assert (await people.cases.http.get(path)).status_code == 401
        assert (await people.cases.http.get(path, "service/notify")).status_code == 403
    assert (await people.cases.http.post("/v1/queue/give", "service/notify")).status_code == 403


@pytest.mark.parametrize("change", ["UPDATE casework.assignees SET subject = 'x'", "DELETE FROM casework.assignees"])
async def test_nobody_may_change_who_had_work(people: People, change: str) -> None:
    [one] = await people.opened(1)
    await people.take(LAN, one)
    with pytest.raises(Exception, match="permission denied"):
        await people.cases.http.sql(change, runtime=True)
