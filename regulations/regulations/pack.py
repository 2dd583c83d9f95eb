"""One regulation pack: immutable, dated, with a version and a content hash."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property

from pydantic import Field

from contracts.standing import Status
from regulations.catalogue import (
    CertifyingRoute,
    Entitlement,
    EntitlementSpec,
    EvidenceSource,
    Form,
    Ground,
    Measure,
    PauseText,
    PurposeGiven,
    ReceivingRole,
    ReportDate,
    Risk,
    Secrecy,
    Sight,
    column_of,
)
from regulations.endings import Ending, GoesOn
from regulations.graph import LaneGraph
from regulations.model import (
    Change,
    Label,
    LaneSpec,
    OpeningRule,
    Operational,
    Outcome,
    Part,
    Profile,
    RollRule,
    RouteChange,
    Rule,
)
from regulations.versions import Version


class Pack(Part):
    """One regulation pack, checked and frozen."""

    id: str
    title: Label
    version: str
    valid_from: date = Field(description="First day on which a report falls under it.")
    valid_to: date | None = Field(default=None, description="First day on which a report no longer does.")
    content_hash: str = Field(description="SHA-256 of the canonical content, hex.")
    identification_lane: str = "identification"
    routes: tuple[str, ...]
    outcomes: dict[str, Outcome] = Field(description="Outcomes with which a case may be closed.")
    pause_bases: dict[str, Label] = Field(description="Bases on which a clock may be paused.")
    profiles: dict[Profile, RollRule]
    lanes: dict[str, LaneSpec]
    rules: dict[str, Rule]
    readings: dict[str, str] = Field(description="Name of a reading → with which source rules were compared, and how.")
    openings: tuple[OpeningRule, ...]
    route_changes: tuple[RouteChange, ...] = Field(
        default=(), description="The first row that fits a fact counts; an older version of a pack has none."
    )
    entitlements: dict[str, EntitlementSpec] = Field(description="Kind of support → who may have it.")
    measures: dict[str, Measure] = Field(description="Code → measure of protection.")
    risks: dict[str, Risk] = Field(description="Code → risk that a request for protection may name.")
    evidence_sources: dict[str, EvidenceSource] = Field(description="Letter (ASCII) → source of evidence.")
    grounds: dict[str, Ground] = Field(description="Code → ground of an identification.")
    forms: dict[str, Form] = Field(description="Code → form.")
    reporting: dict[str, ReportDate] = Field(description="Rule id → report that recurs.")
    confidentiality: dict[str, Sight] = Field(description="Role → which groups of sealed text it may open.")
    purposes: dict[str, PurposeGiven] = Field(description="Code → what a role may open a group of sealed text for.")
    secrecy: dict[str, Secrecy] = Field(description="Code → duty of secrecy.")
    endings: dict[str, Ending] = Field(description="Outcome, or `lane STATE` → what it ends.")
    goes_on: dict[str, GoesOn] = Field(description="Code → what no outcome ends.")
    certifying_routes: dict[str, CertifyingRoute] = Field(
        description="Routes on which the receiving force issues a victim paper; from `supplements.toml`."
    )
    receiving_roles: dict[str, ReceivingRole] = Field(
        description="Roles that order measures only for persons whom they received; from `supplements.toml`."
    )
    pause_texts: dict[str, PauseText] = Field(
        default_factory=dict[str, PauseText],
        description="Basis of a pause → the text, and the rules that it stops; from `supplements.toml`.",
    )
    operational: Operational
    changelog: tuple[Change, ...]

    @property
    def numbered(self) -> Version:
        """Its number, and the content that the number stands for."""
        return Version(pack=self.id, version=self.version, content_hash=self.content_hash)

    @cached_property
    def graphs(self) -> Mapping[str, LaneGraph]:
        """Lane → its graph."""
        return {code: LaneGraph(lane, self.rules_of[code]) for code, lane in self.lanes.items()}

    @cached_property
    def rules_of(self) -> Mapping[str, tuple[Rule, ...]]:
        """Lane → its rules, in the order of the pack."""
        return {lane: tuple(rule for rule in self.rules.values() if lane in rule.lanes) for lane in self.lanes}

    def title_of(self, rule: str | None) -> Label | None:
        """Short title of a rule; None without a rule, or if it has none."""
        found = self.rules.get(rule) if rule else None
        return found.title if found else None

    @cached_property
    def starting(self) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
        """(lane, state or duty) → the rules whose clock it may start, in the order of the pack."""
        found: dict[tuple[str, str], list[Rule]] = {}
        for lane, rules in self.rules_of.items():
            for rule in (rule for rule in rules if rule.has_clock):
                for code in rule.starts:
                    found.setdefault((lane, code), []).append(rule)
        return {key: tuple(rules) for key, rules in found.items()}

    @cached_property
    def resuming(self) -> frozenset[str]:
        """The facts that let a clock run on that was met."""
        return frozenset(code for rule in self.rules.values() for code in rule.resumes_on)

    def entitlement(self, kind: str, status: Status, *, foreign: bool = False, abroad: bool = False) -> Entitlement:
        """Whether a person of this status may have this kind of support.

        Args:
            kind: kind of support; the same word as in the lane `support:<kind>`.
            status: status of the person in the case.
            foreign: neither a citizen nor a stateless permanent resident.
            abroad: still outside the country.

        Raises:
            KeyError: the pack lists no such kind.
        """
        spec = self.entitlements[kind]
        return Entitlement(
            kind=kind,
            entitled=spec.by_status.answer(column_of(status, foreign, abroad)),
            citation=spec.citation,
            confidence=spec.confidence,
            ceiling_rule=spec.ceiling_rule,
            note=spec.note,
        )
