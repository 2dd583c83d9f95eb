"""The register of units: a unit by its code and day, what it is part of, what it became, and what is known of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from regulations.model import Confidence
from regulations.toml_files import parse, read, root
from regulations.units.names import Match, NameIndex
from regulations.units.tables import Table

Level = Literal["commune", "district", "province"]
Share = Literal["whole", "part", "unknown"]
TraitName = Literal["border", "island", "remote", "difficult", "ethnic_minority"]
Answer = Literal["yes", "no", "unknown"]

TWO_LEVELS_FROM = date(2025, 7, 1)
"""First day of the map of 34 provinces, which has no districts."""
EXACT_FROM = date(2025, 3, 1)
"""Since this day the map of 63 provinces was as the data has it. Days before are answered by the same map."""
_PROVINCES: tuple[str, Level] = ("provinces.tsv", "province")
_DISTRICTS: tuple[str, Level] = ("districts.tsv", "district")
_COMMUNES: tuple[str, Level] = ("communes.tsv", "commune")
_FILES = {"34": {2: _PROVINCES, 5: _COMMUNES}, "63": {2: _PROVINCES, 3: _DISTRICTS, 5: _COMMUNES}}
"""Map → length of a code → file and level."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Whether a unit is what the trait says, who says so, and how sure that is. `unknown` is not `no`."""

    value: Answer
    source: str | None = None
    confidence: Confidence = "not found"


