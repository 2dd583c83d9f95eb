"""What a picture of a lane shows, before it becomes Mermaid or SVG: boxes for states, boxes for rules, ways between.

A rule is a box of its own, between the states where its clock starts and those that end it: so each deadline and its
citation stands once, whatever number of states it joins. Ways without a clock are plain arrows. Ways out that are open
from every state begin at one box for all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from regulations import Pack, Rule, StateSpec
from regulations.model import ANY
from regulations.words import VERIFIED, limit_vi

Shape = Literal["state", "end", "duty", "rule", "any"]
ANY_BOX = "any"
LONGEST_LINE = 38
MANY = 4
"""A duty without a limit is drawn from so many of the steps that it may follow; the rest are told by number."""


@dataclass
class Box:
    """One box: `lines` are what stands in it. `sure` is False where the rule is not verified text."""

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
        """Add an arrow; drawn solid where it is both."""
        self.arrows[(start, end)] = dashed and self.arrows.get((start, end), True)


def picture(pack: Pack, code: str, now: str | None = None, done: frozenset[str] = frozenset()) -> Picture:
    """The picture of one lane.

    Args:
        pack: that holds it.
        code: of the lane.
        now: state that a case is in.
        done: states and duties that it has behind it.
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
    """Ways of the lane that no box of a rule shows."""
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
    """A duty that no rule asks for hangs on what comes before it."""
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
    sure = rule.confidence == VERIFIED
    lines = [f"{rule.id}: {limit_vi(rule)}", *wrapped(rule.citation)]
    if not sure:
        lines.append(f"({rule.confidence})")
    drawn.boxes[key] = Box(key, "rule", lines, sure=sure)
    starts, stops = _ends(rule)
    for start in starts:
        drawn.arrow(start, key)
    for stop in stops:
        drawn.arrow(key, stop)


def _ends(rule: Rule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Between which boxes a rule stands. An extension leads to the state of the longer term, where there is one."""
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
    """A text in lines that a box can hold; the third line is the last."""
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
