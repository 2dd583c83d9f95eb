"""The parts of a regulation pack: lanes, states, rules, openings, operational numbers. Frozen data.

Code reads these models and never names an article: every citation is a field of the pack.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RuleKind = Literal["transition", "duty", "extension", "ceiling", "lead_time", "recurring", "parameter"]
Unit = Literal["hour", "day", "working_day", "month", "year", "school_year", "immediate", "none"]
Profile = Literal["civil", "criminal"]
Confidence = Literal["verified text", "secondary summary", "inferred", "unverified", "not found"]
Status = Literal["suspected", "in_process", "victim", "not_victim", "accompanying_u18", "closed"]

ANY = "*"
"""In a transition's `from`: every state that is not terminal. In an opening's `reporters`: every role not named."""
REPORTER, STAYS, STATING, RETURNS, HOLDER = "@reporter", "@stays", "@stating", "@returns", "@holder"
"""Holders that are not a role: the reporter; no change; who states it; who held it before; (`stated_by`) any holder."""
END_OF_REPLACED = "@replaced"
"""In `counts_from` of an extension: the last day of the term that it extends."""


class Part(BaseModel):
    """Base of every part: frozen, and strict about unknown keys so that a misspelt one does not pass."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Label(Part):
    """What people read, Vietnamese first."""

    vi: str
    en: str


class Verified(Part):
    """Base of a row that says whether, and by whom, it was compared with its source text."""

    confidence: Confidence
    verified_by: str | None = Field(default=None, description="Which of the pack's `readings`; None where nobody did.")
    verified_on: date | None = Field(default=None, description="Day of that comparison.")


class Outcome(Label):
    """How a case may end."""

    ends_duties: bool = Field(default=False, description="Ends what the closing office itself still owes.")


class RollRule(Part):
    """What happens when the last day of a period is a day off, and by which text."""

    days: bool = Field(description="Periods of days move to the next working day.")
    months: bool = Field(description="Periods of months and years do.")
    cite: str
    lead_cite: str = Field(description="Ground on which a period counted back moves earlier.")


class StateSpec(Part):
    """A state of a lane, or (with `moves = false`) a duty or finding that is stated without moving the lane."""

    code: str
    label: Label
    holder: str = STAYS
    terminal: bool = False
    skippable: bool = Field(default=False, description="May be jumped over, leaving a gap. Never a decision's request.")
    entry: bool = Field(default=False, description="A fact of it may open the lane.")
    moves: bool = True
    repeatable: bool = Field(default=False, description="May be stated again: a duty at any time, a state in itself.")
    again: bool = Field(default=False, description="A fact of it begins a new round after the lane's end.")
    after: tuple[str, ...] = Field(
        default=(), description="For a duty: one of these comes before. Default: its rules'."
    )
    stated_by: tuple[str, ...] = Field(
        default=(), description="Roles that may state it. Default: role of the holder before it and of its own holder."
    )
    status: Status | None = Field(default=None, description="Status of the person from here on.")
    sets: dict[str, bool] = Field(default_factory=dict, description="Attributes that hold in the lane from here on.")
    protects: bool = Field(default=False, description="The person is protected or sheltered while the lane is here.")


class Applies(Part):
    """When a rule applies: a closed list; everything given must hold when the clock starts."""

    holder_role: tuple[str, ...] = Field(default=(), description="Role of the lane's holder.")
    route: tuple[str, ...] = ()
    age_under: int | None = Field(default=None, description="16 or 18; an unknown age counts as under 18.")
    age_from: int | None = Field(default=None, description="18: the complement of `age_under = 18`.")
    urgent: bool | None = None
    remote_commune: bool | None = None
    reporter_known: bool | None = None
    foreign: bool | None = None


class Alternative(Part):
    """Another amount of the same rule where a further predicate holds."""

    applies: Applies
    amount: int


