"""A text is opened only for a purpose that the law of the case gives to the role, its part and the group."""

import pytest

from tests.integration.in_process import House
from tests.integration.one_service import slug
from tests.integration.vault.reading import GUARD, NAME, POLICE, STATEMENT, case_of, identity, log_of

pytestmark = pytest.mark.stack

HEALTH = "health_authority/lao-cai"
LAWS = ("law-53-2024", "law-66-2011")


@pytest.mark.parametrize("law", LAWS)
async def test_a_purpose_that_the_table_does_not_give_is_refused_and_recorded(house: House, law: str) -> None:
    case_id, refs = await case_of(house, regime_procedure=law)
    answer = await identity(house, case_id, POLICE, "full_name", purpose="support")
    assert slug(answer) == (403, "purpose-not-allowed")
    allowed = ["child_protection", "contact", "data_subject_request", "identification", "protection", "verification"]
    assert answer.json()["purposes"] == allowed
    assert NAME not in answer.text
    assert (await log_of(house, case_id))[-1] == (POLICE, "vault.read_identity", "denied", "support", ["full_name"])
    text = {"ref": refs["statement"], "purpose": "criminal_investigation"}  # the police has no part in a crime lane
    refused = await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, text)
    assert slug(refused) == (403, "purpose-not-allowed")
    assert STATEMENT not in refused.text
    assert (await log_of(house, case_id))[-1][2:4] == ("denied", "criminal_investigation")


async def test_with_the_lane_of_the_crime_it_is_given(house: House) -> None:
    crime = {"state": "CRIME_INFO_RECEIVED", "holder": POLICE, "place": "lao-cai", "acting": ()}
    case_id, refs = await case_of(house, lanes={"crime": crime})
    body = {"ref": refs["statement"], "purpose": "criminal_investigation"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, body)).json() == {"text": STATEMENT}


async def test_without_fields_only_those_of_the_purpose_come(house: House) -> None:
    case_id, _ = await case_of(house)
    assert (await identity(house, case_id, GUARD, purpose="support")).json().keys() == {
        "full_name", "birth_year", "phone",
    }  # fmt: skip
    assert (await identity(house, case_id, GUARD, purpose="return")).json().keys() == {
        "full_name", "birth_year", "phone",
    }  # fmt: skip
    assert "reporter_name" in (await identity(house, case_id, GUARD, purpose="verification")).json()
    assert slug(await identity(house, case_id, GUARD, purpose="supervision")) == (403, "purpose-not-allowed")


async def test_the_purposes_told_are_those_for_everything_that_was_asked(house: House) -> None:
    case_id, _ = await case_of(house)
    answer = await identity(house, case_id, POLICE, "full_name", "reporter_name", purpose="support")
    assert answer.json()["purposes"] == ["contact", "verification"]


async def test_who_may_not_open_the_text_is_told_nothing_of_purposes(house: House) -> None:
    case_id, refs = await case_of(house, past=(HEALTH,))
    for office, what, body in (
        ("provincial_police/ha-noi", "identity", {"purpose": "support", "fields": ["full_name"]}),
        (HEALTH, "identity", {"purpose": "supervision", "fields": ["phone"]}),
        (HEALTH, "text", {"purpose": "supervision", "ref": refs["statement"]}),
    ):
        answer = await house.vault.post(f"/v1/cases/{case_id}/{what}", office, body)
        assert slug(answer) == (403, "not-your-case")
        assert "purposes" not in answer.json()
