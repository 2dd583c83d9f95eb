"""Use cases of intake, each in the caller's transaction; texts about a person are sealed before it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from casefile.sealing import Sealer
from casefile.standing import Standings
from casefile.start import person_of
from contracts.codes import SealGroup
from contracts.events.intake import (
    CaseOpened,
    CaseReportedAgain,
    CasesLinked,
    Nationality,
    ScreeningRecorded,
    known_nationality,
)
from contracts.ids import new_id
from contracts.numbers import number_key
from contracts.problems import Forbidden, NotFound, Unavailable
from contracts.sealing import SealInput
from contracts.standing import Standing
from intake import repository
from intake.countries import nationality_of
from intake.domain import age_band, latest_birth, turns_18_on
from intake.models import Person, Report, Screening
from intake.schemas import (
    DuplicateIn,
    DuplicateResolved,
    FindReportIn,
    FoundReport,
    FoundReports,
    PersonView,
    ReportIn,
    ReportTaken,
    ReportView,
    ScreeningDone,
    ScreeningIn,
    ScreeningView,
)
from intake.schemas import Person as PersonIn
from intake.screening import load_list
from intake.sealing import Sealed, seal_report
from kit import telemetry
from kit.auth import Principal
from kit.uow import Tx
from regulations.legal_time import legal_date
from regulations.restricted import admits
from regulations.rights import Rights

SEES = "intake.get_report"
"""The operation whose right decides whether an office learns of a case at all."""
MOST_FOUND = 50
"""Reports that one look-up gives."""


async def submit_report(
    tx: Tx, sealer: Sealer, sight: "Sight", principal: Principal, report: ReportIn, regime: str
) -> ReportTaken:
    """Seal the texts about each person, keep the codes, and open one case for each person.

    The texts are sealed while the transaction (and in it the Idempotency-Key) is open, so that a repetition waits and
    does not seal again. While the vault is down, nothing is stored. Texts that it sealed before a failure are abandoned
    later (`unconfirmed`).

    Args:
        sight: decides which possible duplicates the office may learn of; while that cannot be known it learns of none.
        report: the report, already judged by `rules`.
        regime: id of the pack that the report's date gives.
    """
    report_id = new_id("rep")
    cases = {person.ref: new_id("case") for person in report.persons}
    sealed = await seal_report(sealer, principal.office, report, cases)
    telemetry.correlate(next(iter(cases.values())))  # a trace has one case: that of the person named first
    persons = person_rows(report_id, report, cases, sealed)
    repository.add_report(tx, _report(tx, principal, report_id, report, regime), persons)
    for opened in openings(report, persons, principal, tx.now):
        tx.emit(opened)
    matches = {ref: [m for m in sealed[case_id].matches if m not in cases.values()] for ref, case_id in cases.items()}
    pairs = [(cases[ref], match) for ref, found in matches.items() for match in found]
    repository.add_candidates(tx, pairs)
    for _, known in pairs:
        tx.emit(CaseReportedAgain(case_id=known, recorded_at=tx.now))
    seen = (await sight.of(tx, principal, (match for found in matches.values() for match in found))).seen
    shown = {ref: [match for match in found if match in seen] for ref, found in matches.items()}
    return ReportTaken(
        report_id=report_id, cases=cases, possible_duplicates={ref: found for ref, found in shown.items() if found}
    )


async def record_screening(tx: Tx, principal: Principal, case_id: str, given: ScreeningIn) -> ScreeningDone:
    """Keep the answers, and the level of suspicion that follows from them."""
    questions = load_list()
    level, reasons = questions.assess(given.answers)
    done = ScreeningDone(screening_id=new_id("scr"), level=level, reasons=reasons, list_version=questions.version)
    row = {
        **done.model_dump(),
        "case_id": case_id,
        "answers": given.answers,
        "office": principal.office,
        "actor": principal.actor,
        "occurred_at": given.occurred_at,
        "recorded_at": tx.now,
    }
    repository.add_screening(tx, row)
    tx.emit(ScreeningRecorded.model_validate(row))
    return done


async def resolve_duplicate(
    tx: Tx, sealer: Sealer, principal: Principal, case_id: str, given: DuplicateIn
) -> DuplicateResolved:
    """Keep an office's decision whether two cases are about one person. The reason is sealed in `case_id`."""
    text = SealInput(group=SealGroup.NOTE, texts=[given.reason], opened_by=principal.office)
    reason_ref = (await sealer.seal(case_id, text)).refs[0]
    decision_id = new_id("dup")
    row = {
        **repository.pair(case_id, given.other_case_id),
        "decision_id": decision_id,
        "same": given.same,
        "reason_ref": reason_ref,
        "office": principal.office,
        "actor": principal.actor,
        "decided_at": tx.now,
    }
    repository.add_decision(tx, row)
    tx.emit(
        CasesLinked(
            case_id=case_id,
            other_case_id=given.other_case_id,
            same=given.same,
            office=principal.office,
            actor=principal.actor,
            recorded_at=tx.now,
        )
    )
    return DuplicateResolved(
        decision_id=decision_id, case_id=case_id, other_case_id=given.other_case_id, same=given.same
    )


