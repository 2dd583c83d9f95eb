"""What a change of the offices brings from one office to another in a case. Pure, and for preview and re-fold the same.

A lane that another office holds, a line of work, an open clock, the right to act at the place of a lane, and a
proposal that waits for the answer of an office.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from casework.domain.case_file import Stored
from casework.domain.consequences import Consequences
from contracts.ids import role_of
from contracts.standing import LaneStanding
from regulations.directory import Directory

What = Literal["lane", "work", "clock", "right", "proposal"]
Bodies = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class OfficeMove:
    """One thing that comes from an office to another one.

    `ref`: the clock, the line of work, the role, or the hand-over. A proposal that nobody is left to answer comes to
    no office; casework tells its proposer.
    """

    what: What
    lane: str
    ref: str
    from_office: str | None
    to_office: str | None

    @property
    def told(self) -> str | None:
        """The office to notify: the new one, or the earlier one if there is no new one. None for a mere right, and
        for a proposal that has ended.
        """
        if self.what == "right":
            return None
        if self.what == "proposal":
            return self.to_office
        return self.to_office or self.from_office

    def written(self) -> dict[str, str | None]:
        """As it stands in the timeline."""
        return {"what": self.what, "ref": self.ref, "from": self.from_office, "to": self.to_office}


def of(before: Stored, after: Consequences) -> list[OfficeMove]:
    """What the consequences bring to another office, compared with the stored rows."""
    lanes = before.standing.lanes if before.standing else {}
    rows = after.rows
    clocks = {row["clock_id"]: row["body"] for row in rows["clocks"]}
    work = {row["work_id"]: row["body"] for row in rows["work"]}
    return [
        *_of_lanes(lanes, after.standing.lanes),
        *_of_rows("work", before.work, work),
        *(one for one in _of_rows("clock", before.clocks, clocks) if _is_open(clocks[one.ref])),
        *_of_assignments(before, lanes, work),
        *_of_proposals(before, rows["handovers"]),
    ]


def _of_assignments(before: Stored, lanes: Mapping[str, LaneStanding], work: Bodies) -> Iterator[OfficeMove]:
    """Lanes that the authority of their place is to assign from now on, because their holder ended."""
    for key, row in work.items():
        if row["kind"] == "assign" and key not in before.work:
            was = lanes.get(row["lane"])
            yield OfficeMove("work", row["lane"], key, was.holder if was else None, row["office"])


def _of_proposals(before: Stored, written: Sequence[Mapping[str, Any]]) -> Iterator[OfficeMove]:
    """Proposals that wait for another office now, or for none."""
    asked = {one.handover_id: one.to_office for one in before.handovers if one.state == "proposed"}
    for row in written:
        was, now = asked.get(row["handover_id"]), row["to_office"] if row["state"] == "proposed" else None
        if was is not None and was != now:
            yield OfficeMove("proposal", row["lane"], row["handover_id"], was, now)


def _is_open(clock: Mapping[str, Any]) -> bool:
    return clock["met_at"] is None and clock["void_at"] is None


def _of_lanes(old: Mapping[str, LaneStanding], new: Mapping[str, LaneStanding]) -> Iterator[OfficeMove]:
    for code, lane in new.items():
        was = old.get(code)
        if was is None:
            continue
        if was.holder != lane.holder:
            yield OfficeMove("lane", code, code, was.holder, lane.holder)
        yield from _of_rights(code, was.acting, lane.acting)


def _of_rights(lane: str, old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> Iterator[OfficeMove]:
    """For each role the offices that no longer act, beside those that act now."""
    gone = [one for one in old or () if one not in (new or ())]
    come = [one for one in new or () if one not in (old or ())]
    for role in dict.fromkeys(role_of(one) for one in (*gone, *come)):
        lost = [one for one in gone if role_of(one) == role]
        won = [one for one in come if role_of(one) == role]
        for number in range(max(len(lost), len(won))):
            pair = (some[number] if number < len(some) else None for some in (lost, won))
            yield OfficeMove("right", lane, role, *pair)


def _of_rows(what: What, old: Bodies, new: Bodies) -> Iterator[OfficeMove]:
    for key, row in new.items():
        was = old.get(key)
        if was is not None and was["office"] != row["office"]:
            yield OfficeMove(what, row["lane"], key, was["office"], row["office"])


def named_by(document: Stored, directory: Directory) -> tuple[frozenset[str], frozenset[str]]:
    """Every place and every office that the rows of a case name: all that a fold asks the directory about.

    Any text that the directory knows as a place counts, whatever the field is called: a field that is added later
    cannot be missed, and a case that is folded once too often only costs time.
    """
    texts = set(document.model_dump_json().split('"'))  # a code or an id has no quotation mark in it
    places = frozenset(one for one in texts if directory.place(one) is not None)
    return places, frozenset(one for one in texts if "/" in one)
