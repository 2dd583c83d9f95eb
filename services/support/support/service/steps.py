"""One step of a support lane: whether the office may state it and whether it follows, and how it is stated."""

from datetime import datetime

from casefile.context import CaseContext
from contracts.events.support import SupportFactStated
from contracts.standing import LaneStanding
from kit.http import check_occurred_at
from regulations import OutOfOrder, Pack
from regulations.catalogue import Entitlement
from regulations.entitled import entitled, package_at
from regulations.legal_time import legal_date
from regulations.places import NATION
from regulations.stating import may_state_by
from support import domain
from support.domain import SupportState
from support.errors import BeforeItsCause, NotEntitled
from support.models import Lane, Stated


def support_pack(case: CaseContext, at: datetime) -> Pack:
    """The regulations of the support package of the person at an instant."""
    return case.law.pack(package_at(case.law, case.person, at).pack)


def entitlement(case: CaseContext, kind: str, at: datetime) -> Entitlement:
    """Whether the person may have this kind of support at an instant. In a closed case there is none."""
    if case.standing.status == "closed":
        return support_pack(case, at).entitlement(kind, "closed")
    return entitled(case.law, case.person, kind, at)


def begin(case: CaseContext, kind: str, step: SupportState, occurred_at: datetime) -> None:
    """Check what can be checked before anything is sealed or locked.

    Raises:
        Forbidden, CaseIsElsewhere: the pack does not let this office state this step here, 403.
        Invalid: impossible date, 422.
        CaseIsClosed: 409.
    """
    case.check_may_state(domain.lane_of(kind), step, occurred_at)
    check_occurred_at(occurred_at, case.tx.now)
    case.check_open()


def check_entitled(case: CaseContext, kind: str, at: datetime) -> Entitlement:
    """The entitlement at the instant of a step; raises `NotEntitled` (409) if the answer is plainly no."""
    found = entitlement(case, kind, at)
    if found.entitled == "no":
        raise NotEntitled(
            kind=kind, status=case.person.at(at).status, citation=found.citation, confidence=found.confidence
        )
    return found


def serves(case: CaseContext, office: str, kind: str, occurred_at: datetime) -> bool:
    """Whether a provider's office may answer in this lane. A lane that is not open yet will open where the case is."""
    lane, standing = domain.lane_of(kind), case.standing
    if lane not in standing.lanes:
        carrier = standing.lanes.get(case.pack.identification_lane)
        place = carrier.place if carrier else case.world.directory.place_of(case.office) or NATION
        opened = LaneStanding(state=SupportState.REFERRED, holder=None, place=place)
        standing = standing.model_copy(update={"lanes": {**standing.lanes, lane: opened}})
    directory, on = case.world.directory, legal_date(occurred_at)
    pack = case.pack_for(lane, SupportState.REFERRAL_ACCEPTED, occurred_at)
    return may_state_by(pack, directory, standing, office, lane, SupportState.REFERRAL_ACCEPTED, on)


def waits_for(case: CaseContext, lane: Lane, step: SupportState, at: datetime) -> bool:
    """Whether the step follows from what the lane has reached, here or as casework published it."""
    name = domain.lane_of(lane.kind)
    return domain.follows(case.pack_for(name, step, at), name, _reached(case, lane), step)


def _reached(case: CaseContext, lane: Lane) -> list[str]:
    published = case.standing.lanes.get(domain.lane_of(lane.kind))
    return [state for state in (lane.state, published.state if published else None) if state]


def check_follows(case: CaseContext, lane: Lane, step: SupportState, occurred_at: datetime) -> None:
    """Check that a step follows in its locked lane, before its texts are sealed.

    Raises:
        OutOfOrder, BeforeItsCause: 409.
    """
    name = domain.lane_of(lane.kind)
    if not waits_for(case, lane, step, occurred_at):
        raise OutOfOrder(lane=name, state=next(iter(_reached(case, lane)), None))
    if lane.occurred_at is not None and occurred_at < lane.occurred_at:
        raise BeforeItsCause(lane=name, state=lane.state, since=lane.occurred_at.isoformat())


def state(
    case: CaseContext,
    lane: Lane,
    step: SupportState,
    occurred_at: datetime,
    ref: str | None,
    of: str | None = None,
) -> None:
    """State a step that follows: record it in the lane and emit the fact. `of`: id of the row that it concerns."""
    name = domain.lane_of(lane.kind)
    if case.pack_for(name, step, occurred_at).lanes[name].by_code[step].moves:
        lane.state = step
    lane.occurred_at = occurred_at
    case.tx.session.add(lane)
    fact = case.state(SupportFactStated, name, step, occurred_at, ref)
    case.tx.session.add(_stated(fact, lane.kind, of))


def _stated(fact: SupportFactStated, kind: str, of: str | None) -> Stated:
    columns = fact.model_dump(include={"fact_id", "case_id", "occurred_at", "recorded_at"})
    return Stated(**columns, kind=kind, step=fact.state, of=of)
