"""The members of an office: who may set them, what an import changes, and that no name leaves the list."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from casework.members import service
from casework.members.roster import Roster
from contracts.members import OfficeMembers
from contracts.topology import MEMBERS
from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import CaseworkInProcess

pytestmark = pytest.mark.stack

OFFICE, ABOVE, ADMIN = "facility/lang-son", "health_authority/lang-son", "admin/ha-noi"
HEAD, OFFICER, OTHER = "act_head", "act_officer", "act_other"
TODAY = "2026-11-20"
NAMES = {HEAD: "Nguyễn Thử Nghiệm", OFFICER: "Trần Ví Dụ", OTHER: "Lê Mẫu"}


@pytest.fixture
def cases(law: Amending) -> CaseworkInProcess:
    """On a database of its own, so that every office begins without a list."""
    return law.cases


def member(subject: str, position: str = "officer", **more: Any) -> dict[str, Any]:
    return {"subject": subject, "name": NAMES.get(subject, "Người Mẫu"), "position": position, **more}


LIST = [member(HEAD, "head"), member(OFFICER)]


async def imported(
    cases: CaseworkInProcess, *members: dict[str, Any], by: str = ABOVE, sub: str = "actor-1", office: str = OFFICE,
    **more: Any,
) -> Any:  # fmt: skip
    token = cases.http.token(office=by, sub=sub)
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": more.pop("key")} if "key" in more else {})}
    body = {"members": list(members), **more}
    return await cases.http.client.post(f"/v1/offices/{office}/members", json=body, headers=headers)


async def absent(cases: CaseworkInProcess, sub: str, office: str = OFFICE, **given: Any) -> Any:
    headers = {"Authorization": f"Bearer {cases.http.token(office=office, sub=sub)}"}
    body = {"valid_from": TODAY, "valid_to": "2026-12-01", **given}
    return await cases.http.client.post(f"/v1/offices/{office}/absences", json=body, headers=headers)


async def shown(cases: CaseworkInProcess, by: str = OFFICE, former: bool = False) -> dict[str, Any]:
    answer = await cases.http.get(f"/v1/offices/{OFFICE}/members{'?former=true' if former else ''}", by)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def roster(cases: CaseworkInProcess) -> Roster:
    async with cases.uow() as tx:
        return await service.roster(tx, OFFICE)


async def test_the_office_above_makes_the_first_list_and_the_office_sees_it_with_names(
    cases: CaseworkInProcess,
) -> None:
    assert await shown(cases) == {"office": OFFICE, "listed": False, "members": [], "absences": []}
    answer = await imported(cases, *LIST)
    assert answer.json() == {
        "office": OFFICE, "added": 2, "changed": 0, "ended": 0, "unchanged": 0, "nobody_from": None,
    }  # fmt: skip
    for by in (OFFICE, ABOVE, ADMIN):
        found = await shown(cases, by)
        assert found["listed"]
        assert {one["subject"]: (one["name"], one["position"]) for one in found["members"]} == {
            HEAD: ("Nguyễn Thử Nghiệm", "head"),
            OFFICER: ("Trần Ví Dụ", "officer"),
        }


async def test_who_may_set_members(cases: CaseworkInProcess) -> None:
    """The first list: the office above, or the administration. Later also a head; never an officer or a stranger."""
    assert slug(await imported(cases, *LIST, by=OFFICE, sub=HEAD)) == (403, "not-your-case")
    for by in ("health_authority/lao-cai", "facility/lang-son-2", "steering_committee/ha-noi"):
        assert slug(await imported(cases, *LIST, by=by)) == (403, "not-your-case")
    assert slug(await imported(cases, *LIST, office="facility/atlantis")) == (404, "not-found")
    assert (await imported(cases, *LIST, by=ADMIN)).status_code == 200
    assert slug(await imported(cases, member(OTHER), by=OFFICE, sub=OFFICER)) == (403, "not-your-case")
    assert slug(await imported(cases, member(OTHER), by=OFFICE, sub="act_stranger")) == (403, "not-your-case")
    assert (await imported(cases, member(OTHER), by=OFFICE, sub=HEAD)).json()["added"] == 1
    assert (await imported(cases, member(OTHER, "head"), by=ABOVE)).json()["changed"] == 1
    answer = await cases.http.get(f"/v1/offices/{OFFICE}/members", "health_authority/lao-cai")
    assert slug(answer) == (403, "not-your-case")
    assert (await imported(cases, *LIST, by=ADMIN, office=ADMIN)).status_code == 200, "nobody is above it"


async def test_the_same_list_once_more_changes_nothing(cases: CaseworkInProcess) -> None:
    await imported(cases, *LIST, key="one")
    assert (await imported(cases, *LIST, key="one")).headers["Idempotency-Replayed"] == "true"
    answer = (await imported(cases, *LIST, complete=True)).json()
    assert (answer["added"], answer["changed"], answer["ended"], answer["unchanged"]) == (0, 0, 0, 2)
    assert len(await cases.http.sql("SELECT FROM casework.member_changes")) == 2
    [row] = await cases.http.sql("SELECT version FROM casework.projections WHERE kind = $1", MEMBERS.kind)
    assert row["version"] == 1


async def test_a_leaver_and_whom_a_complete_list_does_not_name_leave_today(cases: CaseworkInProcess) -> None:
    await imported(cases, *LIST, member(OTHER))
    answer = (await imported(cases, {"subject": OFFICER, "active": False})).json()
    assert (answer["ended"], answer["changed"]) == (1, 0)
    assert (await imported(cases, member(HEAD, "head"), complete=True)).json()["ended"] == 1
    assert [one["subject"] for one in (await shown(cases))["members"]] == [HEAD]
    left = {one["subject"]: one["valid_to"] for one in (await shown(cases, former=True))["members"]}
    assert left == {HEAD: None, OFFICER: TODAY, OTHER: TODAY}
    again = (await imported(cases, member(OFFICER), {"subject": "act_never", "active": False})).json()
    assert (again["changed"], again["unchanged"]) == (1, 1)
    assert (await roster(cases)).position(OFFICER, cases.clock.now().date()) == "officer"


async def test_nobody_is_no_list(cases: CaseworkInProcess) -> None:
    """An office keeps somebody who may act; the import says when it would have nobody."""
    refused = (409, "nobody-left")
    assert slug(await imported(cases, member(OTHER, "auditor"))) == refused
    assert slug(await imported(cases, member(OTHER, valid_from="2026-11-21"))) == refused
    await imported(cases, member(HEAD, "head"))
    assert slug(await imported(cases, {"subject": HEAD, "active": False})) == refused
    assert slug(await imported(cases, member(OTHER, "auditor"), complete=True)) == refused
    answer = await imported(cases, member(HEAD, "head", valid_to="2027-01-01"))
    assert answer.json()["nobody_from"] == "2027-01-01"
    assert (await imported(cases, member(OTHER, valid_from="2027-01-01"))).json()["nobody_from"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Nguyễn Thị Bịa"},
        {"name": None},
        {"name": ""},
        {"name": "Bịa<b>"},
        {"name": "Bịa\u202e"},
        {"position": "director"},
        {"position": None},
        {"valid_from": "2026-12-01", "valid_to": "2026-12-01"},
        {"valid_to": "2026-11-01"},
        {"phone": "111"},
    ],
)
async def test_wrong_members_are_refused_and_nothing_is_stored(cases: CaseworkInProcess, wrong: Any) -> None:
    answer = await imported(cases, member(HEAD, "head"), {**member(OTHER), **wrong})
    assert slug(answer) == (422, "invalid")
    assert "Bịa" not in answer.text
    assert not (await roster(cases)).listed


async def test_a_list_without_entries_or_with_one_twice_is_refused(cases: CaseworkInProcess) -> None:
    assert slug(await imported(cases)) == (422, "invalid")
    assert slug(await imported(cases, member(HEAD), member(HEAD))) == (422, "invalid")


async def test_no_name_is_in_what_leaves_casework(cases: CaseworkInProcess, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the document of the bucket, nor in the outbox, the kept answers, or the log."""
    caplog.set_level("DEBUG")
    await imported(cases, *LIST, key="k")
    await imported(cases, *LIST, by=OFFICE, sub=OFFICER)
    await absent(cases, OFFICER)
    rows = await cases.http.sql(
        "SELECT to_jsonb(o)::text AS t FROM casework.outbox o UNION ALL "
        "SELECT to_jsonb(p)::text FROM casework.projections p UNION ALL "
        "SELECT to_jsonb(i)::text FROM casework.idempotency i"
    )
    text = "\n".join([*(row["t"] for row in rows), caplog.text])
    assert HEAD in text
    assert [name for name in NAMES.values() if name in text] == []
    assert f"denied: casework.import_members to {OFFICE} {OFFICER}" in caplog.text, "office and person are kept"


