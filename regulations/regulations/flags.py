"""What a folded case is marked with, so that somebody looks at it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from regulations.case import Gap, Pause
from regulations.composed import Composed
from regulations.folded_lane import FoldedLane
from regulations.legal_time import legal_date
from regulations.pack import Pack
from regulations.pausing import idle_flags
from regulations.person import Person, unlike


def flags(
    law: Composed,
    lanes: Mapping[str, FoldedLane],
    gaps: Iterable[Gap],
    pauses: Iterable[Pause],
    ended: tuple[datetime | None, datetime | None],
    person: Person,
) -> Iterator[str]:
    """The flags of a case.

    Args:
        law: of the case.
        lanes: lane code → lane, after the last fact.
        gaps: of all lanes.
        pauses: those that suspend no clock.
        ended: when the person was identified and when the case was closed; None for what has not happened.
        person: as the case knows the person after the last fact.
    """
    yield from (gap.flag for gap in gaps)
    yield from (f"no-office:{lane.code}" for lane in lanes.values() if lane.holder is None)
    pack = law.procedure
    yield from dict.fromkeys(flag for one in pauses for flag in idle_flags(_pack_of(law, lanes.get(one.lane)), [one]))
    yield from unlike(pack, person)
    lane, cut = lanes.get(pack.identification_lane), pack.valid_to
    pending = cut is not None and lane is not None and not _decided_by(law, lane, ended, cut) and _known_on(lanes, cut)
    if pending or _keeps_another_package(law, ended[0]):
        yield "cross_regime"


def _pack_of(law: Composed, lane: FoldedLane | None) -> Pack:
    return law.pack(lane.law.pack) if lane is not None else law.procedure


def _decided_by(law: Composed, lane: FoldedLane, ended: Iterable[datetime | None], cut: date) -> bool:
    """Whether the identification ended, or the case was closed, before the law of the pack ended."""
    terminal = _pack_of(law, lane).lanes[lane.code].by_code[lane.state].terminal
    over = [*ended, lane.since if terminal else None]
    return any(at is not None and legal_date(at) < cut for at in over)


def _keeps_another_package(law: Composed, identified_at: datetime | None) -> bool:
    """Whether the person was identified under a law that is neither that of the report nor that after it."""
    return identified_at is not None and law.of_package(identified_at, identified_at).ground == "report"


def _known_on(lanes: Mapping[str, FoldedLane], cut: date) -> bool:
    """Whether any fact was entered since that day. Without one, the case may have ended before it."""
    return any(legal_date(lane.last_recorded_at) >= cut for lane in lanes.values())
