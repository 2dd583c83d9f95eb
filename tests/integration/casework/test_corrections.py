"""A fact is corrected or withdrawn by the office that stated it; the rest of the case must still hold."""

from typing import Any

import pytest

from contracts.events.casework import FactCorrected
from contracts.ids import new_id
from tests.integration.casework.in_process import COMMUNE, HEALTH, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED

pytestmark = pytest.mark.stack


async def correct(cases: CaseworkInProcess, fact_id: str, office: str = COMMUNE, **body: object):
    """The answer to `correct_fact`."""
    return await cases.post(f"/v1/facts/{fact_id}/correction", office, **{"reason": "Nhập nhầm giờ.", **body})


async def test_a_corrected_instant_moves_the_clocks_that_are_counted_from_it(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    _, notified, _ = await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    before = (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]
    assert before["state"] == "breached"
    answer = await correct(cases, notified, occurred_at="2026-11-16T13:00:00+07:00")
    assert answer.status_code == 200
    same_day = (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]
    assert (same_day["due_at"], same_day["started_at"]) == (before["due_at"], "2026-11-16T06:00:00Z")
    # the word of the office is sealed; here is only its reference
    assert cases.vault.sealed == ["Nhập nhầm giờ."]
    [line] = [line for line in await cases.timeline(case_id, HEALTH) if line["kind"] == "fact_corrected"]
    assert line["ref"] == notified
    assert line["details"]["reason"].startswith("text_")


async def test_the_services_are_told_of_a_correction(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    facts = await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    await correct(cases, facts[1], occurred_at="2026-11-16T13:00:00+07:00")
    await correct(cases, facts[1], withdraw=True)
    query = (
        "SELECT data->>'data' AS data FROM casework.outbox"
        " WHERE data->>'subject' = $1 AND type LIKE '%fact.corrected%' ORDER BY seq"
    )
    told = [FactCorrected.model_validate_json(row["data"]) for row in await cases.http.sql(query, case_id)]
    assert [(one.fact_id, one.state, one.withdrawn) for one in told] == [
        (facts[1], "SUPPORT_AGENCY_NOTIFIED", False),
        (facts[1], "SUPPORT_AGENCY_NOTIFIED", True),
    ]
    assert (told[0].occurred_at is None, told[1].occurred_at) == (False, None)
    assert told[0].recorded_at < told[1].recorded_at


async def test_a_correction_that_takes_the_breach_away_withdraws_it(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened("2026-11-16T09:00:00+07:00")
    facts = await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    assert (await correct(cases, facts[2], HEALTH, occurred_at="2026-11-18T14:00:00+07:00")).status_code == 200
    assert (await correct(cases, facts[1], occurred_at="2026-11-18T11:00:00+07:00")).status_code == 200
    clock = (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]
    assert (clock["state"], clock["due_at"]) == ("running", "2026-11-24T00:00:00+07:00")
    [line] = [
        line
        for line in await cases.timeline(case_id, HEALTH)
        if line["kind"] == "withdrawn" and line["rule"] == "B-SELF-04"
    ]
    assert line["details"]["by"].startswith("corr_")


async def test_a_withdrawn_fact_counts_no_more_but_stays_on_record(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    facts = await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    assert (await correct(cases, facts[1], withdraw=True)).status_code == 200
    shown = await cases.case(case_id, COMMUNE)
    assert (shown["lanes"]["identification"]["state"], shown["lanes"]["identification"]["holder"]) == (
        "AT_COMMUNE",
        COMMUNE,
    )
    assert "B-SELF-04" not in shown["clocks"]
    assert not [line for line in await cases.work(HEALTH) if line["case_id"] == case_id]
    assert (await cases.rows(case_id))["facts"] == 2
    again = await correct(cases, facts[1], withdraw=True)
    assert (again.status_code, again.json()["type"].rsplit("/", 1)[-1]) == (409, "already-withdrawn")


async def test_a_correction_that_contradicts_the_rest_is_refused_and_nothing_stored(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    facts = await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    before = await cases.rows(case_id)
    assert (await correct(cases, facts[0], occurred_at="2026-11-17T10:00:00+07:00")).status_code == 409
    assert await cases.rows(case_id) == before


async def test_only_the_office_that_stated_it_corrects(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    facts = await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    for office in (HEALTH, "commune/thai-nguyen"):
        assert (await correct(cases, facts[1], office, withdraw=True)).status_code == 403
    assert (await correct(cases, new_id("fact"), withdraw=True)).status_code == 404


@pytest.mark.parametrize("body", [{}, {"withdraw": True, "occurred_at": "2026-11-16T10:00:00+07:00"}, {"reason": ""}])
async def test_it_is_one_of_both_with_a_reason(cases: CaseworkInProcess, body: dict[str, Any]) -> None:
    case_id = await cases.opened()
    facts = await cases.stated(case_id, AT_COMMUNE)
    assert (await correct(cases, facts[0], **body)).status_code == 422
    assert cases.vault.sealed == []
