"""The answers to offices that read: a case, its timeline, their hand-overs and transfers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from casefile.start import person_of
from casework import lists, repository
from casework.countersignings.schemas import SigningOut
from casework.domain import restricting
from casework.domain.breaches import Breach, breaches, of_clock
from casework.domain.case_file import CaseFile
from casework.domain.records import HandoverRecord, SigningRecord, TransferRecord
from casework.domain.standing import flags_of
from casework.domain.transfers import NEXT
from casework.restrictions import service as restrictions
from casework.restrictions.hidden import hidden_from
from casework.schemas import (
    BreachOut,
    CaseOut,
    ClockOut,
    ExplanationOut,
    HandoverOut,
    HandoverPage,
    HandoverQuery,
    LaneOut,
)
from casework.service.files import stored_standing
from casework.service.visibility import active, visibility_of
from casework.timeline_schemas import EntryOut, TimelineOut, TimelineQuery
from casework.transfer_schemas import TransferOut, TransferPage, TransferStepOut
from contracts.standing import Standing
from kit.auth import Principal
from kit.paging import Position, cursor, position
from kit.uow import Tx
from regulations import Clock, Explanation
from regulations.composed import Composed
from regulations.legal_time import legal_date
from regulations.rights import Rights

LAST: Position = (datetime(9999, 12, 31, tzinfo=UTC), "")
SEES = "casework.get_case"
"""The operation whose right decides whether an office learns the id of a linked case."""
LINKING = ("linked", "not_linked")


async def case_seen_by(tx: Tx, rights: Rights, file: CaseFile, principal: Principal) -> CaseOut:
    """A case as an office may see it. It learns the ids of linked cases that it may open, and how many others exist."""
    may_open = await _may_open(tx, rights, principal, file.case.linked)
    seen = case_view(rights, file, principal.office, tx.now, may_open)
    return seen.model_copy(
        update={
            "signings": [one for one in seen.signings if not hides(file, principal, one.signing_id)],
            "restrictions": restrictions.shown_to(file, principal),
        }
    )


def hides(file: CaseFile, principal: Principal, ref: str | None) -> bool:
    """Whether a reference is to a restriction, or to the signing of one, of which the caller must not know."""
    asked = {one.signing_id: restricting.asked_by(one) for one in file.stored.countersignings}
    records = {one.restriction_id: one for one in file.stored.restrictions} | asked
    found, person = records.get(ref or ""), person_of(principal)
    return found is not None and not restricting.may_know(stored_standing(file), found, principal.office, person)


async def _may_open(tx: Tx, rights: Rights, principal: Principal, cases: Sequence[str]) -> frozenset[str]:
    """Those of these cases that the office may open."""
    found = await repository.standings(tx.session, cases) if cases else {}
    standings = {case_id: Standing.model_validate_json(body) for case_id, body in found.items()}
    return rights.allowed(principal.office, SEES, standings, person=person_of(principal))


def case_view(rights: Rights, file: CaseFile, office: str, now: datetime, may_open: frozenset[str]) -> CaseOut:
    """A case as an office may see it at `now`. `may_open`: the linked cases that it may open."""
    case, state, found = file.case, file.state, rights.relations(office, stored_standing(file))
    seen = visibility_of(rights, file, office, now)
    person = seen.person(file)
    lanes = {code: lane for code, lane in state.lanes.items() if seen.lane(code)}
    clocks = [clock for clock in state.clocks if seen.clock(clock)]
    handovers = [one for one in file.stored.handovers if seen.handover(one)]
    transfers = seen.transfers(file.stored.transfers)
    missed = seen.breaches(breaches(file))
    shown = {clock.clock_id: clock_view(clock, missed, now, file.law) for clock in clocks}
    linked = [case_id for case_id in case.linked if case_id in may_open]
    return CaseOut(
        case_id=case.case_id,
        version=case.version,
        status=state.status,
        regime_procedure=case.pack_id,
        regime_support=state.regime_support,
        route=person.route,
        nationality=person.nationality,
        age_band=case.age_band,
        opened_at=case.occurred_at,
        received_at=stored_standing(file).received_at,
        outcome=state.outcome,
        lanes={
            code: LaneOut(
                state=lane.state,
                holder=lane.holder,
                since=lane.since,
                territory=lane.place,
                acknowledged=lane.ack_due_from is None,
                ended=lane.terminal,
            )
            for code, lane in lanes.items()
        },
        clocks={rule: shown[clock.clock_id] for rule, clock in state.newest().items() if clock.clock_id in shown},
        all_clocks=list(shown.values()),
        breaches=[breach_view(one) for one in missed],
        handovers=[handover_view(one, case_id=case.case_id, to_shown=seen.receiver(one)) for one in handovers],
        transfers=[transfer_view(one, case_id=case.case_id) for one in transfers],
        signings=[signing_view(one) for one in file.stored.countersignings if seen.signing(one)],
        flags=[*seen.flags([*flags_of(file, state, legal_date(now)), *case.marks]), *active(file)],
        linked=linked,
        linked_hidden=0 if seen.over else len(case.linked) - len(linked),
        standing=sorted(found),
    )


def breach_view(one: Breach) -> BreachOut:
    """A recorded breach."""
    return BreachOut(**one.model_dump(exclude={"act_lane"}))


def clock_view(clock: Clock, missed: Sequence[Breach], now: datetime, law: Composed) -> ClockOut:
    """A clock as it stands at `now`. `missed`: the breaches of the case that the reader sees. `law`: of the case."""
    return ClockOut(
        clock_id=clock.clock_id,
        rule=clock.rule,
        title=law.title_of(clock.rule),
        lane=clock.lane,
        kind=clock.kind,
        office=clock.office,
        state=clock.state_at(now),
        started_at=clock.started_at,
        started_by=clock.started_by,
        due_at=clock.due_at,
        met_at=clock.met_at,
        met_by=clock.met_by,
        citation=clock.citation,
        confidence=clock.confidence,
        late=clock.late_at(now),
        missed_by=clock.missed_by if clock.late_at(now) else None,
        immediate=clock.immediate,
        unsure=list(clock.unsure),
        breaches=[breach_view(one) for one in of_clock(clock, missed)],
    )


def handover_view(one: HandoverRecord, *, case_id: str | None, to_shown: bool, **person: Any) -> HandoverOut:
    """A hand-over. `to_shown`: whether the reader may know the receiver. `person`: age band and needs, if it may."""
    return HandoverOut(
        handover_id=one.handover_id,
        case_id=case_id,
        from_=one.from_office,
        to=one.to_office if to_shown else None,
        lane=one.lane,
        reason=one.reason,
        step=one.step,
        state=one.state,
        answer_by=one.answer_by,
        lapsed=one.lapsed_at is not None,
        answer_reason=one.answer_reason,
        transfer_id=one.transfer_id,
        place=one.place,
        **person,
    )


def transfer_view(one: TransferRecord, *, case_id: str | None, **person: Any) -> TransferOut:
    """A transfer. `person`: age band and needs, if the reader may know them."""
    owed = NEXT.get(one.state)
    return TransferOut(
        transfer_id=one.transfer_id,
        case_id=case_id,
        from_=one.from_office,
        to=one.to_office,
        lanes=one.lanes,
        reason=one.reason,
        state=one.state,
        owed=owed.step if owed else None,
        owed_by=owed.office(one) if owed else None,
        next_at=one.next_at,
        steps=[TransferStepOut(**step.model_dump(include=set(TransferStepOut.model_fields))) for step in one.steps],
        place=one.place,
        **person,
    )


def signing_view(one: SigningRecord) -> SigningOut:
    """A step that needs a second signature. Of both persons only the offices are shown."""
    same = set(SigningOut.model_fields) & set(SigningRecord.model_fields) - {"lane"}
    return SigningOut(
        **one.model_dump(include=same),
        lane=one.lane or None,
        occurred_at=one.body.get("occurred_at"),
        stated_at=one.recorded_at,
        answered_by=one.answered_office,
    )


def explanation_view(clock: Clock, found: Explanation, missed: Sequence[Breach]) -> ExplanationOut:
    """The explanation of a clock. `missed`: the breaches of the case."""
    body = found.model_dump(mode="json", exclude={"pauses"})
    pauses = [pause.model_dump() for pause in found.pauses]
    shown = [breach_view(one) for one in of_clock(clock, missed)]
    law = {**body["law"], "citation": found.law_citation, "confidence": found.law_confidence}
    fields = {"pauses": pauses, "clock_id": clock.clock_id, "breaches": shown, "law": law}
    return ExplanationOut.model_validate({**body, **fields})


async def timeline(tx: Tx, rights: Rights, file: CaseFile, principal: Principal, query: TimelineQuery) -> TimelineOut:
    """A page of the timeline as an office may see it. A link to a case that it may not open has no id.

    What it sees depends on later lines (`Visibility.timeline`), so all lines are read and filtered before paging.
    """
    lines = await repository.timeline(tx.session, file.case.case_id)
    entries = visibility_of(rights, file, principal.office, tx.now).timeline(
        [EntryOut.model_validate_json(line) for line in lines]
    )
    entries = [one for one in entries if not hides(file, principal, one.ref)]
    ahead = [one for one in entries if query.cursor is None or one.seq > query.cursor]
    page = ahead[: query.limit]
    seen = await _may_open(tx, rights, principal, [one.ref for one in page if one.kind in LINKING and one.ref])
    hidden = {one.seq for one in page if one.kind in LINKING and one.ref not in seen}
    items = [
        one.model_copy(update={"ref": None if one.seq in hidden else one.ref, "title": file.law.title_of(one.rule)})
        for one in page
    ]
    return TimelineOut(items=items, next=page[-1].seq if len(ahead) > len(page) else None)


class _Listed(HandoverRecord):
    """A row of `lists.listed` of handovers."""

    age_band: str
    needs: list[str]


async def handovers(tx: Tx, rights: Rights, principal: Principal, query: HandoverQuery) -> HandoverPage:
    """A page of the office's hand-overs, newest first.

    A receiver learns the case id only when it accepts. An office whose part in the case is over does not learn to whom
    a step went that it proposed, because that office is where the case is now.
    """
    incoming, office = query.direction == "incoming", principal.office
    before, hidden = position(query.cursor) or LAST, await hidden_from(tx, principal)
    rows = await lists.listed(
        tx.session,
        "handovers",
        office,
        hidden.cases,
        hidden.shut_out,
        incoming=incoming,
        before=before,
        limit=query.limit + 1,
    )
    listed = [_Listed.model_validate_json(row) for row in rows]
    shown, more = listed[: query.limit], len(listed) > query.limit
    asked = [one.case_id for one in shown if one.step is not None and not incoming]
    over = await _part_is_over(tx, rights, office, asked)
    items = [
        handover_view(
            one,
            case_id=None if incoming and one.state != "accepted" else one.case_id,
            to_shown=incoming or one.step is None or one.case_id not in over,
            age_band=one.age_band,
            needs=one.needs,
        )
        for one in shown
    ]
    return HandoverPage(items=items, next=cursor(shown[-1].recorded_at, shown[-1].handover_id) if more else None)


async def _part_is_over(tx: Tx, rights: Rights, office: str, cases: Sequence[str]) -> frozenset[str]:
    """Those of these cases in which the office has no part any more."""
    found = await repository.standings(tx.session, cases) if cases else {}
    standings = {case_id: Standing.model_validate_json(body) for case_id, body in found.items()}
    return frozenset(case_id for case_id, one in standings.items() if not rights.looks(office, one))


class _ListedTransfer(TransferRecord):
    """A row of `lists.listed` of transfers."""

    age_band: str
    needs: list[str]


async def transfers(tx: Tx, principal: Principal, query: HandoverQuery) -> TransferPage:
    """A page of the office's transfers, newest first. A receiver learns the case id only when it accepts."""
    incoming, office = query.direction == "incoming", principal.office
    before, hidden = position(query.cursor) or LAST, await hidden_from(tx, principal)
    rows = await lists.listed(
        tx.session,
        "transfers",
        office,
        hidden.cases,
        hidden.shut_out,
        incoming=incoming,
        before=before,
        limit=query.limit + 1,
    )
    listed = [_ListedTransfer.model_validate_json(row) for row in rows]
    shown, more = listed[: query.limit], len(listed) > query.limit
    items = [
        transfer_view(
            one,
            case_id=None if incoming and all(step.state != "accepted" for step in one.steps) else one.case_id,
            age_band=one.age_band,
            needs=one.needs,
        )
        for one in shown
    ]
    return TransferPage(items=items, next=cursor(shown[-1].recorded_at, shown[-1].transfer_id) if more else None)
