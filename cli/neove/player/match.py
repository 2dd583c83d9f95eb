"""Compares an answer with what a scenario expects; an answer may hold more than is expected.

A mapping holds if each key given holds; a list holds if each entry given is found; nothing (`~`) means absent or
null; `/text/` is searched as a regular expression; instants are compared as instants; the rest must be equal.
Scenario values are text, so `true` and `9` also equal the boolean and the number.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple, cast

from neove.shared.instants import as_instant


class Absent:
    """Stands for a place where the answer has nothing."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = Absent()


class Mismatch(NamedTuple):
    """One place where the answer is not as the scenario expects."""

    path: str
    expected: Any
    got: Any


def is_pattern(text: str) -> bool:
    """Whether a text is written `/…/`."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def mismatches(expected: Any, actual: Any, path: str = "") -> list[Mismatch]:
    """Every place where `actual` is not as `expected`; empty where all is."""
    return list(_compare(expected, actual, path))


def _compare(expected: Any, actual: Any, path: str) -> Iterator[Mismatch]:
    if expected is None:
        holds = actual is None or actual is ABSENT
    elif isinstance(expected, Mapping):
        yield from _compare_mapping(cast("Mapping[str, Any]", expected), actual, path)
        return
    elif isinstance(expected, list):
        yield from _compare_list(cast("list[Any]", expected), actual, path)
        return
    else:
        holds = actual is not ABSENT and same(expected, actual)
    if not holds:
        yield Mismatch(path, expected, actual)


def _compare_mapping(expected: Mapping[str, Any], actual: Any, path: str) -> Iterator[Mismatch]:
    if not isinstance(actual, Mapping):
        yield Mismatch(path, expected, actual)
        return
    answered = cast("Mapping[str, Any]", actual)
    for key, value in expected.items():
        yield from _compare(value, answered.get(key, ABSENT), f"{path}.{key}" if path else key)


def _compare_list(expected: list[Any], actual: Any, path: str) -> Iterator[Mismatch]:
    if not isinstance(actual, list):
        yield Mismatch(path, expected, actual)
        return
    entries = cast("list[Any]", actual)
    for number, value in enumerate(expected):
        if all(mismatches(value, entry) for entry in entries):
            yield Mismatch(f"{path}[{number}]", value, entries)


def same(expected: Any, actual: Any) -> bool:
    """Whether a single expected value (text of the file, or a remembered value) equals the answered one."""
    if not isinstance(expected, str):
        return type(expected) is type(actual) and expected == actual
    if is_pattern(expected):
        return _searched(expected[1:-1], actual)
    if isinstance(actual, bool):
        return expected == ("true" if actual else "false")
    if isinstance(actual, int | float):
        return _number(expected) == Decimal(str(actual))
    if not isinstance(actual, str):
        return False
    left, right = as_instant(expected), as_instant(actual)
    return left == right if left and right else expected == actual


def _searched(pattern: str, actual: Any) -> bool:
    if actual is None:
        return False
    text = actual if isinstance(actual, str) else json.dumps(actual, ensure_ascii=False)
    return re.search(pattern, text) is not None


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def pick(answer: Any, path: str) -> Any:
    """The part of an answer under a dotted path (`cases.A`, `items.0.handover_id`), or `ABSENT`."""
    part = answer
    for key in path.split("."):
        if isinstance(part, Mapping):
            part = cast("Mapping[str, Any]", part).get(key, ABSENT)
        elif isinstance(part, list) and key.isdigit() and int(key) < len(cast("list[Any]", part)):
            part = cast("list[Any]", part)[int(key)]
        else:
            return ABSENT
    return part
