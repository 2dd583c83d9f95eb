"""Which office last saw a case in a scenario, so that `neove case` can be called without saying as whom."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from neove.play import Result
from neove.scenario import replace_names

FILE = "played.json"
KEPT = 500


def remember(state: Path, runs: Iterable[tuple[list[Result], Mapping[str, Any]]]) -> None:
    """Note case → office of every answered `casework.get_case`; the newest 500 are kept.

    Args:
        state: the state directory; nothing is noted where there is none.
        runs: results of a scenario and what it remembered.
    """
    if not state.is_dir():
        return
    seen = _read(state)
    for results, names in runs:
        for result in results:
            step = result.step
            if str(step.operation) == "casework.get_case" and result.status == 200:
                seen[str(replace_names(step.fields.get("case_id"), names))] = step.office
    (state / FILE).write_text(json.dumps(dict(list(seen.items())[-KEPT:])), encoding="utf-8")


def office_of(state: Path, case_id: str) -> str | None:
    """The office that last saw this case, if a scenario here did."""
    return _read(state).get(case_id)


def _read(state: Path) -> dict[str, str]:
    try:
        return cast("dict[str, str]", json.loads((state / FILE).read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError):
        return {}
