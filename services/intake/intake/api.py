"""Intake's operations."""

from casefile.sealing import Sealer
from casefile.standing import Standings, seen_by
from contracts.codes import SealGroup
from intake import repository, rules, service
from intake.errors import NoOpening, SameCase
from intake.schemas import (
    DuplicateIn,
    DuplicateResolved,
    FindReportIn,
    FoundReports,
    ReportIn,
    ReportTaken,
    ReportView,
    ScreeningDone,
    ScreeningIn,
)
from kit.http import Answer, APIRouter, Call, check_occurred_at, operation
from kit.limits.budgets import Kind
from regulations import Library
from regulations.rights import Rights

router = APIRouter()


@operation(router, "POST", "/v1/reports", "submit_report", body=ReportIn, answer=ReportTaken, refusals=(NoOpening,))
async def submit_report(call: Call) -> Answer:
    """Take a report about one or several persons, each of whom becomes a case. Texts about them go to the vault."""
    call.authorize()
    report = await call.body(ReportIn)
    regime = rules.judge(call.get(Library), report, call.principal.office, call.now)
    with repository.number_taken_is_unavailable():
        async with call.uow() as tx:
            if seen := await call.once.seen(tx):
                return seen
            call.count(Kind.NEWCOMERS, len(report.persons))
            taken = await service.submit_report(tx, call.get(Sealer), _sight(call), call.principal, report, regime)
            call.look.about, *call.look.also = taken.cases.values()
            return await call.once.keep(tx, taken)


@operation(router, "POST", "/v1/cases/{case_id}/screenings", "record_screening", body=ScreeningIn, answer=ScreeningDone)
async def record_screening(call: Call) -> Answer:
    """Record the answers to the screening list. The answer is a level of suspicion, never a legal conclusion."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        call.authorize(await service.standing(tx, call.get(Standings), case_id, seen_by(call)))
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(ScreeningIn)
        check_occurred_at(given.occurred_at, call.now)
        done = await service.record_screening(tx, call.principal, case_id, given)
        return await call.once.keep(tx, done)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/duplicates",
    "resolve_duplicate",
    body=DuplicateIn,
    answer=DuplicateResolved,
    refusals=(SameCase,),
)
async def resolve_duplicate(call: Call) -> Answer:
    """Decide whether two cases are about one person. The office must have a part in both."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        call.authorize(await service.standing(tx, call.get(Standings), case_id, seen_by(call)))
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(DuplicateIn)
        if given.other_case_id == case_id:
            raise SameCase()
        call.authorize(await service.standing(tx, call.get(Standings), given.other_case_id))
        call.look.also = [given.other_case_id]
        resolved = await service.resolve_duplicate(tx, call.get(Sealer), call.principal, case_id, given)
        return await call.once.keep(tx, resolved)


@operation(router, "GET", "/v1/reports/{report_id}", "get_report", answer=ReportView, reveals=(SealGroup.STATEMENT,))
async def get_report(call: Call) -> ReportView:
    """A report in codes and references, with those of its persons whose cases the office may see."""
    report_id = call.id("report_id")
    async with call.uow() as tx:
        sight = _sight(call)
        seen = await service.report_seen_by(tx, sight, call.principal, report_id)
        call.look.about, *call.look.also = [one.case_id for one in seen[1]]
        return await service.view(tx, sight, call.principal, *seen)


@operation(router, "POST", "/v1/reports/find", "find_report", body=FindReportIn, answer=FoundReports, reads=True)
async def find_report(call: Call) -> FoundReports:
    """Find reports of the office by its own reference. Reports of other offices are never among them."""
    call.authorize()
    given = await call.body(FindReportIn)
    async with call.uow.unlocked() as tx:
        return await service.find_report(tx, _sight(call), call.principal, given)


def _sight(call: Call) -> service.Sight:
    return service.Sight(call.get(Rights), call.get(Standings))
