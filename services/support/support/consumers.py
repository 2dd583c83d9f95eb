"""What support learns from the bus: who stands how to a case, and that it was closed."""

from contracts.events.casework import CaseChanged
from kit import inbox, projections
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.state import State
from kit.uow import Tx
from support.service import places


def register(bus: Bus, state: State) -> None:
    """Put support's handlers on its bus."""

    @bus.on("support__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                await take_standing(tx, event)

    _ = on_case_changed


async def take_standing(tx: Tx, event: CaseChanged) -> None:
    """Keep the newest standing. A closed case keeps nobody's place."""
    body = event.standing.model_dump(mode="json")
    newer = await projections.put(tx, STANDING, event.case_id, event.case_version, body)
    if newer and event.standing.status == "closed":
        await places.close_case(tx, event.case_id)
