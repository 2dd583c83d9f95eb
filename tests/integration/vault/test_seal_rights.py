"""A service seals in its own groups only; intake alone writes who a person is, begins cases, and learns of matches."""

import pytest

from contracts.codes import SealGroup
from contracts.ids import new_id
from regulations.rights import SEALS
from stack.config import ROOT
from stack.services import discover
from tests.integration.in_process import House, standing
from tests.integration.vault.test_read import NAME, PHONE, POLICE, case_of, identity, log_of

pytestmark = pytest.mark.stack

SERVICES = [service.name for service in discover(ROOT)]
FIELDS = {"identity": "full_name", "contact": "phone", "reporter": "reporter_name"}


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_in_each_group(house: House, service: str) -> None:
    case_id, _ = await case_of(house)
    for group in SealGroup:
        body = {"group": group, "texts": ["Lời bịa để thử."], "opened_by": "border_guard/lao-cai"}
        answer = await house.vault.post(f"/v1/cases/{case_id}/seals", f"service/{service}", body)
        assert answer.status_code == (200 if group in SEALS.get(service, ()) else 403), group


@pytest.mark.parametrize("service", [one for one in SERVICES if one != "intake"])
async def test_no_other_service_rewrites_a_field_of_the_person(house: House, service: str) -> None:
    case_id, _ = await case_of(house)
    for group, field in FIELDS.items():
        body = {"group": group, "texts": [{"text": "0999999999", "name": field}]}
        answer = await house.vault.post(f"/v1/cases/{case_id}/seals", f"service/{service}", body)
        assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (403, "not-your-case")
    kept = (await identity(house, case_id, POLICE, "full_name", "phone", "reporter_name")).json()
    assert kept == {"full_name": NAME, "phone": PHONE, "reporter_name": "Người Báo Thử"}


async def test_one_foreign_group_among_own_ones_refuses_the_whole_call_and_is_logged(house: House) -> None:
    case_id, _ = await case_of(house)
    before = await house.vault.sql("SELECT count(*) AS n FROM vault.sealed_texts WHERE case_id = $1", case_id)
    body = {"group": "support", "texts": ["Lời bịa.", {"text": PHONE, "name": "phone", "group": "contact"}]}
    answer = await house.vault.post(f"/v1/cases/{case_id}/seals", "service/support", body)
    assert answer.status_code == 403
    assert case_id not in answer.text
    assert before == await house.vault.sql("SELECT count(*) AS n FROM vault.sealed_texts WHERE case_id = $1", case_id)
    assert (await log_of(house, case_id))[-1] == (
        "service/support", "vault.seal", "denied", None, ["contact", "support"],
    )  # fmt: skip


@pytest.mark.parametrize("service", [one for one in SEALS if one != "intake"])
async def test_only_intake_begins_a_case(house: House, service: str) -> None:
    case_id, own = new_id("case"), min(SEALS[service])
    body = {"group": own, "texts": ["Lời bịa để thử."]}
    answer = await house.vault.post(f"/v1/cases/{case_id}/seals", f"service/{service}", body)
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (404, "not-found")
    assert not await house.vault.sql("SELECT 1 FROM vault.case_keys WHERE case_id = $1", case_id)
    assert [entry[:3] for entry in await log_of(house, case_id)] == [(f"service/{service}", "vault.seal", "denied")]


async def test_what_another_service_sealed_is_added_to_and_never_replaced(house: House) -> None:
    case_id, refs = await case_of(house)
    body = {"group": "statement", "texts": ["Lời khai khác, bịa để thử."]}
    answer = await house.vault.post(f"/v1/cases/{case_id}/seals", "service/verification", body)
    assert answer.json()["matches"] == []
    assert answer.json()["refs"][0] != refs["statement"]
    await house.vault.stand(case_id, standing())
    asked = {"ref": refs["statement"], "purpose": "verification"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, asked)).json()["text"].startswith("Lời khai")
