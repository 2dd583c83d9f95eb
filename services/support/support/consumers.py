"""Support's handlers of events: standings, closed cases, ended lanes, and corrections of steps."""

from functools import partial

from casefile import corrections
from casefile.standing import Standings, take
from contracts.events.casework import CaseChanged
from contracts.standing import Standing
from kit import handled
from kit.bus import Bus, Meta
from kit.state import State
from kit.uow import Tx
from regulations import Library
from support import repository
from support.domain import ended_lanes
from support.service import correcting, places


def register(bus: Bus, state: State) -> None:
    """Put support's handlers on its bus."""
    standings, library = Standings(state), state.get(Library)

    @bus.on("support__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        if event.standing.status != "closed":
            await standings.take(event)
            return
        async with state.uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                await take_standing(tx, library, event)

    corrections.follow(bus, state, "support__on_fact_corrected", partial(correcting.note_correction, library))
    _ = on_case_changed


async def take_standing(tx: Tx, library: Library, event: CaseChanged) -> None:
    """Keep the newest standing. Gives places back when the case is closed or its support has ended."""
    newer = await take(tx, event)
    if newer and event.standing.status == "closed":
        await places.close_case(tx, event.case_id)
    elif newer:
        await _end_lanes(tx, library, event.case_id, event.standing)


async def _end_lanes(tx: Tx, library: Library, case_id: str, standing: Standing) -> None:
    """End the requests and referrals of every lane that has ended, whichever office stated the end."""
    ended = ended_lanes(library.pack_of(standing), standing)
    living = await repository.living_kinds(tx, case_id) if ended else set[str]()
    for kind in sorted(living & ended.keys()):
        await places.end_lane(tx, case_id, kind, *ended[kind])
