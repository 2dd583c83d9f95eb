"""What an office says of itself: public, changed by itself or the office above it, logged, and never in a fold."""

import asyncio
from typing import Any

import pytest

from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import CaseworkInProcess

pytestmark = pytest.mark.stack

FACILITY, ABOVE, OTHER = "facility/lang-son", "health_authority/lang-son", "facility/lang-son-2"
SAYS: dict[str, Any] = {
    "contact": {
        "phone": "0205 381 0001",
        "email": "vanthu@langson.example",
        "address": None,
        "site": "https://langson.example",
    },
    "capacity": 12,
}
NOTHING: dict[str, Any] = {"contact": dict.fromkeys(SAYS["contact"]), "capacity": None}
LOG = "SELECT office, seq, changed_by, actor FROM casework.office_particulars ORDER BY office, seq"


@pytest.fixture
def cases(law: Amending) -> CaseworkInProcess:
    """On a database of its own, so that the log begins empty."""
    return law.cases


def path(office: str) -> str:
    return f"/v1/offices/{office}"


async def changed(cases: CaseworkInProcess, by: str, office: str = FACILITY, key: str | None = None, **given: Any):
    return await cases.post(f"{path(office)}/particulars", by, key=key, **(given or SAYS))


async def shown(cases: CaseworkInProcess, office: str = FACILITY, by: str = "commune/lao-cai") -> dict[str, Any]:
    answer = await cases.http.get(path(office), by)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_office_is_shown_to_everybody_with_a_token(cases: CaseworkInProcess) -> None:
    found = await shown(cases)
    assert (found["office"], found["role"], found["supervisor"]) == (FACILITY, "facility", ABOVE)
    assert {name: found[name] for name in NOTHING} == NOTHING
    assert found["changes"] == []
    assert (await cases.http.get(path(FACILITY))).status_code == 401
    assert (await cases.http.get(path(FACILITY), "service/issuer")).status_code == 200
    assert (await cases.http.get(path(FACILITY), "service/intake")).status_code == 403
    assert slug(await cases.http.get(path("facility/atlantis"), ABOVE)) == (404, "not-found")


async def test_the_office_itself_and_the_one_above_change_it_and_the_log_says_who_and_what(
    cases: CaseworkInProcess,
) -> None:
    assert (await changed(cases, FACILITY)).status_code == 200
    later = {"contact": {"phone": "111", "email": None}, "capacity": 8}
    assert (await changed(cases, ABOVE, **later)).status_code == 200
    found = await shown(cases)
    assert (found["contact"]["phone"], found["contact"]["email"], found["capacity"]) == ("111", None, 8)
    newest, first = found["changes"]
    assert (newest["by"], first["by"]) == (ABOVE, FACILITY)
    assert first["before"] == NOTHING
    assert newest["before"] == first["after"] == SAYS
    assert newest["after"]["contact"]["phone"] == "111"
    assert "actor" not in str(found), "who in the office did it is for the log alone"
    rows = [tuple(row.values()) for row in await cases.http.sql(LOG)]
    assert rows == [(FACILITY, 1, FACILITY, "actor-1"), (FACILITY, 2, ABOVE, "actor-1")]


async def test_the_same_once_more_changes_nothing_and_a_repeated_request_acts_once(cases: CaseworkInProcess) -> None:
    first = await changed(cases, FACILITY, key="one")
    again = await changed(cases, FACILITY, key="one")
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await changed(cases, FACILITY, key="two")).status_code == 200
    assert len(await cases.http.sql(LOG)) == 1


@pytest.mark.parametrize("by", [OTHER, "health_authority/lao-cai", "steering_committee/ha-noi", "commune/lao-cai"])
async def test_every_other_office_is_refused(cases: CaseworkInProcess, by: str) -> None:
    assert slug(await changed(cases, by)) == (403, "not-your-case")
    assert slug(await changed(cases, by, "facility/atlantis")) == (404, "not-found")
    assert await cases.http.sql(LOG) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact": {"phone": "call me"}},
        {"contact": {"phone": "1" * 40}},
        {"contact": {"email": "nobody"}},
        {"contact": {"address": "x" * 201}},
        {"contact": {"address": "1 Hùng Vương\nLạng Sơn"}},
        {"contact": {"site": "http://langson.example"}},
        {"contact": {"site": "https://" + "x" * 300}},
        {"contact": {"person": "Lò Thị Bịa"}},
        {"capacity": -1},
        {"capacity": 10_001},
        {"capacity": "12"},
        {"note": "text"},
        {"contact": {}},
        {"contact": None},
    ],
)
async def test_wrong_values_and_fields_are_refused_and_nothing_is_stored(cases: CaseworkInProcess, wrong: Any) -> None:
    answer = await changed(cases, FACILITY, **wrong)
    assert slug(answer) == (422, "invalid")
    assert "Bịa" not in answer.text, "a refusal repeats no value"
    assert (await changed(cases, FACILITY, contact={"phone": "111"}, capacity=None)).status_code == 200
    assert len(await cases.http.sql(LOG)) == 1


