"""What the office that reported a case is told of it: that it was received, and what became of it. Pure.

It is never told where the case is now or who has it: a person who was moved for her safety must not be found through
the office that reported her. Once its part is over it is told nothing else of what others do. What it owes itself it is
told as before.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from casework.domain.case_file import CaseFile, Change
from casework.domain.standing import receipt
from contracts.codes import Channel, Role, Route
from contracts.events.casework import AttentionKind, AttentionRaised, CaseResult
from contracts.standing import Standing
from regulations import CaseState
from regulations.legal_time import legal_date
from regulations.sights import looks

ENDINGS = frozenset[AttentionKind]({"closed", "outcome", "person_left", "identification_withdrawn", "paper_revoked"})
"""What offices are told that still work on the case (`domain.announcements`, `domain.closing`)."""
RECEIVED = "received"
_DECIDED: dict[str, CaseResult] = {"victim": "identified", "not_victim": "not_identified"}


def with_report(
    file: CaseFile,
    change: Change,
    state: CaseState,
    standing: Standing,
    others: Iterable[AttentionRaised],
    now: datetime,
) -> Iterator[AttentionRaised]:
    """The notices of a change: those to offices that work on the case, without what the reporter may not follow any
    more, and what the reporter and the hotline are told.

    Args:
        file: without the change. change: what is added. state, standing: with it.
        others: what offices are told that work on the case. now: instant of recording.
    """
    shown = [*without_later(file, standing, others, now)]
    yield from shown
    version, known = file.case.version + 1, {one.office for one in shown if one.kind == "closed"}
    hotline, reporter = _hotline(file, now), _reporter(file, now)
    received = receipt(file.with_change(change), state)
    if received is not None and received in change.facts and reporter and reporter != received.office:
        yield _notice(file, RECEIVED, reporter, RECEIVED, now)
    if hotline and file.case.version == 0:  # who entered the call has received it
        yield _notice(file, RECEIVED, hotline, RECEIVED, now)
    for result, by in _results(file, change, state, standing):
        for office in dict.fromkeys((reporter, hotline)):
            if office and office != by and not (result == "closed" and office in known):
                yield _notice(file, "outcome", office, f"v{version}:{result}", now, result)


def without_later(
    file: CaseFile, standing: Standing, notices: Iterable[AttentionRaised], now: datetime
) -> Iterator[AttentionRaised]:
    """The notices without those about the end of the case to a reporter whose part in it is over."""
    reporter = _reporter(file, now)
    over = reporter is not None and not looks(file.law, reporter, standing)
    for one in notices:
        if not (over and one.office == reporter and one.kind in ENDINGS):
            yield one


def _reporter(file: CaseFile, now: datetime) -> str | None:
    return file.world.directory.living(file.case.reporter, legal_date(now))


def _hotline(file: CaseFile, now: datetime) -> str | None:
    """The hotline, if another office entered what the hotline passed on."""
    if file.case.channel != Channel.HOTLINE_111 and file.case.route != Route.HOTLINE:
        return None
    found = file.world.directory.at(Role.HOTLINE_111, file.case.province, legal_date(now))
    return found if found != file.case.reporter else None


def _results(
    file: CaseFile, change: Change, state: CaseState, standing: Standing
) -> Iterator[tuple[CaseResult, str | None]]:
    """(what became of the case by this change, the office that stated it)."""
    before, after = file.stored.standing, _decided(standing)
    of_older_release = before is not None and not before.periods and before.status == "closed"
    if after != _decided(before) and not of_older_release:
        yield after or "undecided", next((one.office for one in (*change.corrections, *change.facts)), None)
    if state.is_over != file.case.closed:
        by = {one.kind: one.office for one in change.facts}
        yield ("closed", by.get("close")) if state.is_over else ("reopened", by.get("reopen"))


def _decided(standing: Standing | None) -> CaseResult | None:
    """The result of the identification, which a closing does not take away."""
    if standing is None:
        return None
    return _DECIDED.get(standing.periods[-1].status if standing.periods else standing.status)


def _notice(
    file: CaseFile, kind: AttentionKind, office: str, stage: str, now: datetime, result: CaseResult | None = None
) -> AttentionRaised:
    return AttentionRaised(
        case_id=file.case.case_id,
        kind=kind,
        office=office,
        lane=file.pack.identification_lane,
        wait_id=f"report:{stage}",
        stage=kind,
        raised_at=now,
        result=result,
    )
