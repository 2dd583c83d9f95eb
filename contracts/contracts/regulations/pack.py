"""One regulation pack: immutable, versioned, dated, content-hashed."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property

from pydantic import Field

from contracts.regulations.graph import LaneGraph
from contracts.regulations.model import Change, Label, LaneSpec, OpeningRule, Operational, Part, Profile, RollRule, Rule


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
    outcomes: dict[str, Label] = Field(description="Outcomes with which a case may be closed.")
    pause_bases: dict[str, Label] = Field(description="Bases on which a clock may be paused.")
    profiles: dict[Profile, RollRule]
    lanes: dict[str, LaneSpec]
    rules: dict[str, Rule]
    openings: tuple[OpeningRule, ...]
    operational: Operational
    changelog: tuple[Change, ...]

    @cached_property
    def graphs(self) -> Mapping[str, LaneGraph]:
        """Lane → its graph."""
        return {code: LaneGraph(lane, self.rules_of[code]) for code, lane in self.lanes.items()}

    @cached_property
    def rules_of(self) -> Mapping[str, tuple[Rule, ...]]:
        """Lane → its rules, in the order of the pack."""
        return {lane: tuple(rule for rule in self.rules.values() if rule.lane == lane) for lane in self.lanes}
