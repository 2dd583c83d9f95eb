"""Support's handlers of events: standings, closed cases, ended lanes, and corrections of steps."""

from functools import partial

from casefile import corrections
from casefile.standing import Standings
from contracts.events.casework import CaseChanged
from kit.bus import Bus, Meta
from kit.state import State
from regulations import Library
from support.service import correcting, ending


def register(bus: Bus, state: State) -> None:
    """Put support's handlers on its bus."""
    standings, library = Standings(state), state.get(Library)

    @bus.on("support__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing, then end what it ends. Both may be repeated.

        The standing is kept first, because rights are decided on it even while the pack of the case is missing.
        """
        await standings.take(event)
        if ending.ends_support(library, event.standing):
            async with state.uow() as tx:
                await ending.follow_standing(tx, library, event.case_id)

    corrections.follow(bus, state, "support__on_fact_corrected", partial(correcting.note_correction, library))
    _ = on_case_changed
