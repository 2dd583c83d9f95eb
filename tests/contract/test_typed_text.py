"""Every field in which a person may type freely is of one of the two types of `contracts.writing`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casework.amendments.schemas import AmendmentIn
from casework.members.schemas import MemberIn
from contracts.problems import Invalid
from contracts.writing import FREE_TEXT, NO_STATE_SECRETS
from intake.schemas import ReportIn
from kit.http.body import validated
from tests.integration.intake.reports import report

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.stem for path in (ROOT / "contracts/schemas/openapi").glob("*.json"))
CLOSED = {"pattern", "enum", "const", "format"}
"""A text with one of these is no free text."""
NOT_TYPED = {
    "vault.SealText.text": "a service seals it, and has judged it",
    "vault.SealInput.texts": "a service seals them, and has judged them",
    "*.cursor": "made by the service that gets it back",
    "notify.WebhookIn.url": "judged as an address: printable ASCII only",
    "casework.Founded.place": "a word of the directory, or refused",
    "casework.Founded.serves": "words of the directory, or refused",
    "casework.Merged.place": "a word of the directory, or refused",
    "casework.Merged.into": "a word of the directory, or refused",
    "casework.Given.place": "a word of the directory, or refused",
    "casework.Given.role": "a word of the directory, or refused",
    "casework.Label.vi": "folded by AmendmentIn: what is stored must stay readable as it is",
    "casework.Label.en": "folded by AmendmentIn: what is stored must stay readable as it is",
}
"""Texts that are neither closed nor typed freely, and why."""


def document(service: str) -> dict[str, Any]:
    return json.loads((ROOT / f"contracts/schemas/openapi/{service}.json").read_text("utf-8"))


def open_texts(schema: dict[str, Any], where: str) -> Iterator[tuple[str, bool]]:
    """(place, whether it is marked) of each text in a schema that is not closed; a `$ref` is looked at by itself."""
    kind = schema.get("type")
    if kind == "string" and not CLOSED & schema.keys():
        yield where, bool(schema.get(FREE_TEXT))
    if kind == "string" and FREE_TEXT in schema and CLOSED & schema.keys():
        yield where, True
    inner = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    inner += [one for name in ("items", "additionalProperties") if isinstance(one := schema.get(name), dict)]
    for one in inner:
        yield from open_texts(one, where)
    for name, one in schema.get("properties", {}).items():
        yield from open_texts(one, f"{where}.{name}")


def taken(service: str) -> Iterator[tuple[str, bool]]:
    """`open_texts` of all bodies and parameters of a service."""
    whole, seen = document(service), set[str]()
    waiting: list[Any] = []
    for item in whole["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "header":
                    yield from open_texts(parameter["schema"], f"{service}.{parameter['name']}")
            waiting.append(operation.get("requestBody", {}))
    while waiting:
        for name in refs(waiting.pop()) - seen:
            seen.add(name)
            schema = whole["components"]["schemas"][name]
            waiting.append(schema)
            yield from open_texts(schema, f"{service}.{name}")


def refs(value: Any) -> set[str]:
    """Names of the schemas that a value of a document refers to."""
    if isinstance(value, dict):
        own = {str(value["$ref"]).rpartition("/")[2]} if "$ref" in value else set[str]()
        return own.union(*map(refs, value.values()))
    return set[str]().union(*map(refs, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_open_text_is_a_typed_text(service: str) -> None:
    loose = {where for where, marked in taken(service) if not marked}
    assert {where for where in loose if not {where, f"*.{where.rpartition('.')[2]}"} & NOT_TYPED.keys()} == set()


def test_the_look_finds_the_fields_that_it_is_for() -> None:
    marked = {where for service in SERVICES for where, found in taken(service) if found}
    assert {"intake.Person.full_name", "intake.ReportIn.narrative", "intake.SafeContact.note"} <= marked
    assert {"casework.MemberIn.name", "casework.Contact.address", "casework.alias"} <= marked
    assert list(open_texts({"properties": {"name": {"type": "string"}}}, "x")) == [("x.name", False)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_says_that_no_state_secret_may_be_entered(service: str) -> None:
    told = document(service)["info"]["description"]
    assert FREE_TEXT in told
    assert all(words in told for words in NO_STATE_SECRETS.values())


HIDDEN = "Nguyễn\u202e Thị Bịa"
PLACES = ["persons.0.full_name", "persons.0.residence", "persons.0.narrative", "reporter.name", "narrative"]


@pytest.mark.parametrize("place", [*PLACES, "safe_contact.note", "own_reference"])
def test_a_report_with_a_hidden_character_is_refused_at_its_place(place: str) -> None:
    changed = report(**{place.replace(".", "__"): HIDDEN})
    with pytest.raises(Invalid) as refused:
        validated(json.dumps(changed).encode(), ReportIn)
    assert refused.value.extra["errors"] == [{"loc": place, "msg": "invisible character (code_point U+202E)"}]


def test_a_report_is_folded() -> None:
    given = report(own_reference="15/BC\u00a0 UBND")
    assert validated(json.dumps(given).encode(), ReportIn).own_reference == "15/BC UBND"


def test_names_of_members_and_of_new_offices_are_folded_and_refused() -> None:
    member = {"subject": "s1", "name": "Trần\u200b  Văn", "position": "officer"}
    assert MemberIn.model_validate(member).name == "Trần Văn"
    founded = {"kind": "founded", "on": "2027-01-01", "office": "commune/moi", "place": "moi"}
    amendment = {"kind": "offices", "decision": "12/QĐ", "reason": "Thành lập xã mới."}
    named = founded | {"name": {"vi": "Xã\u00a0Mới", "en": "New\u200b Commune"}}
    taken = AmendmentIn.model_validate(amendment | {"changes": [named]})
    [change] = taken.model_dump(mode="json")["changes"]
    assert change["name"] == {"vi": "Xã Mới", "en": "New Commune"}
    with pytest.raises(ValueError, match="not seen"):
        AmendmentIn.model_validate(amendment | {"changes": [founded | {"name": {"vi": HIDDEN, "en": "x"}}]})
