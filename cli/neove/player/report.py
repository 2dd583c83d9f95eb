"""The end of `neove play`: its last lines, or the JSON document of `--json`."""

from collections.abc import Iterable
from typing import Any

from rich.markup import escape

from neove.player.match import Absent, Mismatch
from neove.player.played import Played
from neove.player.player import Result
from neove.shared.terminal import Exit, console, error_console


def conclude(runs: list[Played], code: Exit, trouble: str) -> None:
    """Print how many scenarios hold and how many steps were left out; on the error stream, what could not be played."""
    if trouble:
        error_console().print(f"neove: {escape(trouble)}", soft_wrap=True)
    if not runs:
        return
    held = sum(run.code is Exit.OK for run in runs)
    skipped = sum(len(run.skipped) for run in runs)
    left_out = f", [yellow]steps left out: {skipped}[/]" if skipped else ""
    colour = "green" if code is Exit.OK else "red"
    console().print(f"\n[{colour}]{held} of {len(runs)} scenarios hold[/]{left_out}")


def as_document(runs: Iterable[Played], code: Exit, trouble: str = "") -> dict[str, Any]:
    """The runs as a JSON document: code, trouble, and the steps of each run."""
    return {
        "code": int(code),
        "result": code.name.lower(),
        "trouble": trouble or None,
        "runs": [
            {
                "file": str(run.scenario.path),
                "title": run.scenario.title,
                "loop": run.loop,
                "result": run.code.name.lower(),
                "trouble": run.trouble or None,
                "remembered": run.names,
                "steps": [_step_document(result) for result in run.results],
            }
            for run in runs
        ],
    }


def _step_document(result: Result) -> dict[str, Any]:
    step = result.step
    return {
        "number": step.number,
        "line": step.line,
        "as": step.office,
        "operation": str(step.operation),
        "outcome": result.outcome,
        "attempts": result.attempts,
        "seconds": round(result.seconds, 3),
        "status": result.status,
        "trace_id": result.trace_id,
        "why": result.why or None,
        "faults": [_fault_document(fault) for fault in result.faults],
    }


def _fault_document(fault: Mismatch) -> dict[str, Any]:
    got = None if isinstance(fault.got, Absent) else fault.got
    return {"at": fault.path, "expected": fault.expected, "got": got, "absent": isinstance(fault.got, Absent)}
