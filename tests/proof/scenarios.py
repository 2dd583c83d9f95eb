"""Every scenario holds twice, and again after the stack was stopped and started."""

from io import StringIO

from rich.console import Console

from client.services import Services
from neove.player.runs import play_once
from neove.player.screen import Screen
from neove.shared.terminal import Exit
from stack import control
from stack.stack import Stack
from stack.trial import Trial, trial, trial_environment
from tests.e2e.scenario_files import OWN, Found, fixed_folder, found_in
from tests.load.figures import Row, Section

NAME = "scenarios"
TURNS = ("once", "twice", "after down and up")


async def prove() -> Section:
    """Play all that can be played with the services that are here."""
    everything = [found for folder in (fixed_folder(), OWN) for found in found_in(folder)]
    chosen = [found for found in everything if found.playable]
    with trial() as first:
        turns = [_played(first, chosen), _played(first, chosen)]
        turns.append(_played(_restarted(first), chosen))
    rows = [_row(found, [turn[found.name] for turn in turns]) for found in chosen]
    rows += [_left(found) for found in everything if not found.playable]
    return Section(NAME, "Scenarios", rows, "Each is played twice, and a third time after `down` and `up`.")


def play(running: Trial, found: Found) -> str:
    """Play one scenario; what went wrong, or nothing."""
    where, shown = running.endpoints, StringIO()
    screen = Screen(Console(file=shown, width=200, highlight=False))
    screen.begin(found.scenario, 1, 1)
    played = play_once(Services(where.services, where.issuer), found.scenario, without=found.missing, screen=screen)
    screen.end(played)
    return "" if played.code is Exit.OK else f"{shown.getvalue()}\n{played.trouble}"


def _played(running: Trial, chosen: list[Found]) -> dict[str, str]:
    return {found.name: play(running, found) for found in chosen}


def _restarted(running: Trial) -> Trial:
    control.down(running.state)
    control.up(running.state, trial_environment(running.state))
    return Trial(Stack.load(running.state))


def _row(found: Found, troubles: list[str]) -> Row:
    for turn, trouble in zip(TURNS, troubles, strict=True):
        if trouble:
            print(f"{found.name}, {turn}: {trouble}")
    marks = ", ".join(f"{turn} {'no' if trouble else 'yes'}" for turn, trouble in zip(TURNS, troubles, strict=True))
    left_out = f" (without {', '.join(sorted(found.missing))})" if found.missing else ""
    return Row(f"`{found.name}`{left_out}: {found.scenario.title}", marks, "three times", not any(troubles))


def _left(found: Found) -> Row:
    return Row(f"`{found.name}`: {found.scenario.title}", f"not played: needs {', '.join(sorted(found.missing))}")
