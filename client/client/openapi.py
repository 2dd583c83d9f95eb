"""A service's OpenAPI document: which operations there are, and how the fields of a step become a request.

A scenario's values are text. The schema says what they are: `2001` goes out as a number where the schema says
integer and as text where it says string. Nothing here knows what a field means.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import quote

JSON_TYPES = {"bool": "boolean", "int": "integer", "float": "number", "str": "string", "NoneType": "null"}
METHODS = ("get", "post", "put", "patch", "delete")
COMPOSED = ("anyOf", "oneOf", "allOf")

Schema = Mapping[str, Any]


class FieldMissing(Exception):
    """The path of an operation needs a field that the step does not give."""


class Request(NamedTuple):
    """What to send: method in capitals, path with its fields filled in, query pairs, JSON body or None."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: dict[str, Any] | None


class Operation(NamedTuple):
    """One operation of a document; `places` says of each parameter whether it stands in `path` or `query`."""

    document: "Document"
    method: str
    path: str
    places: dict[str, str]
    schemas: dict[str, Any]
    body: Any

    def knows(self, field: str) -> bool:
        """Whether the operation has a field of this name, wherever it stands."""
        return field in self.places or self.document.has_property(self.body, field)

    def request(self, fields: Mapping[str, Any]) -> Request:
        """The request for the fields of a step.

        A field that the operation does not know is sent in the body, where there is one, so that the service can
        refuse it; else in the query.

        Raises:
            FieldMissing: the path needs a field that is not given.
        """
        typed = {name: self._typed(name, value) for name, value in fields.items()}
        in_path = {name for name, place in self.places.items() if place == "path"}
        if missing := in_path - typed.keys():
            raise FieldMissing(f"`{min(missing)}` is needed: it is part of the address {self.path}")
        path = re.sub(r"\{(\w+)\}", lambda match: quote(_text(typed[match[1]]), safe=""), self.path)
        in_query = {name for name in typed.keys() - in_path if self.places.get(name) == "query" or self.body is None}
        query = tuple(pair for name in typed if name in in_query for pair in _pairs(name, typed[name]))
        if self.body is None:
            return Request(self.method, path, query, None)
        return Request(self.method, path, query, {name: v for name, v in typed.items() if self._in_body(name)})

    def _in_body(self, name: str) -> bool:
        return name not in self.places or self.document.has_property(self.body, name)

    def _typed(self, name: str, value: Any) -> Any:
        if name in self.schemas:
            return self.document.coerce(value, [self.schemas[name]])
        return self.document.coerce({name: value}, [self.body])[name]


class Document:
    """One OpenAPI 3 document.

    Args:
        raw: the parsed JSON of the document.
    """

    def __init__(self, raw: Schema) -> None:
        self._raw = raw
        self.operations: dict[str, Operation] = {
            operation.pop("operationId"): self._operation(method, path, item, operation)
            for path, item in cast("dict[str, dict[str, Any]]", raw.get("paths", {})).items()
            for method, operation in ((name, dict(item[name])) for name in METHODS if name in item)
            if "operationId" in operation
        }

    def _operation(self, method: str, path: str, item: Schema, operation: Schema) -> Operation:
        parameters = [self._deref(part) for part in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        used = {part["name"]: part for part in parameters if part["in"] in ("path", "query")}
        content: Schema = self._deref(operation.get("requestBody", {})).get("content", {})
        return Operation(
            document=self,
            method=method.upper(),
            path=path,
            places={name: part["in"] for name, part in used.items()},
            schemas={name: part.get("schema", {}) for name, part in used.items()},
            body=content.get("application/json", {}).get("schema") if content else None,
        )

    def coerce(self, value: Any, schemas: list[Any]) -> Any:
        """The value with its texts turned into what the schemas say; what does not fit stays text.

        Args:
            value: nested texts, lists and mappings of a scenario, or remembered values (kept as they are).
            schemas: alternatives; one that fits is enough.
        """
        leaves = [leaf for schema in schemas for leaf in self.leaves(schema)]
        if isinstance(value, dict):
            parts = cast("dict[str, Any]", value)
            return {key: self.coerce(part, list(_property_schemas(leaves, key))) for key, part in parts.items()}
        if isinstance(value, list):
            items = [leaf["items"] for leaf in leaves if "items" in leaf]
            return [self.coerce(part, items) for part in cast("list[Any]", value)]
        return _scalar(value, leaves) if isinstance(value, str) else value

    def has_property(self, schema: Any, name: str) -> bool:
        """Whether an object schema, or one of its alternatives, names this property."""
        return any(name in leaf.get("properties", {}) for leaf in self.leaves(schema))

    def leaves(self, schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[Schema]:
        """The schemas that a schema is made of, with references and alternatives resolved."""
        if not isinstance(schema, Mapping):
            return
        given = cast("Schema", schema)
        reference = given.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            yield from self.leaves(self._pointed(reference), seen | {reference})
        for key in COMPOSED:
            for part in given.get(key, ()):
                yield from self.leaves(part, seen)
        yield given

    def _deref(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        return self._pointed(reference) if isinstance(reference, str) else schema

    def _pointed(self, reference: str) -> Schema:
        part: Any = self._raw
        for key in reference.removeprefix("#/").split("/"):
            part = part.get(key.replace("~1", "/").replace("~0", "~"), {})
        return cast("Schema", part)


def _property_schemas(leaves: list[Schema], key: str) -> Iterator[Any]:
    for leaf in leaves:
        if key in leaf.get("properties", {}):
            yield leaf["properties"][key]
            continue
        yield from (schema for pattern, schema in leaf.get("patternProperties", {}).items() if re.search(pattern, key))
        yield leaf.get("additionalProperties")


def _scalar(text: str, leaves: list[Schema]) -> Any:
    types = {name for leaf in leaves for name in _types(leaf, text)}
    if not types or "string" in types:
        return text
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if "integer" in types and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if "number" in types and re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        return float(text)
    return text


def _types(leaf: Schema, text: str) -> set[str]:
    """The types that a leaf allows; `string` counts only if a closed list of the leaf has this text."""
    closed: list[Any] = [leaf["const"]] if "const" in leaf else list(leaf.get("enum", ()))
    stated: Any = leaf.get("type")
    types: set[str] = {stated} if isinstance(stated, str) else set(stated or ())
    types = types or {JSON_TYPES.get(type(value).__name__, "string") for value in closed}
    return types - {"string"} if closed and text not in closed else types


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    entries: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
    for entry in entries:
        if entry is not None:
            yield name, _text(entry)
