"""Whether the roles that a pack names have an office in every province, on every date since the first day of the pack.

A case goes on under its pack after the last day of the pack, so later dates count too. The directory changes only on
some dates, so one day of each period between them is enough.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from regulations.checks.found import Found, Level, file_of
from regulations.checks.samples import Samples, asked_in, place_for, samples
from regulations.directory import Directory
from regulations.model import ANY
from regulations.pack import Pack

NAMED = 3
"""A finding names so many provinces; of more provinces it says the number."""


def office_findings(pack: Pack, directory: Directory) -> Iterator[Found]:
    """Roles without an office where the pack needs one, and states that no office may state on some date."""
    days = periods(pack, directory)
    holding, stating = roles_that_hold(pack), roles_that_state(pack)
    known = samples(directory, tuple(days))
    for role in sorted(holding.keys() | stating.keys()):
        named, file = holding.get(role) or stating[role]
        for (places, nowhere), gone in _missing(directory, known, role, days).items():
            level = _level(holds=role in holding, nowhere=nowhere, always=len(gone) == len(days))
            at = "any province" if nowhere else _listed(places)
            when = "" if len(gone) == len(days) else f" {_when(gone, days)}"
            yield level, f"{file}: {named}: {role} has no office in {at}{when}"
    yield from _without_role(pack, directory, days)
    yield from _without_successor(pack, directory)


def _missing(
    directory: Directory, known: Samples, role: str, days: list[date]
) -> dict[tuple[tuple[str, ...], bool], list[date]]:
    """(provinces without an office, whether these are all provinces) → first days of the periods in which it is so."""
    found: dict[tuple[tuple[str, ...], bool], list[date]] = {}
    for day in days:
        provinces = asked_in(directory, role, day)
        asked = {code: place_for(directory, known, role, code, day) for code in provinces}
        places = tuple(code for code, place in asked.items() if directory.at(role, place, day) is None)
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
    """Roles that can hold a lane or a clock."""
    found: Named = {}
    for code, lane in pack.lanes.items():
        for state in lane.states:
            if not state.holder.startswith("@"):
                found.setdefault(state.holder, (state.code, file_of(code)))
    for rule in pack.rules.values():
        for role in (rule.holder_role, *rule.kept_by) if rule.holder_role and rule.has_clock else ():
            found.setdefault(role, (rule.id, file_of(rule.lanes[0])))
    for opening in pack.openings:
        if opening.holder and not opening.holder.startswith("@"):
            found.setdefault(opening.holder, (opening.state, "openings.toml"))
    return found


def roles_that_state(pack: Pack) -> Named:
    """Roles that may state, report, order a measure or owe a report."""
    found: Named = {}
    for code, lane in pack.lanes.items():
        for state in lane.states:
            for role in state.stated_by:
                found.setdefault(role, (state.code, file_of(code)))
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


def _without_role(pack: Pack, directory: Directory, days: list[date]) -> Iterator[Found]:
    """States that no role may state from a date on, because every role that may state them is dissolved."""
    found: dict[tuple[str, date, tuple[str, ...]], list[str]] = defaultdict(list)
    for lane, graph in pack.graphs.items():
        for state in graph.lane.states:
            roles = graph.stated_by(state.code)
            if roles and not any(role.startswith("@") for role in roles):
                for day in days:
                    if not any(_exists(directory, role, day) for role in roles):
                        found[(file_of(lane), day, roles)].append(state.code)
    for (file, day, roles), states in found.items():
        names = ", ".join(dict.fromkeys(states))
        yield "error", f"{file}: {names}: nobody may state it from {day}: {', '.join(roles)} is dissolved"


def _without_successor(pack: Pack, directory: Directory) -> Iterator[Found]:
    """Steps that a dissolved role may state, but that its successor, which takes over its cases, may not."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for lane, graph in pack.graphs.items():
        for state in graph.lane.states:
            roles = graph.stated_by(state.code)
            for role in roles:
                successor = directory.roles[role].successor if role in directory.roles else None
                ended = directory.roles[role].valid_to if successor else None
                if successor and ended and ended > pack.valid_from and successor not in roles:
                    found[(file_of(lane), role, successor)].append(state.code)
    for (file, role, successor), states in found.items():
        names = ", ".join(dict.fromkeys(states))
        yield "warning", f"{file}: {names}: {role} may state it, its successor {successor} may not"


def _exists(directory: Directory, role: str, day: date) -> bool:
    spec = directory.roles[role]
    return (spec.valid_from is None or spec.valid_from <= day) and (spec.valid_to is None or day < spec.valid_to)
