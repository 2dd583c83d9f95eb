"""A restricted case at the counter: whom it shuts out learns of no report, no duplicate and no screening of it."""

import pytest

from contracts.standing import Restriction
from regulations.restricted import digest_of
from tests.integration.in_process import House, standing
from tests.integration.intake.reports import COMMUNE, report, submitted
from tests.integration.intake.test_screening_and_duplicates import known

pytestmark = pytest.mark.stack
KIN, LAN = f"{COMMUNE}#kin", f"{COMMUNE}#lan"
OUT = Restriction(salt="case", persons=(digest_of("case", "kin"),))


async def test_the_report_of_a_restricted_case_is_not_there_for_whom_it_shuts_out(house: House) -> None:
    taken = await submitted(house, report(own_reference="31/BC-THU"), LAN)
    case_id, path = taken["cases"]["A"], f"/v1/reports/{taken['report_id']}"
    find = {"own_reference": "31/BC-THU"}
    assert (await house.intake.get(path, KIN)).status_code == 200
    await house.intake.stand(case_id, standing(reporter=COMMUNE, restriction=OUT))
    assert (await house.intake.get(path, KIN)).status_code == 404
    assert (await house.intake.post("/v1/reports/find", KIN, find)).json()["items"] == []
    answers = {"answers": {"threatened": "yes"}, "occurred_at": "2026-11-20T09:00:00+07:00"}
    assert (await house.intake.post(f"/v1/cases/{case_id}/screenings", KIN, answers)).status_code == 404
    assert (await house.intake.get(path, LAN)).status_code == 200
    assert len((await house.intake.post("/v1/reports/find", LAN, find)).json()["items"]) == 1


async def test_a_report_of_two_shows_the_one_that_is_not_restricted(house: House) -> None:
    two = report(own_reference="32/BC-THU", persons=[{**report()["persons"][0], "ref": ref} for ref in ("A", "B")])
    two["persons"][1]["full_name"] = "Thử Người Hai"
    taken = await submitted(house, two, LAN)
    await house.intake.stand(taken["cases"]["A"], standing(reporter=COMMUNE, restriction=OUT))
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", KIN)).json()
    assert [one["case_id"] for one in shown["persons"]] == [taken["cases"]["B"]]
    found = await house.intake.post("/v1/reports/find", KIN, {"own_reference": "32/BC-THU"})
    assert len(found.json()["items"]) == 1


async def test_a_possible_duplicate_is_not_shown_to_whom_it_shuts_out(house: House) -> None:
    first = (await submitted(house, known("009999999991"), LAN))["cases"]["A"]
    await house.intake.stand(first, standing(reporter=COMMUNE, restriction=OUT))
    assert (await submitted(house, known("009999999991"), KIN))["possible_duplicates"] == {}
    assert (await submitted(house, known("009999999991"), LAN))["possible_duplicates"]["A"].count(first) == 1
