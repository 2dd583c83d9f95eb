"""A person opens text with a reason in words: it lasts fifteen minutes for this person, and is sealed."""

import json
import logging
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest

from contracts.ids import new_id
from tests.integration.in_process import House
from tests.integration.one_service import slug
from tests.integration.vault.reading import COMMUNE, GUARD, NAME, POLICE, STATEMENT, case_of, log_of
from vault.why import LASTS

pytestmark = pytest.mark.stack

OFFICER, OTHER, SYSTEM = f"{POLICE}#act_1@officer", f"{POLICE}#act_2@head", f"{POLICE}#act_3@system"
WORDS = "Gọi lại để xác minh lời khai, bịa để thử"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _clock(house: House):  # pyright: ignore[reportUnusedFunction]
    """The clock as it was."""
    started = house.clock.now()
    yield
    house.clock.set(started)


async def opened(
    house: House, case_id: str, who: str, *fields: str, purpose: str = "verification", reason: str | None = None
) -> httpx.Response:
    """The answer to an opening of the identity."""
    body = {"purpose": purpose, "fields": list(fields or ("full_name",))} | ({"reason": reason} if reason else {})
    return await house.vault.post(f"/v1/cases/{case_id}/identity", who, body)


async def last_entry(house: House, case_id: str, who: str = POLICE) -> dict[str, object]:
    """The newest entry of the access log before the reading of the log itself."""
    answer = await house.vault.post(f"/v1/cases/{case_id}/access-log", who)
    assert answer.json()["intact"] is True
    return answer.json()["entries"][-2]


async def test_a_person_gives_a_reason_and_the_answer_says_until_when_it_lasts(house: House) -> None:
    case_id, _ = await case_of(house)
    refused = await opened(house, case_id, OFFICER)
    assert slug(refused) == (409, "reason-needed")
    assert NAME not in refused.text
    assert (await log_of(house, case_id))[-1] == (
        POLICE,
        "vault.read_identity",
        "denied",
        "verification",
        ["full_name"],
    )
    answer = (await opened(house, case_id, OFFICER, reason=WORDS)).json()
    assert answer.pop("until") == (house.clock.now() + LASTS).isoformat().replace("+00:00", "Z")
    assert answer == {"full_name": NAME}


async def test_it_lasts_fifteen_minutes_and_not_a_second_longer(house: House) -> None:
    case_id, _ = await case_of(house)
    first = (await opened(house, case_id, OFFICER, reason=WORDS)).json()
    given = (await last_entry(house, case_id))["reason_id"]
    house.clock.advance(LASTS - SECOND)
    again = await opened(house, case_id, OFFICER, "birth_year")
    assert again.json() == {"birth_year": 1999, "until": first["until"]}
    entry = await last_entry(house, case_id)
    assert (entry["reason_given"], entry["reason_id"]) == (True, given)
    house.clock.advance(SECOND)
    assert slug(await opened(house, case_id, OFFICER)) == (409, "reason-needed")
    later = (await opened(house, case_id, OFFICER, reason=WORDS)).json()
    assert datetime.fromisoformat(later["until"]) == house.clock.now() + LASTS
    assert (await last_entry(house, case_id))["reason_id"] not in (given, None)


async def test_it_is_this_persons_for_this_purpose_these_groups_and_this_case(house: House) -> None:
    (case_id, refs), (another, _) = await case_of(house), await case_of(house)
    assert (await opened(house, case_id, OFFICER, reason=WORDS)).status_code == 200
    for case, who, fields, purpose in (
        (case_id, OTHER, ("full_name",), "verification"),
        (case_id, OFFICER, ("full_name",), "identification"),
        (case_id, OFFICER, ("phone",), "verification"),
        (case_id, OFFICER, ("full_name", "phone"), "verification"),
        (another, OFFICER, ("full_name",), "verification"),
        (case_id, f"{GUARD}#act_1@officer", ("full_name",), "verification"),
    ):
        assert slug(await opened(house, case, who, *fields, purpose=purpose)) == (409, "reason-needed")
    text = {"ref": refs["statement"], "purpose": "verification"}
    assert slug(await house.vault.post(f"/v1/cases/{case_id}/text", OFFICER, text)) == (409, "reason-needed")
    assert (await opened(house, case_id, OTHER, reason=WORDS)).status_code == 200


