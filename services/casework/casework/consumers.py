"""The events that casework handles. Steps over its own API are not among them: they are folded in their HTTP call."""

from casework.amendments.book import LawBook
from casework.errors import NotStatedHere, TooEarly
from casework.service import incoming
from contracts.events.facts import FactStated
from contracts.events.intake import CaseOpened, CaseReportedAgain, CasesLinked, ScreeningRecorded
from contracts.events.protection import ProtectionFactStated
from contracts.events.support import SupportFactStated
from contracts.events.verification import VerificationFactStated
from contracts.problems import Invalid, Refused
from contracts.topology import DURABLES
from kit import handled
from kit.bus import Bus, Meta
from kit.state import State
from kit.uow import UnitOfWork

PARK_AFTER = {durable.name: durable.park_after for durable in DURABLES}
REMEMBERED = 10_000
"""Tries are counted for so many steps. Beyond that the oldest count is forgotten, and its step is tried longer."""


class TooEarlyCount:
    """How often a step was tried and did not fit yet.

    The number of deliveries cannot say this. For example, during an outage of PostgreSQL a step that arrived before its
    cause is delivered many times without a real try. The count is kept in the process and begins anew with it.
    """

    def __init__(self) -> None:
        self._tries: dict[tuple[str, str], int] = {}

    def refused(self, meta: Meta) -> int:
        """Counts one more try and gives the number of tries until now."""
        key = (meta.durable, meta.event_id)
        tries = self._tries.pop(key, 0) + 1
        while len(self._tries) >= REMEMBERED:
            self._tries.pop(next(iter(self._tries)))
        self._tries[key] = tries
        return tries

    def settled(self, meta: Meta) -> None:
        """Forgets the count of a step that is stored, or that can never be stored."""
        self._tries.pop((meta.durable, meta.event_id), None)


def register(bus: Bus, state: State) -> None:
    """Put casework's handlers on its bus."""
    book = state.get(LawBook)

    @bus.on("casework__on_case_opened")
    async def on_case_opened(event: CaseOpened, meta: Meta) -> None:
        await state.uow.step(lambda tx: incoming.open_case(tx, book, event))

    @bus.on("casework__on_cases_linked")
    async def on_cases_linked(event: CasesLinked, meta: Meta) -> None:
        async with state.uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                await incoming.link_cases(tx, book, event)

    @bus.on("casework__on_case_reported_again")
    async def on_case_reported_again(event: CaseReportedAgain, meta: Meta) -> None:
        async with state.uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                await incoming.note_reported_again(tx, book, event, meta.event_id)

    @bus.on("casework__on_screening_recorded")
    async def on_screening_recorded(event: ScreeningRecorded, meta: Meta) -> None:
        async with state.uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                await incoming.note_screening(tx, book, event)

    _register_facts(bus, state, book)
    _ = on_case_opened, on_cases_linked, on_case_reported_again, on_screening_recorded


def _register_facts(bus: Bus, state: State, book: LawBook) -> None:
    """The handlers of the steps that offices state in other services."""
    tries = TooEarlyCount()

    @bus.on("casework__on_verification_fact")
    async def on_verification_fact(event: VerificationFactStated, meta: Meta) -> None:
        await on_fact_stated(state.uow, book, tries, event, meta)

    @bus.on("casework__on_protection_fact")
    async def on_protection_fact(event: ProtectionFactStated, meta: Meta) -> None:
        await on_fact_stated(state.uow, book, tries, event, meta)

    @bus.on("casework__on_support_fact")
    async def on_support_fact(event: SupportFactStated, meta: Meta) -> None:
        await on_fact_stated(state.uow, book, tries, event, meta)

    _ = on_verification_fact, on_protection_fact, on_support_fact


async def on_fact_stated(uow: UnitOfWork, book: LawBook, tries: TooEarlyCount, event: FactStated, meta: Meta) -> None:
    """Fold a step of another service. A step that does not fit yet is tried again, and parked in the end.

    Args:
        tries: counts of this process. After `park_after` tries a step is parked, and the timeline shows it.

    Raises:
        Unavailable: the step does not fit yet. Refused, Invalid: it can never be folded, and the bus parks it.
    """
    try:
        await uow.step(lambda tx: incoming.take_fact(tx, book, event))
        tries.settled(meta)
    except (NotStatedHere, Invalid) as refusal:
        tries.settled(meta)
        await _show_parked(uow, event, refusal.slug)
        raise
    except TooEarly as early:
        if tries.refused(meta) < PARK_AFTER[meta.durable]:
            raise
        slug = str(early.extra["slug"])
        await _show_parked(uow, event, slug)
        raise Refused(slug=slug) from early


async def _show_parked(uow: UnitOfWork, event: FactStated, slug: str) -> None:
    async with uow() as tx:
        await incoming.note_parked(tx, event, slug)
