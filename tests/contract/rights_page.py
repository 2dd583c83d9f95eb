"""Writes `docs/rights.md` from the table of rights and the packs themselves; `make schemas` runs this."""

from collections.abc import Iterable, Iterator

from contracts.codes import Role, SealGroup
from regulations.catalogue import Sight
from regulations.lane_groups import LANE_GROUPS, REPORTED, groups_of_lane
from regulations.parts import Relation
from regulations.rights import OPERATIONS, Grant
from stack.config import ROOT
from tests.library import LIBRARY

PAGE = ROOT / "docs" / "rights.md"
LAW = "law-53-2024"
HEAD = """# Rights

Who may do what, and who opens which text. This page is made by `make schemas` from `regulations/regulations/rights.py`,
`parts.py`, `lane_groups.py` and the pack `law-53-2024`; a test compares them. What is not here is denied.
[ADR 0036](adr/0036-a-part-has-a-beginning-and-an-end.md) says why.
"""
PARTS: dict[Relation, tuple[str, str]] = {
    Relation.HOLDER: ("holder", "holds a lane now"),
    Relation.REPORTER: ("reporter", "reported the case, and nobody else has it yet"),
    Relation.COMPETENT: ("competent", "an authority of the place where a lane is now, which looks before its turn"),
    Relation.ACTING: ("acting", "the pack names its role for a step at the place of a lane; it looks at nothing"),
    Relation.PROPOSED: ("next", "is asked to take a lane over; it sees the proposal alone"),
    Relation.SUPERVISOR: ("supervisor", "the office above one of the others"),
    Relation.LEFT: ("reporter, over", "reported the case; the receiver has it, or the case has left the place"),
    Relation.ENDED: ("holder, over", "holds a lane that ended where the case no longer is; it enters what it owes"),
    Relation.PAST: ("former", "had a part, whichever; also while it has one"),
}
"""Relation → (heading, what it means), the present parts first."""


def text() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_parts(), *_roles(), *_operations(), *_texts()]) + "\n"


def _parts() -> Iterator[str]:
    yield "## Parts\n"
    yield from _table(("Part", "An office that"), ((name, what) for name, what in PARTS.values()))
    yield "\nAn office whose part is over sees its own acts, what was before, that it was received, and the outcome.\n"


def _sets() -> dict[frozenset[str], str]:
    """Every set of roles of the table → a letter, in the order of the table."""
    found = dict.fromkeys(one.roles for one in OPERATIONS.values() if one.roles)
    return {roles: chr(ord("A") + place) for place, roles in enumerate(found)}


def _roles() -> Iterator[str]:
    yield "## Sets of roles\n"
    everybody = frozenset(Role)
    rows = (
        (letter, "every role" if roles == everybody else ", ".join(f"`{role}`" for role in sorted(roles)))
        for roles, letter in _sets().items()
    )
    yield from _table(("Set", "Roles"), rows)


def _operations() -> Iterator[str]:
    letters = _sets()
    yield "\n## Operations\n"
    yield "A service may call what names it, with its own token. `·`: no part in a case is needed."
    for service in dict.fromkeys(name.partition(".")[0] for name in OPERATIONS):
        yield f"\n### {service}\n"
        heads = ("Operation", "Roles", *(name for name, _ in PARTS.values()))
        rows = (
            (f"`{name}`", _who(grant, letters), *_cells(grant))
            for name, grant in OPERATIONS.items()
            if name.partition(".")[0] == service
        )
        yield from _table(heads, rows)
    yield "\n(1) Who holds the lane that carries the case, `child`, `crime` or `return`, if it goes on; or the support"
    yield "authority where the case is, if it has or had a part, or may act.\n"


def _who(grant: Grant, letters: dict[frozenset[str], str]) -> str:
    services = [f"service `{one}`" for one in sorted(grant.services)]
    return ", ".join([*([letters[grant.roles]] if grant.roles else []), *services])


def _cells(grant: Grant) -> tuple[str, ...]:
    if not grant.relations:
        return ("·",) * len(PARTS)
    yes = "(1)" if grant.ends else "yes"
    return tuple(yes if relation in grant.relations else "" for relation in PARTS)


def _texts() -> Iterator[str]:
    yield "## Texts\n"
    yield "An office opens a group if its role may **and** a lane in which it is holder or competent has the group. Who"
    yield "reported opens what a report says, until the case is received. A former part leaves the identity."
    yield "\n### Lane × group\n"
    groups = tuple(SealGroup)
    lanes = {**LANE_GROUPS, "support:(other)": groups_of_lane("support:medical"), "(the report)": REPORTED}
    rows = ((f"`{lane}`", *("yes" if one in found else "" for one in groups)) for lane, found in lanes.items())
    yield from _table(("Lane", *groups), rows)
    yield "\n### Role × group\n"
    yield "`full`: also before it has a part, where the lane is. `own`: in its own part. A `summary` opens nothing.\n"
    sights = LIBRARY.pack(LAW).confidentiality
    yield from _table(("Role", *groups), ((f"`{role}`", *_grades(sights[role])) for role in sorted(sights)))


def _grades(sight: Sight) -> Iterator[str]:
    return ("" if sight.sees[group] == "none" else sight.sees[group] for group in SealGroup)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = tuple(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
