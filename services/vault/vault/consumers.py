"""What the vault learns from the bus: that a case exists."""

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

    _ = on_case_opened
