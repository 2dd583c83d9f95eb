"""Screening, possible duplicates, and what an office sees of a report."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from contracts.ids import new_id
from tests.integration.in_process import House, standing
from tests.integration.intake.reports import COMMUNE, GUARD, POLICE, events, persons, report, stored, submitted

pytestmark = pytest.mark.stack

WHEN = "2026-11-20T09:30:00+07:00"


async def screen(house: House, case_id: str, office: str | None, **body: Any):
    """The answer to a screening."""
    given = {"answers": {"threatened": "yes"}, "occurred_at": WHEN} | body
    return await house.intake.post(f"/v1/cases/{case_id}/screenings", office, given)


async def test_a_screening_gives_a_level_with_reasons_and_an_event(house: House) -> None:
    case_id = (await submitted(house, report()))["cases"]["A"]
    answers = {"under_18": "yes", "forced_labour": "yes", "violence": "unknown", "threatened": "no"}
    answer = (await screen(house, case_id, COMMUNE, answers=answers)).json()
    assert (answer["level"], answer["reasons"]) == ("high", ["minor_exploited", "forced_labour", "under_18"])
    _, recorded = await events(house, case_id)
    assert (recorded["level"], recorded["office"], recorded["list_version"]) == ("high", COMMUNE, "2026-1")
    assert "reasons" not in recorded


@pytest.mark.parametrize(
    "body",
    [
        {"answers": {}},
        {"answers": {"Thử Thị Mẫu": "yes"}},
        {"answers": {"ThuThiMau": "yes"}},
        {"answers": {"threatened": "Thử"}},
        {"answers": {"threatened": True}},
        {"answers": ["Thử"]},
        {"occurred_at": "2026-11-20T10:06:00+07:00"},
        {"occurred_at": None},
        {"note": "Thử"},
    ],
)
async def test_other_answers_are_refused_and_not_repeated(house: House, body: dict[str, Any]) -> None:
    case_id = (await submitted(house, report()))["cases"]["A"]
    before = await stored(house)
    answer = await screen(house, case_id, COMMUNE, **body)
    assert answer.status_code == 422
    assert "Thử" not in answer.text
    assert "ThuThiMau" not in answer.text
    assert await stored(house) == before


async def test_who_may_screen(house: House) -> None:
    case_id = (await submitted(house, report()))["cases"]["A"]
    assert (await screen(house, case_id, None)).status_code == 401
    assert (await screen(house, new_id("case"), COMMUNE)).status_code == 404
    assert (await screen(house, "case_does_not_exist", COMMUNE)).status_code == 404
    assert (await screen(house, case_id, GUARD)).status_code == 403
    assert (await screen(house, case_id, POLICE, answers={})).status_code == 403
    await house.intake.stand(case_id, standing(reporter=COMMUNE))
    assert (await screen(house, case_id, POLICE)).status_code == 200
    assert (await screen(house, case_id, GUARD)).status_code == 403


async def test_a_repeated_screening_is_one(house: House) -> None:
    case_id = (await submitted(house, report()))["cases"]["A"]
    body = {"answers": {"threatened": "yes"}, "occurred_at": WHEN}
    path, key = f"/v1/cases/{case_id}/screenings", {"Idempotency-Key": "s1"}
    first, again = [await house.intake.post(path, COMMUNE, body, **key) for _ in range(2)]
    assert first.json() == again.json()
    assert len(await events(house, case_id)) == 2


def known(number: str, **more: Any) -> dict[str, Any]:
    """A report about a person with this document number, under a name of its own."""
    return report(persons__0__id_number=number, persons__0__full_name=f"Thử {new_id('name')}", **more)


async def test_the_same_person_reported_again_is_told_to_the_same_office(house: House) -> None:
    first = (await submitted(house, known("001111111111")))["cases"]["A"]
    again = await submitted(house, known("001 111 111 111"))
    assert again["possible_duplicates"] == {"A": [first]}


async def test_a_look_up_does_not_betray_another_offices_case(house: House) -> None:
    first = (await submitted(house, known("002222222222"), GUARD))["cases"]["A"]
    second = await submitted(house, known("002222222222"))
    assert second["possible_duplicates"] == {}
    shown = (await house.intake.get(f"/v1/reports/{second['report_id']}", COMMUNE)).json()
    assert shown["persons"][0]["possible_duplicates"] == []
    await house.intake.stand(first, standing(reporter=GUARD, past=(COMMUNE,)))
    shown = (await house.intake.get(f"/v1/reports/{second['report_id']}", COMMUNE)).json()
    assert shown["persons"][0]["possible_duplicates"] == [first]


async def test_a_person_at_another_counter_is_taken_and_the_known_case_says_so(house: House) -> None:
    first = (await submitted(house, known("005555555555"), GUARD))["cases"]["A"]
    second = (await submitted(house, known("005555555555")))["cases"]["A"]
    assert second != first
    told = (await events(house, first))[-1]
    assert set(told) == {"case_id", "recorded_at"}, "neither where nor by whom, and not in which case"
    assert told["case_id"] == first
    assert [one for one in await events(house, second) if set(one) == set(told)] == []


async def test_persons_of_one_report_are_no_duplicates_of_each_other(house: House) -> None:
    body = report(persons=persons({"phone": "0933444555"}, {"phone": "0933444555"}))
    assert (await submitted(house, body))["possible_duplicates"] == {}


async def resolve(house: House, case_id: str, other: str, office: str, **more: Any):
    """The answer to a decision on two cases."""
    body = {"other_case_id": other, "same": True, "reason": "Cùng một người, đã hỏi lại (bịa)."} | more
    return await house.intake.post(f"/v1/cases/{case_id}/duplicates", office, body)


async def test_a_decision_on_two_cases(house: House) -> None:
    first = (await submitted(house, known("003333333333")))["cases"]["A"]
    taken = await submitted(house, known("003333333333"))
    second = taken["cases"]["A"]
    answer = await resolve(house, second, first, COMMUNE)
    assert answer.status_code == 200
    linked = (await events(house, second))[-1]
    assert (linked["other_case_id"], linked["same"], linked["office"]) == (first, True, COMMUNE)
    [row] = await house.intake.sql(
        "SELECT reason_ref FROM intake.duplicate_decisions WHERE first = $1 OR second = $1", second
    )
    assert row["reason_ref"].startswith("ref_")
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", COMMUNE)).json()
    assert shown["persons"][0]["possible_duplicates"] == []


async def test_both_cases_must_be_the_offices_own(house: House) -> None:
    mine = (await submitted(house, known("004444444444")))["cases"]["A"]
    theirs = (await submitted(house, known("004444444444"), GUARD))["cases"]["A"]
    before, sealed = await stored(house), len(house.net.sealed)
    assert (await resolve(house, mine, theirs, COMMUNE)).status_code == 403
    assert (await resolve(house, theirs, mine, COMMUNE)).status_code == 403
    assert (await resolve(house, mine, new_id("case"), COMMUNE)).status_code == 404
    assert (await resolve(house, new_id("case"), mine, COMMUNE)).status_code == 404
    same = await resolve(house, mine, mine, COMMUNE)
    assert (same.status_code, same.json()["type"].rsplit("/")[-1]) == (422, "same-case")
    for bad in ({"reason": ""}, {"same": "yes"}, {"other_case_id": "Thử Thị Mẫu"}, {"reason": None}, {"x": 1}):
        answer = await resolve(house, mine, theirs, COMMUNE, **bad)
        assert answer.status_code == 422
        assert "Thử" not in answer.text
    assert await stored(house) == before
    assert len(house.net.sealed) == sealed


async def test_a_report_is_shown_in_codes_with_the_persons_one_may_see(house: House) -> None:
    body = report(
        route="rescued", channel="rescue", persons=persons({}, {"birth_date": "2012-01-01", "accompanies": "A"})
    )
    taken = await submitted(house, body, POLICE)
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", POLICE)).json()
    assert shown["safe_contact"] == {"channels": ["in_person"], "quiet_from": "18:00", "quiet_to": "08:00"}
    assert shown["reporter"] == {"anonymous": False}
    assert [one["age_band"] for one in shown["persons"]] == ["adult", "under_16"]
    assert shown["persons"][1]["accompanies"] == taken["cases"]["A"]
    assert "Thử" not in str(shown)
    await screen(house, taken["cases"]["A"], POLICE)
    receiver = "health_authority/thai-nguyen"
    assert (await house.intake.get(f"/v1/reports/{taken['report_id']}", receiver)).status_code == 403
    await house.intake.stand(taken["cases"]["A"], standing(reporter=POLICE, past=(receiver,)))
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", receiver)).json()
    assert [(one["ref"], [s["level"] for s in one["screenings"]]) for one in shown["persons"]] == [("A", ["low"])]
    assert shown["persons_hidden"] == 1
    assert taken["cases"]["B"] not in str(shown)


async def test_whom_a_minor_accompanies_is_told_to_those_who_may_see_that_case(house: House) -> None:
    body = report(persons=persons({}, {"birth_date": "2016-01-01", "accompanies": "A"}))
    taken = await submitted(house, body)
    receiver = "health_authority/thai-nguyen"
    await house.intake.stand(taken["cases"]["B"], standing(reporter=COMMUNE, past=(receiver,)))
    path = f"/v1/reports/{taken['report_id']}"
    [child] = (await house.intake.get(path, receiver)).json()["persons"]
    assert (child["ref"], child["accompanying"], child["accompanies"]) == ("B", True, None)
    mother, child = (await house.intake.get(path, COMMUNE)).json()["persons"]
    assert (mother["accompanying"], child["accompanies"]) == (False, taken["cases"]["A"])


async def test_unknown_reports(house: House) -> None:
    for report_id in (new_id("rep"), "rep_nothing", "x"):
        assert (await house.intake.get(f"/v1/reports/{report_id}", COMMUNE)).status_code == 404
    assert (await house.intake.get(f"/v1/reports/{new_id('rep')}")).status_code == 401


@pytest.mark.parametrize("statement", ["UPDATE intake.reports SET office = 'x'", "DELETE FROM intake.persons",
                                       "UPDATE intake.screenings SET level = 'none'",
                                       "DELETE FROM intake.duplicate_decisions"])  # fmt: skip
async def test_the_runtime_role_cannot_change_what_was_reported(house: House, statement: str) -> None:
    await submitted(house, report())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.intake.sql(statement, runtime=True)


async def test_intake_goes_on_by_its_own_report_until_casework_has_published_a_standing(house: House) -> None:
    case_id = (await submitted(house, report()))["cases"]["A"]
    path, given = f"/v1/cases/{case_id}/screenings", {"answers": {"sexual_exploitation": "yes"}, "occurred_at": WHEN}
    assert (await house.intake.post(path, COMMUNE, given)).status_code == 200
    house.intake.bucket.down = True
    try:
        assert (await house.intake.post(path, COMMUNE, given)).status_code == 200
        await house.intake.sql("UPDATE intake.outbox SET published_at = now() WHERE data->>'subject' = $1", case_id)
        assert (await house.intake.post(path, COMMUNE, given)).status_code == 503
        assert case_id not in str(await submitted(house, report())), "whether the office may learn of it is not known"
    finally:
        house.intake.bucket.down = False
    await house.intake.stand(case_id, standing(reporter=POLICE, lanes={}))
    assert (await house.intake.post(path, COMMUNE, given)).status_code == 403


async def test_while_the_bucket_is_away_a_report_is_read_for_a_minute(house: House) -> None:
    """It has the answers to the screening and the signs, and the office's part may have ended meanwhile."""
    taken = await submitted(house, report())
    case_id, path = taken["cases"]["A"], f"/v1/reports/{taken['report_id']}"
    await house.intake.sql("UPDATE intake.outbox SET published_at = now() WHERE data->>'subject' = $1", case_id)
    await house.intake.stand(case_id, standing(reporter=COMMUNE, lanes={}))
    assert (await house.intake.get(path, COMMUNE)).status_code == 200
    house.intake.bucket.down = True
    try:
        house.clock.advance(timedelta(seconds=59))
        assert (await house.intake.get(path, COMMUNE)).status_code == 200
        house.clock.advance(timedelta(seconds=2))
        assert (await house.intake.get(path, COMMUNE)).status_code == 503
    finally:
        house.intake.bucket.down = False
    assert (await house.intake.get(path, COMMUNE)).status_code == 200
