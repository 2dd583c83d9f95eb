"""Writes the tables of both maps and of what became what, from the sources and from what was corrected by hand."""

import re
from collections.abc import Iterable
from pathlib import Path

from regulations.units.make.sources import Rows, Source
from regulations.units.names import KINDS, fold

KINDS_WRITTEN = sorted(set(KINDS.values()), key=len, reverse=True)


def split(full_name: str) -> tuple[str, str]:
    """Kind and name: `Thị Trấn Ái Tử` → `thị trấn`, `Ái Tử`."""
    for kind in KINDS_WRITTEN:
        if full_name.lower().startswith(f"{kind} "):
            return kind, full_name[len(kind) + 1 :].strip()
    raise ValueError(f"no kind in {full_name!r}")


def corrections(file: Path) -> dict[tuple[str, str], str]:
    """(Former commune, heir) → `drop`, `add` or `doubt`."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    return {(row[0], row[1]): row[2] for row in rows}


def corrected(heirs: dict[str, set[str]], changes: dict[tuple[str, str], str]) -> dict[str, set[str]]:
    """What became what, after the corrections. A doubtful heir ends with a question mark.

    Raises:
        ValueError: a correction changes nothing; the source has changed.
    """
    found = {former: set(ones) for former, ones in heirs.items()}
    for (former, heir), change in changes.items():
        if change != "doubt" and (heir in found[former]) == (change == "add"):
            raise ValueError(f"correction of {former} and {heir}: there is nothing to {change}")
        found[former].discard(heir)
        if change != "drop":
            found[former].add(heir)
    doubts = {pair for pair, change in changes.items() if change == "doubt"}
    return {former: {f"{one}?" if (former, one) in doubts else one for one in ones} for former, ones in found.items()}


def write(folder: Path, base: Source, second: Source, former: Source, changes: dict[tuple[str, str], str]) -> None:
    """Write the files of `34/` and `63/`, and `became.tsv`."""
    heirs = corrected(base.heirs, changes)
    provinces = {old: base.communes[next(iter(heirs[one])).rstrip("?")][1] for old, one in _one_each(base).items()}
    _table(folder / "34/provinces.tsv", "code kind name word decision", _provinces(base.provinces, second))
    _table(folder / "34/communes.tsv", "code kind name province also", _units(base.communes, second.communes))
    _table(folder / "63/provinces.tsv", "code kind name word", _provinces(base.former_provinces, None))
    _table(folder / "63/districts.tsv", "code kind name province also", _units(base.districts, former.districts))
    communes = _units(base.former_communes, former.former_communes)
    _table(folder / "63/communes.tsv", "code kind name district also", communes)
    rows = [(code, " ".join(sorted(ones))) for code, ones in heirs.items()]
    _table(folder / "became.tsv", "former heirs", [*rows, *provinces.items()])


def _one_each(base: Source) -> dict[str, str]:
    """Former province → one of its former communes."""
    return {base.districts[district][1]: code for code, (_, district) in base.former_communes.items()}


def _units(rows: Rows, others: Rows) -> Iterable[tuple[str, ...]]:
    for code, (full_name, parent) in rows.items():
        kind, name = split(full_name)
        other = split(others[code][0])[1] if code in others else name
        yield code, kind, name, parent, other if fold(other) != fold(name) else ""


def _provinces(rows: Rows, second: Source | None) -> Iterable[tuple[str, ...]]:
    decisions: dict[str, str] = {}
    for code, (_, province) in sorted(second.communes.items()) if second else ():
        if second and (found := re.search(r"Số: ?(\d+/NQ-UBTVQH15);", second.notes[code])):
            decisions[province] = found[1]
    for code, (full_name, _) in rows.items():
        kind, name = split(full_name)
        word = fold(name).replace(" ", "-")
        yield (code, kind, name, word, decisions.get(code, "")) if second else (code, kind, name, word)


def _table(file: Path, fields: str, rows: Iterable[tuple[str, ...]]) -> None:
    lines = sorted("\t".join(row) for row in rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["\t".join(fields.split()), *lines, ""]), encoding="utf-8")
