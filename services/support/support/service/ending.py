"""Use case: casework publishes that support ended or that the case is closed. Nobody then keeps a place.

The bus may deliver a standing and the correction of a step in either order. So the newest standing is applied after
both, and a second application changes nothing.
"""

from casefile.standing import Standings
from contracts.events.casework import CaseChanged
from contracts.standing import Standing
from kit.uow import Tx
from regulations import Library
from support import repository
from support.domain import Ended, RequestState, ended_lanes
from support.models import Lane
from support.service import places


def ends_support(library: Library, found: Standing) -> bool:
    """Whether a standing ends support of any kind. Raises the errors of `Library.pack_of`."""
    return found.status == "closed" or bool(ended_lanes(library, found))


async def newest(standings: Standings, event: CaseChanged) -> Standing:
    """The newest standing of a case: that of the event, or a newer one. Raises `Unavailable`."""
    published = await standings.newest(event.case_id)
    return published.body if published and published.version >= event.case_version else event.standing


async def follow_standing(tx: Tx, library: Library, case_id: str, found: Standing) -> None:
    """Apply the newest standing of a case to its requests and referrals. Raises the errors of `Library.pack_of`."""
    if ends_support(library, found):
        for kind in await repository.kinds(tx, case_id):
            await follow_in_lane(tx, library, found, await repository.lock_lane(tx, case_id, kind))


async def follow_in_lane(tx: Tx, library: Library, found: Standing, lane: Lane) -> None:
    """The same for one locked lane."""
    end = ended_lanes(library, found).get(lane.kind)
    if end is not None and not await _stated_here(tx, lane, end):
        await _end(tx, lane, end)
    if found.status == "closed":
        await places.close_referrals(tx, lane.case_id, lane.kind)
    await tx.session.flush()


async def _stated_here(tx: Tx, lane: Lane, end: Ended) -> bool:
    """Whether this service stated the end. It then ended the requests and referrals in the same transaction.

    A withdrawn step counts here too, because an older standing may still show its end. The fact decides, not the
    instant: a correction that is still on its way, or that another one overtook, may have moved the step.
    """
    steps = await repository.stated_steps(tx, lane.case_id, lane.kind)
    if end.reached_by is not None:
        return any(one.step.fact_id == end.reached_by for one in steps)
    return any(one.step.step == end.state and end.since in (one.step.occurred_at, one.occurred_at) for one in steps)


async def _end(tx: Tx, lane: Lane, end: Ended) -> None:
    """End what was requested and referred until then. What came later belongs to a new round of support."""
    if lane.occurred_at is None or lane.occurred_at <= end.since:
        lane.state, lane.occurred_at = end.state, end.since
    requests = await repository.living_requests(tx, lane.case_id, lane.kind)
    ended = [one for one in requests if one.occurred_at <= end.since]
    for request in ended:
        request.state = RequestState.ENDED
    tx.session.add_all([lane, *ended])
    await places.close_referrals(tx, lane.case_id, lane.kind, until=end.since)
