"""The events of the bus that notify turns into notices."""

from collections.abc import Sequence

from casefile.standing import Standings
from contracts.events.casework import AmendmentApplied, AttentionRaised, CaseChanged
from contracts.limits import LimitReached
from kit.bus import Bus, Meta
from kit.handled import AT_ONCE, InOneTransaction
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

    async def fired(tx: Tx, given: Sequence[tuple[AttentionRaised, Meta]]) -> bool:
        return await inbox.on_attentions(tx, rights, standings, addresses, [event for event, _ in given])

    async def changed(tx: Tx, given: Sequence[tuple[CaseChanged, Meta]]) -> bool:
        return await inbox.on_changes(tx, rights, addresses, given)

    attentions, changes = InOneTransaction(state.uow, fired), InOneTransaction(state.uow, changed)

    @bus.on("notify__on_attention_raised", AT_ONCE)
    async def on_attention_raised(event: AttentionRaised, meta: Meta) -> None:
        """A wait fired."""
        if await attentions(event, meta):
            deliverer.wake()

    @bus.on("notify__on_case_changed", AT_ONCE)
    async def on_case_changed(event: CaseChanged, meta: Meta) -> None:
        """Somebody holds something new, or is asked."""
        if await changes(event, meta):
            deliverer.wake()

    _of_no_case(bus, state)
    _ = on_attention_raised, on_case_changed


def _of_no_case(bus: Bus, state: State) -> None:
    """The handlers of events that are about no case."""
    addresses, deliverer, rights = state.get(Addresses), state.get(Deliverer), state.get(Rights)

    @bus.on("notify__on_amendment_applied")
    async def on_amendment_applied(event: AmendmentApplied, meta: Meta) -> None:
        """The law was amended, and due dates of an office's work moved."""
        async with state.uow() as tx:
            to_deliver = await inbox.on_amendment(tx, addresses, event, meta)
        if to_deliver:
            deliverer.wake()

    @bus.on("notify__on_limit_reached")
    async def on_limit_reached(event: LimitReached, meta: Meta) -> None:
        """Somebody asked for more than a budget allows."""
        await state.before_request()  # so that the directory is that of today
        async with state.uow() as tx:
            to_deliver = await inbox.on_limit(tx, rights, addresses, event)
        if to_deliver:
            deliverer.wake()

    _ = on_amendment_applied, on_limit_reached