async def test_a_reason_for_all_fields_covers_each_of_them(house: House) -> None:
    case_id, _ = await case_of(house)
    path, body = f"/v1/cases/{case_id}/identity", {"purpose": "verification", "reason": WORDS}
    assert (await house.vault.post(path, OFFICER, body)).json()["full_name"] == NAME
    for field in ("phone", "reporter_name", "birth_year"):
        assert (await opened(house, case_id, OFFICER, field)).status_code == 200


async def test_a_text_is_opened_with_a_reason_too(house: House) -> None:
    case_id, refs = await case_of(house)
    path, body = f"/v1/cases/{case_id}/text", {"ref": refs["statement"], "purpose": "verification"}
    answer = (await house.vault.post(path, OFFICER, body | {"reason": WORDS})).json()
    assert (answer["text"], datetime.fromisoformat(answer["until"])) == (STATEMENT, house.clock.now() + LASTS)
    assert (await house.vault.post(path, OFFICER, body)).json() == answer


async def test_who_signed_in_and_is_called_nothing_counts_as_a_person(house: House) -> None:
    case_id, _ = await case_of(house)
    path, body = f"/v1/cases/{case_id}/identity", {"purpose": "verification", "fields": ["full_name"]}
    headers = {"Authorization": f"Bearer {house.vault.token(office=POLICE, acr='password')}"}
    assert slug(await house.vault.client.post(path, json=body, headers=headers)) == (409, "reason-needed")


@pytest.mark.parametrize("system", [SYSTEM, POLICE])
async def test_a_system_may_give_a_reason_and_the_log_says_whether_it_did(house: House, system: str) -> None:
    case_id, _ = await case_of(house)
    for reason, given in ((None, False), (WORDS, True), (None, False)):
        assert (await opened(house, case_id, system, reason=reason)).json() == {"full_name": NAME}
        entry = await last_entry(house, case_id)
        assert (entry["purpose"], entry["reason_given"]) == ("verification", given)
        assert bool(entry["reason_id"]) is given
    assert slug(await opened(house, case_id, OFFICER)) == (409, "reason-needed")


async def test_the_holder_reads_the_reason_and_that_is_recorded(house: House) -> None:
    case_id, _ = await case_of(house)
    assert (await opened(house, case_id, f"{GUARD}#act_9@officer", reason=WORDS)).status_code == 200
    entry = await last_entry(house, case_id)
    assert (entry["caller"], entry["actor"], entry["purpose"]) == (GUARD, "act_9", "verification")
    path = f"/v1/cases/{case_id}/reasons/{entry['reason_id']}"
    for auditor in (POLICE, OTHER, f"{POLICE}#act_4@auditor"):
        assert (await house.vault.post(path, auditor)).json() == {"reason": WORDS}
    assert (await log_of(house, case_id))[-1][1:] == (
        "vault.read_reason", "done", None, [f"reason.{entry['reason_id']}"],
    )  # fmt: skip
    for nobody in (GUARD, "provincial_police/ha-noi", "service/intake"):
        assert slug(await house.vault.post(path, nobody)) == (403, "not-your-case")
    unknown = f"/v1/cases/{case_id}/reasons/{new_id('reason')}"
    assert (await house.vault.post(unknown, POLICE)).status_code == 404
    other, _ = await case_of(house)
    assert (await house.vault.post(f"/v1/cases/{other}/reasons/{entry['reason_id']}", POLICE)).status_code == 404


async def test_a_holder_that_may_not_open_the_groups_sees_that_a_reason_was_given(house: House) -> None:
    held = {"state": "AT_COMMUNE", "holder": COMMUNE, "place": "lao-cai", "acting": ()}
    crime = {"state": "CRIME_INFO_RECEIVED", "holder": POLICE, "place": "lao-cai", "acting": ()}
    case_id, _ = await case_of(house, lanes={"identification": held, "crime": crime})
    assert (await opened(house, case_id, OFFICER, "full_name", "reporter_name", reason=WORDS)).status_code == 200
    entry = await last_entry(house, case_id, COMMUNE)
    assert (entry["caller"], entry["items"], entry["reason_given"]) == (POLICE, ["full_name"], True)
    assert entry["reason_id"] is None
    whole = (await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE)).json()["entries"]
    [known] = [one["reason_id"] for one in whole if one["reason_id"]]
    answer = await house.vault.post(f"/v1/cases/{case_id}/reasons/{known}", COMMUNE)
    assert slug(answer) == (403, "not-your-case")


