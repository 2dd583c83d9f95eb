"""The OpenAPI and AsyncAPI document of each service are committed as the code makes them, and only grow."""

import importlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casework.api import guards
from contracts.problems import SignInTooWeak
from contracts.topology import STANDINGS
from kit.asyncapi import asyncapi
from kit.http.operations import Operation
from kit.runtime import Service, openapi, text_of
from stack.services import discover

ROOT = Path(__file__).resolve().parents[2]
SERVICES = [service.name for service in discover(ROOT)]


def made(kind: str, service: str) -> dict[str, Any]:
    """The document as the code makes it now."""
    if kind == "asyncapi":
        return asyncapi(service)
    found: Service = importlib.import_module(f"{service}.__main__").SERVICE
    return openapi(found)


def path_of(kind: str, service: str) -> str:
    return f"contracts/schemas/{kind}/{service}.json"


def committed(kind: str, service: str) -> dict[str, Any] | None:
    """The document of the last commit; None where there is none yet."""
    command = ["git", "show", f"HEAD:{path_of(kind, service)}"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return json.loads(shown.stdout) if shown.returncode == 0 else None


@pytest.mark.parametrize("kind", ["openapi", "asyncapi"])
@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_current(service: str, kind: str) -> None:
    assert (ROOT / path_of(kind, service)).read_text("utf-8") == text_of(made(kind, service)), "run: make schemas"


@pytest.mark.parametrize("kind", ["openapi", "asyncapi"])
def test_there_is_a_document_of_every_service_and_of_nothing_else(kind: str) -> None:
    assert sorted(path.stem for path in (ROOT / f"contracts/schemas/{kind}").glob("*.json")) == sorted(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_what_others_call_only_grows(service: str) -> None:
    before = committed("openapi", service)
    if before is not None:
        assert list(broken(before, made("openapi", service))) == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_others_receive_only_grows(service: str) -> None:
    before = committed("asyncapi", service)
    if before is not None:
        now = made("asyncapi", service)
        sent = {name for name, one in before["operations"].items() if one["action"] == "send"}
        assert sent <= now["operations"].keys()
        for name, channel in before["channels"].items():
            if f"send {name}" in sent:
                assert now["channels"][name]["address"] == channel["address"]


def test_which_operations_ask_for_a_stronger_sign_in() -> None:
    asking = {
        f"{service}.{name}"
        for service in SERVICES
        for name, (_, one) in operations(made("openapi", service)).items()
        if SignInTooWeak.slug in one["responses"]["401"]["description"]
    }
    assert asking == {
        "vault.read_identity",
        "vault.read_text",
        "vault.read_reason",
        "casework.sign_amendment",
    }


def operations(document: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """operationId → (method and path, operation)."""
    return {
        operation["operationId"]: (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def broken(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """What a caller of the former document would stumble over in the new one."""
    present = operations(now)
    for name, (where, operation) in operations(before).items():
        if name not in present or present[name][0] != where:
            yield f"{name}: gone from {where}"
            continue
        changed = present[name][1]
        new = inputs(now, changed)
        for field in inputs(before, operation).keys() - new.keys():
            yield f"{name}: takes no `{field}` any more"
        for field, required in new.items():
            if required and not inputs(before, operation).get(field, False):
                yield f"{name}: asks for `{field}` now"
        for field in answers(before, operation) - answers(now, changed):
            yield f"{name}: answers no `{field}` any more"


def inputs(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, bool]:
    """Parameters and fields of the body → whether they must be there."""
    found = {one["name"]: bool(one.get("required")) for one in operation.get("parameters", [])}
    schema = schema_of(document, operation.get("requestBody", {}))
    required = schema.get("required", [])
    return found | {name: name in required for name in schema.get("properties", {})}


def answers(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """Fields of the answer."""
    accepted = [one for status, one in operation["responses"].items() if status.startswith("2")]
    return {name for one in accepted for name in schema_of(document, one).get("properties", {})}


def schema_of(document: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    media: dict[str, Any] = next(iter(content.get("content", {}).values()), {})
    schema: dict[str, Any] = media.get("schema", {})
    reference = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][reference] if reference else schema


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_that_may_change_a_standing_says_that_its_answer_names_the_version(service: str) -> None:
    """All operations that take a step of a case do it by `casework.api.guards.step`; no other one writes a standing."""
    may_change = {one.operation_id for one in routes(service) if steps_of_a_case(one)}
    assert bool(may_change) == (service == STANDINGS.writer)
    declared = {name for name, (_, one) in operations(made("openapi", service)).items() if headers_of(one)}
    assert declared == may_change


def routes(service: str) -> list[Operation]:
    """The operations as the service declares them."""
    found: Service = importlib.import_module(f"{service}.__main__").SERVICE
    return [route for router in found.routers for route in router.routes if isinstance(route, Operation)]


def steps_of_a_case(route: Operation) -> bool:
    """Whether the function of an operation calls casework's `step`."""
    handler: Any = getattr(route.endpoint, "handler")  # noqa: B009  # a part of kit's own
    return handler.__globals__.get("step") is guards.step and "step" in handler.__code__.co_names


def headers_of(operation: dict[str, Any]) -> set[str]:
    """The headers of an accepted answer."""
    accepted = [one for status, one in operation["responses"].items() if status.startswith("2")]
    return {name for one in accepted for name in one.get("headers", {})}


def one_operation(**changes: Any) -> dict[str, Any]:
    """A document with one operation `do`, of which parts are replaced."""
    usual: dict[str, Any] = {
        "path": "/v1/do",
        "id": "do",
        "input": {"properties": {"a": {}, "b": {}}, "required": ["a"]},
        "answer": {"properties": {"c": {}, "d": {}}},
    }
    given = usual | changes
    body = {"content": {"application/json": {"schema": given["input"]}}}
    responses = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}}
    operation = {"operationId": given["id"], "requestBody": body, "responses": responses}
    return {"paths": {given["path"]: {"post": operation}}, "components": {"schemas": {"Out": given["answer"]}}}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "done"},
        {"path": "/v2/do"},
        {"input": {"properties": {"a": {}}, "required": ["a"]}},
        {"input": {"properties": {"a": {}, "b": {}}, "required": ["a", "b"]}},
        {"input": {"properties": {"a": {}, "b": {}, "e": {}}, "required": ["a", "e"]}},
        {"answer": {"properties": {"c": {}}}},
    ],
    ids=["renamed", "moved", "field gone", "field now required", "new required field", "answer lost a field"],
)
def test_a_change_that_breaks_callers_is_found(changes: dict[str, Any]) -> None:
    assert list(broken(one_operation(), one_operation(**changes)))


def test_growing_is_no_break() -> None:
    grown = one_operation(
        input={"properties": {"a": {}, "b": {}, "e": {}}, "required": ["a"]},
        answer={"properties": dict.fromkeys("cde")},
    )
    assert list(broken(one_operation(), grown)) == []
