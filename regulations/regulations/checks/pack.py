"""Checks of a pack beyond the shape of its files. Each mistake names the file that has it."""

from collections.abc import Iterator, Mapping

from regulations.checks.lists import list_mistakes, reading_mistakes
from regulations.graph import LaneGraph
from regulations.model import ANY, HOLDER, REPORTER, RETURNS, STATING, STAYS, LaneSpec, Rule, StateSpec
from regulations.offices import Role
from regulations.pack import Pack
from regulations.toml_files import PackError

HOLDER_WORDS = {REPORTER, STAYS, STATING, RETURNS}
STATING_WORDS = {REPORTER, HOLDER}
Roles = Mapping[str, Role]
"""Roles of the directory by their code."""


def check_pack(pack: Pack, name: str, roles: Roles) -> None:
    """Refuse a pack that contradicts itself.

    Raises:
        PackError: the first mistake, with its file.
    """
    for source, mistake in mistakes(pack, name, roles):
        raise PackError(f"{source}: {mistake}")


def mistakes(pack: Pack, name: str, roles: Roles) -> Iterator[tuple[str, str]]:
    """Every mistake with its file. After a mistake in the names the check stops, because the graphs need the names."""
    in_names = [(_source(name, lane), mistake) for lane in pack.lanes for mistake in _lane_mistakes(pack, lane, roles)]
    in_names += [(f"{name}/openings.toml", mistake) for mistake in _opening_mistakes(pack, roles)]
    yield from in_names
    if in_names:
        return
    for lane in pack.lanes:
        yield from ((_source(name, lane), mistake) for mistake in _graph_mistakes(pack, lane, roles))
    for file, found in list_mistakes(pack, roles.keys()).items():
        yield from ((f"{name}/{file}", mistake) for mistake in found)


def _source(name: str, lane: str) -> str:
    """The file of a lane, with the lane of a family beside it."""
    family, of_many, _ = lane.partition(":")
    return f"{name}/{family}.toml: {lane}" if of_many else f"{name}/{lane}.toml"


def _lane_mistakes(pack: Pack, lane: str, roles: Roles) -> Iterator[str]:
    spec = pack.lanes[lane]
    if len(spec.by_code) != len(spec.states):
        yield "a state stands twice"
    for rule in pack.rules_of[lane]:
        yield from _rule_mistakes(pack, rule, lane, roles)
        yield from reading_mistakes(pack.readings, rule.id, rule)
    for way in spec.transitions:
        if unknown := {*way.from_, *way.to} - spec.by_code.keys() - {ANY}:
            yield f"transition {way.from_} to {way.to}: unknown states {sorted(unknown)}"
    for state in spec.states:
        yield from _state_mistakes(spec, state, roles)
        yield from _follows_mistakes(pack, lane, state)
    for attribute in spec.attributes:
        if unknown := sorted(set(attribute.asked_at) - spec.by_code.keys()):
            yield f"{attribute.code}: unknown states {unknown}"
        if not attribute.code.islower():
            yield f"{attribute.code}: an attribute is written in small letters, unlike a state"


def _follows_mistakes(pack: Pack, lane: str, state: StateSpec) -> Iterator[str]:
    for other, step in state.follows.items():
        if lane != pack.identification_lane or other not in pack.lanes or step not in pack.lanes[other].by_code:
            yield f"{state.code}: follows names {other} {step}, which is no step, or it is not in the identification"


def _rule_mistakes(pack: Pack, rule: Rule, lane: str, roles: Roles) -> Iterator[str]:
    if not rule.has_clock:
        return
    known = pack.lanes[lane].by_code.keys()
    counts = {rule.counts_from} if rule.counts_from and not rule.counts_from.startswith("@") else set[str]()
    codes = {code for code in rule.unless if code.isupper()}
    named = {*rule.from_, *rule.to, *rule.starts, *rule.stops, *rule.voids_on, *rule.resumes_on, *counts, *codes}
    if unknown := sorted(named - known):
        yield f"{rule.id}: unknown states {unknown}"
    others = {other.id for other in pack.rules_of[lane]}
    if unknown := sorted({*rule.replaces, *rule.before} - others):
        yield f"{rule.id}: unknown rules {unknown}"
    if rule.before_date and rule.before_date not in pack.lanes[lane].dates:
        yield f"{rule.id}: before {rule.before_date}, which is no [[attribute]] of the lane that is a date"
    leads = bool(rule.before) != bool(rule.before_date)
    if (rule.kind == "extension") != bool(rule.replaces) or (rule.kind == "lead_time") != leads:
        yield f"{rule.id}: an extension names what it replaces, a lead time what it comes before, no other rule does"
    if (rule.amount is None) != (rule.unit in ("none", "immediate")):
        yield f"{rule.id}: a number and its unit go together"
    if not rule.starts or not rule.stops or (rule.kind == "extension" and not rule.stops_on):
        yield f"{rule.id}: nothing starts it or nothing ends it"
    if unknown := sorted(({*rule.applies.route, *rule.by_analogy}) - set(pack.routes)):
        yield f"{rule.id}: unknown routes {unknown}"
    yield from _owner_mistakes(rule, roles)


