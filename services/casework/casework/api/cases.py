"""The operations on cases, their lanes, clocks and hand-overs."""

from pydantic import BaseModel

from casefile.errors import AlreadyAnswered, CaseIsClosed
from casework import errors, repository, schemas, timeline_schemas
from casework.amendments.book import LawBook
from casework.api.guards import authorize, known, sealed, step
from casework.countersignings.service import Stated, do_or_hold
from casework.domain.breaches import breaches
from casework.domain.case_file import CaseFile
from casework.service import assignments, clocks, facts, files, handovers, reading
from casework.service.author import Author
from casework.service.visibility import visibility_of
from contracts.problems import CaseIsElsewhere, PartIsOver
from contracts.topology import STANDINGS
from kit.http import APIRouter, Call, Response, operation
from kit.uow import Tx
from regulations import Library, UnknownState
from regulations.refusals import CONTRADICTIONS
from regulations.rights import Rights

router = APIRouter()


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/facts",
    "record_fact",
    body=schemas.FactIn,
    answer=schemas.FactOut,
    refusals=(
        CaseIsElsewhere,
        UnknownState,
        errors.UnknownCode,
        errors.StatedElsewhere,
        errors.AlreadyAsked,
        CaseIsClosed,
        *CONTRADICTIONS,
    ),
    shows=STANDINGS,
)
async def record_fact(call: Call) -> Response:
    """Record a step that the office did. Lanes, holders and clocks follow from it in the same call."""
    case_id = call.id("case_id")
    documents = await sealed(call, case_id, schemas.FactIn, lambda given: given.note)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given, author = await call.body(schemas.FactIn), Author.of(call.principal)
        change = facts.recorded(tx, file, author, given, documents)
        body = given.model_dump(mode="json", exclude={"note"})
        stated = Stated(call.operation, author, change, body, documents)
        _, signing_id = await do_or_hold(tx, call.get(Library).four_eyes, file, stated)
        return schemas.FactOut(fact_id=change.facts[0].fact_id, signing_id=signing_id)

    return await step(call, case_id, work)


@operation(
    router,
    "POST",
    "/v1/facts/{fact_id}/correction",
    "correct_fact",
    body=schemas.CorrectionIn,
    answer=schemas.Done,
    refusals=(PartIsOver, errors.AlreadyWithdrawn, errors.AlreadyAsked, CaseIsClosed, *CONTRADICTIONS),
    shows=STANDINGS,
)
async def correct_fact(call: Call) -> Response:
    """Correct when a step happened, or withdraw it, by the office that stated it. The first entry stays on record."""
    fact_id = call.id("fact_id")
    async with call.uow.unlocked() as tx:
        case_id = known(await repository.case_of_fact(tx.session, fact_id))
    documents = await sealed(call, case_id, schemas.CorrectionIn, lambda given: given.reason)

    def check(file: CaseFile) -> None:
        authorize(call, files.stored_standing(file))
        facts.check_stated_by(file, Author.of(call.principal), fact_id)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given, author = await call.body(schemas.CorrectionIn), Author.of(call.principal)
        change = facts.corrected(tx, file, author, fact_id, given.occurred_at, documents)
        stated = Stated(call.operation, author, change, {}, documents, about=fact_id)
        return await _done(tx, call, file, stated)

    return await step(call, case_id, work, check)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/acknowledgements",
    "acknowledge",
    body=schemas.AckIn,
    answer=schemas.Done,
    refusals=(UnknownState, errors.NothingToAcknowledge),
    shows=STANDINGS,
)
async def acknowledge(call: Call) -> Response:
    """The holder of a lane has seen that it is its turn."""

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.AckIn)
        version = await facts.acknowledge(tx, file, Author.of(call.principal), given)
        return schemas.Done(version=version)

    return await step(call, call.id("case_id"), work)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/handovers",
    "propose_handover",
    body=schemas.ProposalIn,
    answer=schemas.ProposalOut,
    refusals=(
        UnknownState,
        errors.UnknownOffice,
        CaseIsClosed,
        errors.LaneHasEnded,
        errors.AlreadyProposed,
    ),
    shows=STANDINGS,
)
async def propose_handover(call: Call) -> Response:
    """Propose that another office takes a lane over. The proposer stays holder until it accepts."""

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.ProposalIn)
        proposal = await handovers.propose(tx, file, Author.of(call.principal), given)
        return schemas.ProposalOut(handover_id=proposal.handover_id, answer_by=proposal.answer_by)

    return await step(call, call.id("case_id"), work)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/proposals",
    "propose_step",
    body=schemas.StepProposalIn,
    answer=schemas.ProposalOut,
    refusals=(
        UnknownState,
        CaseIsClosed,
        errors.LaneIsOpen,
        errors.NobodyCarriesIt,
        errors.AlreadyProposed,
    ),
    shows=STANDINGS,
)
async def propose_step(call: Call) -> Response:
    """Propose the step that opens a lane of a case that is elsewhere. The office that carries the case answers."""

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.StepProposalIn)
        proposal = await handovers.propose_step(tx, file, Author.of(call.principal), given)
        return schemas.ProposalOut(handover_id=proposal.handover_id, answer_by=proposal.answer_by)

    return await step(call, call.id("case_id"), work, lambda file: call.authorize(files.stored_standing(file)))


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/assignments",
    "assign_lane",
    body=schemas.AssignmentIn,
    answer=schemas.FactOut,
    refusals=(
        UnknownState,
        errors.UnknownOffice,
        errors.MayNotHaveLane,
        errors.NothingToAssign,
        CaseIsClosed,
        errors.LaneHasEnded,
        *CONTRADICTIONS,
    ),
    shows=STANDINGS,
)
async def assign_lane(call: Call) -> Response:
    """Assign a lane that no office holds to an office, by the coordinating authority of its place."""

    def check(file: CaseFile) -> None:
        # The authority keeps its right after its assignment: a second one is too late (409), not a 403.
        standing = files.stored_standing(file)
        above = (*standing.supervisors, *assignments.authorities(file))
        call.authorize(standing.model_copy(update={"supervisors": above}))

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.AssignmentIn)
        fact_id = await assignments.assign(tx, file, Author.of(call.principal), given)
        return schemas.FactOut(fact_id=fact_id)

    return await step(call, call.id("case_id"), work, check)


