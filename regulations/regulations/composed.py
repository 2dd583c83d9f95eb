"""The law of one case: which national pack governs each lane, each clock and each entitlement, and why. Pure.

A case is pinned to the pack of its report. Beside it stands at most one other national pack: that of the law after it.
`packs/composed.toml` says which lanes follow the law of the support package instead of the law of the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from contracts.standing import Standing
from regulations.lane_law import CaseLaw, LaneLaw, LawGround
from regulations.legal_time import midnight
from regulations.model import BINDING, Label
from regulations.pack import Pack
from regulations.stating import known_state
from regulations.world import NoPack, World


@dataclass(frozen=True)
class Governed:
    """A lane that is open: its state, the law that governs it, and the state from which it goes on, if another one."""

    state: str
    law: LaneLaw
    stood: str | None = None


@dataclass(frozen=True)
class Composed:
    """The packs of one case. Without `beside`, the pack of the report governs everything.

    Attributes:
        procedure: the pack of the report.
        world: regimes, and `packs/composed.toml`.
        beside: the pack of the law after it (`World.beside`), or of the law of the support package.
    """

    procedure: Pack
    world: World
    beside: Pack | None = None

    def pack(self, pack_id: str | None) -> Pack:
        """The pack with this id; the pack of the report for None and for any other id."""
        return self.beside if self.beside is not None and self.beside.id == pack_id else self.procedure

    def pack_of_lane(self, standing: Standing, lane: str) -> Pack:
        """The pack that governs a lane of the case, by its standing."""
        return self.pack(standing.laws.get(lane))

    def title_of(self, rule: str | None) -> Label | None:
        """Short title of a rule of one of the packs; None without a rule, or if it has none."""
        return self.procedure.title_of(rule) or (self.beside.title_of(rule) if self.beside is not None else None)

    @cached_property
    def ends(self) -> datetime | None:
        """When the law of the report ended and that of `beside` began; None if it did not."""
        last = self.procedure.valid_to
        after = self.beside is not None and last is not None and self.beside.valid_from >= last
        return midnight(last) if after and last is not None else None

    def of_report(self, since: datetime) -> LaneLaw:
        """The law of a lane that follows the law of the report."""
        return LaneLaw(pack=self.procedure.id, ground="report", since=since)

    def of_package(self, at: datetime, identified_at: datetime | None) -> LaneLaw:
        """The law of the support package at an instant.

        Args:
            at: of the step, or of the question.
            identified_at: when the person was identified, if that counts at `at`; None if the person is not identified.
        """
        ground: LawGround = "identified" if identified_at is not None else "day"
        try:
            found = self.world.regime_for(identified_at or at)
        except NoPack:
            found = self.procedure.id
        known = found in (self.procedure.id, self.beside.id if self.beside else None)
        return LaneLaw(pack=found, ground=ground, since=at) if known else self.of_report(at)

    def governing(
        self, lane: str, state: str, at: datetime, identified_at: datetime | None, open_: Governed | None
    ) -> LaneLaw:
        """The law under which a step is folded, and a lane goes on.

        A step that opens the lane, begins it anew or asks again (a state that may open the lane) takes the law of the
        support package at its instant. In a lane of the procedure a step that `composed.toml` names takes the next law
        once that of the report has ended. Each other step takes the law of the lane. A step that only the other law
        knows is folded under the other law, because what happened is never refused for the law that was thought to
        govern; in a lane of the procedure only after the law of the report has ended.

        Args:
            lane: code of the lane.
            state: the state or duty that is stated; empty for a fact without one.
            at: when it happened.
            identified_at: as for `of_package`.
            open_: the lane before it; None while it is not open.
        """
        held = open_.law if open_ else self.of_report(at)
        if self.beside is None:
            return held
        if self.world.composition.follows_package(lane):
            law = held if open_ and not state else self._wanted(lane, state, self.of_package(at, identified_at), open_)
        elif lane in self.world.composition.procedure.lanes and self.ends is not None and at >= self.ends:
            law = self._requested(lane, state, at, held, open_)
        else:
            return held
        if not state or self._fits(law, lane, state, open_):
            return law
        for pack in (self.procedure, self.beside):
            other = LaneLaw(pack=pack.id, ground="step", since=at)
            if self._fits(other, lane, state, open_):
                return other
        return law

    def _wanted(self, lane: str, state: str, package: LaneLaw, open_: Governed | None) -> LaneLaw:
        if open_ is None:
            return package
        spec = self.pack(package.pack).lanes[lane].by_code.get(state) if self._has(package, lane) else None
        begins = spec is not None and spec.entry and spec.moves and self._fits(package, lane, state, open_)
        return package if begins and package.pack != open_.law.pack else open_.law

    def _requested(self, lane: str, state: str, at: datetime, held: LaneLaw, open_: Governed | None) -> LaneLaw:
        """The law of a step of the procedure that is taken after the law of the report has ended."""
        after = LaneLaw(pack=self.beside.id if self.beside else held.pack, ground="request", since=at)
        named = state in self.world.composition.procedure.anew and after.pack != held.pack
        return after if named and self._fits(after, lane, state, open_) else held

    def infers(self, law: LaneLaw, rule: str) -> bool:
        """Whether no text says that a rule of the law beside that of the report holds here."""
        ground = self.world.composition.why(law.ground)
        own = rule in self.procedure.rules or law.pack == self.procedure.id
        return not own and ground is not None and ground.confidence not in BINDING

    def _has(self, law: LaneLaw, lane: str) -> bool:
        return lane in self.pack(law.pack).lanes

    def _fits(self, law: LaneLaw, lane: str, state: str, open_: Governed | None) -> bool:
        """Whether a pack knows the step, and the states in which the lane is and from which it goes on."""
        pack = self.pack(law.pack)
        here = (open_.state, open_.stood or open_.state) if open_ else ()
        return all(known_state(pack, lane, one) for one in (state, *here))

    def value(self, lanes: Mapping[str, LaneLaw]) -> CaseLaw:
        """The composed law as a value."""
        return CaseLaw(procedure=self.procedure.id, beside=self.beside.id if self.beside else None, lanes=dict(lanes))