async def standing(tx: Tx, standings: Standings, case_id: str, seen: int = 0) -> Standing:
    """How each office is related to a case: by intake's own report until casework has published a standing.

    Args:
        seen: the version of the standing that the caller has seen.

    Raises:
        NotFound: an unknown case. Unavailable: whether casework has published one cannot be known now.
    """
    telemetry.correlate(case_id)
    first = (await repository.first_standings(tx, [case_id])).get(case_id)
    if first is None:
        raise NotFound()
    return await _newest(tx, standings, case_id, first, seen)


async def _newest(
    tx: Tx, standings: Standings, case_id: str, first: Standing, seen: int = 0, *, sensitive: bool = False
) -> Standing:
    try:
        published = await standings.newest(case_id, seen=seen, sensitive=sensitive)
    except Unavailable:
        if await repository.opening_waits(tx, case_id):
            return first
        raise
    return published.body if published else first


@dataclass(frozen=True)
class Seen:
    """Cases that a caller may learn of. `unknown`: of some cases it cannot be known now; they are not among them.

    `ended`: when the part of its office ended, of those in which it is over. It sees what was entered before, and its
    own acts. `closed`: those that a restriction keeps from the caller.
    """

    seen: frozenset[str]
    unknown: bool
    ended: dict[str, datetime]
    closed: frozenset[str]


@dataclass(frozen=True)
class Sight:
    """Decides which cases an office may learn of: a look-up must not reveal another office's case.

    A report has the signs and the person's answers to the screening. So it is read by a remembered standing for a
    minute at most (`casefile.standing`).
    """

    rights: Rights
    standings: Standings

    async def of(self, tx: Tx, principal: Principal, cases: Iterable[str]) -> Seen:
        """The cases among these that the office may learn of."""
        found: dict[str, Standing] = {}
        first, unknown = await repository.first_standings(tx, cases), False
        for case_id, one in first.items():
            try:
                found[case_id] = await _newest(tx, self.standings, case_id, one, sensitive=True)
            except Unavailable:
                unknown = True
        office, person = principal.office, person_of(principal)
        ends = {case_id: self.rights.ended_at(office, one) for case_id, one in found.items()}
        ended = {case_id: end for case_id, end in ends.items() if end is not None}
        closed = frozenset(case_id for case_id, one in found.items() if not admits(one, office, person, SEES))
        return Seen(self.rights.allowed(office, SEES, found, person=person), unknown, ended, closed)


async def report_seen_by(
    tx: Tx, sight: Sight, principal: Principal, report_id: str
) -> tuple[Report, list[Person], int]:
    """A report, those of its persons whose cases the caller may see, and how many others there are.

    Raises:
        NotFound: no such report. Forbidden: none of its cases may be seen. Unavailable: that cannot be known now.
    """
    report = await repository.report(tx, report_id)
    if report is None:
        raise NotFound()
    persons = await repository.persons(tx, report_id)
    found = await sight.of(tx, principal, (person.case_id for person in persons))
    seen = found.seen
    if not seen:
        if found.unknown:
            raise Unavailable("The standing of these cases cannot be read now.")
        raise NotFound() if found.closed else Forbidden()
    shown = [person for person in persons if person.case_id in seen]
    telemetry.correlate(shown[0].case_id)
    return report, shown, len(persons) - len(shown)


async def find_report(tx: Tx, sight: Sight, principal: Principal, given: FindReportIn) -> FoundReports:
    """The reports that the office took under its own reference, the newest `MOST_FOUND` of them.

    One whose cases are all closed to the caller is not among them.
    """
    rows = await repository.with_reference(tx, principal.office, given.own_reference, MOST_FOUND + 1)
    cases = await repository.cases_of(tx, [row.report_id for row in rows])
    closed = (await sight.of(tx, principal, [one for found in cases.values() for one in found])).closed
    rows = [row for row in rows if not cases[row.report_id] or set(cases[row.report_id]) - closed]
    found = [FoundReport.model_validate(row, from_attributes=True) for row in rows[:MOST_FOUND]]
    return FoundReports(items=found, more=len(rows) > MOST_FOUND)


async def view(
    tx: Tx, sight: Sight, principal: Principal, report: Report, persons: list[Person], hidden: int
) -> ReportView:
    """A report with these of its persons, and `hidden` others."""
    shown = report.model_dump() | {
        "place": {"province": report.province, "commune": report.commune},
        "immediate_needs": report.needs,
        "reporter": {"anonymous": report.reporter_anonymous},
        "safe_contact": {
            "channels": report.safe_channels,
            "quiet_from": report.quiet_from,
            "quiet_to": report.quiet_to,
        },
        "own_reference": report.own_reference if principal.office == report.office else None,
        "persons": [await _person_view(tx, sight, principal, report, person) for person in persons],
        "persons_hidden": hidden,
    }
    return ReportView.model_validate(shown)


