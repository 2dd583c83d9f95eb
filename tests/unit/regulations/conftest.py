"""A small language for cases: facts as (lane, state, instant, office), instants in legal time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from regulations import CaseState, Clock, Fact, Opening, Pack, Pause, World, fold
from tests.library import LIBRARY, province_of, stopping

Step = tuple[str, str, str, str]


class Cases:
    """Builds and folds cases of one pack."""

    def __init__(self, pack: Pack, world: World) -> None:
        self.pack, self.world = pack, world

    @staticmethod
    def at(text: str) -> datetime:
        """An instant of legal time: `2026-10-09T14:05`, or a date for its midnight."""
        return datetime.fromisoformat(f"{text}T00:00+07:00" if "T" not in text else f"{text}+07:00")

    def opening(self, reporter: str, route: str, occurred: str, **more: Any) -> Opening:
        """A report, entered when it was made unless `recorded_at` is given."""
        at = self.at(occurred)
        fields = {"case_id": "case_invented", "province": province_of(reporter), "age_band": "adult", **more}
        return Opening(reporter=reporter, route=route, occurred_at=at, **{"recorded_at": at, **fields})

    def fact(self, seq: int, step: Step, **more: Any) -> Fact:
        """One fact, entered when it occurred unless `recorded_at` is given."""
        lane, state, occurred, office = step
        at = self.at(occurred)
        fields = {"fact_id": f"fact_{seq}", "seq": seq, "lane": lane, "state": state, "office": office, **more}
        return Fact(**{"occurred_at": at, "recorded_at": at, **fields})

    def facts(self, *steps: Step) -> list[Fact]:
        """Facts in the order of their entry."""
        return [self.fact(seq, step) for seq, step in enumerate(steps, start=1)]

    def fold(self, opening: Opening, facts: Sequence[Fact], pauses: Sequence[Pause] = ()) -> CaseState:
        """The folded case."""
        return fold(self.pack, self.world, opening, facts, pauses)

    @staticmethod
    def pause(clock: Clock, begin: datetime, end: datetime | None = None) -> Pause:
        """A suspension of a clock, entered when it began."""
        return Pause(
            rule=clock.rule,
            lane=clock.lane,
            started_by=clock.started_by,
            basis="force_majeure",
            paused_at=begin,
            resumed_at=end,
            recorded_at=begin,
        )

    def told(self, opening: Opening, *steps: Step) -> CaseState:
        """The folded case of these steps."""
        return self.fold(opening, self.facts(*steps))


@pytest.fixture(scope="session")
def pausable(pack: Pack, world: World) -> Cases:
    """Cases of a pack with a text by which limits may be paused."""
    return Cases(stopping(pack, "B-SELF-04", "C-DAT-03", "C-INF-13"), world)


@pytest.fixture(scope="session")
def pack() -> Pack:
    return LIBRARY.packs()["law-53-2024"]


@pytest.fixture(scope="session")
def world() -> World:
    return LIBRARY.world


@pytest.fixture(scope="session")
def cases(pack: Pack, world: World) -> Cases:
    return Cases(pack, world)


@pytest.fixture(scope="session")
def former(world: World) -> Cases:
    """Cases of the former law."""
    return Cases(LIBRARY.packs()["law-66-2011"], world)
