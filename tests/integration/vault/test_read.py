"""Reading: by standing, role and group only; every reading and every attempt is in the log, or nothing is shown."""

from datetime import timedelta

import pytest

from contracts.ids import new_id
from contracts.sealing import IdentityField
from kit.crypto import KeyRing
from tests.integration.in_process import House, standing
from tests.integration.vault.reading import (
    COMMUNE,
    GUARD,
    NAME,
    PHONE,
    POLICE,
    REPORTER,
    STATEMENT,
    case_of,
    identity,
    log_of,
)
from tests.library import acting
from vault.service import Vault

pytestmark = pytest.mark.stack


async def test_the_fields_asked_for_come_back_flat(house: House) -> None:
    case_id, _ = await case_of(house)
    answer = await identity(house, case_id, POLICE, "full_name", "birth_year", "id_number")
    assert answer.status_code == 200
    assert answer.json() == {"full_name": NAME, "birth_year": 1999, "id_number": None}
    assert answer.headers["cache-control"] == "no-store"


async def test_without_fields_all_that_the_role_may_open(house: House) -> None:
    case_id, _ = await case_of(house)
    police = (await identity(house, case_id, POLICE)).json()
    guard = (await identity(house, case_id, GUARD)).json()
    assert police == guard == {"full_name": NAME, "birth_year": 1999, "phone": PHONE, "reporter_name": REPORTER}


async def test_the_newest_value_of_a_field_counts(house: House) -> None:
    case_id, _ = await case_of(house)
    newer = {"group": "identity", "texts": [{"text": "Thử Thị Mới", "name": "full_name"}]}
    await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", newer)
    assert (await identity(house, case_id, POLICE, "full_name")).json() == {"full_name": "Thử Thị Mới"}


