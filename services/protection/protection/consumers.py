"""What protection learns from the bus: who stands how to a case."""

from contracts.events.casework import CaseChanged
from kit import inbox, projections
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.state import State


def register(bus: Bus, state: State) -> None:
    """Put protection's handlers on its bus."""

    @bus.on("protection__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing."""
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                body = event.standing.model_dump(mode="json")
                await projections.put(tx, STANDING, event.case_id, event.case_version, body)

    _ = on_case_changed
