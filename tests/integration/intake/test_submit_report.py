"""A report: what becomes a case, what goes to the vault, what is never kept here, and what is refused."""

import asyncio
from typing import Any

import httpx
import pytest

from casefile.sealing import Sealer
from contracts.ids import new_id
from tests.integration.in_process import House, running, standing
from tests.integration.intake.reports import COMMUNE, GUARD, POLICE, events, persons, report, stored, submitted

pytestmark = pytest.mark.stack

CHILD = {"birth_date": "2015-01-01"}


def held_by(office: str) -> dict[str, Any]:
    """Lanes of a case that this office of Lào Cai holds."""
    return {"identification": {"state": "SUPPORT_AGENCY_RECEIVED", "holder": office, "place": "lao-cai", "acting": ()}}


async def test_one_person_becomes_one_case(house: House) -> None:
    answer = await submitted(house, report())
    case_id = answer["cases"]["A"]
    assert answer["possible_duplicates"] == {}
    [opened] = await events(house, case_id)
    expected = {
        "case_id": case_id,
        "report_id": answer["report_id"],
        "route": "self_report",
        "channel": "in_person",
        "office": COMMUNE,
        "territory": "lao-cai",
        "commune": "bat-xat",
        "age_band": "adult",
        "foreign": False,
        "urgent": False,
        "reporter_known": True,
        "accompanies": None,
        "linked": [],
        "needs": ["food"],
    }
    assert {name: opened[name] for name in expected} == expected


async def test_the_vault_holds_what_was_said_and_intake_does_not(house: House) -> None:
    body = report(
        persons__0__phone="0911 222 333", persons__0__id_number="001199000777", persons__0__residence="Thôn Bịa"
    )
    case_id = (await submitted(house, body))["cases"]["A"]
    await house.vault.stand(case_id, standing())
    read = await house.vault.post(f"/v1/cases/{case_id}/identity", POLICE, {"purpose": "verification"})
    assert read.json() == {
        "full_name": "Thử Thị Mẫu",
        "sex": "female",
        "birth_date": "1999-05-06",
        "nationality": "VN",
        "id_number": "001199000777",
        "phone": "0911 222 333",
        "residence": "Thôn Bịa",
        "safe_contact_note": "Chỉ gọi buổi sáng.",
        "reporter_name": "Người Báo Thử",
        "reporter_phone": "0987 654 321",
    }
    [row] = await house.intake.sql("SELECT texts->>'narrative' AS ref FROM intake.persons WHERE case_id = $1", case_id)
    text = await house.vault.post(f"/v1/cases/{case_id}/text", POLICE, {"ref": row["ref"], "purpose": "verification"})
    assert text.json() == {"text": "Lời kể bịa ra để thử."}
    dump = ""
    for table in ("reports", "persons", "outbox", "idempotency", "duplicate_candidates"):
        rows = await house.intake.sql(f"SELECT to_jsonb(t)::text AS row FROM intake.{table} t")
        dump += "".join(one["row"] for one in rows)
    assert case_id in dump
    for text_ in ("Thử", "Mẫu", "1999", "0911", "001199000777", "Thôn", "buổi", "Người", "0987", "bịa"):
        assert text_ not in dump


async def read_text(house: House, case_id: str, office: str, ref: str) -> tuple[int, str]:
    """Status and text of an opening in the vault."""
    body = {"ref": ref, "purpose": "identification"}
    answer = await house.vault.post(f"/v1/cases/{case_id}/text", office, body)
    return answer.status_code, answer.json().get("text", "")


async def test_of_several_persons_each_is_told_of_in_its_own_case(house: House) -> None:
    told = persons({"narrative": "Chỉ về người thứ nhất (bịa)."}, {"narrative": "Chỉ về người thứ hai (bịa)."})
    taken = await submitted(house, report(persons=told), POLICE)
    first, second = taken["cases"]["A"], taken["cases"]["B"]
    health = "health_authority/lao-cai"
    for case_id in (first, second):
        await house.vault.stand(case_id, standing(reporter=POLICE, past=(health,), lanes=held_by(health)))
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", POLICE)).json()["persons"]
    texts = [one["texts"] for one in shown]
    assert [sorted(one) for one in texts] == [["event", "narrative"], ["narrative"]]
    assert await read_text(house, first, health, texts[0]["narrative"]) == (200, "Chỉ về người thứ nhất (bịa).")
    assert await read_text(house, second, health, texts[1]["narrative"]) == (200, "Chỉ về người thứ hai (bịa).")
    assert await read_text(house, second, health, texts[0]["narrative"]) == (404, "")
    assert await read_text(house, second, POLICE, texts[0]["event"]) == (404, "")
    assert await read_text(house, first, health, texts[0]["event"]) == (403, "")
    assert await read_text(house, first, POLICE, texts[0]["event"]) == (200, "Lời kể bịa ra để thử.")


