"""`neove up`: start the stack and show how it comes up."""

import os
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack import control, demo_people, lock
from stack.config import ROOT, Endpoints, endpoints, state_dir
from stack.import_people import bring
from stack.stack import Stack
from stack.status import Part, Status

MARKS = {"waiting": "·", "starting": "…", "ready": "[green]✓[/]", "restarting": "[red]↻[/]", "stopped": "-"}
DEMO_OFFICES = (
    "border_guard/lao-cai",
    "commune/lao-cai",
    "commune_police/lao-cai",
    "provincial_police/lao-cai",
    "health_authority/lao-cai",
    "provincial_police/thai-nguyen",
    "hotline_111/ha-noi",
    "steering_committee/ha-noi",
)
FIRST_SCENARIOS = "tests/e2e/scenarios"


def command() -> None:
    """Start everything, and return when every part answers.

    A stack that runs already is left as it is.

    \b
    Environment variables:
      NEOVE_STATE               the state directory, instead of .neove
      NEOVE_PORT_BASE           moves all ports; the first is this one
      NEOVE_PORT_INTAKE         moves the port of one part, here intake
      NEOVE_POSTGRES_URL, NEOVE_NATS_URL, NEOVE_TEMPORAL_ADDRESS
                                a server that runs elsewhere; none of its kind is started here
      NEOVE_POSTGRES_OS_USER    the user that PostgreSQL runs as when root starts it
      NEOVE_BUDGETS             limits of callers, JSON, instead of those of a demonstration; {} as in the release
      NEOVE_PEOPLE              the file of the demo people, instead of our own; empty: no office has a list of members

    \b
    Example:
      NEOVE_PORT_BASE=9100 .venv/bin/neove up
    """
    console, state = Console(), state_dir()
    already = lock.holder(state) is not None
    Stack.from_environment()  # a wrong port is reported before anything is made
    progress = LiveProgress(console) if console.is_terminal else LineProgress(console)
    with progress:
        status = control.up(state, {"NEOVE_PEOPLE": str(demo_people.FILE), **os.environ}, progress.show)
    if already:
        console.print("It was running already.")
    found = endpoints(state)
    listed = _import_people(Stack.load(state), found)
    _show(console, status, found, listed)


def _import_people(stack: Stack, found: Endpoints) -> dict[str, list[str]]:
    """Bring the demo people into casework; gives their ids by office."""
    if stack.people is None:
        return {}
    people = demo_people.DemoPeople.load(stack.people)
    bring(people, found.issuer, found.services["casework"])
    return {office: list(people.of(office)) for office in people.by_office}


class LiveProgress:
    """Progress for a terminal: a small table that redraws itself."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, transient=True, refresh_per_second=8)

    def __enter__(self) -> None:
        self._live.__enter__()

    def __exit__(self, *ending: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, status: Status) -> None:
        """Draw this status."""
        table = Table.grid(padding=(0, 1))
        for part in status.parts:
            table.add_row(MARKS[part.state], part.name, _progress_text(part))
        if status.doing:
            table.add_row("…", status.doing)
        self._live.update(table)


class LineProgress:
    """Progress for a log: one line for each part that is ready."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: set[str] = set()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *ending: object) -> None:
        pass

    def show(self, status: Status) -> None:
        """Print the lines that were not printed yet."""
        lines = [
            f"{part.name}: {_progress_text(part)}" for part in status.parts if part.state in {"ready", "restarting"}
        ]
        for line in [*lines, *([status.doing] if status.doing else [])]:
            if line not in self._shown:
                self._shown.add(line)
                self._console.print(line, highlight=False)


def _progress_text(part: Part) -> str:
    if part.state == "ready" and part.seconds is not None:
        return f"answers after {part.seconds:.1f} s"
    return f"{part.state}, {part.restarts} times" if part.state == "restarting" else part.state


def _show(console: Console, status: Status, found: Endpoints, listed: dict[str, list[str]]) -> None:
    table = Table(title="Nẻo Về runs here", title_justify="left")
    for heading in ("part", "where", "pid"):
        table.add_column(heading, no_wrap=heading != "where")
    for part in status.parts:
        table.add_row(part.name, part.where, str(part.pid or "-"))
    if found.temporal_ui:
        table.add_row("temporal, web page", found.temporal_ui, "")
    if found.nats_monitor:
        table.add_row("nats, monitor", found.nats_monitor, "")
    console.print(table)
    console.soft_wrap = True  # commands and paths stay whole, to be copied
    console.print(
        "[bold red]Development sign-in:[/] anybody who reaches the issuer can act as any office. No real cases here."
    )
    console.print(f"Demo offices: {', '.join(DEMO_OFFICES)} …")
    console.print(f"Offices of a place: {found.issuer}/offices?place=lao-cai")
    console.print(f"A token: .venv/bin/neove token {DEMO_OFFICES[0]}")
    for office, ids in listed.items():
        console.print(f"Demo people of {office} (--person): {', '.join(ids)}", highlight=False)
    console.print(f"Logs: {_path(found.logs)}    Health: .venv/bin/neove doctor    Stop: make down")
    console.print(f"Next: [bold].venv/bin/neove play {_first_scenario()}[/]")


def _first_scenario() -> str:
    scenarios = sorted((ROOT / FIRST_SCENARIOS).glob("*.yaml"))
    return _path(scenarios[0]) if scenarios else "FILE"


def _path(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
