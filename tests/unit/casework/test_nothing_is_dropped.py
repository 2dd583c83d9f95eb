"""What holds for every case however it grew: random walks recorded in any order, corrected, paused, handed over."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.domain import fired_waits, records
from casework.domain.case_file import CaseFile, Change, Stored
from casework.domain.consequences import Consequences, consequences_of
from casework.service import waits as service
from contracts.ids import new_id
from contracts.problems import Problem
from regulations import Fact, waits
from tests.library import STOPPING
from tests.unit.regulations.test_properties import Walk, walks

BUDGET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def opened(walk: Walk) -> CaseFile:
    """The file of a walk's report before its first change, under its composed law."""
    opening, beside = walk.opening, STOPPING.beside(walk.pack.id, None)
    case = records.CaseRecord(
        **opening.model_dump(exclude={"case_id", "accompanies"}),
        case_id=new_id("case"),  # folds are remembered by ids, which are never used again
        report_id="report_" + "a" * 26,
        channel="in_person",
        actor="actor-1",
        accompanies="case_other" if opening.accompanies else None,
        needs=[],
        linked=[],
        marks=[],
        flags=[],
        pack_id=walk.pack.id,
        pack_hash=walk.pack.content_hash,
        beside_hash=beside.content_hash if beside else None,
    )
    return CaseFile(case, Stored(), STOPPING.pack(walk.pack.id), STOPPING.world, beside)


def stored(after: Consequences) -> CaseFile:
    """The file as the next change loads it: through JSON, without waits that were withdrawn before they were seen."""
    before, rows = after.file.stored, after.rows
    derived: dict[str, Any] = {"standing": after.standing}
    for name, key in {"lanes": "lane", "clocks": "clock_id", "waits": "wait_id", "work": "work_id"}.items():
        kept = {one: body for one, body in getattr(before, name).items() if one not in rows[f"old_{name}"]}
        derived[name] = kept | {row[key]: row["body"] for row in rows[name]}
    known = {one.claim_id: one for one in before.fired_waits}
    known |= {row["claim_id"]: records.FiredWait.model_validate(row) for row in rows["claims"]}
    derived["fired_waits"] = tuple(one for one in known.values() if one.withdrawn_at is None or one.stage == "breach")
    found = Stored.model_validate_json(before.model_copy(update=derived).model_dump_json())
    return CaseFile(after.file.case, found, after.file.pack, after.file.world, after.file.beside)


def record(fact: Fact, file: CaseFile, now: datetime) -> records.FactRecord:
    """A fact of a walk as casework takes it."""
    given = fact.model_dump(exclude={"seq", "recorded_at"})
    return records.FactRecord(
        **given, seq=file.case.next_seq, recorded_at=now, case_id=file.case.case_id, actor="actor-1"
    )


@dataclass
class Case:
    """One case with a clock that only goes forward; `folded_at`: when something was stored last."""

    file: CaseFile
    now: datetime
    folded_at: datetime | None = None

    def take(self, change: Change) -> bool:
        """One use case; false where it is refused and nothing is stored."""
        try:
            after = consequences_of(self.file, change, self.now)
        except Problem:
            return False
        self.file, self.folded_at = stored(after), self.now
        return True

    def fire(self) -> None:
        """What the workflow does at its instant."""
        due = service._due(self.file, list(self.file.stored.waits), self.now)  # pyright: ignore[reportPrivateUsage]
        if due:
            told = tuple(service._fired_wait(self.file, wait, self.now) for wait in due)  # pyright: ignore[reportPrivateUsage]
            assert self.take(Change(fired_waits=told))


@st.composite
def cases(draw: Any) -> tuple[Case, Walk]:
    """A case after a walk, entered in any order, with corrections, pauses and hand-overs between."""
    walk: Walk = draw(walks())
    case = Case(opened(walk), walk.opening.recorded_at.astimezone(UTC))
    assert case.take(Change())
    check(case)
    left = draw(st.permutations(walk.facts)) if draw(st.booleans()) else list(walk.facts)
    for fact in left:
        case.now = max(case.now, fact.occurred_at.astimezone(UTC)) + timedelta(minutes=draw(st.integers(0, 20_000)))
        if draw(st.booleans()):
            case.fire()
            check(case)
        case.take(Change(facts=(record(fact, case.file, case.now),)))
        check(case)
        disturb(draw, case)
        check(case)
    return case, walk


