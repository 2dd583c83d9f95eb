"""The law as data, and the pure code that interprets it: packs, calendar, office directory, clock arithmetic, fold.

Only a `Library` reads files; everything else is pure. Every instant is aware; legal time is Asia/Ho_Chi_Minh.
"""

from regulations.case import (
    OPENING_FACT,
    CaseState,
    Clock,
    Counted,
    Fact,
    Gap,
    Lane,
    Opening,
    Pause,
)
from regulations.explain import Explanation, explain
from regulations.fold import fold
from regulations.folding import Folding
from regulations.library import Library, PackMissing
from regulations.model import LaneSpec, OpeningRule, OperationalNumbers, Rule, StateSpec
from regulations.openings import opening_lanes
from regulations.pack import Pack
from regulations.refusals import Contradiction, OutOfOrder, UnknownState
from regulations.stating import known_state, may_state
from regulations.toml_files import PackError
from regulations.wait import OpenHandover, OpenSigning, Wait
from regulations.waits import waits
from regulations.world import NoPack, World

__all__ = [
    "OPENING_FACT",
    "CaseState",
    "Clock",
    "Contradiction",
    "Counted",
    "Explanation",
    "Fact",
    "Folding",
    "Gap",
    "Lane",
    "LaneSpec",
    "Library",
    "NoPack",
    "OpenHandover",
    "OpenSigning",
    "Opening",
    "OpeningRule",
    "OperationalNumbers",
    "OutOfOrder",
    "Pack",
    "PackError",
    "PackMissing",
    "Pause",
    "Rule",
    "StateSpec",
    "UnknownState",
    "Wait",
    "World",
    "explain",
    "fold",
    "known_state",
    "may_state",
    "opening_lanes",
    "waits",
]
