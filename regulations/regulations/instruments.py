"""Instruments: laws, decrees, circulars, programmes, plans and coordination regulations as dated records.

Rules cite them, and local packs carry them out (`LocalPack.instrument`). A record says what of a text is known and what
was not found, so that nobody takes the second for the first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Literal, Protocol

from pydantic import Field

from regulations.catalogue import ReportDate
from regulations.local import LocalPack
from regulations.model import Confidence, Label, Part, Rule
from regulations.pack import Pack
from regulations.toml_files import PackError, parse, read, root

FILE = "packs/instruments.toml"
Kind = Literal[
    "law", "decree", "joint_circular", "circular", "decision", "programme", "plan", "coordination", "procedure"
]


class CitedRow(Protocol):
    """A row that cites its source."""

    @property
    def citation(self) -> str:
        """Its source."""
        ...


class Instrument(Part):
    """One instrument. A day that nobody read is missing."""

    id: str
    kind: Kind
    number: str = Field(description="As it is written on it; the name of the law where it has no other.")
    title: Label
    issuers: tuple[str, ...] = Field(default=(), description="Who issued or signed it, by the names of that time.")
    signed: date | None = None
    valid_from: date | None = Field(default=None, description="First day on which it is in force.")
    valid_to: date | None = Field(default=None, description="First day on which it is not in force any more.")
    doubtful_from: date | None = Field(
        default=None, description="From this day on it is not known whether it is still in force."
    )
    cycle: str | None = Field(default=None, description="The programme cycle that it is of.")
    based_on: tuple[str, ...] = ()
    replaced_by: str | None = None
    cited_as: tuple[str, ...] = Field(min_length=1, description="Words by which a citation of it is recognised.")
    known: tuple[str, ...] = Field(default=(), description="What of it is known, if the text was not read.")
    not_found: tuple[str, ...] = Field(default=(), description="What was looked for and not found.")
    source: str = Field(min_length=3, description="Where this record is from.")
    confidence: Confidence = Field(description="Of the dates of the record, not of the rules that cite it.")
    note: str = ""

    def in_force(self, on: date) -> bool | None:
        """Whether it is in force on a day; None if its first day, or whether it has ended, is not known."""
        if self.valid_to is not None and on >= self.valid_to:
            return False
        if self.valid_from is None or (self.doubtful_from is not None and on >= self.doubtful_from):
            return None
        return on >= self.valid_from

    @cached_property
    def words(self) -> re.Pattern[str]:
        """Finds the words of `cited_as`, each as whole words."""
        return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?![\w-])" for word in self.cited_as))


class Cycle(Part):
    """A programme cycle: the years that one programme of the Prime Minister is for."""

    id: str
    title: Label
    first: date
    last: date
    note: str = ""


class Instruments(Part):
    """The whole file."""

    cycle: tuple[Cycle, ...]
    instrument: tuple[Instrument, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Instrument]:
        """Id → instrument."""
        return {one.id: one for one in self.instrument}

    def cited(self, row: CitedRow) -> list[Instrument]:
        """The instruments that a row cites."""
        return [one for one in self.instrument if one.words.search(row.citation)]

    def uncited(self, packs: Iterable[Pack]) -> Iterator[tuple[str, str]]:
        """Pack id and rule of each rule or report date whose citation names no instrument that is here."""
        for pack in packs:
            for row in (*pack.rules.values(), *pack.reporting.values()):
                if not self.cited(row):
                    yield pack.id, row.id

    def mistakes(self) -> Iterator[str]:
        """Ids that stand twice, and ids of cycles or instruments that are not here."""
        ids, cycles = [one.id for one in self.instrument], {one.id for one in self.cycle}
        yield from (f"{name} stands twice" for name in sorted({name for name in ids if ids.count(name) > 1}))
        for one in self.instrument:
            if one.cycle is not None and one.cycle not in cycles:
                yield f"{one.id}: unknown cycle {one.cycle}"
            named = {*one.based_on, *([one.replaced_by] if one.replaced_by else [])}
            if unknown := sorted(named - set(ids)):
                yield f"{one.id}: unknown instruments {unknown}"


def load_instruments() -> Instruments:
    """The instruments of this package.

    Raises:
        PackError: the file is wrong.
    """
    found = parse(Instruments, read(root() / FILE), FILE)
    for mistake in found.mistakes():
        raise PackError(f"{FILE}: {mistake}")
    return found


def rules_that_cite(
    instruments: Instruments, packs: Iterable[Pack], local: Iterable[LocalPack]
) -> Mapping[str, tuple[str, ...]]:
    """Instrument → the ids of the rules and report dates that cite it, of packs of laws and of local packs."""
    found: dict[str, dict[str, None]] = {one.id: {} for one in instruments.instrument}
    rows: list[Rule | ReportDate] = [row for pack in packs for row in (*pack.rules.values(), *pack.reporting.values())]
    for row in (*rows, *(row for one in local for row in (*one.rule, *one.report))):
        for instrument in instruments.cited(row):
            found[instrument.id][row.id] = None
    return {name: tuple(ids) for name, ids in found.items()}
