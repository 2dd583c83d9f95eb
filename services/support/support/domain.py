"""Steps of a support lane, their order as far as this service knows it, and entitlements. Pure."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from contracts.codes import SupportKind
from contracts.standing import Standing
from regulations import Library, Pack, known_state

Outcome = Literal["granted", "refused", "declined_by_person"]


class SupportState(StrEnum):
    """States and duties of a support lane that are stated here, by the codes of the packs."""

    NEED_ASSESSED = "SUPPORT_NEED_ASSESSED"
    REQUESTED = "SUPPORT_REQUESTED"
    DECIDED = "SUPPORT_DECIDED"
    REFUSED = "SUPPORT_REFUSED"
    DECLINED_BY_PERSON = "SUPPORT_DECLINED_BY_PERSON"
    REFERRED = "SUPPORT_REFERRED"
    REFERRAL_ACCEPTED = "REFERRAL_ACCEPTED"
    REFERRAL_DECLINED = "REFERRAL_DECLINED"
    DELIVERED = "SUPPORT_DELIVERED"
    ENDED = "SUPPORT_ENDED"


class RequestState(StrEnum):
    """The state of a request."""

    REQUESTED = "requested"
    GRANTED = "granted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    DECLINED_BY_PERSON = "declined_by_person"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # withdrawn in the case's timeline


class ReferralState(StrEnum):
    """The state of a referral."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"  # before anything was delivered
    ENDED = "ended"


UNDECIDED_OR_GRANTED = (RequestState.REQUESTED, RequestState.GRANTED)
"""A case has at most one request of each kind in these states."""
LIVING_REQUESTS = (*UNDECIDED_OR_GRANTED, RequestState.DELIVERED)
OPEN_REFERRALS = (ReferralState.PROPOSED, ReferralState.ACCEPTED)
"""A case has at most one referral of each kind in these states."""
LIVING_REFERRALS = (*OPEN_REFERRALS, ReferralState.DELIVERED)

DECISIONS: dict[Outcome, tuple[RequestState, SupportState]] = {
    "granted": (RequestState.GRANTED, SupportState.DECIDED),
    "refused": (RequestState.REFUSED, SupportState.REFUSED),
    "declined_by_person": (RequestState.DECLINED_BY_PERSON, SupportState.DECLINED_BY_PERSON),
}
"""Outcome of a decision → state of the request, state of the lane."""


def lane_of(kind: str) -> str:
    """The lane of a kind of support."""
    return f"support:{kind}"


def follows(pack: Pack, lane: str, starts: Iterable[str], step: str) -> bool:
    """Whether a step can follow one of these states of the lane; without any, whether it can open the lane.

    Facts that a path requires are assumed, because casework alone may know them.
    """
    if not known_state(pack, lane, step):
        return False
    spec, named = pack.lanes[lane].by_code[step], list(starts)
    if not spec.moves:
        return bool(named)
    return any(_leads(pack, lane, start, step) for start in named) if named else spec.entry


def _leads(pack: Pack, lane: str, start: str, step: str) -> bool:
    states, graph = pack.lanes[lane].by_code, pack.graphs[lane]
    if start not in states:
        return False
    if start == step:
        return states[step].repeatable
    if states[step].again and states[start].terminal:
        return True
    held = frozenset(name for edge in graph.edges for name in edge.requires)
    return graph.path(start, step, held) is not None


class Ended(NamedTuple):
    """The state that ended a lane, when, and by which fact; None if the standing is of an older release."""

    state: str
    since: datetime
    reached_by: str | None = None


def ended_lanes(library: Library, standing: Standing) -> dict[str, Ended]:
    """Kind of support → the end of its lane; only for lanes that have ended.

    Raises the errors of `Library.pack_of`, but only for a case that has a lane of support.
    """
    support = {code: lane for code, lane in standing.lanes.items() if code.startswith(lane_of(""))}
    found: dict[str, Ended] = {}
    for code, lane in support.items():
        lanes = library.pack_of_lane(standing, code).lanes
        spec = lanes[code].by_code.get(lane.state) if code in lanes else None
        if spec is not None and spec.terminal and lane.ended is not False and lane.since is not None:
            found[code.removeprefix(lane_of(""))] = Ended(lane.state, lane.since, lane.reached_by)
    return found


def kinds_of(pack: Pack) -> list[SupportKind]:
    """The kinds that a pack lists, in the order of the law's letters."""
    return [kind for kind in SupportKind if kind in pack.entitlements]