async def test_the_commune_that_holds_sees_no_statement_and_no_reporter(house: House) -> None:
    lane = {"state": "AT_COMMUNE", "holder": COMMUNE, "place": "lao-cai", "acting": ()}
    case_id, refs = await case_of(house, lanes={"identification": lane})
    assert set((await identity(house, case_id, COMMUNE)).json()) == {"full_name", "birth_year", "phone"}
    assert (await identity(house, case_id, COMMUNE, "full_name", "reporter_name")).status_code == 403
    body = {"ref": refs["statement"], "purpose": "support"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", COMMUNE, body)).status_code == 403


async def test_an_office_whose_part_is_over_keeps_the_identity_only(house: House) -> None:
    office = "health_authority/ha-noi"
    case_id, refs = await case_of(house, past=(office,))
    named = await identity(house, case_id, office, "full_name", purpose="identification")
    assert named.json() == {"full_name": NAME}
    assert (await identity(house, case_id, office, "phone", purpose="identification")).status_code == 403
    body = {"ref": refs["statement"], "purpose": "identification"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", office, body)).status_code == 403


@pytest.mark.parametrize(
    "office",
    [
        "provincial_police/ha-noi",
        "health_authority/thai-nguyen",
        "steering_committee/lao-cai",
        "provider/lao-cai-hospital",
    ],
)
async def test_who_does_not_stand_to_the_case_sees_nothing_and_is_logged(house: House, office: str) -> None:
    case_id, refs = await case_of(house, proposed=("health_authority/thai-nguyen",), supervisors=(office,))
    elsewhere, _ = await case_of(house, proposed=("health_authority/thai-nguyen",))
    body = {"ref": refs["statement"], "purpose": "support"}
    answers = [
        await identity(house, case_id, office, "full_name", purpose="support"),
        await house.vault.post(f"/v1/cases/{case_id}/text", office, body),
        await house.vault.post(f"/v1/cases/{elsewhere}/access-log", office),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({tuple(sorted({**answer.json(), "instance": 0, "trace_id": 0}.items())) for answer in answers}) == 1
    assert [entry[:4] for entry in (await log_of(house, case_id))[1:]] == [
        (office, "vault.read_identity", "denied", "support"),
        (office, "vault.read_text", "denied", "support"),
    ]
    assert (await log_of(house, elsewhere))[-1][:4] == (office, "vault.access_log", "denied", None)


async def test_a_service_may_not_read(house: House) -> None:
    case_id, _ = await case_of(house)
    assert (await identity(house, case_id, "service/intake", "full_name")).status_code == 403
    assert (await log_of(house, case_id))[-1][:3] == ("service/intake", "vault.read_identity", "denied")


async def test_a_case_without_a_standing_is_unknown(house: House) -> None:
    case_id = new_id("case")
    body = {"group": "statement", "texts": [STATEMENT]}
    await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", body)
    for case in (case_id, new_id("case"), "case_does_not_exist"):
        assert (await identity(house, case, POLICE, "full_name")).status_code == 404
    assert [entry[1:3] for entry in await log_of(house, case_id)] == [
        ("vault.seal", "done"),
        ("vault.read_identity", "denied"),
    ]


async def test_a_text_by_its_reference(house: House) -> None:
    case_id, refs = await case_of(house)
    body = {"ref": refs["statement"], "purpose": "verification"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, body)).json() == {"text": STATEMENT}
    assert (await log_of(house, case_id))[-1] == (
        POLICE,
        "vault.read_text",
        "done",
        "verification",
        [refs["statement"]],
    )


async def test_a_reference_of_another_case_is_unknown(house: House) -> None:
    case_id, _ = await case_of(house)
    _, others = await case_of(house)
    for ref in (others["statement"], new_id("ref")):
        body = {"ref": ref, "purpose": "verification"}
        assert (await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, body)).status_code == 404
        assert (await log_of(house, case_id))[-1] == (POLICE, "vault.read_text", "denied", "verification", [ref])


@pytest.mark.parametrize("office", ["facility/lao-cai", "commune_police/lao-cai", "mission/lao-cai"])
async def test_whom_the_pack_names_for_a_later_step_learns_no_name(house: House, office: str) -> None:
    named = ("commune_police", "facility", "health_authority", "mission", "provincial_police")
    lane = {"state": "INTAKE_REGISTERED", "holder": GUARD, "place": "lao-cai", "acting": acting("lao-cai", *named)}
    case_id, refs = await case_of(house, lanes={"identification": lane})
    assert (await identity(house, case_id, office, "full_name")).status_code == 403
    body = {"ref": refs["statement"], "purpose": "support"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", office, body)).status_code == 403
    assert (await identity(house, case_id, POLICE, "full_name")).json() == {"full_name": NAME}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": "curiosity"},
        {"purpose": "verification", "fields": []},
        {"purpose": "verification", "fields": ["shoe_size"]},
        {"purpose": "verification", "fields": "full_name"},
        {"purpose": "verification", "because": NAME},
        {"fields": ["full_name"]},
        [],
    ],
)
async def test_bad_input_is_refused_after_the_right_and_shows_nothing(house: House, body: object) -> None:
    case_id, _ = await case_of(house)
    answer = await house.vault.post(f"/v1/cases/{case_id}/identity", POLICE, body)
    assert answer.status_code == 422
    assert "Thử" not in answer.text
    assert [entry[2] for entry in await log_of(house, case_id)] == ["done", "denied"]
    assert (await house.vault.post(f"/v1/cases/{case_id}/identity", "commune/ha-noi", body)).status_code == 403


async def test_a_name_or_a_text_asks_for_the_level_of_the_settings_and_sealing_does_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, refs = await case_of(house)
    given = house.vault.state.settings.model_copy(update={"strong_acr": ["mfa"]})
    monkeypatch.setattr(house.vault.state, "settings", given)
    newer = {"group": "identity", "texts": [{"text": "Thử Thị Mới", "name": "full_name"}]}
    assert (await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", newer)).status_code == 200
    for path, body in (("identity", {"fields": ["full_name"]}), ("text", {"ref": refs["statement"]})):
        asked = f"/v1/cases/{case_id}/{path}", {**body, "purpose": "verification", "reason": "Lý do bịa để thử"}
        for acr, status in (("password", 401), ("mfa", 200)):
            headers = {"Authorization": f"Bearer {house.vault.token(office=POLICE, acr=acr)}"}
            answer = await house.vault.client.post(asked[0], json=asked[1], headers=headers)
            assert answer.status_code == status, answer.text
        assert "Thử" not in (await house.vault.post(asked[0], POLICE, asked[1])).text


async def test_expired_and_forged_tokens_are_refused(house: House) -> None:
    case_id, _ = await case_of(house)
    path = f"/v1/cases/{case_id}/identity"
    good = house.vault.token(office=POLICE)
    old = house.vault.token(office=POLICE, exp="1")
    other = house.vault.token(office=POLICE, aud="another")
    for token in (old, other, good[:-4] + "AAAA", "x.y.z", ""):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await house.vault.client.post(path, json={"purpose": "support"}, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vault.sealed_texts SET sealed = set_byte(sealed, 25, get_byte(sealed, 25) # 1) WHERE ref = $1",
        "UPDATE vault.sealed_texts SET name = 'full_name' WHERE ref = $1",
        "UPDATE vault.sealed_texts t SET sealed = o.sealed FROM vault.sealed_texts o "
        "WHERE t.ref = $1 AND o.name = 'phone' AND o.case_id = t.case_id",
        "UPDATE vault.sealed_texts SET sealed = '' WHERE ref = $1",
    ],
)
async def test_a_tampered_text_is_refused_and_logged(house: House, change: str) -> None:
    case_id, refs = await case_of(house)
    await house.vault.sql(change, refs["statement"])
    body = {"ref": refs["statement"], "purpose": "verification"}
    answer = await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, body)
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (409, "seal-damaged")
    assert STATEMENT not in answer.text
    assert (await log_of(house, case_id))[-1][:3] == (POLICE, "vault.read_text", "damaged")


