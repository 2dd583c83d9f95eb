"""A sealed case, and how it is read."""

from contracts.ids import new_id
from tests.integration.in_process import House, standing

POLICE, GUARD, COMMUNE = "provincial_police/lao-cai", "border_guard/lao-cai", "commune/lao-cai"
NAME, PHONE, STATEMENT, REPORTER = "Thử Thị Mẫu", "0912000111", "Lời khai bịa để thử.", "Người Báo Thử"


async def case_of(house: House, **more: object) -> tuple[str, dict[str, str]]:
    """A sealed case that stands as `standing(**more)`; references by name of the text."""
    case_id = new_id("case")
    texts = {
        "statement": {"text": STATEMENT},
        "full_name": {"text": NAME, "name": "full_name", "group": "identity"},
        "birth_year": {"text": "1999", "name": "birth_year", "group": "identity"},
        "phone": {"text": PHONE, "name": "phone", "group": "contact"},
        "reporter": {"text": REPORTER, "name": "reporter_name", "group": "reporter"},
    }
    body = {"group": "statement", "texts": list(texts.values()), "opened_by": GUARD}
    answer = await house.vault.post(f"/v1/cases/{case_id}/seals", "service/intake", body)
    await house.vault.stand(case_id, standing(**more))
    return case_id, dict(zip(texts, answer.json()["refs"], strict=True))


async def identity(house: House, case_id: str, office: str, *fields: str, purpose: str = "verification"):
    """The answer to a reading of the identity."""
    body = {"purpose": purpose} | ({"fields": list(fields)} if fields else {})
    return await house.vault.post(f"/v1/cases/{case_id}/identity", office, body)


async def log_of(house: House, case_id: str) -> list[tuple[object, ...]]:
    """Caller, operation, outcome, purpose and items of each entry that the vault recorded."""
    outcome = "CASE WHEN refusal IS NULL THEN 'done' WHEN refusal = 'seal-damaged' THEN 'damaged' ELSE 'denied' END"
    query = f"SELECT caller, operation, {outcome}, purpose, items FROM vault.looks WHERE about = $1 ORDER BY seq"
    return [tuple(row) for row in await house.vault.sql(query, case_id)]