UNKNOWN = Trait("unknown")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is called on a day.

    `valid_from` and `valid_to` (the first day on which it no longer is so) are those of this kind and name; the id
    stays when a commune becomes a ward. `valid_from` is None where the data does not reach back. `confirmed`: whether
    someone read the decision; a row that nobody confirmed is used all the same.
    """

    id: str
    code: str
    level: Level
    kind: str
    name: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    confirmed: bool = True
    word: str | None = None
    """Of a province: its code in the directory, for example `lao-cai`."""

    @property
    def full_name(self) -> str:
        """Kind and name: `Xã Bát Xát`."""
        return f"{self.kind[0].upper()}{self.kind[1:]} {self.name}"


@dataclass(frozen=True, slots=True)
class Heir:
    """A unit that took over from another, or that it took over from, and how much of the former unit that was."""

    unit: str
    share: Share


class _Source(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    confidence: Confidence
    note: str


class _Sources(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: tuple[_Source, ...]


class Units:
    """All units of both maps. Files are read when they are first asked for.

    Args:
        folder: with the data files.
    """

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._tables: dict[str, Table] = {}

    def at(self, code: str, on: date) -> Unit | None:
        """The unit that has this official code on a day, as it is called on that day; None if there is none."""
        return self.unit(f"{'34' if on >= TWO_LEVELS_FROM else '63'}-{code}", on)

    def unit(self, unit_id: str, on: date | None = None) -> Unit | None:
        """A unit by its id, as it is called on a day (default: as it was called last). None for an unknown id.

        A unit of the other map is found too: who must know whether it exists on the day asks `at`.
        """
        the_map, _, code = unit_id.partition("-")
        file, level = _FILES.get(the_map, {}).get(len(code), ("", "commune"))
        row = self._table(f"{the_map}/{file}").row(code) if file else None
        if row is None:
            return None
        kind, name, parent = row[1], row[2], row[3]
        begin, end = (TWO_LEVELS_FROM, None) if the_map == "34" else (None, TWO_LEVELS_FROM)
        confirmed = True
        for change in self._changes.get(unit_id, ()):
            day = date.fromisoformat(change[1])
            if on is not None and on < day:
                end = day
                break
            kind, name, begin, confirmed = change[2], change[3], day, change[5] == "confirmed"
        province = level == "province"
        return Unit(
            id=unit_id,
            code=code,
            level=level,
            kind=kind,
            name=name,
            parent=None if province else f"{the_map}-{parent}",
            valid_from=begin,
            valid_to=end,
            confirmed=confirmed,
            word=parent if province else None,
        )

    def chain(self, code: str, on: date) -> tuple[Unit, ...]:
        """The unit of this code on a day, then what it is part of, up to the province. Empty for an unknown code."""
        first = self.at(code, on)
        return tuple(self._upwards(first, on)) if first else ()

    def province(self, word: str, on: date) -> Unit | None:
        """The province that has this word in the directory on a day; None if it does not exist on that day."""
        code = self._province_codes.get(("34" if on >= TWO_LEVELS_FROM else "63", word))
        return self.at(code, on) if code else None

    def became(self, unit_id: str) -> tuple[Heir, ...]:
        """The units that took over from a unit of the map of 63 provinces. Empty for one of the map of 34.

        For a district: the communes that took over from its communes, each with the share `part`.
        """
        the_map, _, code = unit_id.partition("-")
        if the_map != "63":
            return ()
        if row := self._table("became.tsv").row(code):
            return tuple(Heir(f"34-{heir}", share) for heir, share in _heirs(row[1]))
        communes = self._communes_of.get(code, "").split()
        heirs = {heir.unit for commune in communes for heir in self.became(f"63-{commune}")}
        return tuple(Heir(heir, "part") for heir in sorted(heirs))

    def was(self, unit_id: str) -> tuple[Heir, ...]:
        """The units that a unit of the map of 34 provinces took over from. Empty for one of the map of 63."""
        return self._predecessors.get(unit_id, ())

    def trait(self, unit_id: str, name: TraitName) -> Trait:
        """What is known of a unit: what is said of it alone, or else of all communes of its province."""
        if found := self._traits.get((unit_id, name)):
            return found
        above = self.unit(unit_id)
        return self._traits.get((above.parent or "", name), UNKNOWN) if above else UNKNOWN

    def find(self, typed: str, on: date, within: str | None = None) -> tuple[Match, ...]:
        """Units that exist on a day, found by a name of today or of before: those that have the name come first.

        Args:
            typed: with or without accents, capitals and the kind: `xa bat xat`, `P. 4`, `Đức Phổ`.
            on: the day.
            within: id of a unit of either map, or the word of a province, that the unit or its namesake is part of.
        """
        own: dict[str, Match] = {}
        others: dict[str, Match] = {}
        for unit_id in self._names.ids(typed):
            named = self.unit(unit_id, on)
            if named is None:
                continue
            if self.at(named.code, on) == named:
                self._keep(own, Match(named, named), on, within)
                continue
            for heir in (*self.became(unit_id), *self.was(unit_id)):
                if unit := self.unit(heir.unit, on):
                    self._keep(others, Match(unit, named), on, within)
        rest = [match for key, match in sorted(others.items()) if key not in own]
        return (*(own[key] for key in sorted(own)), *rest)

    def _keep(self, found: dict[str, Match], match: Match, on: date, within: str | None) -> None:
        above = {*self._upwards(match.unit, on), *self._upwards(match.named, on)}
        if within is None or any(within in (unit.id, unit.word) for unit in above):
            found.setdefault(match.unit.id, match)

    def ids(self) -> Iterator[str]:
        """Ids of all units of both maps."""
        for the_map, file in self._all_files():
            yield from (f"{the_map}-{row[0]}" for row in self._table(f"{the_map}/{file}"))

    def _upwards(self, unit: Unit | None, on: date) -> Iterator[Unit]:
        while unit is not None:
            yield unit
            unit = self.unit(unit.parent, on) if unit.parent else None

    @staticmethod
    def _all_files() -> list[tuple[str, str]]:
        return [(the_map, file) for the_map, files in _FILES.items() for file, _ in files.values()]

    def _table(self, file: str) -> Table:
        if file not in self._tables:
            self._tables[file] = Table(self._folder.joinpath(*file.split("/")))
        return self._tables[file]

    @cached_property
    def _changes(self) -> Mapping[str, list[list[str]]]:
        found: defaultdict[str, list[list[str]]] = defaultdict(list)
        for row in self._table("changes.tsv"):
            found[row[0]].append(row)
        return dict(found)

    @cached_property
    def _province_codes(self) -> Mapping[tuple[str, str], str]:
        return {
            (the_map, row[3]): row[0] for the_map in ("34", "63") for row in self._table(f"{the_map}/provinces.tsv")
        }

    @cached_property
    def _communes_of(self) -> Mapping[str, str]:
        """District → codes of its communes, with a space before each."""
        found: defaultdict[str, str] = defaultdict(str)
        for row in self._table("63/communes.tsv"):
            found[row[3]] += f" {row[0]}"
        return dict(found)

    @cached_property
    def _predecessors(self) -> Mapping[str, tuple[Heir, ...]]:
        found: defaultdict[str, list[Heir]] = defaultdict(list)
        for row in self._table("became.tsv"):
            for heir, share in _heirs(row[1]):
                found[f"34-{heir}"].append(Heir(f"63-{row[0]}", share))
        return {unit: tuple(heirs) for unit, heirs in found.items()}

    @cached_property
    def _traits(self) -> Mapping[tuple[str, str], Trait]:
        sources = parse(_Sources, read(self._folder / "sources.toml"), "units/data/sources.toml").source
        known = {one.key: one for one in sources}
        found: dict[tuple[str, str], Trait] = {}
        for unit, name, value, source in self._table("traits.tsv"):
            answer: Answer = "yes" if value == "yes" else "no"
            found[unit, name] = Trait(answer, known[source].title, known[source].confidence)
        return found

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex(self._written(), self._kinds_of)

    def _kinds_of(self, unit_id: str) -> set[str]:
        first = self.unit(unit_id, date.min)
        return {*([first.kind] if first else []), *(change[2] for change in self._changes.get(unit_id, ()))}

    def _written(self) -> Iterator[tuple[str, str]]:
        """(Id, name) for every name that a unit has or had, in every spelling."""
        for the_map, file in self._all_files():
            for row in self._table(f"{the_map}/{file}"):
                unit_id = f"{the_map}-{row[0]}"
                yield unit_id, row[2]
                if file != "provinces.tsv" and row[4]:
                    yield unit_id, row[4]
        for unit_id, changes in self._changes.items():
            yield from ((unit_id, change[3]) for change in changes)


def _heirs(written: str) -> Iterator[tuple[str, Share]]:
    """(Code, share) of each heir in a field of `became.tsv`: `00004`, or `00136 00541 00562?`."""
    codes = written.split(" ")
    share: Share = "whole" if len(codes) == 1 else "part"
    for code in codes:
        yield code.rstrip("?"), "unknown" if code.endswith("?") else share


def load_units(folder: Traversable | None = None) -> Units:
    """The units of this package, or of another folder of data files."""
    return Units(folder or root() / "units" / "data")
