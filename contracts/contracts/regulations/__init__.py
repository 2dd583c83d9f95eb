"""The law as data, and the pure code that interprets it: packs, calendar, office directory, clock arithmetic, fold.

No I/O except reading this package's own files once. Every instant is aware; legal time is Asia/Ho_Chi_Minh.
"""

from contracts.regulations.case import (
    OPENING_FACT,
    CaseState,
    Clock,
    Contradiction,
    Counted,
    Explanation,
    Fact,
    Gap,
    Lane,
    OpenHandover,
    Opening,
    Pause,
    Wait,
)
from contracts.regulations.explain import explain
from contracts.regulations.fold import fold
from contracts.regulations.loader import NoPack, PackMissing, install_package, load_pack, packs, regime_for
from contracts.regulations.model import LaneSpec, OpeningRule, OperationalNumbers, Rule, StateSpec
from contracts.regulations.openings import opening_lanes
from contracts.regulations.pack import Pack
from contracts.regulations.speakers import known_state, may_state
from contracts.regulations.toml import PackError
from contracts.regulations.waits import waits
from contracts.regulations.world import World, load_world

__all__ = [
    "OPENING_FACT",
    "CaseState",
    "Clock",
    "Contradiction",
    "Counted",
    "Explanation",
    "Fact",
    "Gap",
    "Lane",
    "LaneSpec",
    "NoPack",
    "OpenHandover",
    "Opening",
    "OpeningRule",
    "OperationalNumbers",
    "Pack",
    "PackError",
    "PackMissing",
    "Pause",
    "Rule",
    "StateSpec",
    "Wait",
    "World",
    "explain",
    "fold",
    "install_package",
    "known_state",
    "load_pack",
    "load_world",
    "may_state",
    "opening_lanes",
    "packs",
    "regime_for",
    "waits",
]