@operation(
    router,
    "POST",
    "/v1/handovers/{handover_id}/answer",
    "answer_handover",
    body=schemas.AnswerIn,
    answer=schemas.Done,
    refusals=(AlreadyAnswered, errors.AnsweredTooEarly, errors.PartOfTransfer, *CONTRADICTIONS),
    shows=STANDINGS,
)
async def answer_handover(call: Call) -> Response:
    """Accept or decline a hand-over, by the office that it was proposed to. The first valid answer wins."""
    handover_id = call.id("handover_id")
    async with call.uow.unlocked() as tx:
        case_id = known(await repository.case_of_handover(tx.session, handover_id))

    def check(file: CaseFile) -> None:
        # The receiver keeps its right to this hand-over after its answer: a second answer is too late (409), not a 403.
        receiver = handovers.receiver(file, handovers.find(file, handover_id), call.now)
        asked = (receiver,) if receiver else ()
        call.authorize(files.stored_standing(file).model_copy(update={"proposed": asked}))

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.AnswerIn)
        handover = handovers.find(file, handover_id)
        version = await handovers.answer(tx, file, Author.of(call.principal), handover, given)
        return schemas.Done(version=version)

    return await step(call, case_id, work, check)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/clocks/pause",
    "pause_clock",
    body=schemas.PauseIn,
    answer=schemas.Done,
    refusals=(
        errors.UnknownClock,
        errors.UnknownCode,
        errors.NotDecided,
        CaseIsClosed,
        errors.ClockNotRunning,
        errors.NoTextStopsIt,
        errors.BreachedAlready,
    ),
    shows=STANDINGS,
)
async def pause_clock(call: Call) -> Response:
    """Pause a clock by a decision, on a basis of which a text says that it stops this limit."""
    case_id = call.id("case_id")

    async def check(tx: Tx) -> None:
        file = await files.take(tx, call.get(LawBook), case_id, call.once)
        given = await call.body(schemas.PauseIn)
        if call.once.answered(file.stored.answered) is None:
            clocks.stoppable(file, Author.of(call.principal), given, tx.now)

    documents = await sealed(call, case_id, schemas.PauseIn, lambda given: given.document, check)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.PauseIn)
        version = await clocks.pause(tx, file, Author.of(call.principal), given, documents)
        return schemas.Done(version=version)

    return await step(call, case_id, work)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/clocks/resume",
    "resume_clock",
    body=schemas.ResumeIn,
    answer=schemas.Done,
    refusals=(errors.UnknownClock, CaseIsClosed, errors.ClockNotPaused),
    shows=STANDINGS,
)
async def resume_clock(call: Call) -> Response:
    """Resume a paused clock."""

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.ResumeIn)
        version = await clocks.resume(tx, file, Author.of(call.principal), given)
        return schemas.Done(version=version)

    return await step(call, call.id("case_id"), work)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/close",
    "close_case",
    body=schemas.CloseIn,
    answer=schemas.Done,
    refusals=(errors.UnknownCode, CaseIsClosed, errors.StillOwed, errors.AlreadyAsked, *CONTRADICTIONS),
    shows=STANDINGS,
)
async def close_case(call: Call) -> Response:
    """State the outcome of a case. It ends what the pack names for it, and the case closes when nothing is owed in it.

    Until then the case stays open with what the others owe. Refused while a hand-over waits for its answer.
    """
    case_id = call.id("case_id")
    documents = await sealed(call, case_id, schemas.CloseIn, lambda given: given.reason)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given, author = await call.body(schemas.CloseIn), Author.of(call.principal)
        change = facts.closed(tx, file, author, given, documents)
        body = given.model_dump(mode="json", exclude={"reason"})
        return await _done(tx, call, file, Stated(call.operation, author, change, body, documents))

    return await step(call, case_id, work)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/reopen",
    "reopen_case",
    body=schemas.ReopenIn,
    answer=schemas.Done,
    refusals=(PartIsOver, errors.CaseIsOpen, *CONTRADICTIONS),
    shows=STANDINGS,
)
async def reopen_case(call: Call) -> Response:
    """Reopen a case as it was before its outcome was stated."""
    case_id = call.id("case_id")
    documents = await sealed(call, case_id, schemas.ReopenIn, lambda given: given.reason)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.ReopenIn)
        version = await facts.reopen_case(tx, file, Author.of(call.principal), given, documents)
        return schemas.Done(version=version)

    return await step(call, case_id, work)


