"""What `neove play` shows: one line a step, and after a failure what was expected and what came."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from neove.player.match import Absent
from neove.player.played import Played
from neove.player.player import Result
from neove.player.scenario import Scenario

MARKS = {"ok": "[green]✓[/]", "failed": "[red]✗[/]", "unreachable": "[red]✗[/]", "skipped": "[yellow]–[/]"}
LONGEST_SHOWN = 300
MOST_CHECKS_SHOWN = 3
CODE = re.compile(r"^[A-Za-z0-9_./:+-]{2,40}$")


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