class Rule(Verified):
    """One rule of the law: what starts its clock, what it is counted from, what ends it, and on what ground."""

    id: str
    lanes: tuple[str, ...] = Field(min_length=1, description="Lanes that it stands in; more than one in a family.")
    kind: RuleKind
    from_: tuple[str, ...] = Field(default=(), alias="from")
    to: tuple[str, ...] = ()
    starts_on: tuple[str, ...] = Field(
        default=(), description="Default: `counts_from`, then `from`; an extension: `to`."
    )
    counts_from: str | None = Field(default=None, description="Default: the fact that starts it.")
    stops_on: tuple[str, ...] = Field(default=(), description="Default: `to`.")
    voids_on: tuple[str, ...] = Field(default=(), description="Facts after which it no longer applies.")
    unless: tuple[str, ...] = Field(
        default=(), description="Does not start after one of these; neither starts nor runs on with this attribute."
    )
    replaces: tuple[str, ...] = ()
    before: tuple[str, ...] = Field(default=(), description="Rules whose end a lead time is counted back from.")
    before_date: str | None = Field(
        default=None,
        description="Attribute of a fact with the date (`2025-05-20`) that a lead time is counted back from.",
    )
    applies: Applies = Applies()
    by_analogy: tuple[str, ...] = Field(default=(), description="Routes on which it is only inferred to apply.")
    alternatives: tuple[Alternative, ...] = ()
    amount: int | None = None
    unit: Unit
    profile: Profile = "civil"
    holder_role: str | None = Field(default=None, description="Whose clock it is. Default: the lane's holder.")
    citation: str = Field(min_length=3)
    note: str = Field(min_length=3, description="What we took from the text, and how we read it.")

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """States or duties whose reaching starts the clock, in order of preference."""
        if self.starts_on:
            return self.starts_on
        if self.kind == "extension":
            return self.to
        counted = (self.counts_from,) if self.counts_from and not self.counts_from.startswith("@") else ()
        return tuple(dict.fromkeys((*counted, *self.from_)))

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """States or duties that meet it."""
        return self.stops_on or self.to

    @property
    def has_clock(self) -> bool:
        """Parameters describe; everything else runs."""
        return self.kind not in ("parameter", "recurring")


class Transition(Part):
    """A way from states to states for which the law gives no clock."""

    from_: tuple[str, ...] = Field(alias="from")
    to: tuple[str, ...]
    inferred: bool = Field(default=True, description="Ours, so that the graph has no dead end; not stated in the text.")
    requires: tuple[str, ...] = Field(default=(), description="Open only after one of these facts or attributes.")
    note: str


class Attribute(Part):
    """What may be stated with a step because a rule or a way of the lane asks for it. Kept in the clear."""

    code: str
    kind: Literal["flag", "date"] = Field(description="A flag is true or false, a date is written `2025-05-20`.")
    label: Label
    asked_at: tuple[str, ...] = Field(min_length=1, description="Steps with which it is usually known.")


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
        """State code → its place in the usual order: settles facts of the same instant."""
        return {state.code: place for place, state in enumerate(self.states)}

    @cached_property
    def flags(self) -> frozenset[str]:
        """Attributes that are true or false: those that may be stated and those that a state sets."""
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
    companions: bool = Field(default=True, description="Also for a minor who accompanies another person.")


class OperationalNumbers(Part):
    """Numbers that are ours, not the law's. Hours and days of 24 hours, counted from `recorded_at`."""

    acknowledge_hours: int = Field(gt=0, description="Until a new holder is asked to acknowledge.")
    answer_hours: int = Field(gt=0, description="Until a proposed hand-over lapses and names the fallback office.")
    gap_hours: int = Field(gt=0, description="Until the office that owes a missing fact is reminded.")
    immediate_alert_hours: int = Field(gt=0, description="Elapsed time at which an immediate duty is shown as waiting.")
    attention_days: tuple[int, int, int] = Field(description="Quiet lane: holder, supervisor, coordinating authority.")
    attention_repeat_days: int = Field(gt=0, description="Afterwards again and again.")
    escalate_hours: tuple[int, int] = Field(description="After a lapse: supervisor, coordinating authority.")
    warning_percent: int = Field(gt=0, lt=100, description="Share of a limit after which its holder is warned.")
    reminder_days: int = Field(gt=0, description="Until a duty without a number is recalled.")
    late_entry_quiet_minutes: int = Field(ge=0, description="A breach already past at entry is told to nobody so long.")
    transfer_answer_hours: int = Field(gt=0, description="Until the receiver of a transfer is asked for its answer.")
    transfer_lapse_hours: int = Field(
        gt=0, description="Until a transfer without an answer ends; the sender keeps all."
    )
    transfer_move_hours: int = Field(gt=0, description="Until the sender is asked whether the person has moved.")
    transfer_file_hours: int = Field(gt=0, description="Until the receiver is asked for the file that it should have.")
    transfer_close_hours: int = Field(gt=0, description="Until the sender is asked to close its side of the transfer.")


class Operational(Part):
    """The default numbers and what territories changed."""

    default: OperationalNumbers
    territories: dict[str, OperationalNumbers] = Field(default_factory=dict[str, OperationalNumbers])

    def of(self, territory: str) -> OperationalNumbers:
        """The numbers of a territory."""
        return self.territories.get(territory, self.default)


class Change(Part):
    """One entry of the pack's change log."""

    on: date
    what: str