async def test_a_document_names_who_is_or_will_be_a_member_in_growing_versions(cases: CaseworkInProcess) -> None:
    await imported(cases, *LIST, member(OTHER, valid_from="2026-12-01"))
    await imported(cases, {"subject": OFFICER, "active": False})
    [row] = await cases.http.sql("SELECT version, body::text AS body FROM casework.projections WHERE kind = 'members'")
    found = OfficeMembers.model_validate_json(row["body"])
    assert row["version"] == 2
    assert {one.subject: str(one.valid_from) for one in found.members} == {HEAD: TODAY, OTHER: "2026-12-01"}


async def test_imports_at_once_lose_nobody(cases: CaseworkInProcess) -> None:
    await imported(cases, *LIST)
    answers = await asyncio.gather(*(imported(cases, member(f"act_{number}")) for number in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len((await roster(cases)).members) == 8
    [row] = await cases.http.sql("SELECT version, body::text AS body FROM casework.projections WHERE kind = 'members'")
    assert (row["version"], len(OfficeMembers.model_validate_json(row["body"]).members)) == (7, 8)


async def test_an_absence_is_stated_by_oneself_or_a_head_and_the_deputy_is_known(cases: CaseworkInProcess) -> None:
    assert slug(await absent(cases, OFFICER)) == (409, "no-member"), "an office without a list has no members"
    await imported(cases, *LIST, member(OTHER), member("act_watch", "auditor"), member("act_system", "system"))
    assert (await absent(cases, OFFICER, deputy=OTHER)).status_code == 200
    assert slug(await absent(cases, OTHER, subject=OFFICER)) == (403, "not-your-case")
    assert (await absent(cases, HEAD, subject=OTHER, deputy=HEAD, valid_from="2026-11-25")).status_code == 200
    for wrong in (OFFICER, "act_watch"):
        assert slug(await absent(cases, OFFICER, deputy=wrong)) == (422, "invalid")
    assert slug(await absent(cases, OFFICER, deputy="act_stranger")) == (409, "no-member")
    assert slug(await absent(cases, HEAD, subject="act_system")) == (409, "no-member")
    assert slug(await absent(cases, OFFICER, valid_to="2026-11-01")) == (422, "invalid")
    found, today = await roster(cases), cases.clock.now().date()
    assert found.is_absent(OFFICER, today)
    assert found.deputised_by(OTHER, today) == {OFFICER}
    assert found.deputised_by(HEAD, today) == set()
    assert found.deputised_by(HEAD, today + timedelta(5)) == {OTHER}
    assert {one.subject for one in found.present(today)} == {HEAD, OTHER, "act_watch", "act_system"}
    assert len((await shown(cases))["absences"]) == 2
    assert (await absent(cases, OFFICER, valid_to=TODAY)).status_code == 200, "it is taken back"
    assert not (await roster(cases)).is_absent(OFFICER, today)
    assert len((await shown(cases))["absences"]) == 1


async def test_nobody_may_change_the_log(cases: CaseworkInProcess) -> None:
    await imported(cases, *LIST)
    for statement in ("UPDATE casework.member_changes SET actor = 'x'", "DELETE FROM casework.member_changes"):
        with pytest.raises(Exception, match="permission denied"):
            await cases.http.sql(statement, runtime=True)
