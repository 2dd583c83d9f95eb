"""What a picture of a lane shows, before it becomes Mermaid or SVG: boxes for states and rules, and arrows.

A rule is a box between the states that start its clock and the states that end it. So each limit and its citation is
shown once, even if the rule joins many states. A way without a clock is a plain arrow. Ways that are open from every
state begin at one common box.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from regulations import Pack, Rule, StateSpec
from regulations.model import ANY, BINDING, VERIFIED
from regulations.words import limit_vi

Shape = Literal["state", "end", "duty", "rule", "any"]
ANY_BOX = "any"
LONGEST_LINE = 38
MANY = 4
"""A duty without a limit is drawn with arrows from so many of the steps that it may follow; the box says how many
more there are."""


@dataclass
class Box:
    """One box with its `lines` of text. `sure` is False if the rule is not verified text."""

    key: str
    shape: Shape
    lines: list[str]
    sure: bool = True
    now: bool = False
    done: bool = False


@dataclass
class Picture:
    """Boxes by key, and arrows (from, to, dashed)."""

    title: str
    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    arrows: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])

    def arrow(self, start: str, end: str, *, dashed: bool = False) -> None:
        """Add an arrow. An arrow that is both dashed and solid is drawn solid."""
        self.arrows[(start, end)] = dashed and self.arrows.get((start, end), True)


def picture(pack: Pack, code: str, now: str | None = None, done: frozenset[str] = frozenset()) -> Picture:
    """The picture of one lane.

    Args:
        pack: that has the lane.
        code: of the lane.
        now: state of the lane in a case.
        done: states and duties that the case has behind it.
    """
    lane = pack.lanes[code]
    drawn = Picture(f"{lane.label.vi} — {pack.id}")
    for state in lane.states:
        box = Box(state.code, _shape(state), [*wrapped(state.label.vi), state.code, _who(state)])
        box.now, box.done = state.code == now, state.code in done
        drawn.boxes[state.code] = box
    for rule in pack.rules_of[code]:
        if rule.has_clock:
            _add_rule(drawn, rule)
    _add_ways(drawn, pack, code)
    _attach_duties(drawn, pack, code)
    return drawn


def _add_ways(drawn: Picture, pack: Pack, code: str) -> None:
    """Add the ways of the lane that no box of a rule shows."""
    for edge in pack.graphs[code].edges:
        if edge.rule is not None and not _ruled(drawn, edge.start, edge.end):
            drawn.arrow(edge.start, edge.end, dashed=True)
    for way in pack.lanes[code].transitions:
        starts = way.from_
        if starts == (ANY,):
            starts = (ANY_BOX,)
            drawn.boxes.setdefault(ANY_BOX, Box(ANY_BOX, "any", ["Từ mọi bước chưa kết thúc", "from every open step"]))
        for start in starts:
            for end in way.to:
                if start != end and not _ruled(drawn, start, end):
                    drawn.arrow(start, end, dashed=True)


def _attach_duties(drawn: Picture, pack: Pack, code: str) -> None:
    """Connect a duty that no rule asks for with the steps that come before it."""
    asked = {end for _, end in drawn.arrows}
    for state in pack.lanes[code].states:
        if not state.moves and state.code not in asked:
            before = pack.graphs[code].after(state.code)
            for code_before in before[:MANY]:
                drawn.arrow(code_before, state.code, dashed=True)
            if len(before) > MANY:
                drawn.boxes[state.code].lines.append(f"and after {len(before) - MANY} more steps")


def _ruled(drawn: Picture, start: str, end: str) -> bool:
    between = {over for begin, over in drawn.arrows if begin == start}
    return any((over, end) in drawn.arrows for over in between if over.startswith("rule:"))


def _add_rule(drawn: Picture, rule: Rule) -> None:
    key = f"rule:{rule.id}"
    title = wrapped(rule.title.vi) if rule.title else []
    lines = [f"{rule.id}: {limit_vi(rule)}", *title, *wrapped(rule.citation)]
    if rule.confidence != VERIFIED:
        lines.append(f"({rule.confidence})")
    drawn.boxes[key] = Box(key, "rule", lines, sure=rule.confidence in BINDING)
    starts, stops = _ends(rule)
    for start in starts:
        drawn.arrow(start, key)
    for stop in stops:
        drawn.arrow(key, stop)


def _ends(rule: Rule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The boxes before and after a rule. An extension leads to the state with the longer term, if there is one."""
    if rule.kind == "extension" and rule.from_:
        return rule.from_, rule.to
    return rule.starts_on or rule.from_ or rule.starts, rule.stops


def _shape(state: StateSpec) -> Shape:
    if not state.moves:
        return "duty"
    return "end" if state.terminal else "state"


def _who(state: StateSpec) -> str:
    if not state.moves:
        return f"by {_some(state.stated_by)}" if state.stated_by else "duty"
    words = {
        "@reporter": "who reported",
        "@stays": "same holder",
        "@stating": "who states it",
        "@returns": "back to the former",
    }
    return f"holder: {words.get(state.holder, state.holder)}"


def _some(roles: tuple[str, ...]) -> str:
    return ", ".join(roles) if len(roles) <= 2 else f"{roles[0]} and {len(roles) - 1} more"


def wrapped(text: str) -> list[str]:
    """A text in at most three lines that fit into a box."""
    lines = list(_wrapped(text))
    return lines if len(lines) <= 3 else [*lines[:2], f"{lines[2]} …"]


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > LONGEST_LINE:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
