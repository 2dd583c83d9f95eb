"""What goes into the fold (`Opening`, `Fact`, `Pause`) and what comes out of it (`CaseState`): pure data.

Instants are aware datetimes. `occurred_at` is when something happened (legal clocks run from it), `recorded_at` when it
was entered (operational waits run from it). Offices are written `role/territory`. Only ids, codes, instants and flags.
"""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.problems import Refused
from regulations.model import Confidence, Profile, RuleKind, Status, Unit

OPENING_FACT = "opening"
"""Fact id of what the opening itself states."""

VERIFIED: Confidence = "verified text"
AgeBand = Literal["under_16", "under_18", "adult", "unknown"]
FactKind = Literal["state", "handover", "ack", "close", "reopen"]
ClockState = Literal["running", "paused", "met", "breached", "met_late", "void", "reminder"]
WaitKind = Literal[
    "warning", "reminder", "breach", "acknowledge", "answer", "escalation", "attention", "gap", "fallback"
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Opening(_Frozen):
    """The accepted report of one person. The directory says whether the commune is remote."""

    case_id: str
    route: str
    reporter: str = Field(description="Office that took the report, `role/territory`.")
    territory: str = Field(description="Territory of the place of the report; roles are resolved in it.")
    commune: str | None = None
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    age_band: AgeBand = "unknown"
    foreign: bool = False
    urgent: bool = False
    reporter_known: bool = True
    accompanies: bool = Field(default=False, description="A minor who accompanies another person of the report.")


GO_ON = ("crime", "child")
"""Lanes that the closing of a case does not end, because other offices deal with the offence and the protection of
the child. The list holds until a pack names, for each outcome, the lanes that it ends."""
_GOES_ON = "goes_on:"


def going_on() -> dict[str, str | bool | int]:
    """The attributes of a closing that say which lanes it leaves open. Older closings have none and end all."""
    return {f"{_GOES_ON}{lane}": True for lane in GO_ON}


class Fact(_Frozen):
    """One step as an office stated it.

    `state`: the state reached or the duty done; for `close` the outcome; unused for `handover`, `ack`, `reopen`.
    `office`: who stated it; for `handover` the *receiver* that becomes holder.
    `lane`: empty for `close` and `reopen`, which are about the whole case.
    """

    fact_id: str
    seq: int = Field(description="Order of entry within the case; breaks ties of `occurred_at`.")
    kind: FactKind = "state"
    lane: str = ""
    state: str = ""
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    office: str
    attributes: dict[str, str | bool | int] = Field(default_factory=dict)

    @property
    def leaves_open(self) -> frozenset[str]:
        """The lanes that this closing does not end; empty for other facts."""
        return frozenset(name.removeprefix(_GOES_ON) for name in self.attributes if name.startswith(_GOES_ON))


class Pause(_Frozen):
    """A suspension of a limit with its legal basis; still open while `resumed_at` is None.

    It belongs to the round of `rule` in `lane` that runs at `paused_at`, whenever the facts of that round were entered.
    It does not name a clock id, because the ordinal in it changes when an earlier round is entered late.
    `started_by` is the fact that started the clock when it was paused, or `opening`. It keeps the pause with its round
    if that fact is corrected to a later instant.
    """

    rule: str
    lane: str
    started_by: str
    basis: str
    paused_at: AwareDatetime
    resumed_at: AwareDatetime | None = None
    recorded_at: AwareDatetime
    resumed_recorded_at: AwareDatetime | None = None


class OpenHandover(_Frozen):
    """A proposal that waits for its answer: what `waits` needs of it. Times of the answer run from `recorded_at`."""

    handover_id: str
    lane: str
    sender: str
    receiver: str
    recorded_at: AwareDatetime


class Contradiction(Refused):
    """A fact that cannot be true beside the others. 409, nothing stored.

    `slug`: `not-asked-for` (its cause is missing and may not be skipped), `after-the-end`, `out-of-order` (a cause
    after its effect), `already-there`. `expected`: states that the lane could take instead.
    """

    TITLES: ClassVar[dict[str, str]] = {
        "not-asked-for": "Nothing in the case asks for this step yet",
        "after-the-end": "The lane or the case has ended before this step",
        "out-of-order": "This step cannot come after what is recorded",
        "already-there": "This step is recorded already",
    }

    def __init__(self, slug: str, fact_id: str, lane: str, state: str, expected: tuple[str, ...] = ()) -> None:
        super().__init__(self.TITLES[slug], lane=lane, state=state, fact_id=fact_id, expected=list(expected))
        self.slug, self.title = slug, self.TITLES[slug]  # type: ignore[misc] # the slug is that of this contradiction
        self.fact_id, self.lane, self.state, self.expected = fact_id, lane, state, expected


class Clock(_Frozen):
    """One limit, duty or reminder that runs or ran in a lane, with everything needed to cross-examine it.

    `due_at` is the first instant that is too late; None where the rule has no number, or while the clock is paused.
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
    implied: bool = Field(default=False, description="Met at the latest by a later step; its own fact is still a gap.")
    void_at: datetime | None = None
    void_reason: str | None = None
    replaced_by: str | None = Field(default=None, description="Clock id of the extension that took its place.")
    before: str | None = Field(default=None, description="Clock id whose end a lead time is counted back from.")
    before_on: date | None = Field(default=None, description="Stated date that a lead time is counted back from.")
    paused_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    office: str | None = Field(default=None, description="Whose clock it is; None where the directory has no office.")
    holder_role: str
    immediate: bool = False
    reminder: bool = False
    confidence: Confidence
    citation: str
    rolled_by: str | None = None
    amount: int | None = None
    unit: Unit
    profile: Profile
    calendar_version: str

    @property
    def open(self) -> bool:
        """Neither met nor void."""
        return self.met_at is None and self.void_at is None

    @property
    def suspendable(self) -> bool:
        """Whether a pause can have an effect: it runs to a number of its own."""
        return self.amount is not None and not self.immediate and self.kind != "lead_time"

    @property
    def pausable(self) -> bool:
        """Whether it runs and can be paused."""
        return self.open and self.suspendable

    @property
    def runs_from(self) -> datetime:
        """First instant at which it can be paused; a later round runs from the fact that started it."""
        return self.started_at if self.n == 1 else self.opened_at

    @property
    def ended_at(self) -> datetime | None:
        """When it was met or became void."""
        return self.met_at or self.void_at

    def state_at(self, now: datetime) -> ClockState:
        """How the clock stands at `now`. A reminder is never breached, an immediate duty never late."""
        if self.void_at is not None:
            return "void"
        if self.met_at is not None:
            return "met_late" if self.late_at(now) and not self.reminder else "met"
        if self.paused_at is not None:
            return "paused"
        if self.reminder:
            return "reminder"
        return "breached" if self.late_at(now) else "running"

    def late_at(self, now: datetime) -> bool:
        """Whether the due instant was, or at `now` is, missed; also true of a clock that ended too late."""
        if self.due_at is None or self.immediate:
            return False
        return (self.met_at or self.void_at or now) >= self.due_at


class Gap(_Frozen):
    """A step that must have happened but is not recorded: a duty of the office that owes it."""

    lane: str
    state: str
    office: str | None
    since_recorded_at: datetime = Field(description="Entry of the fact that jumped over it.")

    @property
    def flag(self) -> str:
        """`gap:<lane>:<state>`."""
        return f"gap:{self.lane}:{self.state}"


class Lane(_Frozen):
    """One lane as folded: whose turn it is, where, since when."""

    state: str
    holder: str | None
    territory: str
    since: datetime
    ack_due_from: datetime | None = Field(
        default=None, description="Entry since which the holder has not acknowledged; None where nothing is owed."
    )
    terminal: bool = False
    last_recorded_at: datetime
    may_act: tuple[str, ...] = Field(default=(), description="Roles that the pack names from this state on.")
    done: tuple[str, ...] = Field(default=(), description="Every state reached and duty done, in order.")
    holders: tuple[str, ...] = Field(default=(), description="Offices that held this lane, now or before, in order.")


class CaseState(_Frozen):
    """The fold of a case's facts with its pinned pack: a value; equal inputs give equal states."""

    opening: Opening
    pack_id: str
    status: Status
    regime_support: str | None = None
    identified_at: datetime | None = None
    lanes: dict[str, Lane]
    clocks: tuple[Clock, ...] = ()
    gaps: tuple[Gap, ...] = ()
    flags: tuple[str, ...] = ()
    past_holders: tuple[str, ...] = Field(default=(), description="Offices that held any lane, now or before.")
    closed: bool = False
    closed_at: datetime | None = None
    outcome: str | None = None
    left_open: tuple[str, ...] = Field(default=(), description="Lanes of a closed case that the closing did not end.")

    def has_ended(self, lane: str) -> bool:
        """Whether the closing of the case has ended this lane, and what ran in it."""
        return self.closed and lane not in self.left_open

    @property
    def is_over(self) -> bool:
        """Whether the case is closed and nothing goes on in it."""
        lanes = [self.lanes[lane] for lane in self.left_open]
        running = any(not lane.terminal or lane.ack_due_from for lane in lanes)
        owed = any(gap.lane in self.left_open for gap in self.gaps) or any(clock.open for clock in self.clocks)
        return self.closed and not running and not owed

    @property
    def case_id(self) -> str:
        """Id of the case."""
        return self.opening.case_id

    def clock(self, clock_id: str) -> Clock | None:
        """The clock with this id."""
        return next((clock for clock in self.clocks if clock.clock_id == clock_id), None)

    def newest(self) -> dict[str, Clock]:
        """Rule → its newest clock: the one started last."""
        return {clock.rule: clock for clock in sorted(self.clocks, key=lambda clock: (clock.opened_at, clock.n))}


class Counted(_Frozen):
    """One date of the counting."""

    date: date
    counts: bool
    why: str


class Explanation(_Frozen):
    """Why a clock is due when it is."""

    rule: str
    started_by: str
    started_at: datetime
    amount: int | None
    unit: Unit
    counted: tuple[Counted, ...]
    pauses: tuple[Pause, ...]
    rolled_by: str | None
    due_at: datetime | None
    citation: str
    confidence: Confidence
    calendar_version: str
    note: str


class Wait(_Frozen):
    """An instant at which something must happen if nobody acts. `at` may lie in the past: then it is due at once.

    `wait_id` is stable: the same obligation with the same anchor always has the same id; another due instant is another
    wait. `stage`: `warning`, `breach`, `reminder`, `immediate`, `acknowledge`, `answer`, `fallback`, `gap`,
    `attention-1` … and `escalate-1` (supervisor), `escalate-2` (coordinating authority).
    """

    wait_id: str
    kind: WaitKind
    stage: str
    at: datetime
    lane: str
    rule: str | None = None
    office: str | None
    clock_id: str | None = None
    handover_id: str | None = None
    due_at: datetime | None = None
