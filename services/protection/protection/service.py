"""Use cases of protection, each in the caller's transaction with the protection locked.

Each use case works in this order: 422 by the lists of the law, 403 by rights and pack, 409 by the record, then the
text is sealed, then rows and facts are written. No refusal by the record comes before the right is decided, because it
tells of the steps of others. Facts hold states only: measures, places and reasons stay in this
service and in its group of the vault.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casefile import corrections
from casefile.context import CaseContext
from casefile.errors import AlreadyDecided, AlreadyRequested
from contracts.codes import SealGroup
from contracts.events.casework import FactCorrected
from contracts.events.protection import ProtectionFactStated
from contracts.ids import new_id
from contracts.problems import Forbidden, NotFound, Refused
from kit.uow import Tx
from protection import errors, repository, rules
from protection.domain import (
    FREE,
    LANE,
    OPEN,
    SHELTER,
    SHELTER_MEASURE,
    Kind,
    Order,
    Recounted,
    State,
    Status,
    after_decision,
    only_newest_open,
    recount,
)
from protection.models import Protection
from protection.repository import CorrectedAct
from protection.schemas import (
    ActView,
    ChangeIn,
    DecisionIn,
    EndIn,
    PaperIn,
    PlacementIn,
    ProtectionDetails,
    ProtectionView,
    RequestIn,
    Stands,
    StartIn,
)
from regulations import OutOfOrder
from regulations.case import TAKEN_BY


@dataclass(frozen=True)
class Step:
    """One step of a protection, with the facts that it states.

    `text` is sealed; `states` are stated in `lane`.
    """

    kind: Kind
    occurred_at: datetime
    states: tuple[State, ...] = ()
    lane: str = LANE
    text: str | None = None
    outcome: str | None = None
    measures: Sequence[str] = ()
    consent: bool = False
    free_of_pressure: bool = False
    facility: str | None = None


async def request(case: CaseContext, given: RequestIn) -> Stands:
    """Ask for protection. Measures for an urgent request can start at once; its written request is due later."""
    rules.check_codes("risks", given.risks, case.pack.risks)
    rules.check_codes("measures", given.measures, case.pack.measures)
    case.check_may_state(LANE, State.REQUESTED, given.occurred_at)
    case.check_open()
    made = Protection(
        protection_id=new_id("prot"),
        case_id=case.case_id,
        status=Status.REQUESTED,
        is_open=True,
        decided=False,
        urgent=given.urgent,
        paper_due=given.urgent,
        risks=list(given.risks),
        measures=list(given.measures),
        requested_by=case.office,
        requested_at=given.occurred_at,
    )
    if _lane_is_open(case) or not await repository.open_one(case.tx, made.model_dump()):
        raise await _already(case)
    text, measures = given.reason, given.measures
    await _keep(case, made, Step(Kind.REQUEST, given.occurred_at, (State.REQUESTED,), text=text, measures=measures))
    return _stands(made)


async def file_paper(case: CaseContext, protection_id: str, given: PaperIn) -> Stands:
    """Record the written request that follows an urgent one.

    The office that asked may record it, also after the case has moved, and an office that may decide.
    """
    found = await repository.lock(case.tx, protection_id)
    if case.office != found.requested_by:
        rules.check_competent(case, found.measures)
    if not found.paper_due:
        raise await _refusal(case, errors.NoPaperDue, found)
    await _check_order(case, found, given.occurred_at)
    states = _paper_states(case, found, given.occurred_at)
    return await _take(case, found, Step(Kind.PAPER, given.occurred_at, states), paper_due=False)


async def start(case: CaseContext, protection_id: str, given: StartIn) -> Stands:
    """Put the measures into force: after the decision, or before it if the request is urgent."""
    case.check_may_state(LANE, State.ACTIVE, given.occurred_at)
    found = await repository.lock(case.tx, protection_id)
    rules.check_competent(case, found.measures)
    await _check_order(case, found, given.occurred_at)
    if found.status == Status.ACTIVE:
        raise await _refusal(case, errors.AlreadyInForce, found)
    if not _order(found).may_act:
        kind = errors.NotYetDecided if found.status == Status.REQUESTED else errors.NotInForce
        raise await _refusal(case, kind, found)
    step = Step(Kind.START, given.occurred_at, (State.ACTIVE,), measures=found.measures)
    return await _take(case, found, step, status=Status.ACTIVE)


async def decide(case: CaseContext, protection_id: str, given: DecisionIn) -> Stands:
    """Decide a request. The law must let the office order each measure."""
    rules.check_decision(case.pack, given)
    found = await repository.lock(case.tx, protection_id)
    measures = list(given.measures or found.measures)
    if given.outcome == "granted":
        rules.check_measures(case.pack, measures, consent=given.consent)
    if given.outcome != "refused_by_person":
        rules.check_competent(case, measures)
    status, states = after_decision(Status(found.status), given.outcome, in_force=given.in_force)
    for state in states or (State.ACTIVE,):
        case.check_may_state(LANE, state, given.occurred_at)
    await _check_order(case, found, given.occurred_at)
    if not _order(found).may_be_decided:
        raise await _refusal(case, AlreadyDecided, found)
    step = Step(
        Kind.DECISION,
        given.occurred_at,
        states,
        text=given.reason,
        outcome=given.outcome,
        measures=measures if given.outcome == "granted" else (),
        consent=given.consent,
        free_of_pressure=given.free_of_pressure,
    )
    return await _take(case, found, step, status=status, decided=True, decided_by=case.office, measures=measures)


async def change(case: CaseContext, protection_id: str, given: ChangeIn) -> Stands:
    """Change the measures that are ordered or in force."""
    rules.check_measures(case.pack, given.measures, consent=given.consent)
    rules.check_competent(case, given.measures)
    case.check_may_state(LANE, State.CHANGED, given.occurred_at)
    found = await repository.lock(case.tx, protection_id)
    await _check_order(case, found, given.occurred_at)
    if not _order(found).in_hand:
        raise await _refusal(case, errors.NotInForce, found)
    step = Step(
        Kind.CHANGE,
        given.occurred_at,
        (State.CHANGED,),
        text=given.reason,
        measures=given.measures,
        consent=given.consent,
    )
    return await _take(case, found, step, measures=list(given.measures))


async def end(case: CaseContext, protection_id: str, given: EndIn) -> Stands:
    """End a protection, with reasons, whether it is in force or only requested."""
    case.check_may_state(LANE, State.ENDED, given.occurred_at)
    found = await repository.lock(case.tx, protection_id)
    if case.office != found.decided_by:
        rules.check_competent(case, found.measures)
    await _check_order(case, found, given.occurred_at)
    if found.status not in OPEN:
        raise await _refusal(case, errors.NotInForce, found)
    step = Step(Kind.END, given.occurred_at, (State.ENDED,), text=given.reason)
    return await _take(case, found, step, status=Status.ENDED)


async def place(case: CaseContext, protection_id: str, given: PlacementIn) -> Stands:
    """Place the person in a facility. A move to another one states it again, so that this one gets the lane."""
    rules.check_facility(case.world, given.facility, given.occurred_at)
    case.check_may_state(SHELTER, State.IN_FACILITY, given.occurred_at)
    rules.check_competent(case, [SHELTER_MEASURE])
    found = await repository.lock(case.tx, protection_id)
    await _check_order(case, found, given.occurred_at)
    if not _order(found).may_act:
        raise await _refusal(case, errors.NotInForce, found)
    if SHELTER_MEASURE not in found.measures:
        raise await _refusal(case, errors.ShelterNotOrdered, found)
    states = (State.IN_FACILITY,) if await _moves_shelter(case, found, given.facility) else ()
    step = Step(Kind.PLACEMENT, given.occurred_at, states, lane=SHELTER, text=given.address, facility=given.facility)
    return await _take(case, found, step)


async def view(case: CaseContext) -> ProtectionView:
    """Whether the person is protected, and for an office that protects, also how."""
    found = await repository.of_case(case.tx, case.case_id)
    active = any(one.status == Status.ACTIVE for one in found)
    details = [
        _details(one, acts)
        for one in found
        if _protects(case, one, acts := await repository.acts(case.tx, one.protection_id))
    ]
    return ProtectionView(active=active, protections=details or None)


async def protected_case(tx: Tx, protection_id: str) -> str:
    """The case of a protection; raises `NotFound` for an unknown one."""
    found = await repository.find(tx, protection_id)
    if found is None:
        raise NotFound()
    return found.case_id


def _protects(case: CaseContext, found: Protection, acts: Sequence[CorrectedAct]) -> bool:
    """Whether the office protects now: it holds the protection lane (`regulations.sights`), or is the facility of the
    last open placement.

    An office that only asked for protection, decided it or sheltered the person before has no part in what came later.
    Until casework has published who holds the lane, the office that did every step so far counts as its holder.
    """
    office = case.office
    if LANE in case.standing.lanes:
        holds = case.rights.sees_protection(office, case.standing)
    else:
        holds = all(one.act.office == office for one in acts)
    if holds:
        return True
    placed = [one.act.facility for one in acts if one.act.kind == Kind.PLACEMENT and not one.done.withdrawn]
    return found.is_open and placed[-1:] == [office]


def _details(found: Protection, acts: Sequence[CorrectedAct]) -> ProtectionDetails:
    shown = found.model_dump() | _stands(found).model_dump()
    views = [_act_view(act) for act in acts]
    return ProtectionDetails.model_validate(shown | {"acts": views})


def _act_view(one: CorrectedAct) -> ActView:
    corrected = {"occurred_at": one.done.occurred_at, "withdrawn": one.done.withdrawn}
    return ActView.model_validate(one.act.model_dump() | corrected)


async def note_correction(tx: Tx, event: FactCorrected) -> None:
    """Apply a correction: the protections of the case are computed again from the steps that count.

    A correction can open a protection that had ended, for example when its end is withdrawn. So all protections of the
    case are computed together (`domain.only_newest_open`), and the order of the corrections does not matter.
    """
    if not await repository.states_fact(tx, event.case_id, event.fact_id):
        return  # stated in the case itself
    found = await repository.lock_all(tx, event.case_id)
    if not await corrections.take(tx, event):
        return
    counted: dict[str, Recounted] = {}
    for one in found:
        acts = await repository.acts(tx, one.protection_id)
        counted[one.protection_id] = recount(one.urgent, [act.done for act in acts])
    after = only_newest_open(counted)
    for protection_id in sorted(after, key=lambda one: after[one].is_open):  # one closes before another opens
        one = after[protection_id]
        changed = vars(one) | {"measures": list(one.measures), "is_open": one.is_open}
        await repository.change(tx, protection_id, **changed)


async def _check_order(case: CaseContext, found: Protection, occurred_at: datetime) -> None:
    """Refuse a closed case, and a step that happened before the last one (the protection is locked).

    An office that may not see the steps of others is held to its own, so that it learns nothing by trying instants.
    """
    case.check_open()
    acts = [one.done for one in await repository.acts(case.tx, found.protection_id) if not one.done.withdrawn]
    if not _sees_steps(case):
        acts = [one for one in acts if one.office == case.office]
    if acts and occurred_at < max(one.occurred_at for one in acts):
        raise await _refusal(case, OutOfOrder, found)


async def _take(case: CaseContext, found: Protection, step: Step, **changes: Any) -> Stands:
    """Keep a step, and change the protection (`changes`: column → value)."""
    await _keep(case, found, step)
    changed = {**found.model_dump(), **changes}
    is_open = changed["status"] in OPEN
    await repository.change(case.tx, found.protection_id, **changes, is_open=is_open)
    return _stands(Protection(**changed))


async def _keep(case: CaseContext, found: Protection, step: Step) -> None:
    """Seal the text, state the facts, keep the step."""
    ref = await case.seal(SealGroup.PROTECTION, step.text)
    row = {
        "act_id": new_id("act"),
        "protection_id": found.protection_id,
        "kind": step.kind,
        "office": case.office,
        "actor": case.principal.actor,
        "occurred_at": step.occurred_at,
        "recorded_at": case.tx.now,
        "outcome": step.outcome,
        "measures": list(step.measures),
        "consent": step.consent,
        "facility": step.facility,
        "text_ref": ref,
        "facts": [_state(case, step, state, ref) for state in step.states],
    }
    repository.add_act(case.tx, row)


def _state(case: CaseContext, step: Step, state: State, ref: str | None) -> str:
    """State one fact. An address goes into no fact, not even as a reference. A placement names who gets the lane."""
    shown = None if step.lane == SHELTER else ref
    more: dict[str, str | bool] = {TAKEN_BY: step.facility} if step.facility is not None else {}
    if state is State.REFUSED_BY_PERSON and FREE in case.pack.lanes[LANE].flags:
        more[FREE] = step.free_of_pressure
    return case.state(ProtectionFactStated, step.lane, state, step.occurred_at, shown, **more).fact_id


def _paper_states(case: CaseContext, found: Protection, occurred_at: datetime) -> tuple[State, ...]:
    """The fact of the paper: stated once protection is in force, by an office that the pack lets state it."""
    if found.status != Status.ACTIVE:
        return ()
    try:
        case.check_may_state(LANE, State.PAPER_FILED, occurred_at)
    except Forbidden:
        return ()
    return (State.PAPER_FILED,)


async def _moves_shelter(case: CaseContext, found: Protection, facility: str) -> bool:
    """Whether a placement opens the shelter lane, opens it again, or gives it to another facility."""
    acts = await repository.acts(case.tx, found.protection_id)
    placed = [one.act.facility for one in acts if one.act.kind == Kind.PLACEMENT and not one.done.withdrawn]
    return rules.moves_shelter(case.standing.lanes.get(SHELTER), placed[-1] if placed else None, facility)


def _lane_is_open(case: CaseContext) -> bool:
    """Whether protection was requested in casework and not through this service."""
    lane = case.standing.lanes.get(LANE)
    if lane is None:
        return False
    by_state = case.pack.lanes[LANE].by_code[lane.state].terminal  # a standing of an older release does not say it
    return not (by_state if lane.ended is None else lane.ended)


async def _already(case: CaseContext) -> Refused:
    found = next((one for one in await repository.of_case(case.tx, case.case_id) if one.is_open), None)
    return await _refusal(case, AlreadyRequested, found) if found else AlreadyRequested()


async def _refusal(case: CaseContext, kind: type[Refused], found: Protection) -> Refused:
    """The refusal with the last step, so that the second of two offices sees what changed, if it may see the steps."""
    if not _sees_steps(case):
        return kind()
    acts = [one.done for one in await repository.acts(case.tx, found.protection_id)]
    last = {"kind": acts[-1].kind, "office": acts[-1].office, "occurred_at": acts[-1].occurred_at.isoformat()}
    return kind(status_now=found.status, last=last)


def _sees_steps(case: CaseContext) -> bool:
    """Whether a refusal may show the steps of others: to who holds the protection lane or is competent where it is.

    Until casework has published the lane, the same counts for the case.
    """
    if LANE in case.standing.lanes:
        return case.rights.sees_lane(case.office, case.standing, LANE)
    return case.rights.looks(case.office, case.standing)


def _order(found: Protection) -> Order:
    return Order(Status(found.status), found.decided, found.urgent)


def _stands(found: Protection) -> Stands:
    return Stands(
        protection_id=found.protection_id,
        status=found.status,
        active=found.status == Status.ACTIVE,
        paper_due=found.paper_due,
    )