async def test_one_narrative_of_several_persons_is_sealed_once(house: House) -> None:
    taken = await submitted(house, report(persons=persons({}, {})))
    shown = (await house.intake.get(f"/v1/reports/{taken['report_id']}", COMMUNE)).json()["persons"]
    assert [sorted(one["texts"]) for one in shown] == [["event"], []]


async def test_several_persons_are_linked_cases(house: House) -> None:
    body = report(
        route="rescued",
        channel="rescue",
        persons=persons(
            {"birth_date": "1990-01-01"},
            {"birth_date": "2012-01-01", "accompanies": "A"},
            {"birth_date": None, "birth_year": 2008, "nationality": "LA"},
            {"birth_date": None, "birth_unknown": True, "sex": "unknown"},
        ),
        reporter={"anonymous": True},
        urgent=True,
    )
    cases = (await submitted(house, body, POLICE))["cases"]
    opened = {ref: (await events(house, case_id))[0] for ref, case_id in cases.items()}
    assert [opened[ref]["age_band"] for ref in "ABCD"] == ["adult", "under_16", "under_18", "unknown"]
    assert [opened[ref]["foreign"] for ref in "ABCD"] == [False, False, True, False]
    assert opened["B"]["accompanies"] == cases["A"]
    assert set(opened["A"]["linked"]) == set(cases.values()) - {cases["A"]}
    assert all(one["urgent"] and not one["reporter_known"] for one in opened.values())


async def test_route_and_nationality_are_those_of_each_person(house: House) -> None:
    """Neither who is stateless nor whose nationality is not known is foreign by it."""
    body = report(
        route="rescued",
        channel="rescue",
        persons=persons(
            {}, {"nationality": "LA", "route": "foreign_victim"}, {"nationality": "XX"}, {"nationality": "ZZ"}
        ),
    )
    answer = await submitted(house, body, POLICE)
    opened = [(await events(house, case_id))[0] for case_id in answer["cases"].values()]
    view = (await house.intake.get(f"/v1/reports/{answer['report_id']}", POLICE)).json()
    told = [
        ("rescued", "vietnamese", False),
        ("foreign_victim", "foreign", True),
        ("rescued", "stateless", False),
        ("rescued", "unknown", False),
    ]
    for persons_ in (opened, view["persons"]):
        assert [(one["route"], one["nationality"], one["foreign"]) for one in persons_] == told
    assert view["route"] == "rescued"


async def test_a_person_of_an_older_release_has_the_route_of_the_report(house: House) -> None:
    answer = await submitted(house, report(persons__0__nationality="LA"), POLICE)
    await house.intake.sql(
        "UPDATE intake.persons SET route = NULL, nationality = NULL WHERE case_id = $1", answer["cases"]["A"]
    )
    view = (await house.intake.get(f"/v1/reports/{answer['report_id']}", POLICE)).json()
    assert (view["persons"][0]["route"], view["persons"][0]["nationality"]) == ("self_report", "foreign")