async def test_what_is_not_named_stays_and_null_takes_back(cases: CaseworkInProcess) -> None:
    await changed(cases, FACILITY)
    await changed(cases, FACILITY, contact={"phone": "111"})
    await changed(cases, ABOVE, contact={"site": None})
    found = await shown(cases)
    assert found["contact"] == {**SAYS["contact"], "phone": "111", "site": None}
    assert found["capacity"] == SAYS["capacity"]
    await changed(cases, FACILITY, capacity=None)
    found = await shown(cases)
    assert (found["contact"]["phone"], found["capacity"]) == ("111", None)


async def test_two_changes_at_once_do_not_undo_each_other(cases: CaseworkInProcess) -> None:
    await asyncio.gather(
        *(changed(cases, FACILITY, contact={"phone": "111"}) for _ in range(3)),
        *(changed(cases, ABOVE, capacity=8) for _ in range(3)),
    )
    found = await shown(cases)
    assert (found["contact"]["phone"], found["capacity"]) == ("111", 8)


async def test_only_who_takes_persons_in_states_a_capacity(cases: CaseworkInProcess) -> None:
    assert slug(await changed(cases, ABOVE, ABOVE, capacity=3)) == (422, "invalid")
    assert (await changed(cases, ABOVE, ABOVE, contact={"phone": "111"})).status_code == 200
    hospital = "provider/lang-son-hospital"
    assert (await changed(cases, hospital, hospital, capacity=3)).status_code == 200


async def test_a_facility_does_not_say_where_it_is(cases: CaseworkInProcess) -> None:
    there = {"address": "1 đường Hùng Vương, Lạng Sơn"}
    for by in (FACILITY, ABOVE):
        assert slug(await changed(cases, by, contact=there)) == (422, "invalid")
    assert (await changed(cases, ABOVE, ABOVE, contact=there)).status_code == 200
    assert (await shown(cases, ABOVE))["contact"]["address"] == there["address"]


async def test_an_office_that_ended_keeps_what_it_said(cases: CaseworkInProcess) -> None:
    ended = "district_police/lao-cai"
    assert slug(await changed(cases, ended, ended, contact={"phone": "113"})) == (409, "office-ended")
    assert (await shown(cases, ended))["valid_to"] == "2025-07-01"


async def test_a_signed_change_shows_at_once_and_a_founded_office_speaks_for_itself(
    law: Amending, cases: CaseworkInProcess
) -> None:
    new = "facility/sa-pa-moi"
    assert (await cases.http.get(path(new), ABOVE)).status_code == 404
    change = {"kind": "founded", "office": new, "place": "sa-pa", "on": "2026-11-20"}
    await law.signed(kind="offices", rows=[], changes=[change])
    assert (await shown(cases, new))["valid_from"] == "2026-11-20"
    assert (await changed(cases, new, new, capacity=4)).status_code == 200


async def test_no_fold_reads_it(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened(office="commune/lao-cai")
    before = await cases.rows(case_id)
    assert (await changed(cases, "commune/lao-cai", "commune/lao-cai", contact={"phone": "111"})).status_code == 200
    assert {name: count for name, count in (await cases.rows(case_id)).items() if name != "idempotency"} == {
        name: count for name, count in before.items() if name != "idempotency"
    }


async def test_nobody_may_change_the_log(cases: CaseworkInProcess) -> None:
    await changed(cases, FACILITY)
    for statement in ("UPDATE casework.office_particulars SET seq = 9", "DELETE FROM casework.office_particulars"):
        with pytest.raises(Exception, match="permission denied"):
            await cases.http.sql(statement, runtime=True)
