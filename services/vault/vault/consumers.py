"""What the vault learns from the bus: that a case exists, and how each office is related to it."""

from casefile import standing
from contracts.events.casework import CaseChanged
from contracts.events.intake import CaseOpened
from kit.bus import Bus, Meta
from kit.state import State
from vault import repository


def register(bus: Bus, state: State) -> None:
    """Put the vault's handlers on its bus."""

    @bus.on("vault__on_case_opened")
    async def on_case_opened(event: CaseOpened, meta: Meta) -> None:
        """A report was committed: what was sealed for it stays."""
        async with state.uow.unlocked() as tx:
            await repository.mark_known(tx, event.case_id)  # a repetition changes nothing

    @bus.on("vault__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Offices may read after the first of these events, as their standing allows. A repetition changes nothing."""
        async with state.uow() as tx:
            await standing.take(tx, event)
            await repository.mark_known(tx, event.case_id)

    _ = on_case_opened, on_case_changed