def _owner_mistakes(rule: Rule, roles: Roles) -> Iterator[str]:
    named = {*rule.applies.holder_role, *rule.kept_by, *([rule.holder_role] if rule.holder_role else [])}
    if unknown := sorted(named - roles.keys()):
        yield f"{rule.id}: unknown roles {unknown}"
    if rule.kept_by and not rule.holder_role:
        yield f"{rule.id}: kept_by says in whose stead, so it needs a holder_role"


def _state_mistakes(lane: LaneSpec, state: StateSpec, roles: Roles) -> Iterator[str]:
    if state.holder not in HOLDER_WORDS and state.holder not in roles:
        yield f"{state.code}: unknown holder {state.holder}"
    if unknown := sorted(set(state.stated_by) - roles.keys() - STATING_WORDS):
        yield f"{state.code}: unknown roles {unknown}"
    if unknown := sorted(set(state.after) - lane.by_code.keys()):
        yield f"{state.code}: unknown states {unknown}"
    if unknown := sorted(state.own_step.keys() - set(state.stated_by)):
        yield f"{state.code}: own_step of roles that may not state it: {unknown}"
    if unknown := sorted({code for codes in state.own_step.values() for code in codes} - lane.by_code.keys()):
        yield f"{state.code}: unknown states {unknown}"
    if state.terminal and state.skippable:
        yield f"{state.code}: an end cannot be skipped"
    if (state.again and not state.entry) or ((state.entry or state.again) and not state.moves):
        yield f"{state.code}: what begins a round is a way into the lane, and moves it"
    if (state.entry or state.holder == STATING) and not state.stated_by:
        yield f"{state.code}: a way into a lane, or a state held by who states it, says who may state it"


def _graph_mistakes(pack: Pack, lane: str, roles: Roles) -> Iterator[str]:
    spec, graph = pack.lanes[lane], pack.graphs[lane]
    yield from _succession_mistakes(graph, roles)
    ends = {state.code for state in spec.states if state.terminal}
    starts = {state.code for state in spec.states if state.entry}
    starts |= {rule.state for rule in pack.openings if rule.lane == lane}
    reached = starts.union(*(graph.reach(start) for start in starts)) if starts else set[str]()
    for state in spec.states:
        if not state.moves:
            yield from _duty_mistakes(graph, state)
        elif state.terminal and graph.ways_out(state.code):
            yield f"{state.code}: an end has a way out"
        elif not state.terminal and ends.isdisjoint(graph.reach(state.code)):
            yield f"{state.code}: no way from here to an end"
        elif state.code not in reached:
            yield f"{state.code}: no way leads here"


def _succession_mistakes(graph: LaneGraph, known: Roles) -> Iterator[str]:
    """If a role that has ended is named, its successor must be named too: it states the facts of later days."""
    named = {f"{state.code}: stated by": graph.stated_by(state.code) for state in graph.lane.states}
    named |= {f"{rule.id}: holder_role": rule.applies.holder_role for rule in graph.rules}
    for place, roles in named.items():
        ended = {known[role].successor for role in roles if role in known} - {None}
        if missing := sorted(str(role) for role in ended - set(roles)):
            yield f"{place}: names an office that ended without its successor {missing}"


def _duty_mistakes(graph: LaneGraph, state: StateSpec) -> Iterator[str]:
    if not graph.after(state.code):
        yield f"{state.code}: nothing comes before this duty"
    if not graph.stated_by(state.code):
        yield f"{state.code}: nobody may state this duty"


def _opening_mistakes(pack: Pack, roles: Roles) -> Iterator[str]:
    for rule in pack.openings:
        if rule.lane not in pack.lanes or rule.state not in pack.lanes[rule.lane].by_code:
            yield f"unknown {rule.lane} {rule.state}"
        if unknown := sorted(set(rule.routes) - set(pack.routes)):
            yield f"unknown routes {unknown}"
        if unknown := sorted(set(rule.reporters) - roles.keys() - {ANY}):
            yield f"unknown roles {unknown}"
    yield from _route_change_mistakes(pack)
    for route in pack.routes:
        rest = [rule for rule in pack.openings if route in rule.routes and ANY in rule.reporters]
        if pack.identification_lane not in {rule.lane for rule in rest}:
            yield f"route {route}: a report of an office that is not named would open nothing"


def _route_change_mistakes(pack: Pack) -> Iterator[str]:
    known = pack.lanes[pack.identification_lane].by_code.keys()
    for change in pack.route_changes:
        if unknown := sorted({*change.on, *change.after} - known):
            yield f"route change on {change.on}: unknown states {unknown}"
        if unknown := sorted({*change.routes, *change.routes.values()} - set(pack.routes)):
            yield f"route change on {change.on}: unknown routes {unknown}"
        yield from reading_mistakes(pack.readings, f"route change on {change.on}", change)