async def test_the_words_lie_nowhere_in_the_clear(house: House, caplog: pytest.LogCaptureFixture) -> None:
    case_id, _ = await case_of(house)
    caplog.set_level(logging.DEBUG)
    path, body = f"/v1/cases/{case_id}/identity", {"purpose": "verification", "fields": ["full_name"], "reason": WORDS}
    for purpose in ("verification", "legal_aid"):  # opened, and refused
        await house.vault.post(path, OFFICER, body | {"purpose": purpose}, **{"Idempotency-Key": new_id("key")})
    await house.vault.post(path, OFFICER, body | {"reason": WORDS + "\x07"})
    await house.vault.post(path, "commune/ha-noi#act_1@officer", body)
    tables = await house.vault.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'vault'")
    dump = ""
    for table in tables:
        rows = await house.vault.sql(f'SELECT t::text AS row FROM vault."{table["tablename"]}" t')
        dump += "".join(one["row"] for one in rows)
    assert case_id in dump
    whole = dump + caplog.text
    for text in (WORDS, json.dumps(WORDS), "xác minh lời khai", WORDS.encode().hex(), "Gọi lại"):
        assert text not in whole


async def test_a_reason_that_was_changed_or_put_under_another_name_is_not_shown(house: House) -> None:
    for change in (
        "sealed = set_byte(sealed, 25, get_byte(sealed, 25) # 1)",
        "actor = 'act_7'",
        "purpose = 'support'",
        "office = 'provincial_police/ha-noi'",
    ):
        case_id, _ = await case_of(house)
        await opened(house, case_id, OFFICER, reason=WORDS)
        reason_id = (await last_entry(house, case_id))["reason_id"]
        await house.vault.sql(f"UPDATE vault.reasons SET {change} WHERE reason_id = $1", reason_id)
        answer = await house.vault.post(f"/v1/cases/{case_id}/reasons/{reason_id}", POLICE)
        assert slug(answer) == (409, "seal-damaged")
        assert (await log_of(house, case_id))[-1][2] == "damaged"


@pytest.mark.parametrize("reason", ["", "vì", "1234567890 1", "x" * 501, ["Lý do", "khác"], 7])
async def test_what_is_no_reason_is_refused_and_nothing_is_opened(house: House, reason: object) -> None:
    case_id, _ = await case_of(house)
    body = {"purpose": "verification", "fields": ["full_name"], "reason": reason}
    for who in (OFFICER, SYSTEM):
        answer = await house.vault.post(f"/v1/cases/{case_id}/identity", who, body)
        assert slug(answer) == (422, "invalid")
        assert NAME not in answer.text
    assert not await house.vault.sql("SELECT 1 FROM vault.reasons WHERE case_id = $1", case_id)


async def test_when_the_opening_fails_no_reason_is_kept(house: House) -> None:
    case_id, refs = await case_of(house)
    change = "UPDATE vault.sealed_texts SET sealed = '' WHERE case_id = $1 AND ref = $2"
    await house.vault.sql(change, case_id, refs["full_name"])
    assert slug(await opened(house, case_id, OFFICER, reason=WORDS)) == (409, "seal-damaged")
    assert (await log_of(house, case_id))[-1][4] == ["full_name"]
    assert not await house.vault.sql("SELECT 1 FROM vault.reasons WHERE case_id = $1", case_id)


@pytest.mark.parametrize("statement", ["UPDATE vault.reasons SET until = now()", "DELETE FROM vault.reasons"])
async def test_the_service_cannot_prolong_or_remove_a_reason(house: House, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.vault.sql(statement, runtime=True)


async def test_an_unknown_case_keeps_no_reason(house: House) -> None:
    assert (await opened(house, new_id("case"), OFFICER, reason=WORDS)).status_code == 404
