"""How each office is related to a case, as casework published it. Every service decides rights by it."""

from contracts.events.casework import CaseChanged
from contracts.problems import NotFound
from contracts.standing import Standing
from kit import projections, telemetry
from kit.bus import Bus, Meta
from kit.projections import Keeper
from kit.state import State
from kit.uow import Tx

KIND = "standing"
"""Kind of the projection."""


async def known(tx: Tx, case_id: str) -> Standing | None:
    """The newest standing of a case that this service has received; None for a case that it does not know."""
    found = await projections.get(tx, KIND, case_id)
    return None if found is None else Standing.model_validate(found)


async def of(tx: Tx, case_id: str) -> Standing:
    """The newest standing of a case; raises `NotFound` (404) for an unknown case. Puts it on the trace and the log."""
    telemetry.correlate(case_id)
    found = await known(tx, case_id)
    if found is None:
        raise NotFound()
    return found


async def take(tx: Tx, event: CaseChanged) -> bool:
    """Keep the standing of an event; false if the same or a newer version is kept already."""
    body = event.standing.model_dump(mode="json")
    return await projections.put(tx, KIND, event.case_id, event.case_version, body)


class Standings(Keeper):
    """Keeps standings for a handler that does nothing else with the event."""

    def __init__(self, state: State) -> None:
        super().__init__(state.uow, KIND)

    async def take(self, event: CaseChanged) -> None:
        """Keep the standing unless a newer one is kept; a repeated event changes nothing. Raises `Unavailable`."""
        await self.put(event.case_id, event.case_version, event.standing.model_dump(mode="json"))


def follow(bus: Bus, state: State, durable: str) -> None:
    """Keep the newest standing of every case from the events that the durable delivers."""
    standings = Standings(state)

    @bus.on(durable)
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing."""
        await standings.take(event)

    _ = on_case_changed
