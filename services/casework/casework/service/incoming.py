"""Use cases of events from the bus: open a case, link two cases, note a screening, fold a step of another service."""

from dataclasses import replace

from casework import repository
from casework.amendments.book import BeforeOpening, LawBook
from casework.countersignings.service import Stated, unsigned
from casework.domain import closing, countersigning, for_reporter, who_may_record
from casework.domain.case_file import CaseFile, Change, Stored
from casework.domain.consequences import consequences_of
from casework.domain.records import CaseRecord, FactRecord, TimelineEntry
from casework.domain.standing import called, living_holder
from casework.errors import NotStatedHere, TooEarly, UnknownCase
from casework.service.author import Author
from casework.service.files import take
from casework.service.writing import apply, write_opened
from contracts.codes import Route
from contracts.events.casework import AttentionRaised
from contracts.events.facts import FactStated, may_state_in
from contracts.events.intake import CaseOpened, CaseReportedAgain, CasesLinked, ScreeningRecorded
from contracts.problems import Unavailable
from kit.uow import Tx
from regulations import Contradiction, Pack, UnknownState, known_state
from regulations.four_eyes import FourEyes
from regulations.legal_time import legal_date

NEAREST: dict[str, str] = {Route.FOREIGN_UNRESCUED: Route.FOREIGN_VICTIM}
"""A route → the one that stands for it in a version of a pack that does not know it yet, so that no report is lost."""
REPORTED_AGAIN = "reported_again"
SAME_PERSON = "same_person"
"""Mark of linked cases: an office found that they are about one person."""


async def open_case(tx: Tx, book: LawBook, event: CaseOpened) -> None:
    """Open a case. It is pinned to the pack of the day of its report, in the newest version of that pack.

    A case that is open already does not change.

    Raises:
        NoPack, UnknownRoute: no pack is installed for that day, or it does not know the route. The event is parked.
    """
    before = BeforeOpening.model_validate_json(await repository.before_opening(tx, event.case_id))
    if before.known:
        return
    law = await book.at(tx, before.law)
    regime = law.world.regime_for(event.occurred_at)
    version = law.version_of(regime)
    pack = book.pinned(regime, version) if version else book.library.pack(regime)
    beside = book.beside(regime, law.version_of(law.world.beside(regime) or ""))
    case = opened_case(event, pack, law.seq, beside)
    file = CaseFile(case, Stored(), pack, law.world, beside)
    await write_opened(tx, consequences_of(file, Change(timeline=(_opened(file, event),)), tx.now))


def opened_case(event: CaseOpened, pack: Pack, law_seq: int, beside: Pack | None = None) -> CaseRecord:
    """The case that a report opens for one person. `pack`: the pack to which it is pinned; `beside`: that beside it."""
    known = event.route in pack.routes
    return CaseRecord(
        case_id=event.case_id,
        report_id=event.report_id,
        route=event.route if known else NEAREST.get(event.route, event.route),
        channel=event.channel,
        reporter=event.office,
        actor=event.actor,
        province=event.territory,
        commune=event.commune,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        age_band=event.age_band,
        turns_18_on=event.turns_18_on,
        foreign=event.foreign,
        nationality=event.nationality,
        urgent=event.urgent,
        reporter_known=event.reporter_known,
        accompanies=event.accompanies,
        needs=list(event.needs),
        linked=list(event.linked),
        marks=[],
        flags=[],
        pack_id=pack.id,
        pack_hash=pack.content_hash,
        beside_hash=beside.content_hash if beside else None,
        law_seq=law_seq,
    )


def _opened(file: CaseFile, event: CaseOpened) -> TimelineEntry:
    return TimelineEntry(
        case_id=event.case_id,
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
        kind="opened",
        office=event.office,
        ref=event.report_id,
        details={"route": event.route, "channel": event.channel, "pack": file.pack.id, "hash": file.pack.content_hash},
    )


async def link_cases(tx: Tx, book: LawBook, event: CasesLinked) -> None:
    """Note in both cases whether they are about one person. Raises `Unavailable` while one of them is unknown."""
    pair = sorted({event.case_id, event.other_case_id})  # always in the same order, so that two links cannot deadlock
    for case_id in pair:
        file = await _arrived(tx, book, case_id)
        other = next((one for one in pair if one != case_id), case_id)
        line = TimelineEntry(
            case_id=case_id,
            recorded_at=event.recorded_at,
            kind="linked" if event.same else "not_linked",
            office=event.office,
            ref=other,
        )
        change = Change(timeline=(line,))
        await apply(tx, file, replace(change, linked=(other,), marks=(SAME_PERSON,)) if event.same else change)


