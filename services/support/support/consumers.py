"""Support's handlers of events: closed cases, ended lanes, and corrections of steps."""

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
    standings, library = state.get(Standings), state.get(Library)

    @bus.on("support__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """End what the standing ends. A repetition changes nothing."""
        if ending.ends_support(library, event.standing):
            found = await ending.newest(standings, event)
            async with state.uow() as tx:
                await ending.follow_standing(tx, library, event.case_id, found)

    note = partial(correcting.note_correction, library, standings)
    corrections.follow(bus, state, "support__on_fact_corrected", note)
    _ = on_case_changed
