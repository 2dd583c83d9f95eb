"""Checks of `endings.toml`: each outcome and each step with which a person leaves says what it ends, by which text."""

from collections.abc import Iterator, Set

from regulations.endings import Named, step_of
from regulations.lanes import FAMILY
from regulations.model import HOLDER
from regulations.pack import Pack


def ending_mistakes(pack: Pack, roles: Set[str]) -> Iterator[str]:
    """Rows that are missing, that name what the pack does not have, or that contradict `[[goes_on]]`.

    Args:
        pack: to check. roles: codes of the directory.
    """
    leaving = {
        step_of(lane.code, state.code)
        for lane in pack.lanes.values()
        for state in lane.states
        if state.keeps_place and state.terminal
    }
    if odd := sorted(pack.endings.keys() ^ (pack.outcomes.keys() | leaving)):
        yield f"outcomes or steps without a row, or rows of unknown ones: {odd}"
    for of, row in pack.endings.items():
        yield from _unknown(pack, of, row)
        if unknown := sorted({*row.stated_by} - roles - {HOLDER}):
            yield f"{of}: unknown roles {unknown}"
        if of in pack.outcomes:
            yield from _outcome_mistakes(pack, of)
        elif row.stated_by or row.lanes or row.own:
            yield f"{of}: a step ends single duties, and its lane says who may state it"
    for code, row in pack.goes_on.items():
        yield from _unknown(pack, code, row)
        if unknown := sorted({*row.keeps_open} - pack.lanes.keys()):
            yield f"{code}: unknown lanes {unknown}"
        if unknown := sorted({*row.not_for} - pack.outcomes.keys()):
            yield f"{code}: unknown outcomes {unknown}"
        flags = {flag for lane in row.keeps_open if lane in pack.lanes for flag in pack.lanes[lane].flags}
        if unknown := sorted({*row.ends_with} - flags):
            yield f"{code}: unknown attributes {unknown}"


def _outcome_mistakes(pack: Pack, of: str) -> Iterator[str]:
    row = pack.endings[of]
    if not row.stated_by:
        yield f"{of}: says who may state it"
    if (row.own is not None) is not pack.outcomes[of].ends_duties:
        yield f"{of}: ends_duties in pack.toml, and the source of it ([ending.own]), go together"
    if (row.lanes or row.rules) and not pack.outcomes[of].ends_duties:
        yield f"{of}: ends something, so it has ends_duties in pack.toml, and a second person signs it"
    for code, other in pack.goes_on.items():
        whole = [lane for lane in pack.lanes if row.has_lane(lane) and other.has_lane(lane)]
        single = [rule for rule in row.rules if any(other.has(lane, rule) for lane in _lanes(pack, rule))]
        if both := sorted({*whole, *single}):
            yield f"{of}: ends {both}, which go on ({code})"


def _lanes(pack: Pack, rule: str) -> tuple[str, ...]:
    return pack.rules[rule].lanes if rule in pack.rules else ()


def _unknown(pack: Pack, name: str, row: Named) -> Iterator[str]:
    families = {lane.partition(":")[0] + FAMILY for lane in pack.lanes if ":" in lane}
    if unknown := sorted({*row.lanes} - pack.lanes.keys() - families):
        yield f"{name}: unknown lanes {unknown}"
    if unknown := sorted({*row.rules} - pack.rules.keys()):
        yield f"{name}: unknown rules {unknown}"
