"""What an amendment would move, from the preview of casework: counts by rule and by office, and the first moves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from client.answers import mapping
from neove.shared.instants import as_instant, end_of
from neove.shared.terminal import plain_table

EFFECTS = {
    "later": "later",
    "earlier": "earlier",
    "breaches": "breaching",
    "no_longer_breached": "no longer breached",
    "starts": "starting",
    "ends": "ending",
    "keeps": "kept as it is",
}
"""Effect on a clock → heading of its column. `keeps`: the case cannot be folded with the amended pack."""
SHOWN = 20

Move = Mapping[str, Any]


@dataclass
class Moves:
    """All pages of a preview put together: cases looked at, cases that move, the clocks that move, and what comes to
    another office.
    """

    cases: int = 0
    cases_moved: int = 0
    items: list[Move] = field(default_factory=list[Move])
    offices: list[Move] = field(default_factory=list[Move])

    def add(self, page: Mapping[str, Any]) -> None:
        """Take in one page."""
        self.cases += page["cases"]
        self.cases_moved += page["cases_moved"]
        self.items += page["items"]
        self.offices += page.get("offices", ())

    def by(self, name: str) -> dict[str, Counter[str]]:
        """Value of a field (`rule` or `office`) → effect → number of clocks, sorted by value."""
        found: dict[str, Counter[str]] = {}
        for move in sorted(self.items, key=lambda move: str(move[name] or "")):
            found.setdefault(str(move[name] or "none"), Counter())[move["effect"]] += 1
        return found


def gathered(pages: Iterable[Mapping[str, Any]]) -> Moves:
    """Every page of a preview as one."""
    moves = Moves()
    for page in pages:
        moves.add(page)
    return moves


def show(screen: Console, moves: Moves) -> None:
    """Print the counts by rule and by office, and the first moves with from, to and why."""
    counts = f"{moves.cases} open cases looked at, {moves.cases_moved} of them move, {len(moves.items)} clocks"
    screen.print(f"\n[bold]{counts}[/]", soft_wrap=True)
    if moves.offices:
        screen.print()
        screen.print(_handed(moves.offices))
    if not moves.items:
        return
    for name in ("rule", "office"):
        screen.print()
        screen.print(_counts(name, moves))
    screen.print()
    screen.print(_first(moves.items[:SHOWN]))
    if len(moves.items) > SHOWN:
        screen.print(f"[dim]and {len(moves.items) - SHOWN} more: --json gives all[/]")


def _counts(name: str, moves: Moves) -> Table:
    used = [effect for effect in EFFECTS if any(move["effect"] == effect for move in moves.items)]
    table = plain_table(name.capitalize())
    for effect in used:
        table.add_column(EFFECTS[effect], justify="right")
    rows = moves.by(name)
    titles = {move["rule"]: str(mapping(move.get("title")).get("vi", "")) for move in moves.items if name == "rule"}
    for value, counts in rows.items():
        table.add_row(escape(f"{value} {titles.get(value, '')}".strip()), *(str(counts[effect]) for effect in used))
    total = sum(rows.values(), Counter[str]())
    table.add_row("[bold]together[/]", *(f"[bold]{total[effect]}[/]" for effect in used))
    return table


def _handed(offices: Iterable[Move]) -> Table:
    """How many lanes, lines of work, clocks and rights come from which office to which."""
    table = plain_table("From", "To", "What", "Number")
    found = Counter((one["from_office"] or "nobody", one["to_office"] or "nobody", one["what"]) for one in offices)
    for (giver, taker, what), number in sorted(found.items()):
        table.add_row(escape(giver), escape(taker), what, str(number))
    return table


def _first(items: Iterable[Move]) -> Table:
    table = plain_table("Case", "Rule", "Office", "From", "To", "Effect", "Why", wrapped=["Why"])
    for move in items:
        table.add_row(
            move["case_id"] or "[dim]not shown[/]",
            move["rule"] or "–",
            move["office"] or "nobody",
            _instant(move["from_at"]),
            _instant(move["to_at"]),
            EFFECTS[move["effect"]],
            escape("; ".join(move["why"])),
        )
    return table


def _instant(text: Any) -> str:
    at = as_instant(text)
    return end_of(at) if at else "–"
