"""What intake learns from the bus: who stands how to a case."""

from contracts.events.casework import CaseChanged
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.projections import Keeper
from kit.state import State


def register(bus: Bus, state: State) -> None:
    """Put intake's handlers on its bus."""
    standings = Keeper(state.uow, STANDING)

    @bus.on("intake__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing. Its version makes a repetition harmless; the inbox is not needed."""
        await standings.put(event.case_id, event.case_version, event.standing.model_dump(mode="json"))

    _ = on_case_changed
