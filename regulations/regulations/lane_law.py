"""The composed law of a case as a value: which national pack governs each lane, since when, and on which ground."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LawGround = Literal["report", "identified", "day", "step", "request"]
"""Why a law governs a part of a case; `packs/composed.toml` says it in words, with citation."""


class LaneLaw(BaseModel):
    """Which national pack governs a lane or a clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pack: str
    ground: LawGround
    since: datetime


class CaseLaw(BaseModel):
    """The pack of the report, the pack of the law beside it, and the law of each lane."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    procedure: str
    beside: str | None = None
    lanes: dict[str, LaneLaw] = Field(default_factory=dict[str, LaneLaw])

    def second(self) -> dict[str, str]:
        """Lane → its pack, for the lanes that another pack governs than that of the report."""
        return {code: law.pack for code, law in self.lanes.items() if law.pack != self.procedure}
