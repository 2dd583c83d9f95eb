"""The queue of an office: in the order of due, page by page, narrower by lane or to what is overdue; only its own."""

from datetime import datetime

import pytest

from tests.integration.casework.in_process import COMMUNE, HEALTH, CaseworkInProcess

pytestmark = pytest.mark.stack


async def filled(cases: CaseworkInProcess) -> set[str]:
    """Six cases that the health authority of Lào Cai was told of on different days."""
    opened: set[str] = set()
    for day in (16, 9, 19, 12, 18, 11):
        case_id = await cases.opened(f"2026-11-{day:02}T08:00:00+07:00")
        await cases.stated(
            case_id,
            (COMMUNE, "AT_COMMUNE", f"2026-11-{day:02}T09:00:00+07:00"),
            (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", f"2026-11-{day:02}T10:00:00+07:00"),
        )
        opened.add(case_id)
    return opened


async def test_the_queue_is_in_the_order_of_due_and_pages_join(cases: CaseworkInProcess) -> None:
    opened = await filled(cases)
    whole = await cases.work(HEALTH, "?limit=200")
    assert opened <= {line["case_id"] for line in whole}
    due = [line["due_at"] for line in whole if line["due_at"]]
    assert [line["due_at"] for line in whole] == due + [None] * (len(whole) - len(due))
    instants = [datetime.fromisoformat(one) for one in due]
    assert instants == sorted(instants)
    pages: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = (await cases.http.get(f"/v1/work?limit=3{cursor}", HEALTH)).json()
        pages += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert pages == whole


async def test_it_narrows_to_what_is_overdue_and_to_a_lane(cases: CaseworkInProcess) -> None:
    await filled(cases)
    overdue = await cases.work(HEALTH, "?overdue=true&limit=200")
    assert overdue
    assert {line["state"] for line in overdue} == {"breached"}
    everything = await cases.work(HEALTH, "?limit=200")
    assert len(overdue) == len([line for line in everything if line["state"] == "breached"])
    assert await cases.work(HEALTH, "?lane=crime") == []
    assert {line["lane"] for line in await cases.work(HEALTH, "?lane=identification")} == {"identification"}


BEFORE_TIME = "cursor=MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCB4"  # 0001-01-01T00:00:00+14:00 x: no instant in UTC

WITH_NUL = "cursor=MDAwMS0wMS0wMlQwMDowMDowMFogeAB5"  # 0001-01-02T00:00:00Z x, NUL, y: no text for the database


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1000",
        "cursor=nonsense",
        "cursor=bm8gY3Vyc29y",
        "cursor=%C3%A2",
        BEFORE_TIME,
        WITH_NUL,
        "lnae=crime",
    ],
)
async def test_a_wrong_query_is_refused(cases: CaseworkInProcess, query: str) -> None:
    assert (await cases.http.get(f"/v1/work?{query}", HEALTH)).status_code == 422


async def test_an_office_sees_its_own_queue_only(cases: CaseworkInProcess) -> None:
    await filled(cases)
    assert await cases.work("health_authority/quang-ngai") == []
