"""The pages of `docs/process`, one for each lane of each pack. A test compares them with the packs."""

from collections.abc import Iterator, Mapping, Sequence

from regulations import LaneSpec, Pack, Rule, StateSpec
from regulations.articles import Treated
from regulations.pictures.mermaid import mermaid
from regulations.pictures.picture import picture
from regulations.pictures.svg import svg
from regulations.words import conditions, limit, limit_vi

MADE_BY = "<!-- Made by `neove law draw` from the regulation packs. Change the packs, then draw again. -->"
ARTICLES = "articles.md"
LEGEND = (
    "Boxes: states (white), ends (green), duties that do not move the lane (grey, dashed), rules with their limit and "
    "source (blue; yellow and dashed where the text is not verified: such a rule reminds, it never breaches; blue with "
    "*as enacted*: the text was read as it was passed, its amended wording was not, and the rule can be breached). "
    "Dashed arrows have no limit."
)


def pages(packs: dict[str, Pack], articles: Mapping[str, Sequence[Treated]]) -> dict[str, str]:
    """Path below the folder → text of every file, Markdown and SVG.

    Args:
        packs: id → pack.
        articles: pack id → what became of each article of its law.
    """
    files = {"README.md": _index(packs, articles)}
    files |= {f"{law}/{ARTICLES}": _articles(packs[law], rows) for law, rows in articles.items() if law in packs}
    for pack in packs.values():
        for code in pack.lanes:
            name = f"{pack.id}/{file_name(code)}"
            files[f"{name}.svg"] = svg(picture(pack, code))
            files[f"{name}.md"] = _page(pack, code)
    return files


def file_name(lane: str) -> str:
    """`support:loan` → `support-loan`."""
    return lane.replace(":", "-")


def _articles(pack: Pack, rows: Sequence[Treated]) -> str:
    """A row for each article: its rules with their limits, the lists that cite it, and why there is nothing else."""
    held = sum(one.accounted for one in rows)
    lines = [
        MADE_BY,
        "",
        f"# {pack.title.vi}: từng điều",
        "",
        f"What became of each article in `{pack.id}` {pack.version}: {held} of {len(rows)}. Titles as enacted.",
        "",
        "| Điều | Tiêu đề | Rules | Lists | Why nothing else |",
        "|---|---|---|---|---|",
    ]
    for one in rows:
        rules = "; ".join(f"{rule.id} {_titled(rule)}({_kind(rule)})" for rule in one.rules)
        cells = (str(one.number), one.title, rules, ", ".join(one.lists), one.reason or "")
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join([*lines, ""])


def _titled(rule: Rule) -> str:
    return f"{rule.title.vi} " if rule.title else ""


def _kind(rule: Rule) -> str:
    """The limit of a rule, in Vietnamese; of one without a clock, that it is a parameter."""
    return limit_vi(rule) if rule.has_clock else "tham số"


def _index(packs: dict[str, Pack], articles: Mapping[str, Sequence[Treated]]) -> str:
    lines = [MADE_BY, "", "# The procedure as the packs hold it", "", LEGEND, ""]
    for pack in packs.values():
        until = f" until {pack.valid_to}" if pack.valid_to else ""
        lines += [f"## {pack.title.vi}", "", f"`{pack.id}` {pack.version}, reports from {pack.valid_from}{until}.", ""]
        lines += [
            f"- [{lane.label.vi}]({pack.id}/{file_name(code)}.md) — {lane.label.en}, {len(pack.rules_of[code])} rules"
            for code, lane in pack.lanes.items()
        ]
        if pack.id in articles:
            lines.append(f"- [Từng điều của luật]({pack.id}/{ARTICLES}) — what became of each article")
        lines.append("")
    return "\n".join(lines)


def _page(pack: Pack, code: str) -> str:
    lane = pack.lanes[code]
    rows = [
        MADE_BY,
        "",
        f"# {lane.label.vi}",
        "",
        f"{lane.label.en}; `{code}` of `{pack.id}` {pack.version}. The same [as SVG]({file_name(code)}.svg).",
        "",
        "```mermaid",
        mermaid(picture(pack, code)),
        "```",
        "",
        LEGEND,
        "",
        *_states(pack, lane),
        *_rules(pack, code),
        *_ways(lane),
    ]
    return "\n".join(rows)


def _states(pack: Pack, lane: LaneSpec) -> Iterator[str]:
    yield from ("## States and duties", "", "| Tên | Code | Holder | May be stated by |", "|---|---|---|---|")
    for state in lane.states:
        roles = ", ".join(pack.graphs[lane.code].stated_by(state.code))
        yield f"| {state.label.vi}{_marks(state)} | `{state.code}` | {_holder(state)} | {roles} |"
    yield ""


def _marks(state: StateSpec) -> str:
    marks = {"end": state.terminal, "opens the lane": state.entry, "may be skipped": state.skippable}
    said = ", ".join(word for word, holds in marks.items() if holds)
    return f" ({said})" if said else ""


def _holder(state: StateSpec) -> str:
    return state.holder if state.moves else "duty"


def _rules(pack: Pack, code: str) -> Iterator[str]:
    rules = pack.rules_of[code]
    if not rules:
        return
    yield from (
        "## Rules",
        "",
        "| Rule | Tên | Title | Starts on | Met by | Thời hạn | Limit | Whose | Source | Confidence |",
        "|---|---|---|---|---|---|---|---|---|---|",
    )
    for rule in rules:
        yield _rule(rule)
    yield ""


def _rule(rule: Rule) -> str:
    only = f"; where {conditions(rule)}" if conditions(rule) else ""
    starts, stops = (", ".join(f"`{code}`" for code in codes) for codes in (rule.starts, rule.stops))
    counting = f"{limit(rule)}, {rule.profile}{only}"
    whose = rule.whose or "the holder"
    named = (rule.title.vi, rule.title.en) if rule.title else ("", "")
    cells = (rule.id, *named, starts, stops, limit_vi(rule), counting, whose, rule.citation, rule.confidence)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _ways(lane: LaneSpec) -> Iterator[str]:
    if not lane.transitions:
        return
    yield from ("## Ways without a limit", "", "| From | To | Why |", "|---|---|---|")
    for way in lane.transitions:
        start = "every open state" if way.from_ == ("*",) else ", ".join(f"`{code}`" for code in way.from_)
        ends = ", ".join(f"`{code}`" for code in way.to)
        only = f" Only with {', '.join(way.requires)}." if way.requires else ""
        ours = " (inferred)" if way.inferred else ""
        yield f"| {start} | {ends} | {way.note}{only}{ours} |"
    yield ""
