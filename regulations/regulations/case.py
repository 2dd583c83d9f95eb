"""The input of the fold (`Opening`, `Fact`, `Pause`) and its result (`CaseState`): pure data.

Instants are aware datetimes. `occurred_at` says when something happened; legal clocks run from it. `recorded_at` says
when it was entered; operational waits run from it. The models hold ids, codes, instants and flags only.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.events.intake import AgeBand, Nationality
from contracts.standing import Status, StatusPeriod, Tenure
from regulations.lane_law import CaseLaw, LaneLaw
from regulations.local import LocalUse
from regulations.model import Confidence, Profile, RuleKind, Unit

OPENING_FACT = "opening"
"""Fact id of the first state of each lane that the opening states."""

FactKind = Literal["state", "handover", "assign", "ack", "close", "reopen"]
ClockState = Literal["running", "paused", "met", "breached", "met_late", "void", "reminder", "uncertain"]
UNKNOWN_DAYS = "unknown_days"
"""In `Clock.unsure`: nobody knows whether a day that was counted is a working day."""


class Frozen(BaseModel):
    """A value of the fold: it never changes."""

    # Built at the first use: no process uses all of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Opening(Frozen):
    """The accepted report of one person. `regulations.openings.begins_at` says where its lanes open."""

    case_id: str
    route: str
    reporter: str = Field(description="Office that took the report.")
    province: str = Field(description="Province in which the report places the person, or `abroad`.")
    commune: str | None = Field(default=None, description="Commune, border post or country in it.")
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    age_band: AgeBand = "unknown"
    turns_18_on: date | None = Field(default=None, description="For a minor whose birth was stated.")
    foreign: bool = False
    nationality: Nationality | None = Field(default=None, description="None in an older case: `foreign` says it.")
    urgent: bool = False
    reporter_known: bool = True
    accompanies: bool = Field(default=False, description="A minor who accompanies another person of the report.")


OPEN_AFTER_CLOSING = ("crime", "child")
"""Lanes that may be open in a closed case. Only an earlier release closed a case while they were open: since then a
case closes when nothing is owed in it, and a closing names what it ends (`endings.toml`)."""
_GOES_ON = "goes_on:"
AS_NAMED = "as_named"
"""Attribute of a closing: it ends what its outcome names (`endings.toml`). One of an earlier release has none: it ended
every lane, except those that it names as `goes_on:<lane>`."""

PLACE = "place"
"""Attribute of a hand-over: code of the place to which it takes the lane."""
BACK = "back"
"""Attribute of a hand-over by a cancelled transfer: the lane is at `PLACE` again, whoever gets it."""
TAKEN_BY = "taken_by"
"""Attribute of a step: the office that gets the lane, where a place has several of the role, for example facilities.
Attribute of an assignment: the office to which the lane is assigned."""
IN_STEAD = "in_stead_of"
"""Attribute of an assignment: the holder that is shut out of the case, in whose stead the lane is given."""


class Stated(BaseModel):
    """What a fact of the fold and the record of a fact have in common: its kind, its office, and who gets the lane."""

    kind: FactKind = "state"
    office: str
    attributes: dict[str, str | bool | int] = Field(default_factory=dict)

    @property
    def taken_by(self) -> str | None:
        """The office that a step or an assignment names to get the lane; None if it names none."""
        named = self.attributes.get(TAKEN_BY)
        return named if isinstance(named, str) else None

    @property
    def is_move(self) -> bool:
        """Whether it gives a lane, in the state in which it is, to another office."""
        return self.kind in ("handover", "assign")

    @property
    def receiver(self) -> str:
        """The office that a hand-over or an assignment makes the holder; of another fact the office that stated it."""
        return (self.taken_by if self.kind == "assign" else None) or self.office


class Fact(Frozen, Stated):
    """One step as an office stated it.

    `state`: the state reached or the duty done; for `close` the outcome; empty for the other kinds.
    `office`: the office that stated it; for `handover` the *receiver*, which becomes the holder; for `assign` the
    authority that gives a lane without a holder to the office `taken_by`.
    `lane`: empty for `close` and `reopen`, because they are about the whole case.
    """

    fact_id: str
    seq: int = Field(description="Order of entry within the case; breaks ties of `occurred_at`.")
    lane: str = ""
    state: str = ""
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime

    @property
    def place(self) -> str | None:
        """The place that a hand-over names for its lane; None if it names none."""
        named = self.attributes.get(PLACE) if self.kind == "handover" else None
        return named if isinstance(named, str) else None

    @property
    def goes_back(self) -> bool:
        """Whether a hand-over of a cancelled transfer takes its lane back to the place where it was."""
        return self.place is not None and self.attributes.get(BACK) is True

    @property
    def ends_as_named(self) -> bool:
        """Whether a closing ends what its outcome names in the pack, and the case closes when nothing is owed."""
        return self.attributes.get(AS_NAMED) is True

    @property
    def leaves_open(self) -> frozenset[str]:
        """The lanes that a closing of an earlier release did not end; empty for other facts."""
        return frozenset(name.removeprefix(_GOES_ON) for name in self.attributes if name.startswith(_GOES_ON))


class Pause(Frozen):
    """A suspension of a limit with its legal basis. It is open while `resumed_at` is None.

    A pause belongs to the round of `rule` in `lane` that runs at `paused_at`. It has no clock id, because the number in
    a clock id changes when an earlier round is entered late. `started_by` is the fact that started the clock when it
    was paused, or `opening`: if that fact is corrected to a later instant, the pause stays with its round.
    """

    rule: str
    lane: str
    started_by: str
    basis: str
    paused_at: AwareDatetime
    resumed_at: AwareDatetime | None = None
    recorded_at: AwareDatetime
    resumed_recorded_at: AwareDatetime | None = None
    decision: str | None = Field(default=None, description="Number of the decision; None if a document states it.")


class Held(Frozen):
    """An office that owed a duty before it was handed over, and until when; None: no office owed it."""

    office: str | None
    until: AwareDatetime


class Clock(Frozen):
    """One limit, duty or reminder that runs or ran in a lane, with everything that explains its due instant.

    `due_at` is the first instant that is too late. It is None if the rule has no number, and while the clock is paused.
    """

    clock_id: str
    rule: str
    lane: str
    n: int = Field(description="Which start of this rule in this lane, counted from 1.")
    kind: RuleKind
    started_by: str = Field(description="Fact that started it.")
    started_at: datetime = Field(description="Instant that it is counted from.")
    opened_at: datetime = Field(description="Occurrence of the fact that started it.")
    recorded_at: datetime = Field(description="Entry of the fact that started it.")
    due_at: datetime | None = None
    warn_at: datetime | None = None
    met_at: datetime | None = None
    met_by: str | None = None
    met_recorded_at: datetime | None = None
    implied: bool = Field(
        default=False, description="A later step shows that it was met; the fact that meets it is still a gap."
    )
    void_at: datetime | None = None
    void_reason: str | None = None
    replaced_by: str | None = Field(default=None, description="Clock id of the extension that replaced it.")
    lapses_at: datetime | None = Field(
        default=None, description="Known ahead: if it is still open then, it falls away, for example at an age."
    )
    law: LaneLaw | None = Field(
        default=None, description="The law that governs it, if that is not the law of the report."
    )
    before: str | None = Field(
        default=None, description="A lead time is counted back from the end of the clock with this id."
    )
    before_on: date | None = Field(default=None, description="A lead time is counted back from this stated date.")
    paused_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    office: str | None = Field(
        default=None, description="The office that must meet it; None if the directory has no such office."
    )
    held: tuple[Held, ...] = Field(default=(), description="The offices that had to meet it before, in order.")
    holder_role: str
    immediate: bool = False
    reminder: bool = False
    confidence: Confidence
    citation: str
    rolled_by: str | None = None
    warned_on: date | None = Field(
        default=None, description="A lead time whose last day is a day off: the working day before, on which it warns."
    )
    amount: int | None = None
    unit: Unit
    profile: Profile
    calendar_version: str
    unsure: tuple[str, ...] = Field(
        default=(),
        description="Conditions of the rule that nobody knows here, for example `remote_commune`. The general number "
        "of the law applies, as an exception applies only where it is known to.",
    )
    local: LocalUse | None = Field(default=None, description="The local pack that it is of; None: of the law itself.")

    @property
    def open(self) -> bool:
        """Whether it is neither met nor void."""
        return self.met_at is None and self.void_at is None

    @property
    def uncertain(self) -> bool:
        """Whether its end needs an unknown day. Its office is reminded then; it is neither late nor breached."""
        return UNKNOWN_DAYS in self.unsure

    @property
    def suspendable(self) -> bool:
        """Whether a pause can have an effect: the rule has a number and is not counted back from another term."""
        return self.amount is not None and not self.immediate and self.kind != "lead_time"

    @property
    def pausable(self) -> bool:
        """Whether it is open and a pause would have an effect."""
        return self.open and self.suspendable

    @property
    def runs_from(self) -> datetime:
        """First instant at which it can be paused. A later round can be paused from the fact that started it."""
        return self.started_at if self.n == 1 else self.opened_at

    @property
    def missed_by(self) -> str | None:
        """The office that had to meet it when the limit ran out. A hand-over after that does not move the breach."""
        past = (one.office for one in self.held if self.due_at is not None and one.until >= self.due_at)
        return next(past, self.office)

    @property
    def ended_at(self) -> datetime | None:
        """When it was met or became void; None while it is open."""
        return self.met_at or self.void_at

    def state_at(self, now: datetime) -> ClockState:
        """The state of the clock at `now`.

        A reminder is never breached, nor an uncertain limit; an immediate duty is never late. What was late before it
        became void stays breached, whatever made it void: nothing that comes later undoes a breach.
        """
        if self.void_at is not None or (self.lapses_at is not None and self.met_at is None and now >= self.lapses_at):
            return "breached" if self.late_at(now) else "void"
        if self.met_at is not None:
            return "met_late" if self.late_at(now) else "met"
        if self.paused_at is not None:
            return "paused"
        if self.reminder:
            return "reminder"
        if self.uncertain:
            return "uncertain"
        return "breached" if self.late_at(now) else "running"

    def late_at(self, now: datetime) -> bool:
        """Whether it ended too late, or is open at `now` and its due instant is over. A reminder is never late."""
        return not self.reminder and self.over_at(now)

    def over_at(self, now: datetime) -> bool:
        """Whether the due instant was over when it ended, or is over at `now`; also of a reminder."""
        if self.due_at is None or self.immediate or self.uncertain:
            return False
        ends = self.ended_at or now
        return (ends if self.lapses_at is None else min(ends, self.lapses_at)) >= self.due_at


class Gap(Frozen):
    """A step that must have happened but is not recorded. The office that owes the record must enter it."""

    lane: str
    state: str
    office: str | None
    since_recorded_at: datetime = Field(description="Entry of the fact that skipped it.")

    @property
    def flag(self) -> str:
        """`gap:<lane>:<state>`."""
        return f"gap:{self.lane}:{self.state}"


class Lane(Frozen):
    """One folded lane: its state, the office that holds it, where, and since when."""

    state: str
    holder: str | None
    place: str = Field(description="Code of the place: where the last accepted hand-over brought it, never a shelter.")
    since: datetime
    reached_by: str | None = Field(default=None, description="The fact that brought the lane into its state.")
    stood: str | None = Field(
        default=None, description="The state from which it goes on, if it is another one: the person left."
    )
    ack_due_from: datetime | None = Field(
        default=None, description="The holder must acknowledge, since this entry; None if it need not."
    )
    terminal: bool = False
    last_recorded_at: datetime
    may_act: tuple[str, ...] = Field(
        default=(), description="Roles that the pack names for the steps that can still come."
    )
    done: tuple[str, ...] = Field(default=(), description="Every state reached and duty done, in order.")
    holders: tuple[str, ...] = Field(default=(), description="Offices that held this lane, now or before, in order.")
    tenures: tuple[Tenure, ...] = Field(
        default=(), description="From when until when each of them held it, as entered."
    )


class CaseState(Frozen):
    """The result of the fold of a case with its pinned pack. Equal inputs give equal states."""

    opening: Opening
    pack_id: str
    status: Status
    route: str = Field(description="Route of the person after the newest fact.")
    nationality: Nationality = Field(description="Nationality of the person, as far as it is known by then.")
    regime_support: str | None = None
    identified_at: datetime | None = None
    newest_at: datetime | None = Field(default=None, description="When the newest fact happened.")
    lanes: dict[str, Lane]
    clocks: tuple[Clock, ...] = ()
    gaps: tuple[Gap, ...] = ()
    flags: tuple[str, ...] = ()
    past_holders: tuple[str, ...] = Field(default=(), description="Offices that held any lane, now or before.")
    law: CaseLaw
    periods: tuple[StatusPeriod, ...] = Field(default=(), description="The status of the person, instant by instant.")
    closed: bool = False
    closed_at: datetime | None = None
    outcome: str | None = Field(
        default=None, description="As an office stated it last. The case closes when nothing is owed in it any more."
    )
    left_open: tuple[str, ...] = Field(
        default=(), description="Lanes that go on in a case that an earlier release closed."
    )

    def has_ended(self, lane: str) -> bool:
        """Whether the closing of the case has ended this lane and its clocks."""
        return self.closed and lane not in self.left_open

    @property
    def is_over(self) -> bool:
        """Whether the case is closed and no lane, clock or gap is left open."""
        lanes = [self.lanes[lane] for lane in self.left_open]
        running = any(not lane.terminal or lane.ack_due_from for lane in lanes)
        owed = any(gap.lane in self.left_open for gap in self.gaps) or any(clock.open for clock in self.clocks)
        return self.closed and not running and not owed

    @property
    def case_id(self) -> str:
        """Id of the case."""
        return self.opening.case_id

    def clock(self, clock_id: str) -> Clock | None:
        """The clock with this id; None if there is none."""
        return next((clock for clock in self.clocks if clock.clock_id == clock_id), None)

    def newest(self) -> dict[str, Clock]:
        """Rule → its newest clock, the one that started last."""
        return {clock.rule: clock for clock in sorted(self.clocks, key=lambda clock: (clock.opened_at, clock.n))}


class Counted(Frozen):
    """One date of the counting, whether it counts, and why."""

    date: date
    counts: bool
    why: str
