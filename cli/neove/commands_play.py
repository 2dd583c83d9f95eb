"""`neove play FILE…`: scenarios against the running stack, one line a step."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from client.errors import Unreachable
from client.services import Services
from neove import played
from neove.match import Absent, Mismatch
from neove.play import Player, Result
from neove.scenario import Scenario, ScenarioWrong, load
from stack.config import Failure, endpoints, state_dir

PIPE_WIDTH = 160
MARKS = {"ok": "[green]✓[/]", "failed": "[red]✗[/]", "unreachable": "[red]✗[/]", "skipped": "[yellow]–[/]"}
LONGEST_SHOWN = 300
MOST_CHECKS_SHOWN = 3
CODE = re.compile(r"^[A-Za-z0-9_./:+-]{2,40}$")


class Exit(IntEnum):
    """What the exit code of `neove play` says; with several files the highest holds."""

    OK = 0
    STEP_FAILED = 1
    FILE_WRONG = 2
    STACK_UNREACHABLE = 3


@dataclass
class Played:
    """One scenario as it was played once; `trouble` says why it could not be played to the end."""

    scenario: Scenario
    loop: int
    code: Exit = Exit.OK
    trouble: str = ""
    results: list[Result] = field(default_factory=list[Result])
    names: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def skipped(self) -> list[Result]:
        """Steps that were left out."""
        return [result for result in self.results if result.outcome == "skipped"]


def console() -> Console:
    """The output; as wide as a line needs where it goes into a file or a pipe."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