async def _person_view(tx: Tx, sight: Sight, principal: Principal, report: Report, person: Person) -> PersonView:
    others = await repository.undecided(tx, person.case_id)
    related = [*others, *([person.accompanies] if person.accompanies else [])]
    found = await sight.of(tx, principal, [person.case_id, *related])
    screenings = await repository.screenings(tx, person.case_id)
    if (end := found.ended.get(person.case_id)) is not None:
        screenings = [one for one in screenings if one.office == principal.office or one.recorded_at < end]
    shown = person.model_dump() | {
        "foreign": person.is_foreign,
        "route": person.route or report.route,
        "nationality": known_nationality(cast(Nationality | None, person.nationality), foreign=person.is_foreign),
        "accompanying": person.accompanies is not None,
        "accompanies": person.accompanies if person.accompanies in found.seen else None,
        "possible_duplicates": [other for other in others if other in found.seen],
        "screenings": [_screening_view(row) for row in screenings],
    }
    return PersonView.model_validate(shown)


def _screening_view(row: Screening) -> ScreeningView:
    return ScreeningView.model_validate(row, from_attributes=True)


def _report(tx: Tx, principal: Principal, report_id: str, report: ReportIn, regime: str) -> dict[str, object]:
    return {
        "report_id": report_id,
        "office": principal.office,
        "actor": principal.actor,
        "channel": report.channel,
        "route": report.route,
        "regime": regime,
        "province": report.place.province,
        "commune": report.place.commune,
        "occurred_at": report.occurred_at,
        "recorded_at": tx.now,
        "urgent": report.urgent,
        "reporter_anonymous": report.reporter.anonymous,
        "indicators": list(report.indicators),
        "needs": list(report.immediate_needs),
        "safe_channels": list(report.safe_contact.channels),
        "quiet_from": report.safe_contact.quiet_from,
        "quiet_to": report.safe_contact.quiet_to,
        "own_reference": report.own_reference,
    }


def _born(person: PersonIn) -> date | None:
    return latest_birth(person.birth_date, person.birth_year, person.birth_month)


def person_rows(
    report_id: str, report: ReportIn, cases: dict[str, str], sealed: dict[str, Sealed]
) -> list[dict[str, object]]:
    """The stored row of each person of a report. `cases`: `ref` → case id. `sealed`: case id → what was sealed."""
    return [_person(report_id, report, person, cases, sealed) for person in report.persons]


def openings(
    report: ReportIn, persons: list[dict[str, object]], principal: Principal, now: datetime
) -> list[CaseOpened]:
    """The event that opens the case of each person. `persons`: their stored rows. `now`: when it is recorded."""
    cases = [str(person["case_id"]) for person in persons]
    return [_opened(report, person, cases, principal, now) for person in persons]


def _person(
    report_id: str, report: ReportIn, person: PersonIn, cases: dict[str, str], sealed: dict[str, Sealed]
) -> dict[str, object]:
    nationality = nationality_of(person.nationality)
    return {
        "case_id": cases[person.ref],
        "number": number_key(cases[person.ref]),
        "report_id": report_id,
        "ref": person.ref,
        "sex": person.sex,
        "age_band": age_band(legal_date(report.occurred_at), _born(person)),
        "is_foreign": nationality == "foreign",
        "nationality": nationality,
        "route": person.route or report.route,
        "accompanies": cases[person.accompanies] if person.accompanies else None,
        "texts": sealed[cases[person.ref]].texts,
    }


def _opened(
    report: ReportIn, person: dict[str, object], cases: list[str], principal: Principal, now: datetime
) -> CaseOpened:
    [stated] = [one for one in report.persons if one.ref == person["ref"]]
    return CaseOpened.model_validate(
        {
            "case_id": person["case_id"],
            "report_id": person["report_id"],
            "route": person["route"],
            "channel": report.channel,
            "office": principal.office,
            "actor": principal.actor,
            "territory": report.place.province,
            "commune": report.place.commune,
            "occurred_at": report.occurred_at,
            "recorded_at": now,
            "age_band": person["age_band"],
            "turns_18_on": turns_18_on(legal_date(report.occurred_at), _born(stated)),
            "foreign": person["is_foreign"],
            "nationality": person["nationality"],
            "urgent": report.urgent,
            "reporter_known": not report.reporter.anonymous,
            "accompanies": person["accompanies"],
            "linked": [case_id for case_id in cases if case_id != person["case_id"]],
            "needs": report.immediate_needs,
        }
    )
