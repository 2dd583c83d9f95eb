"""A case that an office outside it opens for danger to life: asked, confirmed by a second person, over, reviewed. Pure.

`regulations.break_glass` says what may be read meanwhile (ADR 0039).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from casework.domain.case_file import CaseFile
from casework.domain.records import BreakGlassRecord
from casework.domain.restricting import restriction_of
from casework.errors import BreakGlassEnded
from contracts.events.casework import AttentionKind, AttentionRaised
from contracts.problems import SamePerson
from contracts.standing import OpenedCase
from regulations.legal_time import legal_date
from regulations.restricted import digest_of

BREAK, CONFIRM, READ, REVIEW = (
    f"casework.{name}" for name in ("break_glass", "confirm_break_glass", "get_break_glass", "review_break_glass")
)
Result = Literal["justified", "abuse"]
State = Literal["asked", "lapsed", "open", "over", "reviewed"]
TOLD: AttentionKind = "break_glass"
TO_REVIEW: AttentionKind = "break_glass_review"


def state_of(one: BreakGlassRecord, now: datetime) -> State:
    """Its state at an instant. Nothing is written when its minutes are over."""
    if one.reviewed_at is not None:
        return "reviewed"
    if one.until is None:
        return "asked" if now < one.confirm_by else "lapsed"
    return "open" if now < one.until else "over"


def minutes(file: CaseFile, office: str, on: date) -> timedelta:
    """How long it lasts, by the numbers of the place of the office."""
    directory = file.world.directory
    place = directory.place_of(office)
    numbers = file.pack.operational.of(directory.chain(place, on) if place is not None else ())
    return timedelta(minutes=numbers.break_glass_minutes)


def confirmed(file: CaseFile, one: BreakGlassRecord, actor: str, now: datetime) -> BreakGlassRecord:
    """Confirmed by a second person of the office: from now on both may read, for some minutes.

    Raises:
        SamePerson: 403. BreakGlassEnded: 409.
    """
    if actor == one.actor:
        raise SamePerson
    if (state := state_of(one, now)) != "asked":
        raise BreakGlassEnded(state=state)
    today = legal_date(now)
    return one.model_copy(
        update={
            "confirmed_at": now,
            "confirmed_actor": actor,
            "until": now + minutes(file, one.office, today),
            "reviewer": reviewer_of(file, one.office, today),
        }
    )


def reviewed(
    one: BreakGlassRecord, office: str, actor: str, result: Result, documents: list[str], now: datetime
) -> BreakGlassRecord:
    """With the result of its review. A review before its end ends it.

    Raises:
        SamePerson: 403, one of the two persons. BreakGlassEnded: 409.
    """
    if actor in (one.actor, one.confirmed_actor):
        raise SamePerson
    if (state := state_of(one, now)) not in ("open", "over"):
        raise BreakGlassEnded(state=state)
    answer = {"reviewed_at": now, "reviewed_office": office, "reviewed_actor": actor, "result": result}
    return one.model_copy(update={**answer, "documents": [*one.documents, *documents]})


def reviewer_of(file: CaseFile, office: str, on: date) -> str:
    """The office that reviews: the one above who opened the case, else the coordinating authority of its place, else
    the one above who carries the case, or the one that carries it. Never the office itself, nor one that is shut out.
    """
    directory, restriction = file.world.directory, restriction_of(file, on)
    lane = file.state.lanes.get(file.pack.identification_lane)
    carrier = (directory.living(lane.holder, on) if lane is not None else None) or file.case.reporter
    place = directory.place_of(office)
    wanted = (
        directory.supervisor(office, on),
        directory.coordinating(place, on) if place is not None else None,
        directory.supervisor(carrier, on),
        carrier,
    )
    out = {office, *(restriction.offices if restriction is not None else ())}
    return next((one for one in wanted if one is not None and one not in out), carrier)


def waiting(file: CaseFile) -> list[BreakGlassRecord]:
    """Confirmed and not reviewed yet."""
    return [one for one in file.stored.break_glass if one.until is not None and one.reviewed_at is None]


def opened_of(file: CaseFile, on: date) -> tuple[OpenedCase, ...]:
    """What the standing says of those that wait for their review. The instant of its end decides, and not its row."""
    return tuple(
        OpenedCase(
            break_glass_id=one.break_glass_id,
            office=one.office,
            persons=tuple(
                digest_of(one.break_glass_id, subject) for subject in (one.actor, one.confirmed_actor) if subject
            ),
            since=one.confirmed_at,
            until=one.until,
            reviewer=reviewing(file, one, on),
            reasons=tuple(one.documents),
        )
        for one in waiting(file)
        if one.confirmed_at is not None and one.until is not None
    )


def reviewing(file: CaseFile, one: BreakGlassRecord, on: date) -> str:
    """The office that is to review now: the one that was found when it was confirmed, or its successor; another one if
    it was shut out of the case since.
    """
    restriction = restriction_of(file, on)
    found = file.world.directory.living(one.reviewer, on) if one.reviewer is not None else None
    if found is None or (restriction is not None and found in restriction.offices):
        return reviewer_of(file, one.office, on)
    return found


def notices(file: CaseFile, one: BreakGlassRecord, now: datetime) -> Iterator[AttentionRaised]:
    """What is told when a case was opened: to every present holder and who supervises the one that carries it, and to
    who is to review. None of them names a protective lane.
    """
    today = legal_date(now)
    directory, restriction = file.world.directory, restriction_of(file, today)
    out = restriction.offices if restriction is not None else ()
    carrying = file.pack.identification_lane
    holders = [
        directory.living(lane.holder, today)
        for code, lane in file.state.lanes.items()
        if code == carrying or not (lane.terminal or file.state.has_ended(code))
    ]
    carrier = file.state.lanes.get(carrying)
    above = directory.supervisor(carrier.holder, today) if carrier is not None and carrier.holder else None
    for office in dict.fromkeys((*holders, above)):
        if office is not None and office not in out:
            yield _notice(file, one, TOLD, office, now)
    yield _notice(file, one, TO_REVIEW, reviewing(file, one, today), now)


def _notice(file: CaseFile, one: BreakGlassRecord, kind: AttentionKind, office: str, now: datetime) -> AttentionRaised:
    return AttentionRaised(
        case_id=one.case_id,
        kind=kind,
        office=office,
        lane=file.pack.identification_lane,
        wait_id=one.break_glass_id,
        stage=kind,
        raised_at=now,
    )