class Screen:
    """Progress for a reader: one line a step, and on a failure what was expected and what came."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._widths = (0, 0)

    def begin(self, scenario: Scenario, loop: int, loops: int) -> None:
        """Show the title."""
        again = f"  [dim]({loop} of {loops})[/]" if loops > 1 else ""
        title = f"\n[bold]{escape(scenario.title)}[/]{again}\n[dim]{escape(str(scenario.path))}[/]"
        self._console.print(title, soft_wrap=True)
        self._widths = (
            max(len(step.office) for step in scenario.steps),
            max(len(str(step.operation)) for step in scenario.steps),
        )

    def step(self, scenario: Scenario, result: Result) -> None:
        """Show one step."""
        step = result.step
        office, operation = step.office.ljust(self._widths[0]), str(step.operation).ljust(self._widths[1])
        at = (step.at or "")[:16].replace("T", " ").ljust(16)
        line = Text.from_markup(f"  {MARKS[result.outcome]} {step.number:>2}  {at}  {office}  {operation}  ")
        line.append(_about(result), style="dim")
        self._console.print(line, soft_wrap=True)
        if result.outcome in ("failed", "unreachable"):
            self._failure(scenario, result)

    def end(self, played_once: Played) -> None:
        """Show how the file went, and in one line what was left out."""
        if skipped := played_once.skipped:
            steps = ", ".join(str(result.step.number) for result in skipped)
            self._console.print(f"  [yellow]left out: step {steps} ({escape(skipped[0].why)})[/]")
        if played_once.trouble:
            self._console.print(f"  [red]{escape(played_once.trouble)}[/]", soft_wrap=True)
        if played_once.names:
            names = "  ".join(f"{name} = {shown(value)}" for name, value in played_once.names.items())
            self._console.print(f"  [dim]remembered: {escape(names)}[/]", soft_wrap=True)

    def _failure(self, scenario: Scenario, result: Result) -> None:
        for fault in result.faults:
            self._line("at", fault.path or "the call")
            self._line("expected", shown(fault.expected))
            self._line("got", shown(fault.got))
        if result.why:
            self._line("because", result.why)
        self._line("trace", result.trace_id or "none")
        self._line("file", f"{scenario.path}:{result.step.line}")

    def _line(self, word: str, text: str) -> None:
        self._console.print(Text.assemble(f"        {word:<9}", (text, "bold")), soft_wrap=True)


def play(
    files: Annotated[list[Path], typer.Argument(help="Scenario files, played in this order.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of progress.")] = False,
    loops: Annotated[int, typer.Option(min=1, help="Play everything this many times.")] = 1,
    without: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE", help="Leave out the steps of this service; may be repeated.")
    ] = None,
) -> None:
    """Play scenarios against the running stack.

    Exit code: 0 every step holds; 1 a step failed; 2 a file is wrong; 3 the stack does not answer.
    """
    screen = None if as_json else Screen(console())
    runs: list[Played] = []
    code, trouble = Exit.OK, ""
    try:
        scenarios = [load(path) for path in files]
        where = endpoints()
        services = Services(where.services, where.issuer)
        runs = play_all(services, scenarios, loops=loops, without=frozenset(without or ()), screen=screen)
        code = max(run.code for run in runs)
    except ScenarioWrong as error:
        code, trouble = Exit.FILE_WRONG, str(error)
    except Failure as error:
        code, trouble = Exit.STACK_UNREACHABLE, str(error)
    played.remember(state_dir(), [(run.results, run.names) for run in runs])
    if as_json:
        print(json.dumps(as_document(runs, code, trouble), ensure_ascii=False, indent=2))
    else:
        conclude(runs, code, trouble)
    raise typer.Exit(code)


def play_all(
    services: Services,
    scenarios: list[Scenario],
    *,
    loops: int = 1,
    without: frozenset[str] = frozenset(),
    screen: Screen | None = None,
) -> list[Played]:
    """Play each scenario `loops` times; a stack that does not answer ends it at once."""
    runs: list[Played] = []
    for loop in range(1, loops + 1):
        for scenario in scenarios:
            if screen is not None:
                screen.begin(scenario, loop, loops)
            runs.append(play_once(services, scenario, loop=loop, without=without, screen=screen))
            if screen is not None:
                screen.end(runs[-1])
            if runs[-1].code is Exit.STACK_UNREACHABLE:
                return runs
    return runs


def play_once(
    services: Services,
    scenario: Scenario,
    *,
    loop: int = 1,
    without: frozenset[str] = frozenset(),
    screen: Screen | None = None,
) -> Played:
    """Play one scenario once."""
    run = Played(scenario, loop)
    player = Player(services, scenario, without)
    run.names = player.names
    try:
        player.prepare()
        for result in player.play():
            run.results.append(result)
            if screen is not None:
                screen.step(scenario, result)
            if result.outcome in ("failed", "unreachable"):
                run.code = Exit.STEP_FAILED if result.outcome == "failed" else Exit.STACK_UNREACHABLE
    except ScenarioWrong as error:
        run.code, run.trouble = Exit.FILE_WRONG, str(error)
    except Unreachable as error:
        run.code, run.trouble = Exit.STACK_UNREACHABLE, f"The stack cannot be reached: {error}"
    return run


def conclude(runs: list[Played], code: Exit, trouble: str) -> None:
    """The last lines: how many held, what was left out, and what could not be played at all (error stream)."""
    if trouble:
        Console(stderr=True, highlight=False).print(f"neove: {escape(trouble)}", soft_wrap=True)
    if not runs:
        return
    held = sum(run.code is Exit.OK for run in runs)
    skipped = sum(len(run.skipped) for run in runs)
    left_out = f", [yellow]steps left out: {skipped}[/]" if skipped else ""
    colour = "green" if code is Exit.OK else "red"
    console().print(f"\n[{colour}]{held} of {len(runs)} scenarios hold[/]{left_out}")


def as_document(runs: Iterable[Played], code: Exit, trouble: str = "") -> dict[str, Any]:
    """The same as JSON: code, trouble, and for each run its steps."""
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


def shown(value: Any) -> str:
    """A value in one line, cut where it is long."""
    if isinstance(value, str | Absent):
        text = str(value)
    elif value is None:
        text = "nothing (~)"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _about(result: Result) -> str:
    """What the step says and checks, in codes; texts about a person stay out of the progress."""
    step = result.step
    if result.outcome == "skipped":
        return f"left out: {result.why}"
    said = [_code(name, text) for name, text in step.fields.items()]
    if step.refused is not None and result.outcome == "ok":
        said.append(f"refused with {step.refused.status}, as it must be")
    checked = list(_checked(step.answer))
    if checked:
        more = " …" if len(checked) > MOST_CHECKS_SHOWN else ""
        said.append(f"→ {', '.join(checked[:MOST_CHECKS_SHOWN])}{more}")
    if result.attempts > 1:
        said.append(f"({result.attempts} tries, {result.seconds:.1f} s)")
    return " ".join(filter(None, said))


def _checked(expected: Any, name: str = "") -> Iterator[str]:
    """The codes that an answer must hold, each with the last part of its path."""
    if isinstance(expected, dict):
        for key, value in cast("dict[str, Any]", expected).items():
            yield from _checked(value, key)
    elif isinstance(expected, list):
        for value in cast("list[Any]", expected):
            yield from _checked(value, name)
    elif isinstance(expected, str) and (code := _code(name, expected)):
        yield code if ":" in code else f"{name}: {code}"


def _code(name: str, value: Any) -> str:
    """A code as it is, a flag with its name, nothing for anything else."""
    if value in ("true", "false"):
        return f"{name}: {value}"
    return value if isinstance(value, str) and CODE.match(value) else ""
