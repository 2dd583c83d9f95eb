"""The events of the bus that notify turns into notices."""

from casefile.standing import Standings
from contracts.events.casework import AmendmentApplied, AttentionRaised, CaseChanged
from kit.bus import Bus, Meta
from kit.handled import InOneTransaction
from kit.state import State
from kit.uow import Tx
from notify.addresses import Addresses
from notify.deliverer import Deliverer
from notify.service import inbox
from regulations.rights import Rights


def register(bus: Bus, state: State) -> None:
    """Put notify's handlers on its bus."""
    addresses, deliverer = state.get(Addresses), state.get(Deliverer)
    rights, standings = state.get(Rights), state.get(Standings)

    async def attention(tx: Tx, event: AttentionRaised, meta: Meta) -> None:
        await inbox.on_attention(tx, rights, standings, addresses, event, meta)

    async def change(tx: Tx, event: CaseChanged, meta: Meta) -> None:
        await inbox.on_change(tx, rights, addresses, event, meta)

    attentions, changes = InOneTransaction(state.uow, attention), InOneTransaction(state.uow, change)

    @bus.on("notify__on_attention_raised")
    async def on_attention_raised(event: AttentionRaised, meta: Meta) -> None:
        """A wait fired."""
        await attentions(event, meta)
        deliverer.wake()

    @bus.on("notify__on_case_changed")
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Somebody holds something new, or is asked."""
        await changes(event, meta)
        deliverer.wake()

    @bus.on("notify__on_amendment_applied")
    async def on_amendment_applied(event: AmendmentApplied, meta: Meta) -> None:
        """The law was amended, and due dates of an office's work moved."""
        async with state.uow() as tx:
            await inbox.on_amendment(tx, addresses, event, meta)
        deliverer.wake()

    _ = on_attention_raised, on_case_changed, on_amendment_applied
