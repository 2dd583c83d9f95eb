"""What an amendment of the law moves in a case. Pure, so the preview and the re-fold find the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from casework.amendments import office_moves
from casework.amendments.law import AmendmentRecord, Law
from casework.amendments.office_moves import OfficeMove
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of, same_row
from casework.domain.records import Instant, Record, TimelineEntry
from contracts.problems import Invalid
from regulations import Clock, Contradiction, Pack, Rule
from regulations.case import UNKNOWN_DAYS
from regulations.clocks import due_of
from regulations.composed import Composed
from regulations.legal_time import legal_date

Effect = Literal["later", "earlier", "breaches", "no_longer_breached", "starts", "ends", "keeps"]
Bodies = Mapping[str, Mapping[str, Any]]
_CLOCKS = TypeAdapter(dict[str, Clock])
DERIVED = ("claims", "clocks", "countersignings", "handovers", "lanes", "projections", "transfers", "waits", "work")


class _Seen(Record):
    """The fields of a clock's row that show whether it moved."""

    clock_id: str
    lane: str
    rule: str
    office: str | None
    started_at: Instant
    due_at: Instant | None
    met_at: Instant | None
    void_at: Instant | None
    immediate: bool
    reminder: bool
    unsure: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.met_at is None and self.void_at is None

    @property
    def binds(self) -> bool:
        """Whether the clock can be missed."""
        certain = UNKNOWN_DAYS not in self.unsure
        return self.due_at is not None and certain and not self.reminder and not self.immediate

    def missed_at(self, now: datetime) -> bool:
        return self.binds and self.due_at is not None and (self.met_at or self.void_at or now) >= self.due_at


@dataclass(frozen=True)
class Move:
    """One clock that an amendment moves: it is due at another instant, or it starts or ceases to bind."""

    clock_id: str
    lane: str
    rule: str
    office: str | None
    since: datetime
    from_at: datetime | None
    to_at: datetime | None
    effect: Effect


def moves(before: Bodies, after: Bodies, now: datetime) -> list[Move]:
    """The clocks that moved between two sets of rows, by clock id.

    Args:
        now: aware instant that decides whether a clock is overdue.
    """
    found: list[Move] = []
    for clock_id in dict.fromkeys((*after, *before)):
        old, new = before.get(clock_id), after.get(clock_id)
        if old is not None and new is not None and same_row(old, new):
            continue
        was, is_ = (_Seen.model_validate(one) if one is not None else None for one in (old, new))
        seen = is_ or was
        if seen is not None and (effect := _effect(was, is_, now)) is not None:
            dates = (was.due_at if was else None, is_.due_at if is_ else None)
            found.append(Move(clock_id, seen.lane, seen.rule, seen.office, seen.started_at, *dates, effect))
    return found


def _effect(old: _Seen | None, new: _Seen | None, now: datetime) -> Effect | None:
    if old is None or new is None:
        only = old or new
        return ("ends" if new is None else "starts") if only is not None and only.open else None
    if old.missed_at(now) != new.missed_at(now):
        return "breaches" if new.missed_at(now) else "no_longer_breached"
    if old.open != new.open:
        return "starts" if new.open else "ends"
    return _shift(old, new) if new.open else None


def _shift(old: _Seen, new: _Seen) -> Effect | None:
    """The effect on a clock that is open in both sets, and overdue in both or in neither."""
    if old.binds != new.binds or (old.due_at is None) != (new.due_at is None):
        return "starts" if new.due_at is not None and (new.binds or not old.binds) else "ends"
    if old.due_at is None or new.due_at is None or old.due_at == new.due_at:
        return None
    return "later" if new.due_at > old.due_at else "earlier"


def due_as_stored(law: Composed, stored: Bodies) -> bool:
    """Whether each stored clock, counted anew with this calendar, is due as it is stored and on the same ground.

    Then the fold of a case without pauses gives the stored rows again: it asks the calendar only when a clock is due,
    and asks once for each clock, with the start that is stored. A pause lets it ask more than once.

    Args:
        law: the packs that the clocks were folded with, and the world with the amended calendar.
        stored: clock id → row. Rows that an earlier release wrote with other fields count as changed.
    """
    try:
        clocks = _CLOCKS.validate_python(stored)
    except ValidationError:
        return False
    for clock in clocks.values():
        end = due_of(law.pack(clock.law.pack if clock.law else None), law.world, clock, clocks)
        counted = (end.due_at, end.rolled_by, end.warned_on, end.unknown is not None)
        if counted != (clock.due_at, clock.rolled_by, clock.warned_on, clock.uncertain):
            return False
    return True


def folds(file: CaseFile) -> bool:
    """Whether the facts of a case can be folded with the pack and the world of its file."""
    try:
        return bool(file.state.lanes)
    except (Contradiction, Invalid):
        return False


@dataclass(frozen=True)
class Refolded:
    """A case folded anew under an amended law.

    Attributes:
        after: the consequences, still to be written. moved: the clocks that moved. changed: whether more changed than
            the number of the law. handed: what came to another office.
    """

    after: Consequences
    moved: list[Move]
    changed: bool
    handed: list[OfficeMove]

    def by_office(self) -> dict[str, int]:
        """Office → number of its clocks that moved, and of what came to it. Without an office: the empty string."""
        offices = sorted((*(move.office or "" for move in self.moved), *(one.told or "" for one in self.handed)))
        return {office: len(list(some)) for office, some in groupby(offices)}


