"""What support learns from the bus: who stands how to a case, and that it was closed."""

from contracts.events.casework import CaseChanged, FactCorrected
from contracts.standing import Standing
from kit import inbox, projections
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.projections import Keeper
from kit.state import State
from kit.uow import Tx
from support import repository
from support.domain import ended_lanes
from support.service import correcting, places
from support.service.steps import Case


def register(bus: Bus, state: State) -> None:
    """Put support's handlers on its bus."""
    standings = Keeper(state.uow, STANDING)

    @bus.on("support__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        if event.standing.status != "closed":
            await standings.put(event.case_id, event.case_version, event.standing.model_dump(mode="json"))
            return
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                await take_standing(tx, event)

    @bus.on("support__on_fact_corrected")
    async def on_fact_corrected(event: FactCorrected, meta: Meta) -> None:
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                await correcting.note_correction(tx, event)

    _ = on_case_changed, on_fact_corrected


async def take_standing(tx: Tx, event: CaseChanged) -> None:
    """Keep the newest standing. A closed case keeps nobody's place, nor does support that ended."""
    body = event.standing.model_dump(mode="json")
    newer = await projections.put(tx, STANDING, event.case_id, event.case_version, body)
    if newer and event.standing.status == "closed":
        await places.close_case(tx, event.case_id)
    elif newer:
        await _end_lanes(tx, event.case_id, event.standing)


async def _end_lanes(tx: Tx, case_id: str, standing: Standing) -> None:
    """What is referred or asked for in a lane that ended, whoever stated its end, is at its end as well."""
    ended = ended_lanes(Case(case_id, standing).pack, standing)
    living = await repository.living_kinds(tx, case_id) if ended else set[str]()
    for kind in sorted(living & ended.keys()):
        await places.end_lane(tx, case_id, kind, *ended[kind])
