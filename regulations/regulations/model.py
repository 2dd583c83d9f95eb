"""The parts of a regulation pack: lanes, states, rules, openings, operational numbers. Frozen data.

Code reads these models and names no text of the law: every citation is a field of the pack.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import Confidence
from contracts.events.intake import Nationality
from contracts.standing import Status

RuleKind = Literal["transition", "duty", "extension", "ceiling", "lead_time", "recurring", "parameter"]
Unit = Literal["hour", "day", "working_day", "month", "year", "school_year", "immediate", "none"]
Profile = Literal["civil", "criminal"]
VERIFIED: Confidence = "verified text"
AS_ENACTED: Confidence = "as enacted, amended wording not seen"
BINDING = frozenset({VERIFIED, AS_ENACTED})
"""Somebody compared the row with a text: its limit warns, escalates and can be breached. Any other row only reminds.
With `AS_ENACTED` that is the text as it was first passed; it was amended, and the amended wording was not seen."""

ANY = "*"
"""In `from` of a transition: every state that is not terminal. In `reporters` of an opening: every role that no other
opening names."""
REPORTER, STAYS, STATING, RETURNS, HOLDER = "@reporter", "@stays", "@stating", "@returns", "@holder"
"""Words in the place of a role. As `holder`: the reporter; no change; the office that states it; the office that held
the lane before. `@holder` is for `stated_by`: any office that holds or held the lane."""
END_OF_REPLACED, START_OF_REPLACED = "@replaced", "@same-start"
"""In `counts_from` of an extension: the term is counted from the last day of the term that it extends; or from where
that term was counted from, so that the extension is a total and not an addition."""


class Part(BaseModel):
    """Base of every part. It is frozen, and it refuses unknown keys, so that a misspelt key is found."""

    # Built at the first use: no process uses all of them.
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Label(Part):
    """A name that people read, in Vietnamese and in English."""

    vi: str
    en: str


Title = Annotated[Label | None, Field(description="Short title of the rule; null without a rule, or if it has none.")]


class Verified(Part):
    """Base of a row that says whether someone compared it with its source text (`BINDING`)."""

    confidence: Confidence
    verified_by: str | None = Field(
        default=None, description="A key of `readings` of the pack; None if no one compared it."
    )
    verified_on: date | None = Field(default=None, description="Day on which it was compared.")


class Outcome(Label):
    """An outcome with which an office may close a case."""

    ends_duties: bool = Field(
        default=False, description="The closing also ends the duties that the closing office still has."
    )


class RollRule(Part):
    """What happens if the last day of a period is a day off, and by which text."""

    days: bool = Field(description="Periods of days move to the next working day.")
    months: bool = Field(description="Periods of months and years move to the next working day.")
    cite: str
    lead_cite: str = Field(description="The text by which a period that is counted back moves earlier.")
    lead_confidence: Confidence | None = Field(
        default=None,
        description="How sure that text is. Unless it binds, such a period does not move: a warning comes on the "
        "working day before. None in packs of before this field: there it moves, and its clock counts as inferred.",
    )

    @property
    def moves_leads(self) -> bool:
        """Whether the last day of a period that is counted back moves to the working day before."""
        return self.lead_confidence is None or self.lead_confidence in BINDING


class StateSpec(Part):
    """A state of a lane. With `moves = false`: a duty or a finding, which an office states without moving the lane."""

    code: str
    label: Label
    holder: str = STAYS
    terminal: bool = False
    skippable: bool = Field(
        default=False, description="May be skipped, which leaves a gap. The request for a decision may not be skipped."
    )
    entry: bool = Field(default=False, description="A fact with this state may open the lane.")
    moves: bool = True
    repeatable: bool = Field(
        default=False, description="May be stated again: a duty at any time, a state while the lane is in it."
    )
    again: bool = Field(
        default=False, description="A fact with this state begins a new round after the lane has ended."
    )
    after: tuple[str, ...] = Field(
        default=(),
        description="One of these must come before. For a duty (default: what starts its rules), and for a state that "
        "begins a new round after the lane has ended.",
    )
    keeps_place: bool = Field(
        default=False,
        description="With this state the person leaves the procedure, or comes back. The lane remembers the state "
        "before: each step that could follow that state can still follow. Duties that were open stay open, except "
        "those that a row of `endings.toml` ends.",
    )
    cancels: bool = Field(
        default=False,
        description="What identified the person as a victim before does not count from here on. If the person is "
        "identified again without a refusal in between, the first instant counts again.",
    )
    stated_by: tuple[str, ...] = Field(
        default=(),
        description="Roles that may state it. Default: the roles of the holder before it and of its own holder.",
    )
    own_step: dict[str, tuple[str, ...]] = Field(
        default_factory=dict[str, tuple[str, ...]],
        description="Role → steps. An office of this role may state it only if it stated one of these steps itself.",
    )
    status: Status | None = Field(default=None, description="Status of the person from here on.")
    nationality: Nationality | None = Field(default=None, description="Nationality of the person from here on.")
    sets: dict[str, bool] = Field(default_factory=dict, description="Attributes that hold in the lane from here on.")
    follows: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="In the identification lane: another lane → its step that follows from this fact, if the lane can "
        "take it. An office may still state it.",
    )
    protects: bool = Field(default=False, description="The person is protected or sheltered while the lane is here.")


class Applies(Part):
    """When a rule applies. Every condition that is given must hold when the clock starts."""

    holder_role: tuple[str, ...] = Field(default=(), description="Role of the lane's holder.")
    route: tuple[str, ...] = ()
    age_under: int | None = Field(default=None, description="16 or 18; an unknown age counts as under 18.")
    unknown_age: bool = Field(default=False, description="An unknown age counts as younger than `age_under = 16` too.")
    age_from: int | None = Field(default=None, description="18: the opposite of `age_under = 18`.")
    urgent: bool | None = None
    remote_commune: bool | None = None
    reporter_known: bool | None = None
    foreign: bool | None = None


class Alternative(Part):
    """Another amount of the same rule, for cases in which a further condition holds."""

    applies: Applies
    amount: int


class Rule(Verified):
    """One rule of the law: what starts its clock, what it is counted from, what ends it, and on what ground."""

    id: str
    title: Label | None = Field(
        default=None, description="Names the duty in at most 60 letters. None in packs of before titles."
    )
    lanes: tuple[str, ...] = Field(min_length=1, description="Lanes that it is in; a rule of a family is in several.")
    kind: RuleKind
    from_: tuple[str, ...] = Field(default=(), alias="from")
    to: tuple[str, ...] = ()
    starts_on: tuple[str, ...] = Field(
        default=(), description="Default: `counts_from`, then `from`; an extension: `to`."
    )
    counts_from: str | None = Field(default=None, description="Default: the fact that starts it.")
    stops_on: tuple[str, ...] = Field(default=(), description="Default: `to`.")
    voids_on: tuple[str, ...] = Field(default=(), description="Facts after which it does not apply any more.")
    resumes_on: tuple[str, ...] = Field(
        default=(),
        description="Facts that undo what met it, for example a cancelled certificate. If its time is not over then, "
        "it runs on to the same end.",
    )
    unless: tuple[str, ...] = Field(
        default=(),
        description="States after which it does not start; attributes with which it neither starts nor runs on.",
    )
    conditional: bool = Field(
        default=False,
        description="It binds only who wants what it asks for, for example more time. So it reminds and is never late.",
    )
    replaces: tuple[str, ...] = ()
    before: tuple[str, ...] = Field(
        default=(),
        description="A lead time is counted back from the end of these rules; one that is immediate is due at it.",
    )
    before_date: str | None = Field(
        default=None,
        description="Attribute of a fact with a date (`2025-05-20`); a lead time is counted back from it.",
    )
    valid_from: date | None = Field(default=None, description="It starts with a fact of this day or later.")
    valid_to: date | None = Field(default=None, description="First day on which a fact does not start it any more.")
    applies: Applies = Applies()
    by_analogy: tuple[str, ...] = Field(
        default=(), description="Routes for which it is only inferred that the rule applies."
    )
    alternatives: tuple[Alternative, ...] = ()
    amount: int | None = None
    unit: Unit
    profile: Profile = "civil"
    holder_role: str | None = Field(
        default=None, description="Role of the office that must meet it. Default: the holder of the lane."
    )
    outlasts_age: bool = Field(
        default=False, description="It runs on when the person has outgrown the lane, until a step meets or voids it."
    )
    kept_by: tuple[str, ...] = Field(
        default=(), description="Roles. A holder of the lane with one of them meets it itself, not `holder_role`."
    )
    citation: str = Field(min_length=3)
    note: str = Field(min_length=3, description="What the text says, and how this project reads it.")

    @cached_property
    def whose(self) -> str | None:
        """Who must meet it, in words; None: the holder of the lane."""
        kept = f", or {' or '.join(self.kept_by)} if it holds the lane" if self.kept_by else ""
        return self.holder_role and self.holder_role + kept

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """States or duties that start the clock, in order of preference."""
        if self.starts_on:
            return self.starts_on
        if self.kind == "extension":
            return self.to
        counted = (self.counts_from,) if self.counts_from and not self.counts_from.startswith("@") else ()
        return tuple(dict.fromkeys((*counted, *self.from_)))

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """States or duties that meet the clock."""
        return self.stops_on or self.to

    @property
    def is_local(self) -> bool:
        """Whether a local pack adds it (`local.py`). Then it opens no way between states and gives no right."""
        return False

    @property
    def has_clock(self) -> bool:
        """Whether it has a clock. A parameter or a report date has none."""
        return self.kind not in ("parameter", "recurring")


class Transition(Part):
    """A way from states to states for which the law gives no clock."""

    from_: tuple[str, ...] = Field(alias="from")
    to: tuple[str, ...]
    inferred: bool = Field(
        default=True, description="Added by this project, so that every state has a way to an end; not in the text."
    )
    requires: tuple[str, ...] = Field(default=(), description="Open only after one of these facts or attributes.")
    note: str


class Attribute(Part):
    """A flag or a date that may be stated with a step, because a rule or a way of the lane asks for it. Not sealed."""

    code: str
    kind: Literal["flag", "date"] = Field(description="A flag is true or false, a date is written `2025-05-20`.")
    label: Label
    asked_at: tuple[str, ...] = Field(min_length=1, description="Steps at which it is usually known.")


class LaneSpec(Part):
    """One lane: its states in the usual order, and the ways between them."""

    code: str
    label: Label
    states: tuple[StateSpec, ...]
    transitions: tuple[Transition, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    @cached_property
    def by_code(self) -> Mapping[str, StateSpec]:
        """State code → state."""
        return {state.code: state for state in self.states}

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """State code → its place in the usual order. Facts of the same instant are folded in this order."""
        return {state.code: place for place, state in enumerate(self.states)}

    @cached_property
    def flags(self) -> frozenset[str]:
        """Attributes that are true or false: those that an office may state, and those that a state sets."""
        stated = {one.code for one in self.attributes if one.kind == "flag"}
        return frozenset(stated.union(*(state.sets for state in self.states)))

    @cached_property
    def dates(self) -> frozenset[str]:
        """Attributes that are dates."""
        return frozenset(one.code for one in self.attributes if one.kind == "date")


class OpeningRule(Part):
    """Which lane a report opens, in which state, for which routes and reporting roles."""

    routes: tuple[str, ...]
    reporters: tuple[str, ...]
    lane: str
    state: str
    holder: str | None = Field(default=None, description="Default: the holder of the state.")
    age_under: int | None = None
    unknown_age: bool = Field(default=False, description="An unknown age counts as younger than `age_under`.")
    companions: bool = Field(default=True, description="Also applies to a minor who accompanies another person.")


class RouteChange(Verified):
    """A fact of the identification lane that gives the person another route: other rules apply from there on."""

    on: tuple[str, ...] = Field(min_length=1, description="States or findings of the identification lane.")
    after: tuple[str, ...] = Field(default=(), description="Only if the lane reached one of these before.")
    routes: dict[str, str] = Field(description="Route of the person until then → from there on.")
    restores: bool = Field(
        default=False, description="If the route of the report is none of `routes`, the person has it again."
    )
    citation: str = Field(min_length=3)
    note: str = Field(min_length=3)


class OperationalNumbers(Part):
    """Operational numbers; they are not from the law. Hours, and days of 24 hours, counted from `recorded_at`."""

    acknowledge_hours: int = Field(gt=0, description="After this time a new holder is asked to acknowledge.")
    answer_hours: int = Field(
        gt=0, description="After this time a proposed hand-over lapses and the fallback office is notified."
    )
    gap_hours: int = Field(gt=0, description="After this time the office that owes a missing fact is reminded.")
    immediate_alert_hours: int = Field(gt=0, description="After this time an immediate duty is shown as waiting.")
    attention_days: tuple[int, int, int] = Field(
        description="Quiet days until holder, supervisor, and coordinating authority are reminded."
    )
    attention_repeat_days: int = Field(gt=0, description="Days between further reminders.")
    escalate_hours: tuple[int, int] = Field(
        description="Hours after a lapse until the supervisor and the coordinating authority are notified."
    )
    warning_percent: int = Field(gt=0, lt=100, description="Share of a limit after which the holder is warned.")
    reminder_days: int = Field(gt=0, description="After this time the holder is reminded of a duty without a number.")
    late_entry_quiet_minutes: int = Field(
        ge=0, description="If a limit was over when its fact was entered, no office is notified in this time."
    )
    transfer_answer_hours: int = Field(
        gt=0, description="After this time the receiver of a transfer is asked for its answer."
    )
    transfer_lapse_hours: int = Field(
        gt=0, description="After this time a transfer without an answer ends; the sender keeps its lanes."
    )
    transfer_move_hours: int = Field(
        gt=0, description="After this time the sender is asked whether the person has moved."
    )
    transfer_file_hours: int = Field(gt=0, description="After this time the receiver is asked whether it has the file.")
    transfer_close_hours: int = Field(
        gt=0, description="After this time the sender is asked to close its side of the transfer."
    )
    break_glass_minutes: int = Field(
        default=30,
        gt=0,
        le=240,
        description="So long two persons of an office outside a case may read it for danger to life, and so long an "
        "ask for it waits for the second person. A pack that does not say it has the default, as those of before.",
    )


class Operational(Part):
    """The default numbers, and the numbers of places that changed some."""

    default: OperationalNumbers
    territories: dict[str, OperationalNumbers] = Field(
        default_factory=dict[str, OperationalNumbers], description="Code of a place → its numbers."
    )

    def of(self, chain: Iterable[str]) -> OperationalNumbers:
        """The numbers of a place, or of the first place around it that has its own; `chain`: `Directory.chain`."""
        return next((self.territories[code] for code in chain if code in self.territories), self.default)


class Change(Part):
    """One entry in the change log of a pack."""

    on: date
    what: str
