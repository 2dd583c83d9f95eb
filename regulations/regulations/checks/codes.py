"""Every code with legal effect is cited: by its own row, by a rule that leads to it, or in `citations.toml`."""

from collections.abc import Iterator, Mapping

from regulations.checks.found import Found
from regulations.checks.lists import SUPPORT, reading_mistakes
from regulations.code_citations import CodeCitation
from regulations.model import StateSpec
from regulations.pack import Pack


def effective(pack: Pack) -> Iterator[str]:
    """The codes of a pack that have a legal effect and no row with a citation of their own.

    `route:…`; `lane:…`, without those of a kind of support, whose entitlement is cited; `status:…` of the person;
    `age:…`, the limits of the age bands; `profile:…` of counting; `opening:…`, the lanes that a report opens; and
    `state:lane/…`, the states that end a lane, cancel, protect or set something, and to which no rule leads.
    """
    yield from (f"route:{route}" for route in pack.routes)
    yield from (f"lane:{lane}" for lane in pack.lanes if lane.removeprefix(SUPPORT) not in pack.entitlements)
    yield from (f"profile:{profile}" for profile in pack.profiles)
    yield from (f"opening:{lane}" for lane in sorted({row.lane.partition(":")[0] for row in pack.openings}))
    yield from (f"age:{age}" for age in sorted(_ages(pack)))
    states = {(lane, state.code): state for lane, spec in pack.lanes.items() for state in spec.states}
    yield from (f"status:{status}" for status in sorted({state.status for state in states.values() if state.status}))
    led_to = {
        (lane, code) for lane, rules in pack.rules_of.items() for rule in rules for code in (*rule.to, *rule.stops)
    }
    uncited = [place for place, state in states.items() if place not in led_to and _has_effect(state)]
    yield from dict.fromkeys(_state(lane, code) for lane, code in uncited)


def _state(lane: str, code: str) -> str:
    return f"state:{lane.partition(':')[0]}/{code}"


def _has_effect(state: StateSpec) -> bool:
    return state.terminal or state.cancels or state.protects or bool(state.sets)


def _ages(pack: Pack) -> set[int]:
    limits = {age for rule in pack.rules.values() for age in (rule.applies.age_under, rule.applies.age_from) if age}
    return limits | {opening.age_under for opening in pack.openings if opening.age_under}


def code_findings(pack: Pack, cited: Mapping[str, CodeCitation]) -> Iterator[Found]:
    """Codes without a citation, and citations that name no text or no code.

    Args:
        pack: to check.
        cited: code → its row of `citations.toml` for this pack.
    """
    codes = list(effective(pack))
    states = {_state(lane, state.code) for lane, one in pack.lanes.items() for state in one.states}
    for code in codes:
        if code not in cited:
            yield "error", f"{code}: has a legal effect, but no citation"
    for code in sorted(cited.keys() - set(codes) - states):
        yield "error", f"{code}: is cited, but is no code of {pack.id}"
    for code, row in cited.items():
        if not any(letter.isdigit() for letter in row.citation):
            yield "error", f"{code}: the citation names no article or number: {row.citation}"
        for mistake in reading_mistakes(pack.readings, code, row):
            yield "error", mistake
    lists = (
        pack.entitlements,
        pack.measures,
        pack.risks,
        pack.evidence_sources,
        pack.grounds,
        pack.forms,
        pack.secrecy,
    )
    for rows in (*lists, pack.confidentiality, pack.purposes):
        for code, row in rows.items():
            if not any(letter.isdigit() for letter in row.citation):
                yield "error", f"{code}: the citation names no article or number: {row.citation}"
