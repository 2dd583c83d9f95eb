"""The log of accesses: a chain that shows a change, and hides what its reader may not open."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from tests.integration.in_process import NOW, House
from tests.integration.vault.reading import (
    COMMUNE,
    GUARD,
    NAME,
    POLICE,
    STATEMENT,
    case_of,
    identity,
    log_of,
)
from tests.integration.waiting import until
from vault.chain import GENESIS, Entry, Outcome

pytestmark = pytest.mark.stack
WHY = "Đối chiếu lời khai (bịa ra)."


async def test_the_log_is_a_chain_that_ends_with_this_reading(house: House) -> None:
    case_id, _ = await case_of(house)
    await identity(house, case_id, POLICE, "full_name")
    await identity(house, case_id, "commune/ha-noi", "full_name")
    answer = (await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE)).json()
    assert [(entry["caller"], entry["operation"], entry["outcome"]) for entry in answer["entries"]] == [
        ("service/intake", "vault.seal", "done"),
        (POLICE, "vault.read_identity", "done"),
        ("commune/ha-noi", "vault.read_identity", "denied"),
        (POLICE, "vault.access_log", "done"),
    ]
    assert answer["entries"][0]["on_behalf_of"] == GUARD
    assert answer["head_hash"] == answer["entries"][-1]["hash"]
    path, seqs, cursor = f"/v1/cases/{case_id}/access-log?limit=2", list[int](), ""
    while len(seqs) < len(answer["entries"]):
        page = (await house.vault.post(path + cursor, POLICE)).json()
        assert (len(page["entries"]), page["intact"]) == (2, True)
        seqs += [entry["seq"] for entry in page["entries"]]
        cursor = f"&cursor={page['next']}"
    assert seqs[: len(answer["entries"])] == [entry["seq"] for entry in answer["entries"]]
    assert (await house.vault.post(f"{path}&cursor=x", POLICE)).status_code == 422
    assert answer["intact"] is True
    first = await house.vault.sql("SELECT previous FROM vault.look_links WHERE chain = $1 AND seq = 1", case_id)
    assert first[0]["previous"] == GENESIS


async def test_the_log_hides_who_seals_what_the_reader_may_not_open(house: House) -> None:
    """The crime lane stayed in Lào Cai; she is protected and sheltered in Thái Nguyên."""
    there = "thai-nguyen"
    health, police, shelter = f"health_authority/{there}", f"provincial_police/{there}", f"facility/{there}"
    held = {
        "identification": ("POLICE_VERIFICATION", health, there),
        "protection": ("PROTECTION_ACTIVE", police, there),
        "shelter": ("IN_FACILITY", shelter, there),
        "crime": ("CRIME_INFO_CLASSIFIED", POLICE, "lao-cai"),
    }
    lanes = {
        code: {"state": state, "holder": by, "place": at, "acting": (), "elsewhere": at != there}
        for code, (state, by, at) in held.items()
    }
    case_id, _ = await case_of(house, lanes=lanes)
    body = {"group": "protection", "texts": ["Nơi ở bịa."], "opened_by": police}
    [ref] = (await house.vault.post(f"/v1/cases/{case_id}/seals", "service/protection", body)).json()["refs"]
    opened = {"ref": ref, "purpose": "protection"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", police, opened)).status_code == 200
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, opened)).status_code == 403
    await identity(house, case_id, shelter, "full_name", purpose="protection")
    await identity(house, case_id, health, "full_name")
    path = f"/v1/cases/{case_id}/access-log"
    seen = (await house.vault.post(path, POLICE)).json()
    shown = [(one["caller"], one["operation"], one["on_behalf_of"]) for one in seen["entries"]]
    assert shown == [
        ("service/intake", "vault.seal", GUARD),
        ("hidden", "vault.seal", None),
        ("hidden", "vault.read_text", None),
        (POLICE, "vault.read_text", None),  # its own attempt
        ("hidden", "vault.read_identity", None),  # the shelter
        (health, "vault.read_identity", None),
        (POLICE, "vault.access_log", None),
    ]
    hidden = [one for one in seen["entries"] if one["caller"] == "hidden"]
    assert {(one["actor"], one["purpose"], tuple(one["items"])) for one in hidden} == {("hidden", None, ())}
    assert (seen["intact"], seen["head_hash"]) == (True, seen["entries"][-1]["hash"])
    whole = (await house.vault.post(path, police)).json()["entries"]
    assert [one["caller"] for one in whole[1:5]] == ["service/protection", police, POLICE, shelter]
    assert [(one["seq"], one["at"], one["hash"]) for one in whole[:7]] == [
        (one["seq"], one["at"], one["hash"]) for one in seen["entries"]
    ]


async def test_of_a_sealing_of_several_groups_the_log_shows_what_the_reader_may_open(house: House) -> None:
    lane = {"state": "AT_COMMUNE", "holder": COMMUNE, "place": "lao-cai", "acting": ()}
    case_id, _ = await case_of(house, lanes={"identification": lane})
    [first, _] = (await house.vault.post(f"/v1/cases/{case_id}/access-log", COMMUNE)).json()["entries"]
    assert first["items"] == ["identity.full_name", "identity.birth_year", "contact.phone"]
    assert first["on_behalf_of"] == GUARD


async def test_readings_at_once_make_one_unbroken_chain(house: House) -> None:
    case_id, _ = await case_of(house)
    await asyncio.gather(*(identity(house, case_id, POLICE, "full_name") for _ in range(20)))
    answer = (await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE)).json()
    assert (answer["intact"], answer["waiting"]) == (True, 0)
    assert [entry["seq"] for entry in answer["entries"]] == list(range(1, 23))
    assert len(await log_of(house, case_id)) == 22


@pytest.mark.parametrize("statement", ["UPDATE vault.access_log SET actor = 'x'", "DELETE FROM vault.access_log",
                                       "TRUNCATE vault.access_log", "UPDATE vault.sealed_texts SET sealed = ''",
                                       "DELETE FROM vault.sealed_texts", "DROP TABLE vault.access_log",
                                       "CREATE TABLE vault.mine (x int)", "UPDATE vault.looks SET actor = 'x'",
                                       "DELETE FROM vault.looks", "TRUNCATE vault.looks",
                                       "INSERT INTO vault.look_seals SELECT * FROM vault.look_seals",
                                       "INSERT INTO vault.look_links SELECT * FROM vault.look_links",
                                       "UPDATE vault.look_links SET actor = 'x'", "DELETE FROM vault.look_links",
                                       "DELETE FROM vault.look_seals", "UPDATE vault.look_cursors SET seq = 0",
                                       "INSERT INTO vault.access_log SELECT * FROM vault.access_log"])  # fmt: skip
async def test_the_runtime_role_cannot_change_what_is_recorded(house: House, statement: str) -> None:
    await case_of(house)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.vault.sql(statement, runtime=True)


async def test_a_changed_log_is_told(house: House) -> None:
    case_id, _ = await case_of(house)
    await identity(house, case_id, POLICE, "full_name")
    path = f"/v1/cases/{case_id}/access-log"
    assert (await house.vault.post(path, POLICE)).json()["intact"] is True
    await house.vault.sql("UPDATE vault.look_links SET purpose = 'support' WHERE chain = $1 AND seq = 2", case_id)
    assert (await house.vault.post(path, POLICE)).json()["intact"] is False


@pytest.mark.parametrize(
    ("breaks", "mends"),
    [
        ("REVOKE INSERT ON vault.looks FROM vault", "GRANT INSERT ON vault.looks TO vault"),
        # The database drops the entry without a word: only who asks for its id notices.
        (
            "CREATE FUNCTION vault.dropped() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
            "CREATE TRIGGER dropped BEFORE INSERT ON vault.looks FOR EACH ROW EXECUTE FUNCTION vault.dropped()",
            "DROP TRIGGER dropped ON vault.looks; DROP FUNCTION vault.dropped()",
        ),
    ],
    ids=["refused", "dropped"],
)
async def test_when_the_entry_is_not_written_nothing_is_shown(house: House, breaks: str, mends: str) -> None:
    case_id, refs = await case_of(house)
    text = {"ref": refs["statement"], "purpose": "verification"}
    await house.vault.script(breaks)
    try:
        for answer in (
            await identity(house, case_id, POLICE, "full_name"),
            await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, text),
            await house.vault.post(f"/v1/cases/{case_id}/text", f"{POLICE}#act_2@officer", text | {"reason": WHY}),
            await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert NAME not in answer.text
            assert STATEMENT not in answer.text
        assert (await identity(house, case_id, "commune/ha-noi", "full_name")).status_code == 403
        assert house.vault.state.looks.kept == 1
    finally:
        await house.vault.script(mends)
    await until(lambda: house.vault.state.looks.kept == 0)
    assert (await identity(house, case_id, POLICE, "full_name")).status_code == 200
    assert [entry[:3] for entry in await log_of(house, case_id)][1:] == [
        ("commune/ha-noi", "vault.read_identity", "denied"),
        (POLICE, "vault.read_identity", "done"),
    ]


async def test_a_log_of_the_release_before_goes_on(house: House) -> None:
    """Its entries stay, unkeyed, and the first link with a key follows the last of them."""
    case_id, _ = await case_of(house)
    older = [Entry(case_id, 1, NOW, POLICE, "act_1", None, "vault.read_text", Outcome.DONE, "support", (), GENESIS)]
    older.append(replace(older[0], seq=2, operation="vault.access_log", previous=older[0].digest()))
    for entry in older:
        columns = ", ".join(vars(entry))
        places = ", ".join(f"${number}" for number in range(1, len(vars(entry)) + 2))
        statement = f"INSERT INTO vault.access_log ({columns}, hash) VALUES ({places})"
        await house.vault.sql(statement, *vars(entry).values(), entry.digest())
    answer = (await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE)).json()
    assert [(one["seq"], one["operation"]) for one in answer["entries"]] == [
        (1, "vault.read_text"),
        (2, "vault.access_log"),
        (3, "vault.seal"),
        (4, "vault.access_log"),
    ]
    assert (answer["intact"], answer["head_hash"]) == (True, answer["entries"][-1]["hash"])
    await house.vault.sql("UPDATE vault.access_log SET actor = 'x' WHERE case_id = $1 AND seq = 1", case_id)
    assert (await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE)).json()["intact"] is False


async def test_while_the_collector_is_behind_the_log_answers_with_a_head(house: House) -> None:
    case_id, _ = await case_of(house)
    path = f"/v1/cases/{case_id}/access-log"
    before = (await house.vault.post(path, POLICE)).json()
    await identity(house, case_id, POLICE, "full_name")
    await house.vault.sql("REVOKE INSERT ON vault.look_links FROM audit")
    try:
        behind = (await house.vault.post(path, POLICE)).json()
    finally:
        await house.vault.sql("GRANT INSERT ON vault.look_links TO audit")
    assert behind["head_hash"] == before["head_hash"]
    assert len(behind["head_hash"]) == 64
    assert (behind["intact"], behind["waiting"]) == (True, 2)
    after = (await house.vault.post(path, POLICE)).json()
    assert (after["waiting"], len(after["entries"])) == (0, len(before["entries"]) + 3)


async def test_an_office_above_does_not_read_the_log(house: House) -> None:
    """It may be above an office whose part is over, and the log names who looks at the case now."""
    supervisor = "steering_committee/lao-cai"
    case_id, _ = await case_of(house, supervisors=(supervisor,))
    path = f"/v1/cases/{case_id}/access-log"
    for office in (supervisor, "steering_committee/ha-noi"):
        assert (await house.vault.post(path, office)).status_code == 403
