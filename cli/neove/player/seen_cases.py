"""Which office reported or last saw a case in a scenario. `neove case` and `law draw --case` ask as it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from neove.player.player import Result
from neove.player.scenario import replace_names

FILE = "played.json"
KEPT = 500


def remember(state: Path, runs: Iterable[tuple[list[Result], Mapping[str, Any]]]) -> None:
    """Note case → office of every accepted report and every answered `casework.get_case`; the newest 500 are kept.

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
            if str(step.operation) == "intake.submit_report" and result.outcome == "ok":
                opened = [str(names.get(name)) for name in step.save]
                seen |= {case_id: step.office for case_id in opened if case_id.startswith("case_")}
            if str(step.operation) == "casework.get_case" and result.status == 200:
                seen[str(replace_names(step.fields.get("case_id"), names))] = step.office
    (state / FILE).write_text(json.dumps(dict(list(seen.items())[-KEPT:])), encoding="utf-8")


def office_of(state: Path, case_id: str) -> str | None:
    """The office that last saw this case, else the one that reported it, if a scenario here did."""
    return _read(state).get(case_id)


def _read(state: Path) -> dict[str, str]:
    try:
        return cast("dict[str, str]", json.loads((state / FILE).read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError):
        return {}
