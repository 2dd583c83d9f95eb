"""Whose work a line is: of whoever is there, of the deputy, of the team; lists, pages and counts agree."""

import re
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from casework.queue import repository
from casework.queue.repository import Whose
from casework.queue.service import FIRST
from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import COMMUNE, HEALTH
from tests.integration.casework.people import HOA, LAN, LANE, MAY, MINH, TRUC, VU, People
from tests.library import place_of

pytestmark = pytest.mark.stack

OLD, NEW = (f"commune/{place_of(word)}" for word in ("sa-pa", "muong-khuong"))
MERGER: dict[str, Any] = {
    "kind": "offices",
    "rows": [],
    "changes": [{"kind": "merged", "place": "sa-pa", "into": "muong-khuong", "on": "2026-11-20"}],
}


async def test_the_deputy_sees_the_work_of_an_absent_member_and_does_it(people: People) -> None:
    await people.listed()
    one, other = await people.opened(2)
    await people.take(LAN, one)
    await people.take(HOA, other)
    await people.absent(LAN, MINH)
    assert await people.seen(MINH) == {one}
    assert await people.seen(HOA) == {other}
    assert {line["for_me"] for line in (await people.get(MINH))["items"] if line["case_id"] == one} == {True}
    step = {"lane": LANE, "state": "SUPPORT_AGENCY_NOTIFIED", "occurred_at": "2026-11-20T09:00:00+07:00"}
    done = await people.post(MINH, f"/v1/cases/{one}/facts", **step)
    assert done.status_code == 200, done.text
    author = await people.cases.http.sql("SELECT office, actor FROM casework.facts WHERE case_id = $1", one)
    assert [tuple(row.values()) for row in author] == [(COMMUNE, MINH)]
    assert slug(await people.take(MINH, other)) == (409, "already-taken")


async def test_the_deputy_returns_what_the_absent_member_has(people: People) -> None:
    await people.listed()
    [one] = await people.opened(1)
    await people.take(LAN, one)
    await people.absent(LAN, MINH)
    assert slug(await people.give_back(TRUC, one)) == (409, "not-yours")
    assert (await people.give_back(MINH, one)).status_code == 200
    assert await people.has(one) == {one: None}


@pytest.mark.parametrize("how", ["left", "absent"])
async def test_work_of_somebody_who_is_not_there_falls_to_the_team(people: People, how: str) -> None:
    await people.listed()
    one, other = await people.opened(2)
    await people.take(LAN, one)
    await people.take(MINH, other)
    await (people.left(LAN) if how == "left" else people.absent(LAN))
    assert await people.seen(HOA) == {one}
    assert await people.seen(MINH) == {one, other}
    assert (await people.take(TRUC, one)).status_code == 200
    assert await people.seen(MINH) == {other}
    assert await people.has(one) == {one: TRUC}


async def test_an_office_of_one_person_never_sees_an_empty_list(people: People) -> None:
    await people.listed(**{LAN: "officer", VU: "auditor", MAY: "system"})
    cases = await people.opened(3)
    assert await people.seen(LAN) == set(cases)
    assert {one["for_me"] for one in (await people.get(LAN))["items"]} == {True}
    assert (await people.take(LAN, cases[0])).status_code == 200
    assert await people.seen(LAN) == set(cases)
    assert (await people.give(LAN, None, cases[0], expected=LAN)).status_code == 200
    counted = (await people.get(LAN, path="/v1/queue/count"))["mine"]["total"]
    assert counted == len((await people.get(LAN, "?limit=200"))["items"])


async def test_without_a_list_everybody_sees_what_nobody_has(people: People) -> None:
    one, other = await people.opened(2)
    assert await people.seen(LAN) == await people.seen("act_anybody") == {one, other}
    await people.take(LAN, one)
    assert await people.seen(LAN) == {one, other}
    assert await people.seen(MINH) == {other}
    await people.take(LAN, other)
    page = await people.get(MINH, "?whose=mine")
    assert {line["case_id"] for line in page["items"]} == {one, other}, "nothing is for this one: the team's list"
    assert page["whose"] == "team"
    assert (await people.give(MINH, MINH, one, other, expected=LAN)).status_code == 200
    assert await people.seen(MINH) == {one, other}


