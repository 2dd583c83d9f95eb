"""`neove law diff PACK PACK`: what changes for whom, in the words of the rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from neove.law.shared.confidentiality import given_in_words, in_words
from neove.law.shared.packs import chosen
from neove.shared.terminal import console
from regulations import LaneSpec, Pack, Rule, StateSpec
from regulations.catalogue import Cited
from regulations.endings import Ending, GoesOn, Named
from regulations.model import VERIFIED
from regulations.words import conditions, limit, read

SIGNS = {"added": "[green]+[/]", "removed": "[red]−[/]", "changed": "[yellow]~[/]"}
BELOW = "\n      "
"""Separates the changes of a rule: each stands on a line below its id."""


@dataclass
class Section:
    """One heading of the comparison and its lines: (sign, text)."""

    title: str
    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def command(
    first: Annotated[
        str,
        typer.Argument(metavar="PACK", help="The earlier pack: its id, or the folder of a draft.", show_default=False),
    ],
    second: Annotated[str, typer.Argument(metavar="PACK", help="The later pack.", show_default=False)],
) -> None:
    """Compare two packs: lanes, states, rules, lists.

    Rules are matched by their id; where two laws number them differently, by lane, start and end.

    \b
    Example:
      .venv/bin/neove law diff law-66-2011 law-53-2024
    """
    found = chosen([first, second])
    show(console(), found[first], found[second])


def show(screen: Console, old: Pack, new: Pack) -> None:
    """Print what differs between two packs."""
    screen.print(f"[bold]{escape(old.id)} {old.version} → {escape(new.id)} {new.version}[/]")
    screen.print(f"[dim]{escape(old.title.vi)} → {escape(new.title.vi)}[/]", soft_wrap=True)
    for section in gathered(compare(old, new)):
        _print(screen, section)


def _print(screen: Console, section: Section) -> None:
    if not section.lines:
        return
    counts = ", ".join(f"{sum(sign == each for each, _ in section.lines)} {sign}" for sign in SIGNS)
    screen.print(f"\n[bold]{escape(section.title)}[/]  [dim]{counts}[/]")
    for sign, text in section.lines:
        screen.print(f"  {SIGNS[sign]} {escape(text)}", soft_wrap=True)


def compare(old: Pack, new: Pack) -> Iterator[Section]:
    """The sections of the comparison, first the lanes, then what the packs list beside them."""
    yield _entries(
        "Lanes",
        {code: lane.label.vi for code, lane in old.lanes.items()},
        {code: lane.label.vi for code, lane in new.lanes.items()},
    )
    pairs = matched(old, new)
    for code in dict.fromkeys((*old.lanes, *new.lanes)):
        if code in old.lanes and code in new.lanes:
            yield _states(code, old.lanes[code], new.lanes[code])
        yield _rules(code, old, new, pairs)
    yield _entries("Entitlements", _entitled(old), _entitled(new))
    lists = {
        "Routes": (dict.fromkeys(old.routes, ""), dict.fromkeys(new.routes, "")),
        "Openings": (_openings(old), _openings(new)),
        "Changes of route": (_route_changes(old), _route_changes(new)),
        "Outcomes": (_outcomes(old), _outcomes(new)),
        "What ends what": (_named(old.endings), _named(new.endings)),
        "What no outcome ends": (_named(old.goes_on), _named(new.goes_on)),
        "Measures": (_measures(old), _measures(new)),
        "Evidence": (_cited(old.evidence_sources), _cited(new.evidence_sources)),
        "Grounds": (_cited(old.grounds), _cited(new.grounds)),
        "Forms": (_cited(old.forms), _cited(new.forms)),
        "Who may open what": (_sights(old), _sights(new)),
        "What text is opened for": (_purposes(old), _purposes(new)),
        "Duties of secrecy": (_cited(old.secrecy), _cited(new.secrecy)),
        "Report dates": (_cited(old.reporting), _cited(new.reporting)),
        "Operational numbers (ours, not the law's)": (_numbers(old), _numbers(new)),
    }
    for title, (before, after) in lists.items():
        yield _entries(title, before, after)


def _outcomes(pack: Pack) -> dict[str, str]:
    return {
        code: f"{one.vi} (ends what the closing office owes)" if one.ends_duties else one.vi
        for code, one in pack.outcomes.items()
    }


def _named(rows: Mapping[str, Named]) -> dict[str, str]:
    return {key: f"{_ended(row)}  {row.citation}" for key, row in rows.items()}


def _ended(row: Named) -> str:
    words = [", ".join((*row.lanes, *row.rules)) or "nothing"]
    if isinstance(row, Ending):
        words += [f"from the age of {row.age_from}"] if row.age_from else []
        words += [f"and its own duties ({row.own.citation})"] if row.own else []
    if isinstance(row, GoesOn):
        words += [f"keeps the case open: {', '.join(row.keeps_open)}"] if row.keeps_open else []
        words += [f"not for {', '.join(row.not_for)}"] if row.not_for else []
    return "; ".join(words)


def gathered(sections: Iterable[Section]) -> list[Section]:
    """The sections without repetition: lanes that change in the same way share one section."""
    found: dict[tuple[str, ...], Section] = {}
    for section in sections:
        lane, colon, what = section.title.rpartition(": ")
        key = (
            (what, *(f"{sign}{text}" for sign, text in section.lines)) if section.lines and colon else (section.title,)
        )
        if key in found:
            found[key].title = f"{found[key].title.rpartition(': ')[0]}, {lane}: {what}"
        else:
            found[key] = section
    return list(found.values())


def _entries(title: str, old: Mapping[str, str], new: Mapping[str, str]) -> Section:
    section = Section(title)
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            section.lines.append(("removed", f"{key}  {old[key]}".rstrip()))
        elif key not in old:
            section.lines.append(("added", f"{key}  {new[key]}".rstrip()))
        elif old[key] != new[key]:
            section.lines.append(("changed", f"{key}  {old[key]} → {new[key]}"))
    return section


def _states(code: str, old: LaneSpec, new: LaneSpec) -> Section:
    return _entries(
        f"{code}: states",
        {state.code: _state(state) for state in old.states},
        {state.code: _state(state) for state in new.states},
    )


def _state(state: StateSpec) -> str:
    held = "duty" if not state.moves else f"held by {state.holder}"
    return f"{state.label.vi}, {held}{', end' if state.terminal else ''}"


Pairs = dict[str, str]
"""Rule of the old pack → the rule of the new one that takes its place."""


def matched(old: Pack, new: Pack) -> Pairs:
    """Which rule replaces which: by id, else by lane, start and end. Pairs that have most in common come first."""
    pairs = {rule: rule for rule in old.rules if rule in new.rules}
    alike = [
        (_alike(one, other), one.id, other.id)
        for one in old.rules.values()
        for other in new.rules.values()
        if one.id not in pairs and other.id not in new.rules.keys() & old.rules.keys()
    ]
    taken: set[str] = set()
    for score, one, other in sorted(alike, key=lambda pair: (-pair[0], pair[1:])):
        if score > 0 and one not in pairs and other not in taken:
            pairs[one] = other
            taken.add(other)
    return pairs


def _alike(one: Rule, other: Rule) -> float:
    """0 for rules of different steps; up to 2 for equal starts and ends, more for equal conditions and numbers."""
    starts, stops = _shared(one.starts, other.starts), _shared(one.stops, other.stops)
    if not set(one.lanes) & set(other.lanes) or one.kind != other.kind or not starts or not stops:
        return 0
    same_subject = one.id.split("-")[1] == other.id.split("-")[1]
    same_number = one.id.partition("-")[2] == other.id.partition("-")[2]
    return starts + stops + 0.3 * (conditions(one) == conditions(other)) + 0.2 * same_subject + 0.1 * same_number


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    both = set(one) | set(other)
    return len(set(one) & set(other)) / len(both) if both else 0


def _rules(code: str, old: Pack, new: Pack, pairs: Pairs) -> Section:
    section = Section(f"{code}: rules")
    came = set(pairs.values())
    for rule in old.rules_of.get(code, ()):
        # A rule of several lanes is shown once, in its first lane.
        if rule.lanes[0] != code:
            continue
        twin = pairs.get(rule.id)
        if twin is None:
            section.lines.append(("removed", said(rule)))
        elif changes := list(_changes(rule, new.rules[twin])):
            name = rule.id if twin == rule.id else f"{rule.id} → {twin}"
            name += f" {rule.title.vi}" if rule.title else ""
            section.lines.append(("changed", BELOW.join((name, *changes))))
    for rule in new.rules_of.get(code, ()):
        if rule.lanes[0] == code and rule.id not in came:
            section.lines.append(("added", said(rule)))
    return section


def said(rule: Rule) -> str:
    """One rule in a line: id, step, length, holder, source."""
    step = f"{'/'.join(rule.starts)} → {'/'.join(rule.stops)}"
    whose = f", {rule.whose}" if rule.whose else ""
    doubt = "" if rule.confidence == VERIFIED else f" ({rule.confidence})"
    title = f" {rule.title.vi}" if rule.title else ""
    return f"{rule.id}{title}  {step}: {limit(rule)}{whose}  [{rule.citation}]{doubt}"


def _title(rule: Rule) -> str:
    return f"{rule.title.vi} / {rule.title.en}" if rule.title else "no title"


def _changes(old: Rule, new: Rule) -> Iterator[str]:
    fields = {
        "title": (_title(old), _title(new)),
        "limit": (limit(old), limit(new)),
        "counting": (old.profile, new.profile),
        "starts on": ("/".join(old.starts), "/".join(new.starts)),
        "counts from": (old.counts_from or "the start", new.counts_from or "the start"),
        "met by": ("/".join(old.stops), "/".join(new.stops)),
        "whose": (old.whose or "the holder's", new.whose or "the holder's"),
        "applies": (conditions(old) or "always", conditions(new) or "always"),
        "source": (old.citation, new.citation),
        "confidence": (old.confidence, new.confidence),
        "lanes": (", ".join(old.lanes), ", ".join(new.lanes)),
    }
    if old.id == new.id:  # rules of two laws were compared with two texts: no change of either
        fields["verified"] = (read(old) or "by nobody", read(new) or "by nobody")
    for name, (before, after) in fields.items():
        if before != after:
            yield f"{name} {before} → {after}"


def _entitled(pack: Pack) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, spec in pack.entitlements.items():
        answers = spec.by_status.model_dump()
        yes = [status for status, answer in answers.items() if answer == "yes"]
        perhaps = [status for status, answer in answers.items() if answer == "as_the_case_may_be"]
        words = f"for {', '.join(yes) or 'nobody'}" + (f"; perhaps {', '.join(perhaps)}" if perhaps else "")
        ceiling = f"; limited by {spec.ceiling_rule}" if spec.ceiling_rule else ""
        found[kind] = f"{spec.label.vi}: {words}{ceiling} [{spec.citation}]"
    return found


def _openings(pack: Pack) -> dict[str, str]:
    found: dict[str, str] = {}
    for rule in pack.openings:
        for route in rule.routes:
            for role in rule.reporters:
                found.setdefault(f"{route} by {role}, {rule.lane}", f"in {rule.state}")
    return found


def _route_changes(pack: Pack) -> dict[str, str]:
    found: dict[str, str] = {}
    for change in pack.route_changes:
        when = f" after {', '.join(change.after)}" if change.after else ""
        again = ", or as reported" if change.restores else ""
        for code in change.on:
            for route, other in change.routes.items():
                found.setdefault(f"{code}{when}, {route}", f"becomes {other}{again} [{change.citation}]")
    return found


def _measures(pack: Pack) -> dict[str, str]:
    return {
        code: f"{one.label.vi}, ordered by {', '.join(one.decides)} [{one.citation}]"
        for code, one in pack.measures.items()
    }


def _sights(pack: Pack) -> dict[str, str]:
    return {role: in_words(sight) for role, sight in pack.confidentiality.items()}


def _purposes(pack: Pack) -> dict[str, str]:
    return {code: f"{given_in_words(row)} [{row.citation}]" for code, row in pack.purposes.items()}


def _cited(rows: Mapping[str, object]) -> dict[str, str]:
    return {code: f"{row.label.vi} [{row.citation}]" for code, row in rows.items() if isinstance(row, Cited)}


def _numbers(pack: Pack) -> dict[str, str]:
    return {name: str(value) for name, value in pack.operational.default.model_dump().items()}
