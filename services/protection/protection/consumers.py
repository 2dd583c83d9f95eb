"""What protection learns from the bus: who stands how to a case, and which step was corrected."""

from contracts.events.casework import CaseChanged, FactCorrected
from kit import inbox
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.projections import Keeper
from kit.state import State
from protection import service


def register(bus: Bus, state: State) -> None:
    """Put protection's handlers on its bus."""
    standings = Keeper(state.uow, STANDING)

    @bus.on("protection__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing. Its version makes a repetition harmless; the inbox is not needed."""
        await standings.put(event.case_id, event.case_version, event.standing.model_dump(mode="json"))

    @bus.on("protection__on_fact_corrected")
    async def on_fact_corrected(event: FactCorrected, meta: Meta) -> None:
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                await service.note_correction(tx, event)

    _ = on_case_changed, on_fact_corrected
