"""One step of a support lane: may the office state it, does it follow, and telling casework of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.codes import SealGroup
from contracts.events.support import SupportFactStated
from contracts.ids import new_id
from contracts.regulations import Pack, World, load_pack, load_world
from contracts.regulations.arithmetic import legal_date
from contracts.regulations.catalogue import Entitlement
from contracts.regulations.stating import check_may_state, may_state_by
from contracts.standing import LaneStanding, Standing
from kit import auth, telemetry
from kit.auth import Principal
from kit.http import check_occurred_at
from kit.sealing import Sealer
from kit.uow import Tx
from support import domain
from support.domain import Step
from support.errors import BeforeItsCause, CaseIsClosed, NotEntitled, OutOfOrder
from support.models import Lane, Stated


@dataclass(frozen=True)
class Case:
    """A case as far as casework told of it, with the regulations that it is pinned to."""

    case_id: str
    standing: Standing

    @property
    def world(self) -> World:
        """Calendar and directory."""
        return load_world()

    @property
    def pack(self) -> Pack:
        """The regulations of the procedure: they hold the lanes."""
        return load_pack(self.standing.regime_procedure, self.standing.pack_hash)

    @property
    def support_pack(self) -> Pack:
        """The regulations of the support package: in the case's own version where that is the procedure's pack."""
        regime = domain.regime_of(self.standing)
        return self.pack if regime == self.standing.regime_procedure else load_pack(regime)

    def entitlement(self, kind: str) -> Entitlement:
        """Whether the person may have this kind of support."""
        return domain.entitlement(self.support_pack, self.world, self.standing, kind)


async def find(tx: Tx, case_id: str) -> Case:
    """A case; raises `NotFound` while casework has not told of it. Binds the case."""
    telemetry.bind_case(case_id)
    return Case(case_id, await auth.standing(tx, case_id))


def begin(tx: Tx, principal: Principal, case: Case, kind: str, step: Step, occurred_at: datetime) -> None:
    """What can be judged before anything is sealed or locked.

    Raises:
        Forbidden, CaseIsElsewhere: the pack does not let this office state this step here, 403.
        Invalid: impossible date, 422.
        CaseIsClosed: 409.
    """
    on, lane = legal_date(occurred_at), domain.lane_of(kind)
    check_may_state(case.pack, case.world.directory, case.standing, principal.office, lane, step, on)
    check_occurred_at(occurred_at, tx.now)
    if case.standing.status == "closed":
        raise CaseIsClosed


def check_entitled(case: Case, kind: str) -> Entitlement:
    """The entitlement, unless it is a plain no (`NotEntitled`, 409)."""
    found = case.entitlement(kind)
    if found.entitled == "no":
        raise NotEntitled(kind=kind, status=case.standing.status, citation=found.citation, confidence=found.confidence)
    return found


def serves(case: Case, sender: Principal, office: str, kind: str, occurred_at: datetime) -> bool:
    """Whether a provider's office could answer for this lane; one that is not open yet will be where the case is."""
    lane, standing = domain.lane_of(kind), case.standing
    if lane not in standing.lanes:
        carrier = standing.lanes.get(case.pack.identification_lane)
        place = carrier.territory if carrier else sender.territory
        opened = LaneStanding(state=Step.REFERRED, holder=None, territory=place)
        standing = standing.model_copy(update={"lanes": {**standing.lanes, lane: opened}})
    directory, on = case.world.directory, legal_date(occurred_at)
    return may_state_by(case.pack, directory, standing, office, lane, Step.REFERRAL_ACCEPTED, on)


def waits_for(case: Case, lane: Lane, step: Step) -> bool:
    """Whether the step follows from what the lane has reached, here or as casework told."""
    return domain.follows(case.pack, domain.lane_of(lane.kind), _reached(case, lane), step)


def _reached(case: Case, lane: Lane) -> list[str]:
    told = case.standing.lanes.get(domain.lane_of(lane.kind))
    return [state for state in (lane.state, told.state if told else None) if state]


def check_follows(case: Case, lane: Lane, step: Step, occurred_at: datetime) -> None:
    """Judge the order of a step in a locked lane, before its texts are sealed.

    Raises:
        OutOfOrder, BeforeItsCause: 409.
    """
    name = domain.lane_of(lane.kind)
    if not waits_for(case, lane, step):
        raise OutOfOrder(lane=name, state=next(iter(_reached(case, lane)), None))
    if lane.occurred_at is not None and occurred_at < lane.occurred_at:
        raise BeforeItsCause(lane=name, state=lane.state, since=lane.occurred_at.isoformat())


def tell(
    tx: Tx,
    principal: Principal,
    case: Case,
    lane: Lane,
    step: Step,
    occurred_at: datetime,
    refs: list[str],
    of: str | None = None,
) -> None:
    """Take a step that follows: note it in the lane, and tell casework. `of`: the row that it makes or changes."""
    name = domain.lane_of(lane.kind)
    if case.pack.lanes[name].by_code[step].moves:
        lane.state = step
    lane.occurred_at = occurred_at
    tx.session.add(lane)
    fact = _fact(tx, principal, case.case_id, name, step, occurred_at, refs)
    tx.session.add(_stated(fact, lane.kind, of))
    tx.emit(fact)


def _fact(
    tx: Tx, principal: Principal, case_id: str, lane: str, step: Step, occurred_at: datetime, refs: list[str]
) -> SupportFactStated:
    return SupportFactStated(
        case_id=case_id,
        fact_id=new_id("fact"),
        lane=lane,
        state=step,
        occurred_at=occurred_at,
        recorded_at=tx.now,
        office=principal.office,
        actor=principal.actor,
        documents=tuple(refs),
    )


def _stated(fact: SupportFactStated, kind: str, of: str | None) -> Stated:
    told = fact.model_dump(include={"fact_id", "case_id", "occurred_at", "recorded_at"})
    return Stated(**told, kind=kind, step=fact.state, of=of)


async def sealed(sealer: Sealer, principal: Principal, case: Case, text: str | None) -> list[str]:
    """The reference of a note or reason, as a list of none or one; raises `Unavailable`."""
    return await sealer.seal_texts(case.case_id, SealGroup.SUPPORT, [text] if text else [], principal.office)


def signed(tx: Tx, principal: Principal, case_id: str, kind: str, occurred_at: datetime) -> dict[str, Any]:
    """The members that every row has: of what, by whom, when."""
    return {
        "case_id": case_id,
        "kind": kind,
        "office": principal.office,
        "actor": principal.actor,
        "occurred_at": occurred_at,
        "recorded_at": tx.now,
    }
