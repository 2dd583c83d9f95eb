"""What may leave the process in a span or a log line: an allow-list of names, and for each the shape of its values."""

import errno
import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from functools import lru_cache
from traceback import walk_tb
from types import TracebackType
from typing import Any

WITHHELD = "[withheld]"
OPAQUE_ID = re.compile(r"[a-z]{2,12}_[a-z2-7]{26}")
WORD = re.compile(r"[A-Za-z0-9_.:/@+*>${}\-]{1,200}")
SPAN_NAME = re.compile(r"[A-Za-z0-9_.:/*>${}\- ]{1,120}")
LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w$.])\d[\d.]*")
DOLLAR_QUOTE = re.compile(r"\$(?!\d)")
ROUTE = re.compile(r"/[a-z0-9_{}/.\-]*")
SQL_TEXT = "db.query.text"
MAX_SQL = 400

ATTRIBUTES: dict[str, re.Pattern[str]] = {
    "case.id": OPAQUE_ID,
    "http.route": ROUTE,
    **dict.fromkeys(
        (
            "db.namespace",
            "db.operation.name",
            "db.system.name",
            "error.type",
            "event.type",
            "exception.type",
            "http.request.method",
            "http.response.status_code",
            "messaging.batch.message_count",
            "messaging.consumer.group.name",
            "messaging.destination.name",
            "messaging.destination_publish.name",
            "messaging.message.id",
            "messaging.message.conversation_id",
            "messaging.message.payload_size_bytes",
            "messaging.operation",
            "messaging.operation.type",
            "messaging.system",
            "neove.deliveries",
            "problem.slug",
            "temporalActivityID",
            "temporalActivityType",
            "temporalRunID",
            "temporalUpdateID",
            "temporalWorkflowID",
        ),
        WORD,
    ),
}
"""Attribute → shape of its text. Numbers and flags pass under these names; every other name is dropped."""

RESOURCE_PREFIXES = ("service.", "telemetry.sdk.", "deployment.")


def is_opaque_id(value: str) -> bool:
    """True for `<kind>_<26 base32 characters>`."""
    return OPAQUE_ID.fullmatch(value) is not None


def attributes(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The attributes that may be exported."""
    kept = {name: _attribute(name, value) for name, value in (given or {}).items()}
    return {name: value for name, value in kept.items() if value is not None}


def _attribute(name: str, value: Any) -> Any:
    if name == SQL_TEXT:
        return _sql(value) if isinstance(value, str) else None
    shape = ATTRIBUTES.get(name)
    if shape is None:
        return None
    if isinstance(value, str):
        return value if shape.fullmatch(value) else None
    return value if isinstance(value, bool | int | float) else None


@lru_cache(maxsize=1000)
def _sql(value: str) -> str | None:
    """A statement without its literals; one that quotes in a way that is not understood is dropped."""
    if "\\" in value or DOLLAR_QUOTE.search(value) or not value.isascii():
        return None
    text = LITERAL.sub("?", value)
    return None if "'" in text else " ".join(text.split())[:MAX_SQL]


def span_name(name: str) -> str:
    """A span's name without ids; one that does not look like a name of code is withheld."""
    return OPAQUE_ID.sub("*", name) if SPAN_NAME.fullmatch(name) else WITHHELD


def word(value: Any) -> Any:
    """An argument of a log line: numbers, instants, ids and codes stay, an exception becomes its class."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return error_type(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value.value) if isinstance(value, Enum) else value
    return text if isinstance(text, str) and WORD.fullmatch(text) else WITHHELD


def error_type(error: BaseException) -> str:
    """`module.Class`, with the slug of an expected refusal or the number of a system's error."""
    kind = type(error)
    said = errno.errorcode.get(error.errno or 0) if isinstance(error, OSError) else getattr(error, "slug", None)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}({said})" if isinstance(said, str) and WORD.fullmatch(said) else name


def error(raised: BaseException) -> list[dict[str, Any]]:
    """An exception and its causes: classes and places in the code. Never the texts: a database error quotes rows."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = raised
    while current is not None and id(current) not in seen and len(found) < 8:
        seen.add(id(current))
        found.append({"type": error_type(current), "frames": _frames(current.__traceback__)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def _frames(trace: TracebackType | None) -> Sequence[str]:
    places = [
        f"{'/'.join(frame.f_code.co_filename.split('/')[-3:])}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(trace)
    ]
    return places[-20:]
