"""No two cases get one number, old ones apart; and the office's own reference stays with the office."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

import intake.service
from contracts.ids import new_id
from contracts.numbers import alias_of, number_key, number_of
from intake import models
from kit import migrations
from stack.trial import Trial
from tests.integration.casework.test_finding import colliding
from tests.integration.in_process import House, standing
from tests.integration.in_process import house as running_house
from tests.integration.intake.reports import COMMUNE, GUARD, POLICE, events, persons, report, stored, submitted

pytestmark = pytest.mark.stack

OWN = "15/BC-UBND"
_OLD_REPORT = """
INSERT INTO intake.reports (report_id, office, actor, channel, route, regime, province, occurred_at, recorded_at,
  urgent, reporter_anonymous, indicators, needs, safe_channels)
VALUES ('rep_old', 'commune/lao-cai', 'actor-1', 'in_person', 'self_report', 'law-53-2024', 'lao-cai', now(), now(),
  false, true, '{}', '{}', '{}')
"""
_OLD_PERSON = """
INSERT INTO intake.persons (case_id, report_id, ref, sex, age_band, is_foreign, texts)
VALUES ($1, 'rep_old', $2, 'female', 'adult', false, '{}')
"""


async def find(house: House, office: str | None, own_reference: Any = OWN) -> Any:
    """The answer to a look-up by the office's own reference."""
    return await house.intake.post("/v1/reports/find", office, {"own_reference": own_reference})


async def test_the_answer_says_what_each_case_is_called(house: House) -> None:
    taken = await submitted(house, report(persons=persons({}, {})))
    assert taken["numbers"] == {ref: number_of(case_id) for ref, case_id in taken["cases"].items()}
    assert taken["aliases"] == {ref: alias_of(case_id) for ref, case_id in taken["cases"].items()}
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", COMMUNE)).json()["persons"]
    assert {one["ref"]: one["number"] for one in shown} == taken["numbers"]
    assert {one["ref"]: one["alias"] for one in shown} == taken["aliases"]


