"""The inbox of a restricted case: no notice to whom it is closed, no message to systems, duties stay recorded."""

import pytest

from contracts.ids import new_id
from contracts.standing import Restriction
from regulations.restricted import digest_of
from tests.integration.notify.house import NotifyHouse, attention, changed
from tests.integration.notify.test_inbox import office

pytestmark = pytest.mark.stack


def keeping_out(case_id: str, *subjects: str, **more: object) -> Restriction:
    persons = tuple(digest_of(case_id, one) for one in subjects)
    return Restriction.model_validate({"salt": case_id, "persons": persons, **more})


async def test_who_is_shut_out_has_no_notice_and_marks_none(house: NotifyHouse) -> None:
    mine, case_id = office(), new_id("case")
    await house.take(changed(case_id, 1, {"identification": mine}))
    await house.take(attention(case_id, mine))
    [notice, _] = await house.inbox(f"{mine}#kin")
    await house.take(changed(case_id, 2, {"identification": mine}, restriction=keeping_out(case_id, "kin")))
    await house.take(attention(case_id, mine, "wait-2"))
    assert await house.inbox(f"{mine}#kin") == [], "neither old nor new ones"
    assert len(await house.inbox(f"{mine}#lan")) == 3, "the duties of the office go on"
    path = f"/v1/inbox/{notice['notice_id']}/read"
    assert (await house.notify.post(path, f"{mine}#kin")).status_code == 404
    assert (await house.notify.post(path, f"{mine}#lan")).status_code == 200
    await house.take(changed(case_id, 3, {"identification": mine}))
    assert len(await house.inbox(f"{mine}#kin")) == 3, "lifted"


async def test_an_office_that_is_shut_out_has_none_and_they_are_kept(house: NotifyHouse) -> None:
    mine, case_id = office(), new_id("case")
    out = keeping_out(case_id, offices=(mine,))
    await house.take(changed(case_id, 1, {"identification": mine}, restriction=out))
    await house.take(attention(case_id, mine))
    assert await house.inbox(mine) == []
    rows = await house.notify.sql("SELECT kind FROM notify.notices WHERE case_id = $1", case_id)
    assert len(rows) == 2


async def test_a_closed_case_is_in_no_message_to_a_system(house: NotifyHouse) -> None:
    mine, closed, usual = office(), new_id("case"), new_id("case")
    made = await house.register(mine, "https://8.8.8.8/hook")
    members = {mine: (digest_of(closed, "lan"),)}
    restriction = keeping_out(closed, closed=True, members=members)
    await house.take(changed(closed, 1, {"identification": mine}, restriction=restriction))
    await house.take(attention(closed, mine))
    await house.take(changed(usual, 1, {"identification": mine}))
    sent = await house.notify.sql("SELECT case_id FROM notify.deliveries WHERE target = $1", made["webhook_id"])
    assert {row["case_id"] for row in sent} == {usual}
    assert {one["case_id"] for one in await house.inbox(f"{mine}#lan")} == {closed, usual}
    assert {one["case_id"] for one in await house.inbox(f"{mine}#minh")} == {usual}


async def test_who_is_asked_to_take_a_closed_case_over_is_told_without_the_case(house: NotifyHouse) -> None:
    holder, asked, case_id = office(), office("health_authority"), new_id("case")
    closed = keeping_out(case_id, "kin", closed=True, members={holder: (digest_of(case_id, "lan"),)})
    await house.take(changed(case_id, 1, {"identification": holder}, restriction=closed))
    await house.take(changed(case_id, 2, {"identification": holder}, restriction=closed, proposed=(asked,)))
    [notice] = await house.inbox(f"{asked}#duty")
    assert (notice["kind"], notice["case_id"]) == ("handover", None)
    assert await house.inbox(f"{asked}#kin") == []
