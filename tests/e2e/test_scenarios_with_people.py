"""Six scenarios again, with people behind the offices: each office has a list, and a person of it does every step."""

import re
from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from client.services import Services
from neove.player.runs import play_once
from neove.player.screen import Screen
from neove.shared.terminal import Exit
from stack.import_people import ADMINISTRATION
from stack.issuer.signer import person
from stack.trial import Trial
from tests.library import LIBRARY
from tests.own_stack import own_stack

from .scenario_files import OWN, Found, found_in

PLAYED = (
    "decided-on-signs",
    "entry-announced",
    "handover-between-communes",
    "protection-urgent",
    "support-declined-then-fallback",
    "two-hospitals",
)
FOUND = [found for found in found_in(OWN) if found.scenario.path.stem in PLAYED]
OFFICE = re.compile(r"[a-z_]{2,40}/[a-z0-9-]{2,40}")
ACTOR = "1"


@pytest.fixture(scope="module")
def peopled() -> Iterator[Trial]:
    """A stack of its own, on which each office that a scenario names has two persons and a system from the start."""
    texts = [found.scenario.path.read_text(encoding="utf-8") for found in FOUND]
    named = {office for text in texts for office in OFFICE.findall(text) if LIBRARY.world.directory.office(office)}
    with own_stack() as running:
        with running.client(ADMINISTRATION, "casework") as client:
            for office in sorted(named):
                positions = {ACTOR: "head", "2": "officer", "system": "system"}
                members = [
                    {"subject": person(office, actor)["sub"], "name": "Trần Ví Dụ", "position": position}
                    for actor, position in positions.items()
                ]
                client.post(f"/v1/offices/{office}/members", json={"members": members}).raise_for_status()
        yield running


@pytest.mark.stack
@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.scenario.path.stem)
def test_holds_with_people(peopled: Trial, found: Found) -> None:
    where, shown = peopled.endpoints, StringIO()
    screen = Screen(Console(file=shown, width=200, highlight=False))
    screen.begin(found.scenario, 1, 1)
    services = Services(where.services, where.issuer, actor=ACTOR)
    played = play_once(services, found.scenario, without=found.missing, screen=screen)
    screen.end(played)
    assert played.code is Exit.OK, f"{shown.getvalue()}\n{played.trouble}"


def test_all_six_are_there() -> None:
    assert [found.scenario.path.stem for found in FOUND] == sorted(PLAYED)
