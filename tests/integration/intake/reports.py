"""Invented reports for these tests."""

import json
from copy import deepcopy
from typing import Any

from tests.integration.in_process import House

COMMUNE, GUARD, POLICE = "commune/lao-cai", "border_guard/lao-cai", "provincial_police/lao-cai"

PERSON: dict[str, Any] = {
    "ref": "A",
    "full_name": "Thử Thị Mẫu",
    "sex": "female",
    "birth_date": "1999-05-06",
    "nationality": "VN",
}
REPORT: dict[str, Any] = {
    "channel": "in_person",
    "route": "self_report",
    "occurred_at": "2026-11-20T09:00:00+07:00",
    "place": {"province": "lao-cai", "commune": "bat-xat"},
    "persons": [PERSON],
    "narrative": "Lời kể bịa ra để thử.",
    "indicators": ["sold", "escaped"],
    "immediate_needs": ["food"],
    "reporter": {"anonymous": False, "name": "Người Báo Thử", "phone": "0987 654 321"},
    "safe_contact": {
        "channels": ["in_person"],
        "quiet_from": "18:00",
        "quiet_to": "08:00",
        "note": "Chỉ gọi buổi sáng.",
    },
}


def report(**changes: Any) -> dict[str, Any]:
    """A report that is accepted, with some members changed; `a__b` changes member b of a, `persons__0__sex` as well."""
    made: Any = deepcopy(REPORT)
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = made
        for step in parents:
            target = target[int(step)] if step.isdigit() else target[step]
        target[int(last) if last.isdigit() else last] = value
    return made


def persons(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """Persons A, B, … with names of their own, each with some members changed."""
    names = [chr(ord("A") + place) for place in range(len(more))]
    return [
        {**PERSON, "ref": ref, "full_name": f"Thử Người {ref}", **one} for ref, one in zip(names, more, strict=True)
    ]


async def submitted(house: House, body: dict[str, Any], office: str = COMMUNE) -> dict[str, Any]:
    """The answer to a report that must be accepted."""
    answer = await house.intake.post("/v1/reports", office, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def stored(house: House) -> tuple[int, ...]:
    """Rows of reports, persons, events and idempotency keys."""
    tables = ("reports", "persons", "outbox", "idempotency", "duplicate_decisions", "screenings")
    counts = [await house.intake.sql(f"SELECT count(*) AS n FROM intake.{table}") for table in tables]
    return tuple(rows[0]["n"] for rows in counts)


async def events(house: House, case_id: str) -> list[dict[str, Any]]:
    """The data of the events about a case, oldest first."""
    query = "SELECT data FROM intake.outbox WHERE data->>'subject' = $1 ORDER BY seq"
    return [json.loads(row["data"])["data"] for row in await house.intake.sql(query, case_id)]
