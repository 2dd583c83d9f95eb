"""What an office with a right to a case sees of it: no protective lane of others, and nothing from after its own part.

`regulations.sights` decides whether its part is over, and which protective lanes it sees by its part. Here follows what
that means for each row of a case.

Most offices that work on a case must not learn where a person is sheltered or who protects her. They see the flag
`protection:active` or nothing. The queue and the lists of hand-overs need no such rule, because they hold only what is
addressed to the office itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from casework.domain.breaches import Breach
from casework.domain.case_file import CaseFile
from casework.domain.records import HandoverRecord, SigningRecord, TransferRecord
from casework.domain.standing import called, is_or_succeeds, receipt
from casework.service.files import stored_standing
from casework.timeline_schemas import EntryOut
from regulations import Clock
from regulations.directory import Directory
from regulations.lane_groups import PROTECTIVE_LANES, SHELTER
from regulations.legal_time import legal_date
from regulations.openings import begins_at
from regulations.person import Person
from regulations.places import NATION
from regulations.rights import IDENTIFICATION, Relation, Rights, took_over

_NAMED = ("from", "to")
"""Details of a line that name an office."""
_HIDDEN_ACT = {"act": None, "changed_by": None, "changed_office": None}
ACTIVE = "protection:active"
"""Flag of a case in which the person is protected or sheltered now."""


@dataclass(frozen=True)
class Visibility:
    """How much of a case one office sees.

    Attributes:
        hidden: protective lanes of which it learns nothing.
        over: whether its part is over. Then it sees its own acts, what was before, and the outcome.
        held: the lanes that it holds. If its part is over, they ended where the case no longer is.
        owed: flags of the records that it still owes.
        around: the places that it knows: its own, and where the case was reported.
        reported: whether it reported the case. received: the entry by which another office had it.
        accepted: offices that accepted a hand-over.
    """

    office: str
    hidden: frozenset[str]
    over: bool
    held: frozenset[str]
    owed: frozenset[str]
    around: "_Around"
    reported: bool
    received: str | None
    accepted: frozenset[str]

    def lane(self, code: str) -> bool:
        """Whether the office sees this lane. If its part is over, it sees the lanes that it still holds."""
        return code not in self.hidden and (not self.over or code in self.held)

    def clock(self, clock: Clock | Breach) -> bool:
        """Whether the office sees this clock, or this breach of one. It always sees a clock of its own."""
        return clock.office == self.office or (not self.over and clock.lane not in self.hidden)

    def breaches(self, found: Iterable[Breach]) -> list[Breach]:
        """The breaches of clocks that it sees. Of an act after its part, or a hidden act, it learns only when."""
        shown = [one for one in found if self.clock(one)]
        return [one if self._knows_act(one) else one.model_copy(update=_HIDDEN_ACT) for one in shown]

    def _knows_act(self, one: Breach) -> bool:
        return one.changed_office == self.office or (not self.over and one.act_lane not in self.hidden)

    def handover(self, one: HandoverRecord) -> bool:
        """Whether the office sees this hand-over. It always sees one that it sends or receives."""
        return self.office in (one.from_office, one.to_office) or (not self.over and one.lane not in self.hidden)

    def receiver(self, one: HandoverRecord) -> bool:
        """Whether the office sees the receiver of a hand-over that it sees. A proposed step goes where the case is."""
        return not self.over or one.step is None or one.to_office == self.office

    def signing(self, one: SigningRecord) -> bool:
        """Whether the office sees a step without its second signature. It sees its own, and one that it is to sign."""
        return self.office in (one.office, one.asked) or (not self.over and one.lane not in self.hidden)

    def transfers(self, transfers: Iterable[TransferRecord]) -> list[TransferRecord]:
        """The transfers that the office sees. Transfers between other offices come without hidden lanes."""
        found: list[TransferRecord] = []
        for one in transfers:
            if self.office in (one.from_office, one.to_office):
                found.append(one)
            elif not self.over and (lanes := [lane for lane in one.lanes if lane not in self.hidden]):
                found.append(one.model_copy(update={"lanes": lanes}))
        return found

    def person(self, file: CaseFile) -> Person:
        """Route and nationality: as known now, or as reported if the part of the office is over."""
        return Person.reported(file.opening) if self.over else Person(file.state.route, file.state.nationality)

    def flags(self, flags: Iterable[str]) -> list[str]:
        """The flags, without those that name a hidden lane, for example `gap:shelter:IN_FACILITY`.

        If the part of the office is over, it sees those of records that it owes.
        """
        return [flag for flag in flags if not self._names_hidden(flag) and (not self.over or flag in self.owed)]

    def timeline(self, entries: Sequence[EntryOut]) -> list[EntryOut]:
        """The lines that the office sees, without hidden lanes. If its part is over, they end where it ended."""
        shown = self._of_its_part(entries) if self.over else entries
        return [line for one in shown if (line := self._entry(one)) is not None]

    def _of_its_part(self, entries: Sequence[EntryOut]) -> list[EntryOut]:
        """The lines until it gave its last lane away, or until that lane ended, and its own later ones.

        Who reported the case also sees those until it was received or left, without those that say where to.
        """
        gave = [at for at, one in enumerate(entries) if one.kind == "holder" and one.details.get("from") == self.office]
        ended = [at for at, one in enumerate(entries) if one.kind == "lane" and one.lane in self.held]
        own = max(gave + ended, default=-1) + 1
        end = max(own, self._left_at(entries)) if self.reported else own
        before = (one for one in entries[own:end] if not self._leads_elsewhere(one))
        return [*entries[:own], *before, *(_without_others(one) for one in entries[end:] if one.office == self.office)]

    def _left_at(self, entries: Sequence[EntryOut]) -> int:
        """Index of the line with which the case left who reported it, or was received; since then others have it."""
        received = (at for at, one in enumerate(entries) if one.ref is not None and one.ref == self.received)
        left = next(received, len(entries))
        for at in reversed(range(left)):
            one = entries[at]
            if one.kind == "holder" and one.lane == IDENTIFICATION:
                if not self._is_away(one.office):
                    break
                left = at
        return left

    def _is_away(self, holder: str | None) -> bool:
        """Whether the case has left its reporter while this office carries it (`regulations.standings`)."""
        if holder is None or not self.around.are_near(self.office, holder):
            return True
        return took_over(self.office, holder, self.accepted)

    def _leads_elsewhere(self, one: EntryOut) -> bool:
        """Whether a line of other offices names one that it need not know of, because it is elsewhere."""
        named = [str(name) for name in (one.office, one.details.get("from"), one.details.get("to")) if name]
        return self.office not in named and any(self.around.is_elsewhere(name) for name in named)

    def _entry(self, one: EntryOut) -> EntryOut | None:
        if one.lane in self.hidden or self._names_hidden(str(one.details.get("flag", ""))):
            return None
        lanes = one.details.get("lanes")
        if not lanes or self.office in (one.details.get("from"), one.details.get("to")):
            return one
        shown = [lane for lane in lanes if lane not in self.hidden]
        return one.model_copy(update={"details": {**one.details, "lanes": shown}}) if shown else None

    def _names_hidden(self, flag: str) -> bool:
        return any(part in self.hidden for part in flag.split(":")[1:2])


def _without_others(one: EntryOut) -> EntryOut:
    """A line of the office after its part, without whom it names: a step that it proposes goes where the case is."""
    return one.model_copy(update={"details": {name: what for name, what in one.details.items() if name not in _NAMED}})


@dataclass(frozen=True)
class _Around:
    """The places that an office knows on a day. The whole nation is not one of them: everything lies in it."""

    directory: Directory
    places: tuple[str, ...]
    on: date

    def holds(self, place: str) -> bool:
        """Whether a place is one of these, or lies in one, or around one."""
        if place == NATION:
            return False
        within = self.directory.lies_in
        return any(within(place, one, self.on) or within(one, place, self.on) for one in self.places)

    def is_elsewhere(self, word: str) -> bool:
        """Whether a word names an office that neither is in one of these places nor acts there."""
        place = self.directory.place_of(word)
        if place is None:
            return False  # no office: the former state of a lane, for example
        return not self.holds(place) and not any(self.directory.acts_locally(word, one, self.on) for one in self.places)

    def are_near(self, one: str, other: str) -> bool:
        """Whether one of two offices acts where the other one is."""
        pairs = ((one, self.directory.place_of(other)), (other, self.directory.place_of(one)))
        return one == other or any(
            place is not None and self.directory.acts_locally(office, place, self.on) for office, place in pairs
        )


def _around(file: CaseFile, office: str, on: date) -> _Around:
    """What an office knows: where it is, and where the case was reported."""
    directory = file.world.directory
    places = (directory.place_of(office), begins_at(directory, file.opening))
    return _Around(directory, tuple(dict.fromkeys(one for one in places if one and one != NATION)), on)


def visibility_of(rights: Rights, file: CaseFile, office: str, now: datetime) -> Visibility:
    """How much of the case an office with a right to it sees at `now`."""
    standing, first = stored_standing(file), receipt(file, file.state)
    return Visibility(
        office=office,
        hidden=frozenset(lane for lane in PROTECTIVE_LANES if not _protects(rights, file, office, lane, now)),
        over=_is_over(rights, file, office, now),
        held=frozenset(code for code, lane in standing.lanes.items() if lane.holder == office),
        owed=frozenset(gap.flag for gap in file.state.gaps if is_or_succeeds(file.world.directory, office, gap.office)),
        around=_around(file, office, legal_date(now)),
        reported=office == standing.reporter,
        received=first.fact_id if first else None,
        accepted=frozenset(standing.accepted),
    )


def active(file: CaseFile) -> list[str]:
    """The flag `ACTIVE` if the person is protected or sheltered now. Other offices learn no more than this."""
    found = {code: lane.state for code, lane in file.state.lanes.items() if code in PROTECTIVE_LANES}
    states = [file.pack_of(code).lanes[code].by_code[state] for code, state in found.items()]
    return [ACTIVE] if any(state.protects for state in states) else []


def _protects(rights: Rights, file: CaseFile, office: str, lane: str, now: datetime) -> bool:
    """Whether an office may see a protective lane.

    The holder and the competent authority of its place always see it. An office that asked for protection or held it
    sees it while the lane stays at a place where the office acts, or while the office carries the case. An office that
    placed the person in shelter sees that placement, but no later one. The authority that assigned the lane to another
    office has no part in it.
    """
    if rights.sees_lane(office, stored_standing(file), lane):
        return True
    state = file.state.lanes.get(lane)
    if state is not None and not _reaches(rights, file, office, state.place, now):
        return False
    counted = file.facts if state is not None else file.stored.facts  # the lines of a lane that was withdrawn stay
    steps = [one for one in counted if one.lane == lane and (one.is_move or _moves(file, lane, one.state))]
    if lane == SHELTER:
        steps = sorted(steps, key=lambda one: (one.occurred_at, one.seq))[-1:]
    part = {one.receiver for one in steps}
    if state is not None and lane != SHELTER:
        part.update(state.holders)
    return any(is_or_succeeds(file.world.directory, office, one) for one in part)


def _moves(file: CaseFile, lane: str, state: str) -> bool:
    """Whether a step to this state moves its lane. An acknowledgement has no state."""
    spec = file.pack_of(lane).lanes[lane].by_code.get(state) or file.pack.lanes[lane].by_code.get(state)
    return spec is not None and spec.moves


def _reaches(rights: Rights, file: CaseFile, office: str, place: str, now: datetime) -> bool:
    """Whether an office acts at a place at `now`, or carries the case."""
    if Relation.HOLDER in rights.relations(office, stored_standing(file), IDENTIFICATION):
        return True
    return file.world.directory.acts_at(office, place, legal_date(now))


def _is_over(rights: Rights, file: CaseFile, office: str, now: datetime) -> bool:
    """Whether the part of an office in the case is over.

    A supervisor sees the case as long as the part of the reporter or of a holder below it goes on. After that it sees
    no more than the offices below it. The authority that is called to a lane without a holder sees the case.
    """
    standing = stored_standing(file)
    if rights.looks(office, standing):
        return False
    directory, today = file.world.directory, legal_date(now)
    looking = [one for one in (standing.reporter, *standing.holders()) if rights.looks(one, standing)]
    above = {directory.supervisor(one, today) for one in looking}
    return office not in above and office not in called(file, file.state, today)
