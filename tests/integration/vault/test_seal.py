"""Sealing: services only, references in order, exact look-up, limits, and nothing readable in the database."""

import asyncio

import pytest

from contracts.ids import new_id
from tests.integration.in_process import House, standing
from tests.integration.vault.reading import log_of

pytestmark = pytest.mark.stack

NAME, PHONE, NUMBER = "Thử Thị Mẫu", "0912 000 111", "001099000001"


def person(case_id: str, **fields: str) -> tuple[str, dict[str, object]]:
    """Path and body that seal a person's identity."""
    texts = [{"name": name, "text": text} for name, text in fields.items() if name != "phone"]
    texts += [{"name": "phone", "text": fields["phone"], "group": "contact"}] if "phone" in fields else []
    return f"/v1/cases/{case_id}/seals", {"group": "identity", "texts": texts, "opened_by": "border_guard/lao-cai"}


async def sealed(house: House, case_id: str, **fields: str) -> dict[str, list[str]]:
    """The answer to sealing a person's identity."""
    path, body = person(case_id, **fields)
    answer = await house.vault.post(path, "service/intake", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_references_come_in_the_order_of_the_texts(house: House) -> None:
    case_id = new_id("case")
    texts: list[object] = ["một", {"text": "hai"}, {"text": NAME, "name": "full_name", "group": "identity"}]
    answer = await house.vault.post(
        f"/v1/cases/{case_id}/seals", "service/intake", {"group": "statement", "texts": texts}
    )
    refs = answer.json()["refs"]
    assert len(set(refs)) == 3
    rows = await house.vault.sql('SELECT ref, "group", name FROM vault.sealed_texts ORDER BY seq')
    assert [(row["ref"], row["group"], row["name"]) for row in rows][-3:] == [
        (refs[0], "statement", None),
        (refs[1], "statement", None),
        (refs[2], "identity", "full_name"),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id_number": NUMBER}, {"id_number": "001099 000 001"}),
        ({"phone": PHONE}, {"phone": "+84912000111"}),
        ({"full_name": NAME, "birth_year": "1999"}, {"full_name": "THỬ  THỊ MẪU", "birth_date": "1999-05-06"}),
        ({"full_name": "Đèo Văn Thử", "birth_date": "1990-01-02"}, {"full_name": "đèo văn thử", "birth_year": "1990"}),
    ],
)
async def test_the_same_identity_is_found_exactly(house: House, first: dict[str, str], second: dict[str, str]) -> None:
    one, two, other = (new_id("case") for _ in range(3))
    await sealed(house, one, **first)
    assert one in (await sealed(house, two, **second))["matches"]
    assert (await sealed(house, other, full_name=f"Khác {other[-8:]}", birth_year="1950"))["matches"] == []


async def test_a_case_is_no_match_of_itself(house: House) -> None:
    case_id = new_id("case")
    await sealed(house, case_id, id_number="777777777777")
    assert (await sealed(house, case_id, id_number="777777777777"))["matches"] == []


async def test_of_two_sealed_at_once_one_finds_the_other(house: House) -> None:
    cases = [new_id("case") for _ in range(4)]
    answers = await asyncio.gather(*(sealed(house, case_id, id_number="888888888888") for case_id in cases))
    assert sorted(len(answer["matches"]) for answer in answers) == [0, 1, 2, 3]


async def test_nothing_readable_is_stored(house: House) -> None:
    case_id = new_id("case")
    await sealed(house, case_id, full_name="Riêng Thị Tư", phone="0987654321", id_number="123456789012")
    dump = ""
    for table in (
        "sealed_texts",
        "look_ups",
        "case_keys",
        "index_keys",
        "looks",
        "look_links",
        "idempotency",
        "outbox",
    ):
        rows = await house.vault.sql(f"SELECT to_jsonb(t)::text AS row FROM vault.{table} t")
        dump += "".join(row["row"] for row in rows)
    assert case_id in dump
    for text in ("Riêng", "riêng", "Tư", "0987654321", "123456789012"):
        assert text not in dump
        assert text.encode().hex() not in dump


@pytest.mark.parametrize("caller", ["border_guard/lao-cai", "admin/ha-noi", "commune/ha-noi"])
async def test_no_office_seals(house: House, caller: str) -> None:
    case_id = new_id("case")
    path, body = person(case_id, full_name=NAME)
    answer = await house.vault.post(path, caller, body)
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (403, "not-your-case")
    assert not await house.vault.sql("SELECT 1 FROM vault.case_keys WHERE case_id = $1", case_id)


async def test_a_denied_seal_of_a_sealed_case_is_logged(house: House) -> None:
    case_id = new_id("case")
    await sealed(house, case_id, full_name=NAME)
    path, body = person(case_id, full_name=NAME)
    await house.vault.post(path, "commune/ha-noi", body)
    assert [(entry[0], entry[2]) for entry in await log_of(house, case_id)] == [
        ("service/intake", "done"),
        ("commune/ha-noi", "denied"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"group": "identity", "texts": []},
        {"group": "no-group", "texts": ["x"]},
        {"group": "identity", "texts": [""]},
        {"group": "identity", "texts": [{"text": NAME, "name": "no_field"}]},
        {"group": "statement", "texts": [{"text": NAME, "name": "full_name"}]},
        {"group": "identity", "texts": [{"text": PHONE, "name": "phone"}]},
        {"group": "identity", "texts": [NAME], "more": NAME},
        {"group": "identity", "texts": [{"text": NAME, NAME: 1}]},
        {"group": "identity", "texts": [NAME], "opened_by": NAME},
        {"group": "identity", "texts": ["ầ" * 21846]},
        {"group": "identity", "texts": ["x"] * 65},
        {"group": "identity", "texts": [1]},
        [],
    ],
)
async def test_bad_input_is_refused_without_an_echo(house: House, body: object) -> None:
    case_id = new_id("case")
    answer = await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    for word in (*NAME.split(), PHONE, "ầầ"):
        assert word not in answer.text
    assert not await house.vault.sql("SELECT 1 FROM vault.case_keys WHERE case_id = $1", case_id)


async def test_the_largest_text_is_sealed_and_opened_whole(house: House) -> None:
    case_id, text = new_id("case"), "ầ" * 21845
    answer = await house.vault.post(
        f"/v1/cases/{case_id}/seals", "service/intake", {"group": "statement", "texts": [text]}
    )
    await house.vault.stand(case_id, standing())
    body = {"ref": answer.json()["refs"][0], "purpose": "verification"}
    opened = await house.vault.post(f"/v1/cases/{case_id}/text", "provincial_police/lao-cai", body)
    assert opened.json() == {"text": text}


async def test_other_refusals(house: House) -> None:
    path, body = person(new_id("case"), full_name=NAME)
    assert (await house.vault.post(path, None, body)).status_code == 401
    assert (await house.vault.post("/v1/cases/no_such_thing/seals", "service/intake", body)).status_code == 404
    huge = {"group": "statement", "texts": ["x" * 65_536] * 20}
    answer = await house.vault.post(path, "service/intake", huge)
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (413, "body-too-large")
    headers = {"Authorization": f"Bearer {house.vault.token(service='intake')}"}
    broken = await house.vault.client.post(
        path, content=b'{"group":', headers={**headers, "content-type": "application/json"}
    )
    assert broken.status_code == 422
