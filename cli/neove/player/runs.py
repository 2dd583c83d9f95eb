"""Plays scenarios from the first step to the last, and keeps how each went."""

from client.errors import Unreachable
from client.services import Services
from neove.player.played import Played
from neove.player.player import Player
from neove.player.scenario import Scenario, ScenarioWrong
from neove.player.screen import Screen
from neove.shared.terminal import Exit


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
