"""What protection learns from the bus: who stands how to a case."""

from contracts.events.casework import CaseChanged
from kit import projections
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.state import State


def register(bus: Bus, state: State) -> None:
    """Put protection's handlers on its bus."""

    @bus.on("protection__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing. Its version makes a repetition harmless; the inbox is not needed."""
        async with state.uow() as tx:
            body = event.standing.model_dump(mode="json")
            await projections.put(tx, STANDING, event.case_id, event.case_version, body)

    _ = on_case_changed
