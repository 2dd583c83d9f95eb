"""Local packs: the duties and report dates that a coordination regulation or a plan adds to the law of the country.

A local pack adds; it never changes. It has no field for a state, a way, a right or an entitlement, and its clocks run
beside those of the law, so it makes no limit longer. The place of a lane and the day on which a clock starts choose
which local pack the clock is of; the clock then keeps it, wherever the lane goes. `local_files.py` reads the packs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Literal, TypeVar

from pydantic import Field, field_validator

from regulations.catalogue import ReportDate
from regulations.directory import Directory
from regulations.model import Applies, Label, LaneSpec, Part, Profile, Rule, StateSpec, Unit, Verified
from regulations.pack import Pack

PartT = TypeVar("PartT", bound=Part)
HOLDS = "@holder"
"""Who may state a local duty: an office that holds or held the lane. So a local pack gives no office a right."""


class LocalUse(Part):
    """Which local pack a clock is of, and where its lane was when the clock started. The case keeps it."""

    pack: str
    since: date = Field(description="The version of the pack: the first day on which its clocks start.")
    content_hash: str
    place: str = Field(description="Code of the place of the lane when the clock started.")


class LocalDuty(Part):
    """Something that an office states without moving the lane, for example that it has told another office."""

    code: str
    lane: str
    label: Label

    @field_validator("code")
    @classmethod
    def _is_no_attribute(cls, code: str) -> str:
        if not code.isupper():
            raise ValueError(f"{code}: a duty is written in capital letters; an attribute of a law never is")
        return code


class LocalRow(Verified):
    """One rule of a local pack: the holder of the lane owes it. Without a number it only reminds."""

    id: str
    title: Label
    lane: str
    starts_on: tuple[str, ...] = Field(min_length=1, description="States or duties that start its clock.")
    to: tuple[str, ...] = Field(min_length=1, description="Duties of this pack, or states and duties of the law.")
    voids_on: tuple[str, ...] = Field(default=(), description="After one of these nobody owes it any more.")
    unless: tuple[str, ...] = ()
    applies: Applies = Applies()
    amount: int | None = None
    unit: Unit = "none"
    profile: Profile = "civil"
    informs: tuple[str, ...] = Field(default=(), description="Roles whose offices at the place are to be told.")
    citation: str = Field(min_length=3)
    note: str = Field(min_length=3)


class LocalPack(Part):
    """One version of a local pack. It never changes; a later version is another file."""

    id: str
    kind: Literal["coordination", "plan"]
    title: Label
    instrument: str = Field(description="The instrument that it carries out, from `instruments.toml`.")
    place: str = Field(description="Code of the place in which it holds.")
    laws: tuple[str, ...] = Field(min_length=1, description="Packs of the laws that it adds to.")
    entered: date = Field(description="Day of the release that brought this version.")
    since: date = Field(description="First day on which a clock starts under this version.")
    until: date | None = Field(default=None, description="First day on which none does any more.")
    stands_for: tuple[str, ...] = Field(
        default=(), description="Local packs of wider places whose duties it takes over in its own place."
    )
    note: str = Field(min_length=3, description="What of the text is known, and what is not.")
    readings: dict[str, str] = Field(default_factory=dict[str, str])
    duty: tuple[LocalDuty, ...] = ()
    rule: tuple[LocalRow, ...] = ()
    report: tuple[ReportDate, ...] = ()
    content_hash: str


class Span(Part):
    """Where and when one version of a local pack starts clocks."""

    pack: str
    content_hash: str
    place: str
    since: date
    until: date | None

    def holds(self, chain: Collection[str], day: date) -> bool:
        """Whether it starts clocks on a day at a place; `chain`: `Directory.chain` of the place."""
        return self.place in chain and self.since <= day and (self.until is None or day < self.until)


class LocalRule(Rule):
    """A rule of a local pack as the fold reads it."""

    title: Label | None = None
    informs: tuple[str, ...]
    versions: tuple[Span, ...] = Field(description="Versions of its pack that have the rule.")
    instead: tuple[Span, ...] = Field(description="Where and when another local pack stands for its pack.")

    @property
    def is_local(self) -> bool:
        """A local rule opens no way between states."""
        return True

    def version(self, chain: Collection[str], day: date) -> Span | None:
        """The version under which it starts a clock here on this day; None if it starts none."""
        if any(other.holds(chain, day) for other in self.instead):
            return None
        return next((version for version in self.versions if version.holds(chain, day)), None)


class LocalState(StateSpec):
    """A duty of a local pack as the fold reads it. It moves no lane, and no step must come before it.

    It may be stated at any time while the lane exists, also where no clock asks for it: otherwise the place of a lane
    or a corrected date could make it contradict the facts of the law.
    """


def used(rule: Rule, directory: Directory, place: str, day: date) -> LocalUse | None:
    """Which local pack a clock of this rule is of, if it starts on a day in a lane at a place.

    Returns:
        None for a rule of the law, and for a local rule that does not hold there and then.
    """
    found = rule.version(directory.chain(place, day), day) if isinstance(rule, LocalRule) else None
    if found is None:
        return None
    return LocalUse(pack=found.pack, since=found.since, content_hash=found.content_hash, place=place)


def holds_here(rule: Rule, directory: Directory, place: str, day: date) -> bool:
    """Whether a rule may start a clock in a lane at a place on a day: a rule of the law anywhere and always."""
    return not isinstance(rule, LocalRule) or used(rule, directory, place, day) is not None


def told(rule: Rule, directory: Directory, use: LocalUse | None, day: date) -> tuple[str, ...]:
    """The offices that a local rule names to be told: those of its roles at the place where the clock started.

    Args:
        rule: of the clock.
        directory: the office directory.
        use: `Clock.local`.
        day: on which the clock started.
    """
    if use is None or not isinstance(rule, LocalRule):
        return ()
    offices = [directory.at(role, use.place, day) for role in rule.informs]
    return tuple(dict.fromkeys(office for office in offices if office is not None))


def with_local(pack: Pack, packs: Iterable[LocalPack]) -> Pack:
    """A pack of a law, with the duties and the rules of every local pack that adds to it.

    The place of a lane decides later which of them start a clock. Of the states that a rule names it keeps those that
    this version of this law has; without one that starts it, or one that ends it, the rule is left out. Where the law
    has a rule or a step of the same name, that of the law stays. The id, the version and the hash are those of the law.
    """
    mine = sorted((one for one in packs if pack.id in one.laws), key=lambda one: (one.id, one.since))
    if not mine:
        return pack
    lanes = {code: _with_duties(lane, mine) for code, lane in pack.lanes.items()}
    rules = {rule.id: rule for rule in _rules(mine, lanes) if rule.id not in pack.rules}
    readings = {name: text for one in mine for name, text in one.readings.items()}
    return _built(pack, {"lanes": lanes, "rules": {**pack.rules, **rules}, "readings": {**readings, **pack.readings}})


def _built(part: PartT, changes: dict[str, Any]) -> PartT:
    """The part with some fields changed and nothing remembered: `model_copy` would also copy its cached properties."""
    fields = {name: getattr(part, name) for name in type(part).model_fields}
    return type(part).model_construct(**{**fields, **changes})


def _with_duties(lane: LaneSpec, packs: Sequence[LocalPack]) -> LaneSpec:
    named = {duty.code: duty for one in packs for duty in one.duty if duty.lane == lane.code}
    after = tuple(state.code for state in lane.states if state.moves)
    added = [
        LocalState(code=code, label=duty.label, moves=False, repeatable=True, after=after, stated_by=(HOLDS,))
        for code, duty in named.items()
        if code not in lane.by_code
    ]
    return _built(lane, {"states": (*lane.states, *added)}) if added else lane


def _rules(packs: Sequence[LocalPack], lanes: Mapping[str, LaneSpec]) -> Iterator[LocalRule]:
    """The rules of all versions; one that stands in several versions is one rule with these versions."""
    spans_of = {(one.id, one.since): span for one, span in spans(packs)}
    rows: dict[str, list[tuple[LocalPack, LocalRow]]] = {}
    for one in packs:
        for row in one.rule:
            rows.setdefault(row.id, []).append((one, row))
    for found in rows.values():
        owner, row = found[-1]
        instead = tuple(spans_of[one.id, one.since] for one in packs if owner.id in one.stands_for)
        here = fitting(row, lanes)
        if here.starts_on and here.to:
            yield _rule(here, tuple(spans_of[one.id, one.since] for one, _ in found), instead)


def fitting(row: LocalRow, lanes: Mapping[str, LaneSpec], more: Collection[str] = ()) -> LocalRow:
    """A row with those of its states that a law has; `more`: what counts as known too, if the lane is."""
    known = {*lanes[row.lane].by_code, *more} if row.lane in lanes else set[str]()
    fields = ("starts_on", "to", "voids_on")
    kept = {name: tuple(code for code in getattr(row, name) if code in known) for name in fields}
    return row.model_copy(update=kept)


def _rule(row: LocalRow, versions: tuple[Span, ...], instead: tuple[Span, ...]) -> LocalRule:
    said = {name: getattr(row, name) for name in type(row).model_fields if name not in ("lane", "starts_on")}
    more = {"lanes": (row.lane,), "kind": "duty", "from_": row.starts_on, "starts_on": row.starts_on}
    return LocalRule.model_validate({**said, **more, "versions": versions, "instead": instead})


def spans(packs: Sequence[LocalPack]) -> Iterator[tuple[LocalPack, Span]]:
    """Each version with its days. It ends at the latest where the next version of the same pack begins."""
    for _, group in groupby(packs, key=lambda one: one.id):
        versions = [*group]
        follows = [*(one.since for one in versions[1:]), None]
        for one, following in zip(versions, follows, strict=True):
            ends = [day for day in (one.until, following) if day is not None]
            until = min(ends) if ends else None
            yield (
                one,
                Span(pack=one.id, content_hash=one.content_hash, place=one.place, since=one.since, until=until),
            )
