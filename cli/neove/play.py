"""`neove play FILE…`: play scenarios against the running stack."""

import json
from pathlib import Path
from typing import Annotated

import typer

from client.services import Services
from neove.player import seen_cases
from neove.player.report import as_document, conclude
from neove.player.runs import Played, play_all
from neove.player.scenario import ScenarioWrong, load
from neove.player.screen import Screen
from neove.shared.terminal import Exit, console
from stack.config import Failure, endpoints, state_dir


def command(
    files: Annotated[list[Path], typer.Argument(help="Scenario files, played in this order.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of progress.")] = False,
    loops: Annotated[int, typer.Option(min=1, help="Play everything this many times.")] = 1,
    without: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE", help="Leave out the steps of this service; may be repeated.")
    ] = None,
) -> None:
    """Play scenario files against the running stack.

    docs/scenarios.md describes the files.

    Exit code: 0 every step holds; 1 a step failed; 2 a file is wrong; 3 the stack does not answer.

    \b
    Example:
      .venv/bin/neove play tests/e2e/scenarios/*.yaml
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
    seen_cases.remember(state_dir(), [(run.results, run.names) for run in runs])
    if as_json:
        print(json.dumps(as_document(runs, code, trouble), ensure_ascii=False, indent=2))
    else:
        conclude(runs, code, trouble)
    raise typer.Exit(code)
