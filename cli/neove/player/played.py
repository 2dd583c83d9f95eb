"""One scenario as it was played once."""

from dataclasses import dataclass, field
from typing import Any

from neove.player.player import Result
from neove.player.scenario import Scenario
from neove.shared.terminal import Exit


@dataclass
class Played:
    """One scenario as it was played once.

    Args:
        scenario: the file.
        loop: counted from 1.
        code: how it went.
        trouble: why it could not be played to the end, or empty.
        results: of the steps that were played or left out.
        names: what the scenario remembered (`save`), name → value.
    """

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
