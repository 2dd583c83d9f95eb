"""What a local pack may not do beside a law: change a word or a rule of it, take a duty away, or give more time.

Local packs are read with every law when a process starts, so each of these mistakes is refused there (`check_local`).
A new version of a law is refused where it is installed if it takes a word or an id of a local pack (`check_names`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from regulations.local import LocalPack, LocalRow, fitting, spans
from regulations.model import BINDING, END_OF_REPLACED, START_OF_REPLACED, Applies, Rule, Unit
from regulations.pack import Pack
from regulations.toml_files import PackError

DAYS: dict[Unit, tuple[float, float]] = {
    "immediate": (0, 0),
    "hour": (1 / 24, 1 / 24),
    "day": (1, 1),
    "working_day": (1, 3),
    "month": (28, 31),
    "year": (365, 366),
    "school_year": (200, 366),
}
"""Unit → fewest and most days that one of it can last, for the comparison of two limits. A working day is counted with
the days off around it; `LONGEST_HOLIDAY` is added once for a limit of them."""
LONGEST_HOLIDAY = 9
TEN_YEARS = 3660
Mistake = tuple[str, str]
"""File of a local pack, and what is wrong."""


def check_local(law: Pack, packs: Sequence[LocalPack]) -> None:
    """Refuse local packs that would change a law, take a local duty away, or mislead about a limit of the law.

    Args:
        law: without what local packs add.
        packs: every version of every local pack.

    Raises:
        PackError: the first mistake, with its file.
    """
    for file, mistake in misfits(law, packs):
        raise PackError(f"{file}: {mistake}")


def check_names(law: Pack, packs: Sequence[LocalPack]) -> None:
    """Refuse a version of a law that has a word or a rule of a local pack: it needs another name there.

    A limit of the law that is now shorter than a local one is no mistake of the law, so it is not refused here.

    Raises:
        PackError: the first mistake, with the file of the local pack.
    """
    for file, mistake in _names(law, _of_law(law, packs)):
        raise PackError(f"{file}: {mistake}")


def misfits(law: Pack, packs: Sequence[LocalPack]) -> Iterator[Mistake]:
    """Every mistake of the local packs that add to a law, with its file."""
    mine = _of_law(law, packs)
    yield from _names(law, mine)
    yield from _shared_names(mine)
    yield from _removed(law, mine)
    for one in mine:
        for row in one.rule:
            yield from ((file_of(one), mistake) for mistake in _counting(row, law))
            yield from ((file_of(one), mistake) for mistake in _longer(row, law))


def file_of(one: LocalPack) -> str:
    """The file of a version, as messages name it."""
    return f"local/{one.id}/{one.since}.toml"


def _of_law(law: Pack, packs: Sequence[LocalPack]) -> list[LocalPack]:
    return sorted((one for one in packs if law.id in one.laws), key=lambda one: (one.id, one.since))


def _names(law: Pack, packs: Iterable[LocalPack]) -> Iterator[Mistake]:
    """What the law has under this name: a fact with it would count for the law, or a rule would take its place."""
    words = _words(law)
    for one in packs:
        for duty in one.duty:
            if duty.lane not in law.lanes:
                yield file_of(one), f"{duty.code}: {law.id} has no lane {duty.lane}"
            if duty.code in words:
                yield file_of(one), f"{duty.code}: {law.id} has a state or duty of this code, or an attribute"
        for row in (*one.rule, *one.report):
            if row.id in law.rules or row.id in law.reporting:
                yield file_of(one), f"{row.id}: a rule of this id stands in a law"


def _words(law: Pack) -> set[str]:
    """Everything that a fact of the law may state, or that a rule or a way of it may ask for."""
    found = {word for rule in law.rules.values() for word in rule.unless}
    for lane in law.lanes.values():
        found |= lane.by_code.keys() | lane.flags | lane.dates
        found |= {word for way in lane.transitions for word in way.requires}
    return found


def _shared_names(packs: Sequence[LocalPack]) -> Iterator[Mistake]:
    """Names that two local packs have: the one would change the other."""
    owner: dict[str, str] = {}
    for one in packs:
        ids = [row.id for row in (*one.rule, *one.report)]
        yield from ((file_of(one), f"{name}: stands twice here") for name in sorted({*ids}) if ids.count(name) > 1)
        for name in (*ids, *(duty.code for duty in one.duty)):
            if owner.setdefault(name, one.id) != one.id:
                yield file_of(one), f"{name}: the local pack {owner[name]} has this name too"


def _removed(law: Pack, packs: Sequence[LocalPack]) -> Iterator[Mistake]:
    """Duties that nobody has where a pack stands for another: it must have each of them, not weaker and not later."""
    stands = {one.id: {name for other in packs if other.id == one.id for name in other.stands_for} for one in packs}
    days = [*spans(packs)]
    for one, span in days:
        if one.id in _around(one.id, stands):
            yield file_of(one), f"stands for {sorted(one.stands_for)}, which stands for it: nobody would owe anything"
        for other, past in days:
            apart = (span.until is not None and span.until <= past.since) or (
                past.until is not None and past.until <= span.since
            )
            if other.id in one.stands_for and not apart:
                yield from ((file_of(one), text) for text in _not_taken_over(one, other, law))


def _around(pack: str, stands: dict[str, set[str]]) -> set[str]:
    """The packs for which a pack stands, and those for which these stand, and so on."""
    found: set[str] = set()
    ahead = {*stands[pack]}
    while ahead:
        found |= ahead
        ahead = {name for one in ahead for name in stands.get(one, ())} - found
    return found


def _not_taken_over(one: LocalPack, other: LocalPack, law: Pack) -> Iterator[str]:
    duties, theirs = {duty.code for duty in one.duty}, {duty.code for duty in other.duty}
    rows = [fitting(row, law.lanes, duties) for row in one.rule]
    for row in (fitting(row, law.lanes, theirs) for row in other.rule):
        if row.starts_on and row.to and not any(_takes_over(own, duties, row, theirs) for own in rows):
            yield (
                f"stands for {other.id}, but has no rule that takes the place of {row.id} under {law.id}: the same "
                f"lane, beginning, end and bodies, no further condition, and not later"
            )


def _takes_over(own: LocalRow, duties: set[str], row: LocalRow, theirs: set[str]) -> bool:
    starts, started = {*own.starts_on}, {*row.starts_on}
    ends, ended = {*own.to}, {*row.to}
    return (
        own.lane == row.lane
        and started - theirs <= starts
        and (started.isdisjoint(theirs) or not starts.isdisjoint(duties))
        and bool(ends)
        and ends - duties <= ended - theirs
        and (ends.isdisjoint(duties) or not ended.isdisjoint(theirs))
        and {*own.voids_on} <= {*row.voids_on}
        and {*own.unless} <= {*row.unless}
        and own.applies in (Applies(), row.applies)
        and {*row.informs} <= {*own.informs}
        and (row.confidence not in BINDING or own.confidence in BINDING)
        and _as_short(own, row)
    )


def _as_short(own: LocalRow, row: LocalRow) -> bool:
    if row.unit == "none":
        return True
    if (own.unit, own.profile) == (row.unit, row.profile):
        return (own.amount or 0) <= (row.amount or 0)
    most, least = most_days(own.amount, own.unit), DAYS[row.unit][0] * (row.amount or 0)
    return most is not None and most <= least


def _counting(row: LocalRow, law: Pack) -> Iterator[str]:
    """A limit that cannot be counted: the fold would stop at it."""
    most = most_days(row.amount, row.unit)
    if row.profile not in law.profiles:
        yield f"{row.id}: {law.id} has no profile {row.profile}"
    if row.amount is not None and (row.amount < 1 or most is None or most > TEN_YEARS):
        yield f"{row.id}: a limit is at least one unit long, and at most ten years"


def _longer(row: LocalRow, law: Pack) -> Iterator[str]:
    """Limits of the law that end as this one does, and that may end earlier.

    It is compared with those that begin as it does. If the law has none from there to that end, with all that have
    that end: then it must begin before them, because otherwise nobody can say which one ends first.
    """
    most, found = most_days(row.amount, row.unit), list[str]()
    if most is None or row.lane not in law.lanes:
        return
    for start in row.starts_on:
        for end in row.to:
            rules = [rule for rule in law.rules_of[row.lane] if _is_limit(rule) and end in rule.stops]
            alike = [rule for rule in rules if start in _origins(rule, law)]
            others = [rule for rule in rules if start not in (*rule.stops, *rule.voids_on)]
            for rule in alike or others:
                late = not alike and _may_follow(start, _origins(rule, law), row.lane, law)
                if late or rule.kind == "lead_time" or most > _least(rule):
                    found.append(rule.id)
    for rule in dict.fromkeys(found):
        yield f"{row.id}: longer than {rule} of {law.id}, or not surely as short; it may add no time"


def _is_limit(rule: Rule) -> bool:
    """Whether it says an instant. A lead time without a number has that of another rule."""
    return rule.has_clock and rule.unit != "none" and not (rule.kind == "lead_time" and rule.amount is None)


def _origins(rule: Rule, law: Pack) -> set[str]:
    """The steps from which a limit may be counted. An extension goes on from where those that it replaces began."""
    if rule.counts_from in (START_OF_REPLACED, END_OF_REPLACED):
        return {code for name in rule.replaces for code in _origins(law.rules[name], law)}
    return {rule.counts_from} if rule.counts_from else {*rule.starts}


def _may_follow(step: str, origins: Collection[str], lane: str, law: Pack) -> bool:
    """Whether a step may come after one of the others in a lane. A duty may come at any time after what it needs."""
    states, graph = law.lanes[lane].by_code, law.graphs[lane]
    if step not in states or not states[step].moves:
        return True
    ahead, found = {*origins} - {step}, set[str]()
    while ahead:
        code = ahead.pop()
        found.add(code)
        if code in states and states[code].moves:
            if step in graph.reach(code):
                return True
        elif code in states:
            ahead |= {*graph.after(code)} - found - {step}
    return False


def most_days(amount: int | None, unit: Unit) -> float | None:
    """The most days that a limit may last; None without a number."""
    if unit == "none":
        return None
    holiday = LONGEST_HOLIDAY if unit == "working_day" else 0
    return DAYS[unit][1] * (amount or 0) + holiday


def _least(rule: Rule) -> float:
    amounts = [rule.amount or 0, *(other.amount for other in rule.alternatives)]
    return DAYS[rule.unit][0] * min(amounts)