async def test_who_owns_nothing_sees_the_list_of_the_team_page_by_page(people: People) -> None:
    await people.listed()
    cases = await people.opened(5)
    await people.take(LAN, cases[0])
    pages = [await people.get(MINH, "?whose=mine&limit=2")]
    while pages[-1]["next"]:
        pages.append(await people.get(MINH, f"?whose=mine&limit=2&cursor={pages[-1]['next']}"))
    assert {one["whose"] for one in pages} == {"team"}
    team = (await people.get(MINH, "?limit=200"))["items"]
    assert [line for page in pages for line in page["items"]] == team
    assert (await people.get(LAN, "?whose=mine&overdue=true"))["items"] == [], "its own work is not overdue"


async def test_pages_of_one_member_join(people: People) -> None:
    await people.listed()
    cases = await people.opened(9)
    for number, case_id in enumerate(cases):
        await people.take((LAN, MINH, TRUC)[number % 3], case_id)
    whole = (await people.get(HOA, "?limit=200"))["items"]
    for whose in (LAN, "unassigned", "team"):
        found, cursor = list[dict[str, Any]](), ""
        while True:
            page = await people.get(HOA, f"?limit=2&whose={whose}{cursor}")
            found += page["items"]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert found == [one for one in whole if whose == "team" or one["assignee"] == (LAN if whose == LAN else None)]


