"""The file of one case in memory, a change of it, and the fold of both."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from casework.domain.records import (
    BreakGlassRecord,
    CaseRecord,
    CorrectionRecord,
    FactRecord,
    FiredWait,
    HandoverRecord,
    PauseRecord,
    RestrictionRecord,
    SigningRecord,
    TimelineEntry,
    TransferRecord,
)
from contracts.events.casework import AttentionRaised
from contracts.standing import Standing
from regulations import CaseState, Fact, Folding, OpenHandover, Opening, OpenSigning, Pack, Pause, World, fold
from regulations.composed import Composed, Governed
from regulations.entitled import Recipient

RecordT = TypeVar(
    "RecordT",
    PauseRecord,
    HandoverRecord,
    FiredWait,
    TransferRecord,
    SigningRecord,
    RestrictionRecord,
    BreakGlassRecord,
)
FOLDS_KEPT = 500
"""So many folds stay in memory; the oldest is dropped first. One takes about 25 kB."""
_folds: dict[object, Folding] = {}


class Stored(BaseModel):
    """The stored rows of a case besides its own. Derived rows are kept as they were written, so that changes show.

    `answered` is the answer that was kept for the Idempotency-Key of the request that reads the file.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    facts: tuple[FactRecord, ...] = ()
    corrections: tuple[CorrectionRecord, ...] = ()
    pauses: tuple[PauseRecord, ...] = ()
    handovers: tuple[HandoverRecord, ...] = ()
    transfers: tuple[TransferRecord, ...] = ()
    countersignings: tuple[SigningRecord, ...] = ()
    restrictions: tuple[RestrictionRecord, ...] = ()
    break_glass: tuple[BreakGlassRecord, ...] = ()
    fired_waits: tuple[FiredWait, ...] = ()
    lanes: dict[str, dict[str, Any]] = {}
    clocks: dict[str, dict[str, Any]] = {}
    waits: dict[str, dict[str, Any]] = {}
    work: dict[str, dict[str, Any]] = {}
    standing: Standing | None = None
    answered: dict[str, Any] | None = None

    @property
    def open_waits(self) -> dict[str, dict[str, Any]]:
        """The rows of the waits without those that were claimed and wait for a fold; these have `claimed` in the body.

        So a claimed row is never the same as a new one: a fold that finds its wait again writes it as unclaimed.
        """
        return {wait_id: body for wait_id, body in self.waits.items() if "claimed" not in body}