@operation(router, "GET", "/v1/cases/{case_id}", "get_case", answer=schemas.CaseOut)
async def get_case(call: Call) -> schemas.CaseOut:
    """A case as it stands now: lanes, holders, clocks with citation, hand-overs, flags."""
    async with call.uow.unlocked() as tx:
        file = await files.read(tx, call.get(LawBook), call.id("case_id"))
        call.authorize(files.stored_standing(file))
        return await reading.case_seen_by(tx, call.get(Rights), file, call.principal)


@operation(
    router,
    "GET",
    "/v1/cases/{case_id}/timeline",
    "list_timeline",
    query=timeline_schemas.TimelineQuery,
    answer=timeline_schemas.TimelineOut,
)
async def list_timeline(call: Call) -> timeline_schemas.TimelineOut:
    """What happened in a case, oldest first: codes, ids and instants."""
    async with call.uow.unlocked() as tx:
        file = await files.read(tx, call.get(LawBook), call.id("case_id"))
        call.authorize(files.stored_standing(file))
        return await reading.timeline(
            tx, call.get(Rights), file, call.principal, call.query(timeline_schemas.TimelineQuery)
        )


@operation(
    router,
    "GET",
    "/v1/cases/{case_id}/clocks/explanation",
    "explain_clock",
    query=schemas.ClockQuery,
    answer=schemas.ExplanationOut,
    refusals=(errors.UnknownClock,),
)
async def explain_clock(call: Call) -> schemas.ExplanationOut:
    """Explain when a clock is due: every date that counted, pauses, what moved the end, and the legal ground."""
    async with call.uow.unlocked() as tx:
        file = await files.read(tx, call.get(LawBook), call.id("case_id"))
    call.authorize(files.stored_standing(file))
    clock, found = clocks.explanation(file, call.query(schemas.ClockQuery))
    seen = visibility_of(call.get(Rights), file, call.principal.office, call.now)
    if not seen.clock(clock):
        raise errors.UnknownClock
    return reading.explanation_view(clock, found, seen.breaches(breaches(file)))


@operation(router, "GET", "/v1/handovers", "list_handovers", query=schemas.HandoverQuery, answer=schemas.HandoverPage)
async def list_handovers(call: Call) -> schemas.HandoverPage:
    """Hand-overs proposed to the office, or by it, newest first."""
    call.authorize()
    async with call.uow.unlocked() as tx:
        query = call.query(schemas.HandoverQuery)
        return await reading.handovers(tx, call.get(Rights), call.principal, query)


async def _done(tx: Tx, call: Call, file: CaseFile, stated: Stated) -> schemas.Done:
    """The answer to a step that was done, or that waits for its second signature."""
    version, signing_id = await do_or_hold(tx, call.get(Library).four_eyes, file, stated)
    return schemas.Done(version=version, signing_id=signing_id)