async def test_a_second_master_key_opens_nothing_and_seals_nothing(house: House) -> None:
    case_id, _ = await case_of(house)
    house.vault.state.put(Vault(KeyRing.fresh()))
    try:
        body = {"group": "statement", "texts": [STATEMENT]}
        for answer in (
            await identity(house, case_id, POLICE, "full_name"),
            await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", body),
            await house.vault.post(f"/v1/cases/{new_id('case')}/seals", "service/intake", body),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert answer.json()["type"].endswith("/wrong-master-key")
    finally:
        house.vault.state.put(Vault(house.master))
    assert (await identity(house, case_id, POLICE, "full_name")).json() == {"full_name": NAME}


async def test_no_answer_holds_a_key(house: House) -> None:
    case_id, _ = await case_of(house)
    keys = [row["wrapped"] for row in await house.vault.sql("SELECT wrapped FROM vault.case_keys")]
    shown = (await identity(house, case_id, POLICE)).text
    shown += (await house.vault.post(f"/v1/cases/{case_id}/access-log", POLICE)).text
    for key in [*keys, *house.master.keys.values()]:
        assert key.hex() not in shown


def test_every_field_has_one_group() -> None:
    from contracts.sealing import FIELD_GROUPS

    assert set(FIELD_GROUPS) == set(IdentityField)


async def test_while_the_bucket_is_away_a_known_case_is_read_for_a_minute(house: House) -> None:
    """Not longer: the office's part may have ended meanwhile. A case that was not read before is not read at all."""
    (known, refs), (unknown, _) = await case_of(house), await case_of(house)
    reads = {
        "identity": {"purpose": "verification", "fields": ["full_name"]},
        "text": {"purpose": "verification", "ref": refs["statement"]},
        "access-log": {},
    }

    async def statuses(case_id: str) -> set[int]:
        answers = [await house.vault.post(f"/v1/cases/{case_id}/{what}", POLICE, body) for what, body in reads.items()]
        return {answer.status_code for answer in answers}

    assert await statuses(known) == {200}
    house.vault.bucket.down = True
    try:
        house.clock.advance(timedelta(seconds=59))
        assert await statuses(known) == {200}
        assert await statuses(unknown) == {503}
        house.clock.advance(timedelta(seconds=2))
        assert await statuses(known) == {503}
    finally:
        house.vault.bucket.down = False
    await house.vault.stand(known, standing(lanes={}), version=2)
    assert 200 not in await statuses(known)


async def test_a_caller_is_not_decided_on_less_than_it_has_seen(house: House) -> None:
    case_id, _ = await case_of(house)
    path, body = f"/v1/cases/{case_id}/identity", {"purpose": "verification", "fields": ["full_name"]}
    assert (await house.vault.post(path, POLICE, body, **{"Standing-Version": "1"})).status_code == 200
    late = await house.vault.post(path, POLICE, body, **{"Standing-Version": "2"})
    assert (late.status_code, late.headers["retry-after"].isdigit()) == (503, True)
    assert (await house.vault.post(path, POLICE, body, **{"Standing-Version": "two"})).status_code == 422
    await house.vault.stand(case_id, standing(), version=2)
    assert (await house.vault.post(path, POLICE, body, **{"Standing-Version": "2"})).status_code == 200
