"""Which waits fired, which of them proved unfounded, and which are still open.

A breach that is already past when it appears (late entry, a correction) is recorded at once but told to nobody for the
pack's quiet time: a wait of the stage `tell` stands for it, and goes unseen when the meeting fact comes meanwhile.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from casework.domain.records import ClaimRecord
from contracts.ids import new_id
from regulations import CaseState, Clock, Pack, Wait

TELL = "tell"


def claim_of(case_id: str, wait: Wait, now: datetime, *, told: bool) -> ClaimRecord:
    """The claim that a wait fired at `now`."""
    return ClaimRecord(
        claim_id=new_id("claim"),
        case_id=case_id,
        wait_id=wait.wait_id,
        stage=wait.stage,
        kind=wait.kind,
        lane=wait.lane,
        rule=wait.rule,
        clock_id=wait.clock_id,
        office=wait.office,
        at=wait.at,
        due_at=wait.due_at,
        claimed_at=now,
        told_at=now if told else None,
    )


def past_at_entry(
    state: CaseState,
    waits: Iterable[Wait],
    known: Iterable[str],
    claims: Iterable[ClaimRecord],
    withdrawn: Iterable[ClaimRecord],
    now: datetime,
) -> list[ClaimRecord]:
    """Claims for breaches that are past already although nobody waited for them until now.

    Args:
        waits: of the case as it is now. known: ids of the waits that were stored before. claims: active ones.
        withdrawn: those that were told before they were withdrawn: such a one holds again, and is not told again.
    """
    settled = {*known, *(claim.wait_id for claim in claims)}
    told = {claim.wait_id: claim for claim in withdrawn}
    return [
        told[wait.wait_id].model_copy(update={"withdrawn_at": None, "withdrawn_by": None})
        if wait.wait_id in told
        else claim_of(state.case_id, wait, now, told=False)
        for wait in waits
        if wait.stage == "breach" and wait.at <= now and wait.wait_id not in settled
    ]


def unfounded(claims: Iterable[ClaimRecord], state: CaseState, cause: str | None, now: datetime) -> list[ClaimRecord]:
    """Active claims of a breach that do not hold any more, withdrawn.

    Args:
        cause: the fact that is being recorded; it withdraws what no meeting fact withdraws.
    """
    found: list[ClaimRecord] = []
    for claim in claims:
        if claim.stage == "breach" and not any(_holds(claim, clock, now) for clock in _missed(claim, state)):
            met = [clock.met_by for clock in _missed(claim, state) if clock.met_by]
            found.append(claim.model_copy(update={"withdrawn_at": now, "withdrawn_by": met[-1] if met else cause}))
    return found


def _missed(claim: ClaimRecord, state: CaseState) -> list[Clock]:
    """The clocks that a claim speaks of, by what was missed and when: the ordinal in their id moves with late entry."""
    return [clock for clock in state.clocks if limit_of(clock) == limit_of(claim)]


def _holds(claim: ClaimRecord, clock: Clock, now: datetime) -> bool:
    return clock.late_at(now) and (clock.open or claim.told_at is not None)


def limit_of(one: Clock | ClaimRecord | Wait) -> tuple[str, str | None, datetime | None]:
    """Lane, rule and due instant."""
    return one.lane, one.rule, one.due_at


def open_waits(pack: Pack, state: CaseState, waits: Sequence[Wait], claims: Sequence[ClaimRecord]) -> list[Wait]:
    """What is still waited for: nothing that fired, no warning after its breach, and what is yet to be told."""
    fired = {claim.wait_id for claim in claims}
    breached = {limit_of(claim) for claim in claims if claim.stage == "breach"}
    still = [
        wait
        for wait in waits
        if wait.wait_id not in fired and not (limit_of(wait) in breached and wait.kind == "warning")
    ]
    tells = [_tell(pack, state, claim) for claim in claims if claim.stage == "breach" and claim.told_at is None]
    earliest = {limit_of(tell): tell.at for tell in tells}
    return [_not_before(wait, earliest.get(limit_of(wait))) for wait in still] + tells


def _not_before(wait: Wait, told: datetime | None) -> Wait:
    """An escalation of a breach comes after the telling, however long ago the breach was."""
    return wait if told is None else wait.model_copy(update={"at": max(wait.at, told)})


def _tell(pack: Pack, state: CaseState, claim: ClaimRecord) -> Wait:
    lane = state.lanes.get(claim.lane)
    numbers = pack.operational.of(lane.territory if lane else state.opening.territory)
    return Wait(
        wait_id=tell_id(claim),
        kind="breach",
        stage=TELL,
        at=claim.claimed_at + timedelta(minutes=numbers.late_entry_quiet_minutes),
        lane=claim.lane,
        rule=claim.rule,
        office=claim.office,
        clock_id=claim.clock_id,
        due_at=claim.due_at,
    )


def tell_id(claim: ClaimRecord) -> str:
    """Id of the wait that ends the quiet time of a claim."""
    return f"{claim.wait_id}:{TELL}"
