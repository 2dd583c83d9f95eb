"""Every scenario holds on the real stack: our own, and the fixed ones where they are present."""

from io import StringIO

import pytest
from rich.console import Console

from client.services import Services
from neove.player.runs import play_once
from neove.player.screen import Screen
from neove.shared.terminal import Exit
from stack.trial import Trial

from .scenario_files import OWN, Found, fixed_folder, found_in

PLAYED = [found for folder in (OWN, fixed_folder()) for found in found_in(folder) if found.playable]


@pytest.mark.stack
@pytest.mark.parametrize("found", PLAYED, ids=lambda found: found.scenario.path.stem)
def test_holds(stack: Trial, found: Found) -> None:
    where = stack.endpoints
    shown = StringIO()
    screen = Screen(Console(file=shown, width=200, highlight=False))
    screen.begin(found.scenario, 1, 1)
    played = play_once(Services(where.services, where.issuer), found.scenario, without=found.missing, screen=screen)
    screen.end(played)
    assert played.code is Exit.OK, f"{shown.getvalue()}\n{played.trouble}"


def test_own_scenarios_are_here_and_need_only_services_that_exist() -> None:
    own = found_in(OWN)
    assert len(own) >= 6
    assert [found.name for found in own if found.missing] == []