@dataclass(frozen=True)
class Change:
    """What one use case adds to a case. Pauses, hand-overs, transfers, signings, restrictions, break-glass and fired
    waits replace those of the same id. `notices`: what offices are told when the change is written.
    """

    facts: tuple[FactRecord, ...] = ()
    corrections: tuple[CorrectionRecord, ...] = ()
    pauses: tuple[PauseRecord, ...] = ()
    handovers: tuple[HandoverRecord, ...] = ()
    transfers: tuple[TransferRecord, ...] = ()
    countersignings: tuple[SigningRecord, ...] = ()
    restrictions: tuple[RestrictionRecord, ...] = ()
    break_glass: tuple[BreakGlassRecord, ...] = ()
    fired_waits: tuple[FiredWait, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    notices: tuple[AttentionRaised, ...] = ()
    linked: tuple[str, ...] = ()
    marks: tuple[str, ...] = field(default=())
    amendment: str | None = None

    @property
    def act(self) -> str | None:
        """Id of the newest fact, correction or pause of this change, or else of its amendment."""
        facts, corrections = (one.fact_id for one in self.facts), (one.correction_id for one in self.corrections)
        newest = [*(one.pause_id for one in self.pauses), *facts, *corrections]
        return newest[-1] if newest else self.amendment


@dataclass(frozen=True)
class CaseFile:
    """A case as stored, with the pack that it is pinned to and the world (calendar, directory) of today."""

    case: CaseRecord
    stored: Stored
    pack: Pack
    world: World
    beside: Pack | None = None

    @property
    def law(self) -> Composed:
        """The packs of the case: that of its report, and the one beside it."""
        return Composed(self.pack, self.world, self.beside)

    def pack_of(self, lane: str) -> Pack:
        """The pack that governs a lane now; of a lane that is not open, the pack of the report."""
        found = self.state.law.lanes.get(lane)
        return self.law.pack(found.pack) if found else self.pack

    def pack_for(self, lane: str, step: str, at: datetime, then: CaseState | None = None) -> Pack:
        """The pack that governs a step at an instant. `then`: the state of the case before it; None: the state now."""
        case = then or self.state
        opened = case.lanes.get(lane)
        held = Governed(opened.state, case.law.lanes[lane], opened.stood) if opened else None
        identified_at = Recipient(case.periods).at(at).identified_at
        return self.law.pack(self.law.governing(lane, step, at, identified_at, held).pack)

    def with_change(self, change: Change) -> "CaseFile":
        """The same file with the change added; nothing is checked yet."""
        stored = self.stored
        added = {
            "facts": (*stored.facts, *change.facts),
            "corrections": (*stored.corrections, *change.corrections),
            "pauses": replaced(stored.pauses, change.pauses, "pause_id"),
            "handovers": replaced(stored.handovers, change.handovers, "handover_id"),
            "transfers": replaced(stored.transfers, change.transfers, "transfer_id"),
            "countersignings": replaced(stored.countersignings, change.countersignings, "signing_id"),
            "restrictions": replaced(stored.restrictions, change.restrictions, "restriction_id"),
            "break_glass": replaced(stored.break_glass, change.break_glass, "break_glass_id"),
            "fired_waits": replaced(stored.fired_waits, change.fired_waits, "claim_id"),
        }
        case = self.case.model_copy(
            update={
                "linked": _union(self.case.linked, change.linked),
                "marks": _union(self.case.marks, change.marks),
                "next_seq": self.case.next_seq + len(change.facts),
            }
        )
        return replace(self, case=case, stored=stored.model_copy(update=added))

    @cached_property
    def state(self) -> CaseState:
        """The fold of everything in the file; raises `Contradiction` for the first fact that cannot be true.

        The fold is pure and no id is used twice, so the newest folds are kept in memory. A step finds the fold after
        the step before it, and goes on from there if it happened last.
        """
        key = self._key(self.stored.facts)
        found = _folds.get(key)
        if found is None:
            found = self._followed() or Folding.of(*self._folded, self.facts, self.pauses, self.beside)
            while len(_folds) >= FOLDS_KEPT:
                _folds.pop(next(iter(_folds)))
            _folds[key] = found
        return found.state

    def _key(self, facts: Sequence[FactRecord]) -> object:
        """Of the fold of these facts with everything else in the file."""
        stored = self.stored
        return (
            self.case.case_id,
            self.pack.content_hash,
            self.beside.content_hash if self.beside else None,
            self.world.calendar.version,
            self.world.directory.version,
            tuple(fact.fact_id for fact in facts),
            tuple(correction.correction_id for correction in stored.corrections),
            tuple((pause.pause_id, pause.resumed_at) for pause in stored.pauses),
        )

    def _followed(self) -> Folding | None:
        """The fold of the facts before the newest one, followed by this fact; None if it is not kept or not enough."""
        facts = self.stored.facts
        before = _folds.get(self._key(facts[:-1])) if facts else None
        return before.followed_by(_fact(facts[-1], None)) if before else None

    def state_at(self, instant: datetime) -> CaseState:
        """The fold of the facts that had happened by an instant; raises as `state` does."""
        happened = [one for one in self.facts if one.occurred_at <= instant]
        return fold(*self._folded, happened, (), self.beside)

    @property
    def _folded(self) -> tuple[Pack, World, Opening]:
        return self.pack, self.world, self.opening

    @property
    def opening(self) -> Opening:
        """The report, as an argument of the fold."""
        case = self.case
        return Opening(
            case_id=case.case_id,
            route=case.route,
            reporter=case.reporter,
            province=case.province,
            commune=case.commune,
            occurred_at=case.occurred_at,
            recorded_at=case.recorded_at,
            age_band=case.age_band,
            turns_18_on=case.turns_18_on,
            foreign=case.foreign,
            nationality=case.nationality,
            urgent=case.urgent,
            reporter_known=case.reporter_known,
            accompanies=case.accompanies is not None,
        )

    @property
    def facts(self) -> list[Fact]:
        """The facts with their corrections, without withdrawn ones."""
        newest = {correction.fact_id: correction for correction in self.stored.corrections}
        return [
            _fact(fact, newest.get(fact.fact_id))
            for fact in self.stored.facts
            if not (fact.fact_id in newest and newest[fact.fact_id].withdrawn)
        ]

    @property
    def pauses(self) -> list[Pause]:
        """The pause ledger, as an argument of the fold."""
        return [found for pause in self.stored.pauses if (found := pause_of(pause)) is not None]

    @property
    def proposals(self) -> list[HandoverRecord]:
        """Hand-overs that wait for an answer."""
        return [handover for handover in self.stored.handovers if handover.state == "proposed"]

    @property
    def open_handovers(self) -> list[OpenHandover]:
        """The proposals, as an argument of `waits`, without those of a transfer, which has waits of its own."""
        return [
            OpenHandover(
                handover_id=one.handover_id,
                lane=one.lane,
                sender=one.from_office,
                receiver=one.to_office,
                recorded_at=one.recorded_at,
            )
            for one in self.proposals
            if one.transfer_id is None
        ]

    @property
    def waiting(self) -> list[SigningRecord]:
        """Steps without their second signature."""
        return [one for one in self.stored.countersignings if one.state == "waiting"]

    def lane_of(self, signing: SigningRecord) -> str:
        """The lane in which a step waits for its signature: its own, or for a closing the one that carries the case."""
        return signing.lane or self.pack.identification_lane

    @property
    def open_signings(self) -> list[OpenSigning]:
        """These steps, as an argument of `waits`."""
        return [
            OpenSigning(signing_id=one.signing_id, lane=self.lane_of(one), asked=one.asked, due_at=one.due_at)
            for one in self.waiting
        ]

    def fact(self, fact_id: str) -> FactRecord | None:
        """The fact with this id, as first stated."""
        return next((fact for fact in self.stored.facts if fact.fact_id == fact_id), None)

    def withdrawn(self, fact_id: str) -> bool:
        """Whether the newest correction of the fact is its withdrawal."""
        words = [one for one in self.stored.corrections if one.fact_id == fact_id]
        return bool(words) and words[-1].withdrawn


def _fact(stated: FactRecord, correction: CorrectionRecord | None) -> Fact:
    occurred_at = correction.occurred_at if correction and correction.occurred_at else stated.occurred_at
    return Fact(
        fact_id=stated.fact_id,
        seq=stated.seq,
        kind=stated.kind,
        lane=stated.lane,
        state=stated.state,
        occurred_at=occurred_at,
        recorded_at=stated.recorded_at,
        office=stated.office,
        attributes=stated.attributes,
    )


def pause_of(record: PauseRecord) -> Pause | None:
    """An entry of the pause ledger for the fold; None for an old entry whose clock no longer existed."""
    if record.rule is None or record.lane is None or record.started_by is None:
        return None
    return Pause(
        rule=record.rule,
        lane=record.lane,
        started_by=record.started_by,
        basis=record.basis,
        paused_at=record.paused_at,
        resumed_at=record.resumed_at,
        recorded_at=record.recorded_at,
        resumed_recorded_at=record.resumed_recorded_at,
        decision=record.decision,
    )


def replaced(old: Sequence[RecordT], new: Sequence[RecordT], key: str) -> tuple[RecordT, ...]:
    """Old records with those of the same id replaced, then the new ones. So no row is written twice in one change."""
    rows = {getattr(row, key): row for row in (*old, *new)}
    return tuple(rows.values())


def _union(old: Sequence[str], new: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*old, *new)))