async def test_later_lines_of_the_lane_stay_and_lines_of_another_office_do_not(people: People) -> None:
    await people.listed()
    case_id = await people.cases.opened(office="border_guard/lao-cai")
    [fact_id] = await people.cases.stated(case_id, (COMMUNE, "AT_COMMUNE", "2026-11-18T08:00:00+07:00"))
    await people.take(LAN, case_id)

    async def lines(office: People = people) -> dict[str, str | None]:
        """When each line of the lane is due → who has it."""
        found = (await office.get(LAN, "?limit=200"))["items"]
        return {
            str(one["due_at"]): one["assignee"] for one in found if (one["case_id"], one["lane"]) == (case_id, LANE)
        }

    before = await lines()
    assert set(before.values()) == {LAN}
    moved = {"occurred_at": "2026-11-17T08:00:00+07:00", "reason": "Entered wrongly"}
    assert (await people.post(MINH, f"/v1/facts/{fact_id}/correction", **moved)).status_code == 200
    after = await lines()
    assert after.keys() != before.keys(), "the lines are others"
    assert set(after.values()) == {LAN}
    await people.cases.stated(case_id, (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-18T09:00:00+07:00"))
    there = await lines(People(people.cases, HEALTH))
    assert there
    assert set(there.values()) == {None}
    assert await lines() == {}


async def test_the_count_agrees_with_the_list(people: People) -> None:
    people.office = HEALTH
    await people.listed()
    cases: list[str] = []
    for day in (9, 11, 16, 18, 19):
        cases.append(case_id := await people.cases.opened(f"2026-11-{day:02}T08:00:00+07:00"))
        await people.cases.stated(
            case_id,
            (COMMUNE, "AT_COMMUNE", f"2026-11-{day:02}T09:00:00+07:00"),
            (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", f"2026-11-{day:02}T10:00:00+07:00"),
        )
    await people.take(LAN, cases[0])
    await people.take(LAN, cases[1])
    await people.take(MINH, cases[2])
    await people.absent(MINH, LAN)
    lines = (await people.get(LAN, "?limit=200"))["items"]
    found = await people.get(LAN, path="/v1/queue/count")

    def counted(chosen: list[dict[str, Any]]) -> dict[str, int]:
        return {"total": len(chosen), "overdue": sum(one["state"] == "breached" for one in chosen)}

    assert found.items() >= counted(lines).items()
    assert found["mine"] == counted([one for one in lines if one["for_me"]])
    for one in found["by_assignee"]:
        assert one.items() >= counted([line for line in lines if line["assignee"] == one["assignee"]]).items()
    assert {one["assignee"] for one in found["by_assignee"]} == {LAN, MINH, None}
    for one in found["by_lane"]:
        of_lane = [line for line in lines if line["lane"] == one["lane"]]
        assert one.items() >= counted(of_lane).items()
        assert one["unassigned"] == sum(line["assignee"] is None for line in of_lane)
    assert found["overdue"] > 0


async def test_what_a_successor_gets_nobody_has_until_it_gives_it(law: Amending) -> None:
    """The members of an office that ended are no members of the one that follows."""
    ended, follows = People(law.cases, OLD), People(law.cases, NEW)
    await follows.listed()
    case_id = await law.cases.opened("2026-11-19T09:00:00+07:00", office=OLD, commune="sa-pa")
    await ended.take(LAN, case_id)
    assert await ended.seen(LAN) == {case_id}
    await law.applied(await law.signed(**MERGER))
    assert await ended.seen(LAN) == set()
    assert await follows.has(case_id) == {case_id: None}
    assert (await follows.give(HOA, LAN, case_id)).json()["items"][0]["outcome"] == "given"
    assert await follows.seen(LAN) == {case_id}


async def test_no_fold_reads_or_writes_it(people: People) -> None:
    [one] = await people.opened(1)
    before = await people.cases.rows(one)
    await people.take(LAN, one)
    after = await people.cases.rows(one)
    assert {**after, "idempotency": 0} == {**before, "idempotency": 0}


MANY = """
INSERT INTO casework.cases (case_id, report_id, route, channel, reporter, actor, province, occurred_at, recorded_at,
  age_band, "foreign", urgent, reporter_known, pack_id, pack_hash, status, closed, version, next_seq)
SELECT 'case_' || n, 'bulk', 'self_report', 'in_person', 'commune/lao-cai', 'actor', 'lao-cai', now(), now(),
  'adult', false, false, true, 'law-53-2024', 'x', 'in_process', true, 1, 1 FROM generate_series(0, 1999) n;
INSERT INTO casework.work (work_id, case_id, office, lane, order_at, body)
SELECT 'work_' || n, 'case_' || n % 2000, CASE WHEN n < 10000 THEN 'commune/lao-cai' ELSE 'commune/' || n % 3 END,
  'lane-' || n / 2000, now() + n * interval '1 minute', '{}' FROM generate_series(0, 19999) n;
INSERT INTO casework.assignees (office, case_id, lane, subject, given_by, given_at)
SELECT office, case_id, lane, CASE WHEN work_id = 'work_9999' THEN 'act_lan' ELSE 'act_' || case_id END, 'x', now()
FROM casework.work WHERE work_id > 'work_5';
ANALYZE casework.cases;
ANALYZE casework.work;
ANALYZE casework.assignees;
"""
"""Ten thousand lines of one office, and as many of three others. One member has one of ours, others have half of all.
With many small offices a plan for all values would rightly sort the few lines of one."""
LANS = 1


ORDER, OF_LINE = "ix_work_office_order", "uq_assignees_open"
OF_MEMBER, OF_CASE = "ix_assignees_subject", "ix_work_case_id"


@pytest.mark.parametrize(
    ("whose", "by"),
    [
        (None, [ORDER, OF_LINE]),
        (Whose(unassigned=True), [ORDER, OF_LINE]),
        (Whose(frozenset({LAN}), unassigned=True), [ORDER, OF_LINE]),
        (Whose(frozenset({LAN})), [OF_MEMBER, OF_CASE]),
    ],
    ids=["team", "unassigned", "mine with what nobody has", "mine"],
)
async def test_a_page_is_read_by_an_index_and_ends_when_it_is_full(
    people: People, whose: Whose | None, by: list[str]
) -> None:
    """By the plan that casework has for all values (`force_generic_plan`): it does not know how much somebody has."""
    engine, statements = people.cases.http.engine.sync_engine, list[str]()

    def note(*given: Any) -> None:
        statements.append(given[2])

    url = str(people.cases.http.state.settings.owner_database_url).replace("+asyncpg", "")
    connection: Any = await asyncpg.connect(url)
    event.listen(engine, "before_cursor_execute", note)
    try:
        await connection.execute("DELETE FROM casework.cases WHERE report_id = 'bulk'")
        await connection.execute(MANY)
        async with people.cases.uow.unlocked() as tx:
            rows = await repository.work(tx.session, COMMUNE, whose=whose, after=FIRST, limit=51)
        nulls = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", statements[0]))))
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE page AS {statements[0]}")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE page({nulls})"))
    finally:
        event.remove(engine, "before_cursor_execute", note)
        await connection.close()
    assert len(rows) == (LANS if by[0] == OF_MEMBER else 51)
    assert re.findall(r"Index Scan (?:using|on) (\w+)", plan) == by, plan
    assert ("Sort" in plan) == (by[0] == OF_MEMBER), plan
    assert not re.search("Seq Scan|Hash", plan), plan
