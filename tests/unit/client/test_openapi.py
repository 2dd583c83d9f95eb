"""A step's fields become a request as the OpenAPI document says."""

from typing import Any

import pytest

from client.openapi import Document, FieldMissing, Operation
from tests.unit.cli.conftest import document


@pytest.fixture(scope="module")
def operations() -> dict[str, Operation]:
    return Document(document()).operations


def test_fields_go_where_the_document_has_them(operations: dict[str, Operation]) -> None:
    request = operations["record"].request({"case_id": "case_a/b", "anonymous": "true"})
    assert request == ("POST", "/v1/cases/case_a%2Fb/facts", (), {"anonymous": True})


def test_a_query_has_texts_and_repeats_a_list(operations: dict[str, Operation]) -> None:
    request = operations["work"].request({"limit": "3", "overdue": "true", "lane": ["crime", "child"]})
    assert request.query == (("limit", "3"), ("overdue", "true"), ("lane", "crime"), ("lane", "child"))
    assert request.body is None


def test_nothing_given_is_left_out_of_a_query(operations: dict[str, Operation]) -> None:
    assert operations["work"].request({"limit": None}).query == ()


def test_an_unknown_field_is_sent_for_the_service_to_refuse(operations: dict[str, Operation]) -> None:
    assert operations["record"].request({"case_id": "c", "colour": "red"}).body == {"colour": "red"}
    assert operations["work"].request({"colour": "red"}).query == (("colour", "red"),)


def test_a_field_of_the_address_must_be_there(operations: dict[str, Operation]) -> None:
    with pytest.raises(FieldMissing, match="case_id"):
        operations["look"].request({})


def test_knows_its_fields(operations: dict[str, Operation]) -> None:
    assert operations["record"].knows("occurred_at")
    assert operations["record"].knows("case_id")
    assert not operations["work"].knows("occurred_at")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"persons": [{"born": {"birth_year": "2001"}}]}, {"persons": [{"born": {"birth_year": 2001}}]}),
        ({"persons": [{"born": {"birth_date": "2001"}}]}, {"persons": [{"born": {"birth_date": "2001"}}]}),
        ({"persons": [{"height": "1.5", "ref": "1"}]}, {"persons": [{"height": 1.5, "ref": "1"}]}),
        ({"persons": [{"height": None}]}, {"persons": [{"height": None}]}),
        ({"persons": []}, {"persons": []}),
        ({"anonymous": "false"}, {"anonymous": False}),
        ({"anonymous": "perhaps"}, {"anonymous": "perhaps"}),
        ({"answers": {"a": "yes", "b": "true", "c": "3"}}, {"answers": {"a": "yes", "b": True, "c": 3}}),
        ({"counts": {"a": "3", "b": "x"}}, {"counts": {"a": 3, "b": "x"}}),
        ({"occurred_at": "2026"}, {"occurred_at": "2026"}),
        ({"persons": "1"}, {"persons": "1"}),
        ({"counts": {"a": 4}}, {"counts": {"a": 4}}),
    ],
)
def test_texts_become_what_the_schema_says(
    operations: dict[str, Operation], fields: dict[str, Any], body: dict[str, Any]
) -> None:
    assert operations["record"].request({"case_id": "c", **fields}).body == body


def test_older_and_composed_schemas_are_understood() -> None:
    schema = {
        "allOf": [
            {"properties": {"year": {"type": "integer", "nullable": True}, "self": {"$ref": "#/s/Loop"}}},
            {"properties": {"kept": {"type": ["boolean", "null"]}, "one": {"enum": [1, 2]}, "two": {"const": True}}},
        ]
    }
    loop = {"anyOf": [{"$ref": "#/s/Loop"}, {"properties": {"self": {"$ref": "#/s/Loop"}, "n": {"type": "integer"}}}]}
    coerce = Document({"s": {"Loop": loop}}).coerce
    assert coerce({"year": "2001", "kept": "true"}, [schema]) == {"year": 2001, "kept": True}
    assert coerce({"one": "1", "two": "true"}, [schema]) == {"one": 1, "two": True}
    assert coerce({"self": {"self": {"n": "1"}}}, [schema]) == {"self": {"self": {"n": 1}}}


def test_a_reference_that_leads_nowhere_leaves_texts() -> None:
    assert Document({}).coerce({"a": "1"}, [{"$ref": "#/components/schemas/Gone"}]) == {"a": "1"}


def test_shared_parameters_and_bodies_are_followed() -> None:
    raw = {
        "components": {
            "parameters": {"case": {"name": "case_id", "in": "path", "schema": {"type": "string"}}},
            "requestBodies": {
                "note": {"content": {"application/json": {"schema": {"properties": {"urgent": {"type": "boolean"}}}}}}
            },
        },
        "paths": {
            "/c/{case_id}": {
                "parameters": [{"$ref": "#/components/parameters/case"}],
                "post": {"operationId": "note", "requestBody": {"$ref": "#/components/requestBodies/note"}},
            }
        },
    }
    request = Document(raw).operations["note"].request({"case_id": "1", "urgent": "true"})
    assert request == ("POST", "/c/1", (), {"urgent": True})