async def note_reported_again(tx: Tx, book: LawBook, event: CaseReportedAgain, event_id: str) -> None:
    """Tell the holder of a known case at once that somebody with the same identity was reported anew.

    Neither the notice nor the line of the timeline says where or by whom. Raises `Unavailable` for an unknown case.
    """
    file = await _arrived(tx, book, event.case_id)
    line = TimelineEntry(case_id=event.case_id, recorded_at=event.recorded_at, kind=REPORTED_AGAIN)
    lane = file.pack.identification_lane
    holder = living_holder(file.world.directory, file.state.lanes.get(lane), legal_date(tx.now))
    told = [
        AttentionRaised(
            case_id=event.case_id,
            kind=REPORTED_AGAIN,
            office=office,
            lane=lane,
            wait_id=event_id,
            stage=REPORTED_AGAIN,
            raised_at=tx.now,
        )
        for office in ((holder,) if holder else called(file, file.state, legal_date(tx.now)))
    ]
    await apply(tx, file, Change(timeline=(line,), notices=tuple(told)))


async def note_screening(tx: Tx, book: LawBook, event: ScreeningRecorded) -> None:
    """Add the level of a screening to the timeline, and nothing else. Raises `Unavailable` for an unknown case."""
    await _arrived(tx, book, event.case_id)
    line = TimelineEntry(
        case_id=event.case_id,
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
        kind="screening",
        office=event.office,
        details={"level": event.level, "list": event.list_version},
    )
    await repository.add_to_timeline(tx.session, [line.model_dump(mode="json")])


async def take_fact(tx: Tx, book: LawBook, event: FactStated) -> None:
    """Fold a step that an office stated in another service. A fact that is stored already does not change.

    A closing may have been entered while the step was on the bus. It then ends what an earlier step begins, and the
    office that would have had it is notified of the end.

    Raises:
        UnknownState, NotStatedHere: the step can never be folded, and is parked.
        TooEarly: the cause of the step may still be on its way, and the step is tried again.
    """
    file = await _arrived(tx, book, event.case_id)
    if file.fact(event.fact_id) is not None:
        return  # so an event that is delivered again changes nothing
    if not known_state(file.pack_for(event.lane, event.state, event.occurred_at), event.lane, event.state):
        raise UnknownState
    if not may_state_in(event.producer, event.lane):
        raise NotStatedHere
    step = (event.office, event.lane, event.state, event.occurred_at)
    if not who_may_record.may_record(file, *step) and not who_may_record.might_record(file, *step):
        raise NotStatedHere
    fact = FactRecord(
        fact_id=event.fact_id,
        case_id=event.case_id,
        seq=file.case.next_seq,
        kind="state",
        lane=event.lane,
        state=event.state,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        office=event.office,
        actor=event.actor,
        attributes=dict(event.attributes),
        documents=list(event.documents),
    )
    change = await _with_signing(tx, book.library.four_eyes, file, Change(facts=(fact,)))
    try:
        after = await apply(tx, file, change)
    except Contradiction as refusal:
        raise TooEarly(fact_id=event.fact_id, slug=refusal.slug) from refusal
    late = closing.late_notices(file, after.file, legal_date(tx.now))
    for notice in for_reporter.without_later(file, after.standing, late, tx.now):
        tx.emit(notice)


async def _with_signing(tx: Tx, four_eyes: FourEyes, file: CaseFile, change: Change) -> Change:
    """The change, with its signing if the step needs one. Another service has recorded the step, so it counts."""
    if not countersigning.needs(four_eyes, file, countersigning.RECORD, change):
        return change
    fact = change.facts[0]
    stated = Stated(countersigning.RECORD, Author(office=fact.office, actor=fact.actor), change, {})
    signing = await unsigned(tx, four_eyes, file, stated, counts=True)
    return replace(change, countersignings=signing.countersignings, notices=signing.notices)


async def note_parked(tx: Tx, event: FactStated, slug: str) -> None:
    """Show in the timeline that a step of another service was parked because it does not fit. Change nothing else."""
    line = TimelineEntry(
        case_id=event.case_id,
        recorded_at=tx.now,
        occurred_at=event.occurred_at,
        kind="fact_parked",
        lane=event.lane,
        state=event.state,
        office=event.office,
        ref=event.fact_id,
        details={"why": slug, "by": event.producer},
    )
    await repository.add_to_timeline(tx.session, [line.model_dump(mode="json")])


async def _arrived(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """The file to change. Raises `Unavailable` for an unknown case, whose opening may come later on the bus."""
    try:
        return await take(tx, book, case_id)
    except UnknownCase:
        raise Unavailable("The case has not arrived yet.") from None
