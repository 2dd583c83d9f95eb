"""Says in what the sources disagree."""

from collections.abc import Iterator
from datetime import date

from regulations.units.make.files import split
from regulations.units.make.sources import Rows, Source
from regulations.units.names import fold
from regulations.units.register import Units


def disagreements(units: Units, base: Source, others: list[Source]) -> Iterator[str]:
    """A line for each disagreement of another source with the base, after a line with their number."""
    for other in others:
        for part in ("provinces", "communes", "former_provinces", "districts", "former_communes"):
            ours: Rows = getattr(base, part)
            theirs: Rows = getattr(other, part)
            if theirs:
                yield from _section(f"{base.name} and {other.name}: {part}", list(_differences(ours, theirs)))
        if other.heirs:
            yield from _section(f"our table and {other.name}: what became what", list(_heirs(units, other)))
        if other.notes:
            yield from _section(f"our table and {other.name}: names today", list(_today(units, other)))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield f"{title}: {len(lines)}"
    yield from (f"  {line}" for line in lines)


def _differences(ours: Rows, theirs: Rows) -> Iterator[str]:
    for code in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(code), theirs.get(code)
        if here is None or there is None:
            yield f"{code}: {here[0] if here else 'none'} | {there[0] if there else 'none'}"
        elif here != there and here[1] != there[1]:
            yield f"{code}: {here[0]} in {here[1]} | {there[0]} in {there[1]}"
        elif here[0].lower() != there[0].lower():
            same = "the same without accents" if fold(here[0]) == fold(there[0]) else "different"
            kinds = "" if split(here[0])[0] == split(there[0])[0] else ", another kind"
            yield f"{code}: {here[0]} | {there[0]} ({same}{kinds})"


def _heirs(units: Units, other: Source) -> Iterator[str]:
    for unit in units.ids():
        the_map, _, code = unit.partition("-")
        if the_map == "63" and len(code) == 5:
            ours = {heir.unit.partition("-")[2] for heir in units.became(unit)}
            theirs = other.heirs.get(code)
            if theirs != ours:
                yield f"{code}: {' '.join(sorted(ours))} | {' '.join(sorted(theirs)) if theirs else 'none'}"


def _today(units: Units, other: Source) -> Iterator[str]:
    for code, (full_name, _) in sorted((other.provinces | other.communes).items()):
        unit = units.at(code, date.max)
        if unit is None or fold(unit.full_name) != fold(full_name):
            yield f"{code}: {unit.full_name if unit else 'none'} | {full_name}"
