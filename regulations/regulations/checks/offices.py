"""Whether the roles that a pack names are offices: in every territory, on every date from the pack's first day on.

A case goes on under its pack after the pack's last day, so later dates count too. Between two dates of the directory
nothing changes: one day of each such period stands for all of it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Literal

from regulations.directory import Directory
from regulations.model import ANY
from regulations.pack import Pack

Level = Literal["error", "warning", "note"]
Found = tuple[Level, str]
NAMED = 3
"""Provinces that are named one by one in a finding; of more, how many they are."""


def office_findings(pack: Pack, directory: Directory) -> Iterator[Found]:
    """Roles without an office where the pack needs one, and states that on some date nobody is left to state."""
    days = periods(pack, directory)
    holding, speaking = roles_that_hold(pack), roles_that_speak(pack)
    for role in sorted(holding.keys() | speaking.keys()):
        named, file = holding.get(role) or speaking[role]
        for (places, nowhere), gone in _missing(directory, role, days).items():
            level = _level(holds=role in holding, nowhere=nowhere, always=len(gone) == len(days))
            at = "any province" if nowhere else _listed(places)
            when = "" if len(gone) == len(days) else f" {_when(gone, days)}"
            yield level, f"{file}: {named}: {role} has no office in {at}{when}"
    yield from _silenced(pack, directory, days)
    yield from _disinherited(pack, directory)


def _missing(directory: Directory, role: str, days: list[date]) -> dict[tuple[tuple[str, ...], bool], list[date]]:
    """Provinces of the day without an office, and whether those are all → first days of the periods it is so in."""
    found: dict[tuple[tuple[str, ...], bool], list[date]] = {}
    for day in days:
        provinces = directory.provinces_on(day)
        places = tuple(place for place in provinces if directory.resolve(role, place, day) is None)
        if places:
            nowhere = len(places) == len(provinces)
            found.setdefault((() if nowhere else places, nowhere), []).append(day)
    return found


def _listed(places: tuple[str, ...]) -> str:
    """`a, b, c`, or how many where they are more."""
    return ", ".join(places) if len(places) <= NAMED else f"{len(places)} provinces ({', '.join(places[:NAMED])} …)"


def _level(*, holds: bool, nowhere: bool, always: bool) -> Level:
    """A role that only speaks may begin or end on the way: others speak before and after."""
    if nowhere and (holds or always):
        return "error" if holds else "warning"
    return "warning" if holds else "note"


def _when(gone: list[date], days: list[date]) -> str:
    """The dates of consecutive periods in words."""
    after = [day for day in days if day > gone[-1]]
    return f"from {gone[0]}" + (f" until {after[0]}" if after else " on")


def periods(pack: Pack, directory: Directory) -> list[date]:
    """The first day of every period of the directory from the pack's first day on."""
    return sorted({pack.valid_from, *(day for day in directory.changes if day > pack.valid_from)})


Named = dict[str, tuple[str, str]]
"""Role → one place that names it: state, rule or row, and the file."""


def roles_that_hold(pack: Pack) -> Named:
    """Roles whose turn it can be: without an office the lane, or the clock, has nobody."""
    found: Named = {}
    for code, lane in pack.lanes.items():
        for state in lane.states:
            if not state.holder.startswith("@"):
                found.setdefault(state.holder, (state.code, _file(code)))
    for rule in pack.rules.values():
        if rule.holder_role and rule.has_clock:
            found.setdefault(rule.holder_role, (rule.id, _file(rule.lanes[0])))
    for opening in pack.openings:
        if opening.holder and not opening.holder.startswith("@"):
            found.setdefault(opening.holder, (opening.state, "openings.toml"))
    return found


def roles_that_speak(pack: Pack) -> Named:
    """Roles that may state, report, order a measure or owe a report."""
    found: Named = {}
    for code, lane in pack.lanes.items():
        for state in lane.states:
            for role in state.stated_by:
                found.setdefault(role, (state.code, _file(code)))
    for opening in pack.openings:
        for role in opening.reporters:
            found.setdefault(role, (opening.state, "openings.toml"))
    for measure in pack.measures.values():
        for role in measure.decides:
            found.setdefault(role, (measure.code, "measures.toml"))
    for report in pack.reporting.values():
        for role in (*report.by, report.to):
            found.setdefault(role, (report.id, "reporting.toml"))
    return {role: where for role, where in found.items() if role != ANY and not role.startswith("@")}


def _silenced(pack: Pack, directory: Directory, days: list[date]) -> Iterator[Found]:
    """States whose every named speaker has been dissolved by a date, and whose successors may not state them."""
    mute: dict[tuple[str, date, tuple[str, ...]], list[str]] = defaultdict(list)
    for lane, graph in pack.graphs.items():
        for state in graph.lane.states:
            voices = graph.speakers(state.code)
            if voices and not any(voice.startswith("@") for voice in voices):
                for day in days:
                    if not any(_exists(directory, voice, day) for voice in voices):
                        mute[(_file(lane), day, voices)].append(state.code)
    for (file, day, voices), states in mute.items():
        names = ", ".join(dict.fromkeys(states))
        yield "error", f"{file}: {names}: nobody may state it from {day}: {', '.join(voices)} is dissolved"


def _disinherited(pack: Pack, directory: Directory) -> Iterator[Found]:
    """Steps that a dissolved role may state but its successor, which inherits its cases, may not."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for lane, graph in pack.graphs.items():
        for state in graph.lane.states:
            voices = graph.speakers(state.code)
            for voice in voices:
                heir = directory.roles[voice].successor if voice in directory.roles else None
                ended = directory.roles[voice].valid_to if heir else None
                if heir and ended and ended > pack.valid_from and heir not in voices:
                    found[(_file(lane), voice, heir)].append(state.code)
    for (file, voice, heir), states in found.items():
        names = ", ".join(dict.fromkeys(states))
        yield "warning", f"{file}: {names}: {voice} may state it, {heir} that takes its cases over may not"


def _exists(directory: Directory, role: str, day: date) -> bool:
    spec = directory.roles[role]
    return (spec.valid_from is None or spec.valid_from <= day) and (spec.valid_to is None or day < spec.valid_to)


def _file(lane: str) -> str:
    return f"{lane.partition(':')[0]}.toml"