def refold(file: CaseFile, pinned_before: str, law: Law, now: datetime, beside_before: str | None = None) -> Refolded:
    """Fold a stored case under the law of its file, without a new fact.

    Args:
        file: as stored, but with the number, the world and the pack version of the law.
        pinned_before: its pack version as stored. law: of the file. now: instant of recording.
        beside_before: the version of the pack beside it, as stored; None if it was not pinned to one.

    Raises:
        Contradiction: see `folds`.
    """
    assert law.newest is not None, "the law of the package alone amends nothing"
    after = consequences_of(file, Change(amendment=law.newest.amendment_id), now)
    rows = after.rows
    old = {key: file.stored.clocks[key] for key in rows["old_clocks"]}
    old |= {row["clock_id"]: known for row in rows["clocks"] if (known := file.stored.clocks.get(row["clock_id"]))}
    moved = moves(old, {row["clock_id"]: row["body"] for row in rows["clocks"]}, now)
    handed = office_moves.of(file.stored, after) if any(law.touched.values()) else []
    lines = list(_lines(file, pinned_before, law, law.newest.amendment_id, (moved, handed), now))
    if file.beside is not None and beside_before not in (None, file.case.beside_hash):
        lines.insert(0, _of_beside(file, file.beside, law.newest.amendment_id, now))
    rows["journal"] = [*(line.model_dump(mode="json") for line in lines), *rows["journal"]]
    changed = bool(lines) or any(rows[name] or rows.get(f"old_{name}") for name in DERIVED)
    changed = changed or list(file.case.flags) != after.columns["flags"] or file.case.beside_hash != beside_before
    return Refolded(after, moved, changed, handed)


def _lines(
    file: CaseFile,
    pinned_before: str,
    law: Law,
    amendment_id: str,
    found: tuple[Sequence[Move], Sequence[OfficeMove]],
    now: datetime,
) -> Iterator[TimelineEntry]:
    """One line for a new pack version, and one for each lane with a move, so that hidden lanes stay hidden."""
    line = TimelineEntry(case_id=file.case.case_id, recorded_at=now, kind="amended", ref=amendment_id)
    if pinned_before != file.case.pack_hash:
        yield line.model_copy(update={"details": {"pack": file.case.pack_id, "hash": file.case.pack_hash}})
    elif law.version_of(file.case.pack_id, pinned_before) != pinned_before:
        yield line.model_copy(update={"details": {"keeps": file.case.pack_id, "hash": pinned_before}})
    moved, handed = found
    for lane in sorted({one.lane for one in (*moved, *handed)}):
        dates = [_written(move) for move in moved if move.lane == lane]
        offices = [one.written() for one in handed if one.lane == lane]
        details = {"moved": dates, **({"offices": offices} if offices else {})}
        yield line.model_copy(update={"lane": lane, "details": details})


def _of_beside(file: CaseFile, beside: Pack, amendment_id: str, now: datetime) -> TimelineEntry:
    details = {"pack": beside.id, "hash": beside.content_hash}
    return TimelineEntry(case_id=file.case.case_id, recorded_at=now, kind="amended", ref=amendment_id, details=details)


def _written(move: Move) -> dict[str, Any]:
    dates = {"from": move.from_at, "to": move.to_at}
    texts = {name: at.isoformat() if at else None for name, at in dates.items()}
    return {"rule": move.rule, "clock": move.clock_id, "effect": move.effect, **texts}


def reasons(move: Move, amendment: AmendmentRecord, before: Pack, after: Pack) -> list[str]:
    """Why a clock moves: amended days of the calendar between its start and its end, its rule, or the offices."""
    if amendment.kind == "offices":
        return [f"other offices ({amendment.decision})"]
    if amendment.kind == "pack":
        return _of_rule(before.rules.get(move.rule), after.rules.get(move.rule), move.rule)
    last = max((at for at in (move.from_at, move.to_at) if at), default=move.since)
    span = (legal_date(min(move.since, last)), legal_date(max(move.since, last)))
    return [
        f"{day.date} {day.kind}: {day.name} ({amendment.decision})"
        for day in amendment.days
        if span[0] <= day.date <= span[1]
    ]


def _of_rule(old: Rule | None, new: Rule | None, rule: str) -> list[str]:
    if old is None or new is None:
        return [f"{rule}: {'new' if old is None else 'no longer'} in the pack"]
    words = [_term(one) for one in (old, new)]
    found = [f"{rule}: {words[0]} → {words[1]}"] if words[0] != words[1] else []
    if old.confidence != new.confidence:
        found.append(f"{rule}: {old.confidence} → {new.confidence}")
    return found or [f"{rule}: as in the amended pack"]


def _term(rule: Rule) -> str:
    unit = rule.unit.replace("_", " ")
    return unit if rule.amount is None else f"{rule.amount} {unit}{'' if rule.amount == 1 else 's'}"
