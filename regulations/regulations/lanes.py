"""Reads the lane files of a pack. One file can be the template of several lanes that differ by a kind.

A file is one lane (`[lane] code = "crime"`) or a family of lanes: `[lane] code = "support:*"` with `[lane.kinds]`, a
table of kind → label. Each kind becomes a lane `support:<kind>`. In a family each row, for example a `[[state]]` or a
`[[rule]]`, may say `kinds = [...]`: then it is only in the lanes of these kinds.
"""

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

from regulations.toml_files import PackError, read

TABLES = {"lane", "state", "transition", "attribute", "rule"}
FAMILY = ":*"
"""The code of a family of lanes ends so: `support:*` stands for all its lanes."""


def read_lanes(folder: Traversable, names: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lanes and rules of the lane files `names`, with one lane for each kind of a family; not checked yet.

    Returns:
        Lane code → lane, and rule id → rule with the codes of the `lanes` that it is in.

    Raises:
        PackError: a file is not a lane file, names a kind that it does not have, or repeats a rule.
    """
    lanes: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for name in names:
        place = f"{folder.name}/{name}.toml"
        table = read(folder / f"{name}.toml")
        if unknown := table.keys() - TABLES:
            raise PackError(f"{place}: unknown tables {sorted(unknown)}")
        kinds = _kinds(table, name, place)
        lanes.update(_spread(table, kinds))
        for rule in table.get("rule", []):
            if rule.get("id") in rules or "id" not in rule:
                raise PackError(f"{place}: rule {rule.get('id')} stands twice or has no id")
            codes = [code for code, kind in kinds.items() if _in_kind(rule, kind)]
            rules[rule["id"]] = {**_without_kinds(rule), "lanes": codes}
    return lanes, rules


def _kinds(table: dict[str, Any], name: str, place: str) -> dict[str, str | None]:
    """Lane code → its kind. A file that is no family has one lane without a kind."""
    head = table.get("lane", {})
    kinds: dict[str, Any] = head.get("kinds", {})
    if head.get("code") != (f"{name}{FAMILY}" if kinds else name):
        raise PackError(f"{place}: [lane] must have the code {name}, or {name}{FAMILY} and kinds")
    for row in (row for rows in TABLES - {"lane"} for row in table.get(rows, [])):
        if unknown := set(row.get("kinds", ())) - kinds.keys():
            raise PackError(f"{place}: unknown kinds {sorted(unknown)}")
    return {f"{name}:{kind}": kind for kind in kinds} if kinds else {name: None}


def _spread(table: dict[str, Any], kinds: dict[str, str | None]) -> Iterator[tuple[str, dict[str, Any]]]:
    head = _without_kinds(table["lane"])
    for code, kind in kinds.items():
        rows = {
            f"{what}s": [_without_kinds(row) for row in table.get(what, []) if _in_kind(row, kind)]
            for what in ("state", "transition", "attribute")
        }
        label = table["lane"]["kinds"][kind] if kind else head.get("label")
        yield code, {**head, **rows, "code": code, "label": label}


def _in_kind(row: dict[str, Any], kind: str | None) -> bool:
    return "kinds" not in row or kind in row["kinds"]


def _without_kinds(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "kinds"}
