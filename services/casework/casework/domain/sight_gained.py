"""Who is told that another office looks at the case now, though neither the holder nor the usual succession let it.

An assignment, a step of an office that holds nothing, and an amendment of the offices can open a case to somebody of
whom its holder knows nothing. The notice names no office and no lane that protects; the line of the timeline names
the office, and is hidden with its lane. Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from casework.domain.case_file import CaseFile, Change
from casework.domain.records import TimelineEntry
from casework.domain.standing import is_or_succeeds
from contracts.events.casework import AttentionRaised
from contracts.problems import PartIsOver
from contracts.standing import Standing
from regulations.directory import Directory
from regulations.lane_groups import PROTECTIVE_LANES
from regulations.legal_time import legal_date
from regulations.parts import INSIDE, parts_of, relations_of
from regulations.sights import looks

KIND = "sight_gained"


def check_regains_nothing(file: CaseFile, change: Change, standing: Standing) -> None:
    """Refuse that an office which does not look at the case lets anybody look anew by undoing something.

    Otherwise a former holder would withdraw its own notice, and follow the person again. While nobody else has acted in
    the lane since, it may: there is nothing to follow, and its entry may be wrong.

    Args:
        file: without the change. change: what is added. standing: with it.

    Raises:
        PartIsOver: 403.
    """
    before = file.stored.standing
    undoing = [one.office for one in change.corrections if _was_followed(file, one.fact_id)]
    undoing += [one.office for one in change.facts if one.kind == "reopen"]
    if before is None or all(looks(file.law, one, before) for one in undoing):
        return
    if _new(file, before, standing):
        raise PartIsOver


def _was_followed(file: CaseFile, fact_id: str) -> bool:
    """Whether another office has acted in the lane of a fact since it was entered."""
    fact = file.fact(fact_id)
    later = (one for one in file.stored.facts if fact is not None and one.seq > fact.seq and one.lane == fact.lane)
    return any(fact is not None and one.office != fact.office for one in later)


def gained(file: CaseFile, change: Change, standing: Standing) -> tuple[str, ...]:
    """The offices that look at the case by this change and did not before, if it is to be told.

    Not told: the opening of a case; what the present holder of a lane stated, or what it accepted or handed over; the
    successor of an office that looked before, unless an amendment made it one.

    Args:
        file: without the change. change: what is added. standing: with it.
    """
    before = file.stored.standing
    if before is None or not _is_unusual(file, change, before):
        return ()
    return _new(file, before, standing, amended=change.amendment is not None)


def notices(
    file: CaseFile, offices: Iterable[str], standing: Standing, version: int, now: datetime
) -> Iterator[AttentionRaised]:
    """One notice to the holder of the lane that carries the case, and one to its supervisor, if anybody gained sight.

    Args:
        offices: those of `gained`. version: of the case with the change. now: instant of recording.
    """
    lane, known = file.pack.identification_lane, frozenset(offices)
    carrier = standing.lanes.get(lane)
    if not known or carrier is None or carrier.holder is None:
        return
    above = file.world.directory.supervisor(carrier.holder, legal_date(now))
    for told in dict.fromkeys((carrier.holder, above)):
        if told is not None and known - {told}:
            yield AttentionRaised(
                case_id=file.case.case_id,
                kind=KIND,
                office=told,
                lane=lane,
                wait_id=f"sight:v{version}",
                stage=KIND,
                raised_at=now,
            )


def lines(file: CaseFile, offices: Iterable[str], standing: Standing, now: datetime) -> Iterator[TimelineEntry]:
    """A line for each office that gained sight, in a lane by which it looks; a protective one if it has no other."""
    for office in offices:
        lane = next(iter(sorted(_lanes(file, office, standing), key=lambda one: one in PROTECTIVE_LANES)), None)
        yield TimelineEntry(case_id=file.case.case_id, recorded_at=now, kind=KIND, office=office, lane=lane)


def _new(file: CaseFile, before: Standing, after: Standing, *, amended: bool = False) -> tuple[str, ...]:
    """The offices that look after a change and did not before. Who follows one that did counts only if `amended`."""
    looked = [one for one in _offices(before) if looks(file.law, one, before)]
    directory = file.world.directory

    def is_known(office: str) -> bool:
        return office in looked if amended else any(is_or_succeeds(directory, office, old) for old in looked)

    return tuple(one for one in _offices(after) if looks(file.law, one, after) and not is_known(one))


def _is_unusual(file: CaseFile, change: Change, before: Standing) -> bool:
    """Whether an act that no holder did is part of the change. The mere passing of days is usual."""
    if change.amendment is not None or any(one.kind == "assign" for one in change.facts):
        return True
    if any(one.state == "accepted" for one in change.handovers):
        return False
    acting = [one.office for one in (*change.facts, *change.corrections)]
    return any(not _held(file.world.directory, one, before) for one in acting)


def _held(directory: Directory, office: str, before: Standing) -> bool:
    return any(is_or_succeeds(directory, office, holder) for holder in before.holders())


def _offices(standing: Standing) -> tuple[str, ...]:
    """Every office that may look, in the order of the lanes."""
    acting = (office for lane in standing.lanes.values() for office in (lane.holder, *lane.acting, lane.entering))
    return tuple(dict.fromkeys(one for one in (standing.reporter, *acting) if one))


def _lanes(file: CaseFile, office: str, standing: Standing) -> list[str]:
    parts = parts_of(file.law, office, standing)
    return [code for code in standing.lanes if relations_of(parts, office, standing, code) & INSIDE]