async def test_fifty_persons_are_taken_and_fifty_one_are_not(house: House) -> None:
    answer = await submitted(
        house, report(persons=[{**one, "ref": f"P{n}"} for n, one in enumerate(persons(*[{}] * 50))])
    )
    assert len(answer["cases"]) == 50
    refused = await house.intake.post("/v1/reports", COMMUNE, report(persons=persons(*[{}] * 51)))
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "carrier_pigeon"},
        {"route": "no_route"},
        {"occurred_at": "2099-01-01T00:00:00+07:00"},
        {"occurred_at": "2026-11-20T10:06:00+07:00"},
        {"occurred_at": "1989-12-31T00:00:00+07:00"},
        {"occurred_at": "2026-11-20T09:00:00"},
        {"occurred_at": "2026-02-30T09:00:00+07:00"},
        {"occurred_at": 1763604000},
        {"place": {"province": "atlantis"}},
        {"place__commune": "dong-dang"},
        {"place__commune": "Xã Không Có"},
        {"place": {}},
        {"persons": []},
        {"persons__0__ref": "a name"},
        {"persons__0__ref": "NguyenMai"},
        {"persons__0__ref": "0912345678"},
        {"persons__0__full_name": ""},
        {"persons__0__full_name": "   "},
        {"persons__0__full_name": "Lộ\u0007Ra"},
        {"persons__0__full_name": "Lộ" * 200},
        {"persons__0__sex": "f"},
        {"persons__0__birth_date": "2000-02-30"},
        {"persons__0__birth_date": "2026-11-21"},
        {"persons__0__birth_date": "1850-01-01"},
        {"persons__0__birth_date": 951782400},
        {"persons__0__birth_date": None},
        {"persons__0__birth_year": 1998},
        {"persons__0__birth_unknown": True},
        {"persons__0": {"ref": "A", "full_name": "Lộ", "sex": "male", "nationality": "VN", "birth_year": 2027}},
        {"persons__0": {"ref": "A", "full_name": "Lộ", "sex": "male", "nationality": "VN", "birth_year": 999999}},
        {"persons__0": {"ref": "A", "full_name": "Lộ", "sex": "male", "nationality": "VN", "birth_month": 5}},
        {"persons__0__nationality": "XZ"},
        {"persons__0__route": "by_sea"},
        {"persons__0__nationality": "vn"},
        {"persons__0__nationality": "VNM"},
        {"persons__0__id_number": "Lộ"},
        {"persons__0__phone": "gọi Lộ"},
        {"persons__0__phone": "12345"},
        {"persons__0__phone": "12345678901234567"},
        {"persons__0__accompanies": "A"},
        {"persons__0__accompanies": "Z"},
        {"persons__0__nickname": "Lộ"},
        {"persons__0__Lộ": 1},
        {"persons": persons({}, {"ref": "A"})},
        {"persons": persons({}, {"accompanies": "A"})},
        {"persons": persons({**CHILD, "accompanies": "B"}, {**CHILD, "accompanies": "A"})},
        {"narrative": ""},
        {"narrative": "ộ" * 21846},
        {"narrative": "Lộ\u0000"},
        {"narrative": ["Lộ"]},
        {"indicators": ["lộ"]},
        {"immediate_needs": ["lộ"]},
        {"immediate_needs": None},
        {"reporter": {}},
        {"reporter__anonymous": "no"},
        {"reporter__anonymous": True},
        {"reporter__phone": "1234567  "},
        {"safe_contact": {"channels": []}},
        {"safe_contact__channels": ["smoke_signal"]},
        {"safe_contact__channels": ["sms", "sms"]},
        {"safe_contact__quiet_to": None},
        {"safe_contact__quiet_from": None},
        {"safe_contact__quiet_from": "24:00"},
        {"safe_contact__quiet_from": "8:00"},
        {"safe_contact__quiet_from": "08:00"},
        {"more": "Lộ"},
    ],
)  # fmt: skip
async def test_what_cannot_be_right_is_refused_unstored_unsealed_and_unrepeated(
    house: House, changes: dict[str, Any]
) -> None:
    before, sealed = await stored(house), len(house.net.sealed)
    answer = await house.intake.post("/v1/reports", COMMUNE, report(**changes), **{"Idempotency-Key": "k"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for word in ("Lộ", "lộ", "Thử", "Mẫu", "Người", "0987", "bịa", "buổi", "\\u"):
        assert word not in answer.text
    assert await stored(house) == before
    assert len(house.net.sealed) == sealed


@pytest.mark.parametrize(
    ("office", "status"),
    [
        (None, 401),
        ("admin/ha-noi", 403),
        ("legal_aid/lao-cai", 403),
        ("provider/lao-cai-hospital", 403),
        ("steering_committee/ha-noi", 403),
        ("service/casework", 403),
        ("health_authority/lao-cai", 200),
        ("hotline_111/ha-noi", 200),
    ],
)
async def test_who_may_report(house: House, office: str | None, status: int) -> None:
    assert (await house.intake.post("/v1/reports", office, report())).status_code == status


async def test_the_right_is_decided_before_the_body(house: House) -> None:
    assert (await house.intake.post("/v1/reports", "admin/ha-noi", {"no": "report"})).status_code == 403
    assert (await house.intake.post("/v1/reports", None, {"no": "report"})).status_code == 401


async def test_an_office_that_was_dissolved_reports_within_its_life_only(house: House) -> None:
    late = await house.intake.post("/v1/reports", "labour_authority/thai-nguyen", report())
    assert late.status_code == 422
    assert late.json()["errors"] == [{"loc": "occurred_at", "msg": "the office did not exist on this day"}]


async def test_broken_and_oversized_bodies(house: House) -> None:
    headers = {
        "Authorization": f"Bearer {house.intake.token(office=COMMUNE)}",
        "content-type": "application/json",
    }
    for content in (b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a":NaN}'):
        answer = await house.intake.client.post("/v1/reports", content=content, headers=headers)
        assert answer.status_code == 422, content
    huge = await house.intake.client.post("/v1/reports", content=b" " * 300_000, headers=headers)
    assert (huge.status_code, huge.json()["type"].rsplit("/")[-1]) == (413, "body-too-large")
    plain = await house.intake.client.post(
        "/v1/reports", content=b"{}", headers={**headers, "content-type": "text/plain"}
    )
    assert plain.status_code == 415


async def test_a_repeated_request_gets_the_same_answer_and_seals_nothing_again(house: House) -> None:
    key = {"Idempotency-Key": "repeat-1"}
    first = await house.intake.post("/v1/reports", COMMUNE, report(), **key)
    before, sealed = await stored(house), len(house.net.sealed)
    again = await house.intake.post("/v1/reports", COMMUNE, report(), **key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await stored(house) == before
    assert len(house.net.sealed) == sealed


async def test_requests_with_one_key_at_once_make_one_report(house: House) -> None:
    before, sealed = await stored(house), len(house.net.sealed)
    key = {"Idempotency-Key": "at-once"}
    answers = await asyncio.gather(*(house.intake.post("/v1/reports", COMMUNE, report(), **key) for _ in range(5)))
    assert len({answer.text for answer in answers}) == 1
    after = await stored(house)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
    assert len(house.net.sealed) == sealed + 1


async def test_a_key_does_not_serve_another_request_or_office(house: House) -> None:
    key = {"Idempotency-Key": "mine"}
    first = await house.intake.post("/v1/reports", COMMUNE, report(), **key)
    other = await house.intake.post("/v1/reports", COMMUNE, report(urgent=True), **key)
    assert (other.status_code, other.json()["type"].rsplit("/")[-1]) == (422, "idempotency-key-reused")
    foreign = await house.intake.post("/v1/reports", GUARD, report(), **key)
    assert foreign.status_code == 200
    assert foreign.json()["report_id"] != first.json()["report_id"]


def down(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there", request=request)


def second_down() -> Any:
    calls = iter(range(100))
    return lambda request: None if next(calls) == 0 else down(request)


@pytest.mark.parametrize(
    "fault",
    [
        down,
        second_down(),
        lambda request: httpx.Response(500, json={}),
        lambda request: httpx.Response(503, json={"type": "x/unavailable", "status": 503}),
        lambda request: httpx.Response(200, text="not json"),
    ],
)
async def test_vault_down_is_503_and_nothing_is_stored(house: House, fault: Any) -> None:
    before = await stored(house)
    house.net.fault = fault
    body, key = report(persons=persons({}, {}, {})), {"Idempotency-Key": f"down-{id(fault)}"}
    try:
        answer = await house.intake.post("/v1/reports", COMMUNE, body, **key)
    finally:
        house.net.fault = lambda request: None
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert await stored(house) == before
    assert (await house.intake.post("/v1/reports", COMMUNE, body, **key)).status_code == 200


async def test_a_vault_that_refuses_us_is_our_own_fault(house: House) -> None:
    before = await stored(house)
    house.net.fault = lambda request: httpx.Response(403, json={"type": "x/not-your-case", "status": 403})
    try:
        answer = await house.intake.post("/v1/reports", COMMUNE, report())
    finally:
        house.net.fault = lambda request: None
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (500, "unexpected")
    assert await stored(house) == before


async def test_database_down_is_503(house: House) -> None:
    lost = house.intake.state.settings.model_copy(
        update={"database_url": "postgresql+asyncpg://intake@127.0.0.1:1/intake"}
    )
    http = house.intake.state.http
    without = running("intake", lost, http, house.clock, house.intake.issuer)
    without.state.put(house.intake.state.get(Sealer))
    try:
        for answer in (
            await without.post("/v1/reports", COMMUNE, report(), **{"Idempotency-Key": "lost"}),
            await without.post("/v1/reports", COMMUNE, report()),
            await without.get(f"/v1/reports/{new_id('rep')}", COMMUNE),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    finally:
        await without.close()