@pytest.mark.parametrize("count", [1, 2])
async def test_a_number_that_is_taken_is_refused_and_the_next_try_draws_another(
    house: House, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Taken by an earlier case, or by another person of the same report."""
    first, second = next(colliding())
    drawn = iter([first, second])
    if count == 1:
        with monkeypatch.context() as drawing:
            drawing.setattr(intake.service, "new_id", lambda kind: first if kind == "case" else new_id(kind))
            await submitted(house, report())
        drawn = iter([second])
    body, key = report(persons=persons(*[{}] * count)), {"Idempotency-Key": new_id("key")}
    before = await stored(house)
    with monkeypatch.context() as drawing:
        drawing.setattr(intake.service, "new_id", lambda kind: next(drawn) if kind == "case" else new_id(kind))
        refused = await house.intake.post("/v1/reports", COMMUNE, body, **key)
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    assert not any(word in refused.text for word in (first, second, number_key(first), number_of(first)))
    assert await stored(house) == before
    again = await house.intake.post("/v1/reports", COMMUNE, body, **key)
    assert again.status_code == 200
    assert not {first, second} & set(again.json()["cases"].values())


async def test_old_cases_get_their_numbers_and_one_of_two_that_are_alike_keeps_it(stack: Trial, tmp_path: Path) -> None:
    first, second = sorted(next(colliding()))
    third = new_id("case")
    async with running_house(stack.stack, tmp_path) as house:
        owner = str(house.intake.state.settings.owner_database_url)
        await asyncio.to_thread(migrations.downgrade, "intake", "intake", owner, "202611281900")
        await house.intake.sql(_OLD_REPORT)
        for ref, case_id in (("A", second), ("B", first), ("C", third)):
            await house.intake.sql(_OLD_PERSON, case_id, ref)
        await asyncio.to_thread(migrations.upgrade, "intake", "intake", owner)
        rows = await house.intake.sql("SELECT case_id, number FROM intake.persons")
        found = {row["case_id"]: row["number"] for row in rows}
        assert found == {first: number_key(first), second: None, third: number_key(third)}
        assert await asyncio.to_thread(migrations.check, "intake", owner, models.Base.metadata) == []
        await submitted(house, report())


async def test_the_reference_is_shown_to_the_office_that_reported_alone(house: House) -> None:
    taken = await submitted(house, report(own_reference=OWN))
    case_id, path = taken["cases"]["A"], f"/v1/reports/{taken['report_id']}"
    await house.intake.stand(case_id, standing(reporter=COMMUNE))
    seen = {office: (await house.intake.get(path, office)).json() for office in (COMMUNE, POLICE)}
    assert {office: one["own_reference"] for office, one in seen.items()} == {COMMUNE: OWN, POLICE: None}
    assert OWN not in str(await events(house, case_id))
    [row] = await house.intake.sql("SELECT count(*) AS n FROM intake.outbox WHERE data::text LIKE '%BC-UBND%'")
    assert row["n"] == 0


async def test_an_office_finds_its_own_reports_and_never_those_of_others(house: House) -> None:
    mine = [await submitted(house, report(own_reference="7/2026-TN")) for _ in range(2)]
    other = await submitted(house, report(own_reference="7/2026-TN"), GUARD)
    found = (await find(house, COMMUNE, "  7/2026-TN ")).json()
    assert {one["report_id"] for one in found["items"]} == {one["report_id"] for one in mine}
    assert not found["more"]
    assert all(one["own_reference"] == "7/2026-TN" for one in found["items"])
    assert [one["report_id"] for one in (await find(house, GUARD, "7/2026-TN")).json()["items"]] == [other["report_id"]]
    for office, reference in ((POLICE, "7/2026-TN"), (COMMUNE, "7/2026-tn"), (COMMUNE, "8/2026-TN")):
        assert (await find(house, office, reference)).json() == {"items": [], "more": False}


@pytest.mark.parametrize(
    "reference",
    ["", "   ", "Lộ Thị Bịa", "15_BC", "15; BC", "Lộ\u0000 1", "1" * 61, 15, ["1"], "١٥", "15\nBC\u0007"],
)
async def test_a_reference_that_cannot_be_one_is_refused_and_not_repeated(house: House, reference: Any) -> None:
    before = await stored(house)
    for answer in (
        await house.intake.post("/v1/reports", COMMUNE, report(own_reference=reference)),
        await find(house, COMMUNE, reference),
    ):
        assert answer.status_code == 422, reference
        assert "Lộ" not in answer.text
        assert "15" not in answer.text.replace(answer.json()["trace_id"], "")
    assert await stored(house) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [("số 15/BC - CAX Đ", "số 15/BC - CAX Đ"), (" a.1   b ", "a.1 b"), ("Đo\u0302\u0323i 2", "Đội 2")],
)
async def test_a_reference_is_kept_as_it_was_written_with_single_spaces(house: House, given: str, kept: str) -> None:
    taken = await submitted(house, report(own_reference=given))
    found = (await find(house, COMMUNE, given)).json()["items"]
    assert (found[0]["report_id"], found[0]["own_reference"]) == (taken["report_id"], kept)


@pytest.mark.parametrize(("office", "status"), [(None, 401), ("admin/ha-noi", 403), ("service/casework", 403)])
async def test_the_right_comes_before_the_reference(house: House, office: str | None, status: int) -> None:
    for reference in (OWN, ""):
        assert (await find(house, office, reference)).status_code == status


async def test_a_reference_is_in_no_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        taken = await submitted(house, report(own_reference="99/MAT-SO"))
        await find(house, COMMUNE, "99/MAT-SO")
        await find(house, GUARD, "99/MAT-SO")
        await find(house, COMMUNE, "99/MAT-SO!")
        await house.intake.get(f"/v1/reports/{taken['report_id']}", COMMUNE)
    assert "MAT-SO" not in caplog.text
