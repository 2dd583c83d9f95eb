"""Which scenarios there are, and with which of them this repository's services can be held to."""

import os
from dataclasses import dataclass
from pathlib import Path

from neove.player.scenario import Scenario, load
from stack.services import discover

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests/e2e/scenarios"
LEFT_OUT = {"06-bad-input.yaml": frozenset({"verification"})}
"""Services whose steps a fixed scenario can lose and still say what it is about."""


@dataclass(frozen=True)
class Found:
    """A scenario file and the services that it names and the repository does not have (yet)."""

    scenario: Scenario
    missing: frozenset[str]

    @property
    def name(self) -> str:
        """The file's name."""
        return self.scenario.path.name

    @property
    def playable(self) -> bool:
        """Whether what is missing can be left out."""
        return self.missing <= LEFT_OUT.get(self.name, frozenset())


def fixed_folder() -> Path:
    """Where the fixed scenarios are, if they are anywhere: `NEOVE_SCENARIOS`, or beside the repository."""
    return Path(os.environ.get("NEOVE_SCENARIOS") or ROOT.parent / "shared" / "scenarios")


def found_in(folder: Path) -> list[Found]:
    """Every scenario of a folder, in the order of names."""
    here = {service.name for service in discover(ROOT)}
    scenarios = [load(path) for path in sorted(folder.glob("*.yaml"))]
    return [Found(one, frozenset(step.operation.service for step in one.steps) - here) for one in scenarios]