def disturb(draw: Any, case: Case) -> None:
    """A correction, a pause or a resumption, or nothing."""
    what = draw(st.sampled_from(["nothing", "nothing", "withdraw", "move", "pause", "resume"]))
    case.now += timedelta(minutes=draw(st.integers(1, 100)))
    file = case.file
    if what in ("withdraw", "move") and file.stored.facts:
        fact = draw(st.sampled_from(file.stored.facts))
        at = None if what == "withdraw" else fact.occurred_at + timedelta(hours=draw(st.integers(-200, 200)))
        if at is not None and at > case.now:
            return
        case.take(
            Change(
                corrections=(
                    records.CorrectionRecord(
                        correction_id=new_id("corr"),
                        case_id=file.case.case_id,
                        fact_id=fact.fact_id,
                        occurred_at=at,
                        withdrawn=at is None,
                        reason_ref=None,
                        recorded_at=case.now,
                        office=fact.office,
                        actor="actor-1",
                    ),
                )
            )
        )
    running = [one for one in file.state.clocks if one.pausable and one.due_at and one.paused_at is None]
    if what == "pause" and running:
        clock = draw(st.sampled_from(running))
        assert clock.due_at is not None
        at = clock.runs_from + (clock.due_at - clock.runs_from) * draw(st.sampled_from([0, 0.3, 0.9]))
        if at <= case.now and at < clock.due_at:
            pause = records.PauseRecord(
                pause_id=new_id("pause"),
                case_id=file.case.case_id,
                clock_id=clock.clock_id,
                rule=clock.rule,
                lane=clock.lane,
                started_by=clock.started_by,
                basis="force_majeure",
                paused_at=at,
                recorded_at=case.now,
                office=clock.office or "",
            )
            assert case.take(Change(pauses=(pause,)))
            paused = case.file.state.clock(clock.clock_id)
            assert paused is not None
            in_time = case.now < clock.due_at
            assert (paused.paused_at is not None) is in_time, "a breach is not undone by a pause"
    still = [one for one in file.stored.pauses if one.resumed_at is None]
    if what == "resume" and still:
        ended = still[0].model_copy(update={"resumed_at": case.now, "resumed_recorded_at": case.now})
        assert case.take(Change(pauses=(ended,)))


def check(case: Case) -> None:
    """Nothing is dropped: see each line."""
    file, now = case.file, case.now
    state, held = file.state, file.stored
    active = [one for one in held.fired_waits if one.withdrawn_at is None]
    fired = {one.wait_id for one in active}
    assert len(fired) == len(active)
    everything = waits(file.pack, file.world, state, file.open_handovers, now)
    # every limit that could be missed is waited for, or was missed and has fired
    for wait in everything:
        if wait.stage in ("breach", "acknowledge", "gap", "reminder", "immediate"):
            assert wait.wait_id in held.waits or wait.wait_id in fired, wait
    # a fired wait that is shown as a breach is one, and a clock that is paused, met in time or gone has none
    for one in active:
        if one.stage == "breach":
            missed = [clock for clock in state.clocks if fired_waits.limit_of(clock) == fired_waits.limit_of(one)]
            assert any(clock.late_at(now) for clock in missed)
            if one.told_at is None:
                assert fired_waits.notify_id(one) in held.waits
    # that a limit was missed may still have to be told after its clock ended; nothing else waits for such a clock
    waiting = {row["clock_id"] for row in held.waits.values() if row["clock_id"] and row["stage"] != fired_waits.NOTIFY}
    for clock in state.clocks:
        if clock.paused_at is not None or not clock.open:
            assert clock.clock_id not in waiting
    # folding again writes nothing; later it may: the next attention is another, an office gone
    again = consequences_of(file, Change(), case.folded_at or now)
    names = ("lanes", "clocks", "waits", "work", "claims", "journal", "old_waits", "old_work", "old_lanes")
    assert {name: again.rows[name] for name in names if again.rows[name]} == {}
    # every open lane and every open clock stands in a queue
    queued = {row["lane"] for row in held.work.values()}
    for code, lane in state.lanes.items():
        assert lane.terminal or lane.holder is None or code in queued


@BUDGET
@given(cases())
def test_nothing_is_dropped_however_a_case_grows(made: tuple[Case, Walk]) -> None:
    """The checks are in `check`, after each step; here the last instants are let come."""
    case, _ = made
    for _ in range(3):
        case.now += timedelta(days=40)
        case.fire()
        check(case)
