"""Every instant and every date that a request can state is bounded: beyond a sane range arithmetic overflows."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from contracts.times import Day, Instant
from kit.runtime import Service, openapi
from stack.services import discover

SERVICES = [service.name for service in discover(Path(__file__).resolve().parents[2])]
BOUNDS = {"date-time": {"formatMinimum", "formatExclusiveMaximum"}, "date": {"formatMinimum", "formatMaximum"}}
BEYOND = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]
WITHIN = ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59-00:00", "2026-11-20T08:00:00+07:00"]


def unbounded(document: dict[str, Any], schema: Any, where: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Places of a request's schema where an instant or a date may be anything."""
    if isinstance(schema, list):
        for one in schema:
            yield from unbounded(document, one, where, seen)
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref", "")
    if reference and reference not in seen:
        named = document["components"]["schemas"][reference.rpartition("/")[2]]
        yield from unbounded(document, named, reference.rpartition("/")[2], seen | {reference})
    if schema.get("format") in BOUNDS and not BOUNDS[schema["format"]] <= schema.keys():
        yield where
    for key, below in schema.items():
        yield from unbounded(document, below, f"{where}.{key}" if key not in ("properties", "anyOf") else where, seen)


@pytest.mark.parametrize("service", SERVICES)
def test_every_instant_of_a_request_is_bounded(service: str) -> None:
    found: Service = importlib.import_module(f"{service}.__main__").SERVICE
    document = openapi(found)
    operations = [one for path in document["paths"].values() for one in path.values() if isinstance(one, dict)]
    asked = [(one.get("requestBody"), one.get("parameters"), one.get("operationId", "")) for one in operations]
    assert sorted({place for body, query, name in asked for place in unbounded(document, [body, query], name)}) == []


class Stated(BaseModel):
    """As a request has it."""

    at: Instant | None = None
    on: Day | None = None


@pytest.mark.parametrize("instant", BEYOND)
def test_what_lies_beyond_is_refused(instant: str) -> None:
    with pytest.raises(ValidationError):
        Stated.model_validate_json(f'{{"at": "{instant}"}}', strict=True)
    with pytest.raises(ValidationError):
        Stated.model_validate_json(f'{{"on": "{instant[:10]}"}}', strict=True)


@pytest.mark.parametrize("instant", WITHIN)
def test_what_lies_within_is_taken(instant: str) -> None:
    assert TypeAdapter(Instant).validate_json(f'"{instant}"', strict=True).utcoffset() is not None
    assert TypeAdapter(Day).validate_json(f'"{instant[:10]}"', strict=True)


def test_an_instant_needs_its_time_zone() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_json('"2026-11-20T08:00:00"')
