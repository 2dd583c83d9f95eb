"""What verification learns from the bus: who stands how to a case, and that a decision was taken back."""

from contracts.events.casework import CaseChanged, FactCorrected
from contracts.regulations import load_pack
from contracts.standing import Standing
from kit import inbox, projections
from kit.auth import STANDING
from kit.bus import Bus, Meta
from kit.state import State
from kit.uow import Tx
from verification import service
from verification.domain import LANE, withdrawn


def register(bus: Bus, state: State) -> None:
    """Put verification's handlers on its bus."""

    @bus.on("verification__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Keep the newest standing."""
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                await take_standing(tx, event)

    @bus.on("verification__on_fact_corrected")
    async def on_fact_corrected(event: FactCorrected, meta: Meta) -> None:
        async with state.uow() as tx:
            if await inbox.first_time(tx, meta.durable, meta.event_id):
                await service.note_correction(tx, event)

    _ = on_case_changed, on_fact_corrected


async def take_standing(tx: Tx, event: CaseChanged) -> None:
    """Keep the newest standing; where it takes a decision back, the file is open again.

    The bus keeps no order: the standing before may be told after the one that takes the decision back.
    """
    kept = await projections.get(tx, STANDING, event.case_id)
    body = event.standing.model_dump(mode="json")
    newer = await projections.put(tx, STANDING, event.case_id, event.case_version, body)
    if kept is None:
        return
    other = Standing.model_validate(kept)
    before, now = (other, event.standing) if newer else (event.standing, other)
    if _withdrawn(before, now):
        await service.note_withdrawal(tx, event.case_id)


def _withdrawn(before: Standing, now: Standing) -> bool:
    states = load_pack(now.regime_procedure, now.pack_hash).lanes[LANE].states
    terminal = [state.code for state in states if state.terminal]
    stood, stands = (one.lanes[LANE].state if LANE in one.lanes else None for one in (before, now))
    return withdrawn(stood, stands, terminal)
