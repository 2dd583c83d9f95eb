"""Two communes, two posts, two facilities and two hospitals of one province: a token of one reads nothing of the other.

Each operation of each OpenAPI document is called with the ids of the other's case. The right is decided before the body
is judged, so an empty body is enough.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from stack.trial import Trial
from tests.load.house import until

from .scenario_files import ROOT

DOCUMENTS = sorted((ROOT / "contracts" / "schemas" / "openapi").glob("*.json"))
BY_SERVICES = ("/seals", "/unconfirmed-cases")
AT = "2026-11-16T{:02d}:00:00+07:00"


@dataclass(frozen=True)
class Pair:
    """Who has a part in a case at a place, who of the same role has none, and what is done besides the report."""

    owner: str
    other: str
    reporter: str
    province: str
    place: str
    then: str = ""


PAIRS = {
    "communes": Pair("commune/34-03006", "commune/34-02761", "commune/34-03006", "lao-cai", "sa-pa"),
    "police of communes": Pair(
        "commune_police/34-03006", "commune_police/lao-cai", "commune_police/34-03006", "lao-cai", "sa-pa"
    ),
    "posts": Pair("border_guard/moc-bai", "border_guard/ben-cau", "border_guard/moc-bai", "tay-ninh", "post-moc-bai"),
    "facilities": Pair(
        "facility/lang-son-2", "facility/lang-son", "health_authority/lang-son", "lang-son", "ky-lua", "handed over"
    ),
    "hospitals": Pair(
        "provider/lang-son-hospital-2",
        "provider/lang-son-hospital",
        "health_authority/lang-son",
        "lang-son",
        "ky-lua",
        "referred",
    ),
}


@dataclass(frozen=True)
class Call:
    """One operation of a document, with every id filled in that is known."""

    service: str
    method: str
    path: str
    names_an_id: bool
    body: dict[str, str] | None


def calls(ids: dict[str, str]) -> Iterator[Call]:
    """Every operation of every service that an office may call."""
    for file in DOCUMENTS:
        document = json.loads(file.read_text(encoding="utf-8"))
        for path, methods in document["paths"].items():
            if any(word in path for word in BY_SERVICES):
                continue
            for method, operation in methods.items():
                named = re.findall(r"{(\w+)}", path)
                filled = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], new_id("none")), path)
                body = _ids_of_body(document, operation, ids) if method == "post" else None
                yield Call(file.stem, method, filled, bool(named or body), body)


def _ids_of_body(document: dict[str, Any], operation: dict[str, Any], ids: dict[str, str]) -> dict[str, str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rpartition("/")[2]
    fields = document["components"]["schemas"].get(name, {}).get("properties", {})
    known = [one for one in ("referral_id", "request_id", "case_id") if one in fields and one in ids]
    return {known[0]: ids[known[0]]} if known else {}


def post(running: Trial, office: str, service: str, path: str, **body: Any) -> httpx.Response:
    with running.client(office, service) as client:
        return client.post(path, json=body, headers={"Idempotency-Key": new_id("key")})


async def a_case(running: Trial, pair: Pair) -> dict[str, str]:
    """A new case of the pair's owner, and the ids that lead to it."""
    person = {"ref": "A", "full_name": "Lò Thị Bịa", "sex": "female", "birth_year": 2001, "nationality": "VN"}
    report = {
        "channel": "in_person",
        "route": "self_report",
        "occurred_at": AT.format(8),
        "place": {"province": pair.province, "commune": pair.place},
        "persons": [person],
        "narrative": "Nội dung bịa ra để thử.",
        "indicators": [],
        "immediate_needs": [],
        "reporter": {"anonymous": True},
        "safe_contact": {"channels": ["in_person"]},
    }
    taken = post(running, pair.reporter, "intake", "/v1/reports", **report).raise_for_status().json()
    case_id = taken["cases"]["A"]
    ids = {"case_id": case_id, "report_id": taken["report_id"]}
    with running.client(pair.reporter, "casework") as client:

        async def known() -> bool:
            return client.get(f"/v1/cases/{case_id}").status_code == 200

        await until(known, 15, "the case is in the register")
    if pair.then == "handed over":
        sent = {"lane": "identification", "to": pair.owner, "reason": "safety", "occurred_at": AT.format(9)}
        asked = post(running, pair.reporter, "casework", f"/v1/cases/{case_id}/handovers", **sent)
        ids["handover_id"] = asked.raise_for_status().json()["handover_id"]
        answer = {"accept": True, "occurred_at": AT.format(10)}
        answered = post(running, pair.owner, "casework", f"/v1/handovers/{ids['handover_id']}/answer", **answer)
        answered.raise_for_status()
    if pair.then == "referred":
        needs = {"needs": ["psychological"], "occurred_at": AT.format(9)}
        post(running, pair.reporter, "support", f"/v1/cases/{case_id}/needs", **needs).raise_for_status()
        sent = {"kind": "psychological", "provider": "lang-son-hospital-2", "occurred_at": AT.format(10)}
        asked = post(running, pair.reporter, "support", f"/v1/cases/{case_id}/referrals", **sent)
        ids["referral_id"] = asked.raise_for_status().json()["referral_id"]
    return ids


def shown(answer: httpx.Response) -> str:
    """The body of an answer, without the address that the caller itself sent."""
    body = answer.json() if answer.content else {}
    return json.dumps({name: value for name, value in body.items() if name != "instance"})


@pytest.mark.stack
@pytest.mark.parametrize("name", PAIRS)
async def test_a_token_of_one_office_reads_nothing_of_the_other(stack: Trial, name: str) -> None:
    pair = PAIRS[name]
    ids = await a_case(stack, pair)
    made = list(calls(ids))
    assert len(made) > 60
    with stack.client(pair.other) as client:
        for one in made:
            url, headers = stack.url(one.service) + one.path, {"Idempotency-Key": new_id("key")}
            answer = client.request(one.method, url, json=one.body, headers=headers)
            found = f"{one.method} {one.path}: {answer.status_code} {answer.text[:300]}"
            assert not any(word in shown(answer) for word in ids.values()), found
            assert not (one.names_an_id and answer.is_success), found
            if ids["case_id"] in one.path:
                assert answer.status_code == 403, found


@pytest.mark.stack
@pytest.mark.parametrize("name", ["communes", "police of communes", "posts", "facilities"])
async def test_the_office_itself_reads_its_case(stack: Trial, name: str) -> None:
    """So the refusals above are not those of a case that nobody may read."""
    pair = PAIRS[name]
    ids = await a_case(stack, pair)
    with stack.client(pair.owner, "casework") as client:
        assert client.get(f"/v1/cases/{ids['case_id']}").status_code == 200
    named = {"purpose": "identification", "fields": ["full_name"]}
    answer = post(stack, pair.owner, "vault", f"/v1/cases/{ids['case_id']}/identity", **named)
    assert answer.json().get("full_name") == "Lò Thị Bịa", answer.text
