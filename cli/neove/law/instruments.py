"""`neove law instruments [ID]`: laws, decrees, programmes, plans and coordination regulations, with their dates."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from neove.law.shared.packs import LIBRARY, instant
from neove.shared.terminal import console, plain_table
from regulations.instruments import Instrument, Instruments, load_instruments, rules_that_cite
from regulations.legal_time import legal_date
from regulations.local import LocalPack, LocalRow
from regulations.toml_files import PackError
from stack.config import Failure

IN_FORCE = {True: "in force", False: "not in force", None: "not known"}


def command(
    instrument: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One instrument, with all that its record says.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Show what is in force on this day; default: today.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, for example coordination or plan.")] = None,
) -> None:
    """List instruments, programme cycles and local packs.

    A record says from when to when an instrument is in force, how sure we are, and which rules cite it. With an id it
    also says what of the text is known and what was not found.

    \b
    Example:
      .venv/bin/neove law instruments quy-che-2548
    """
    day = legal_date(instant(on)) if on else date.today()  # noqa: DTZ011  the day of the person who asks
    try:
        found = load_instruments()
        citing = rules_that_cite(found, LIBRARY.packs().values(), LIBRARY.local)
    except PackError as error:
        raise Failure(str(error)) from None
    screen = console()
    if instrument is not None:
        if instrument not in found.by_id:
            raise Failure(f"There is no instrument {instrument}: `neove law instruments` lists them.")
        _one(screen, found.by_id[instrument], citing[instrument], day)
        return
    _all(screen, found, citing, day, kind)


def _all(
    screen: Console, found: Instruments, citing: Mapping[str, tuple[str, ...]], day: date, kind: str | None
) -> None:
    table = plain_table("Id", "Number", "Kind", "Days", f"On {day}", "Rules", "Confidence", wrapped=["Number"])
    for one in found.instrument:
        if kind in (None, one.kind):
            force, rules = IN_FORCE[one.in_force(day)], str(len(citing[one.id]))
            table.add_row(one.id, escape(one.number), one.kind, _days(one), force, rules, one.confidence)
    screen.print(table)
    if kind is not None:
        return
    screen.print()
    cycles = plain_table("Cycle", "Days", "Programme", wrapped=["Programme"])
    for cycle in found.cycle:
        cycles.add_row(cycle.id, f"{cycle.first} – {cycle.last}", escape(cycle.title.en))
    screen.print(cycles)
    screen.print()
    packs = plain_table("Local pack", "Place", "Starts clocks", "Adds", "Title", wrapped=["Title"])
    for pack in LIBRARY.local:
        packs.add_row(pack.id, pack.place, _period(pack.since, pack.until), _adds(pack), escape(pack.title.en))
    screen.print(packs)


def _period(first: date | None, end: date | None) -> str:
    """`from – before end`; a day that is not known is a question mark."""
    return f"{first or '?'} –" + (f" before {end}" if end else "")


def _days(one: Instrument) -> str:
    return _period(one.valid_from, one.valid_to)


def _adds(pack: LocalPack) -> str:
    ids = [row.id for row in (*pack.rule, *pack.report)]
    return ", ".join(ids) or "nothing"


def _one(screen: Console, one: Instrument, rules: tuple[str, ...], day: date) -> None:
    screen.print(f"\n[bold]{one.id}[/]  {escape(one.number)}", soft_wrap=True)
    for word, text in (*_fields(one, day), ("cited by", ", ".join(rules) or "no rule")):
        screen.print(Text.assemble((f"  {word:<12}", "dim"), text), soft_wrap=True)
    for pack in (pack for pack in LIBRARY.local if pack.instrument == one.id):
        _local(screen, pack)


def _fields(one: Instrument, day: date) -> Iterator[tuple[str, str]]:
    yield "title", f"{one.title.vi} ({one.title.en})"
    yield "kind", one.kind
    if one.issuers:
        yield "issued by", ", ".join(one.issuers)
    yield "signed", str(one.signed) if one.signed else "not known"
    yield "days", f"{_days(one)}; on {day} {IN_FORCE[one.in_force(day)]}"
    if one.doubtful_from:
        yield "doubtful", f"from {one.doubtful_from} on it is not known whether it is still in force"
    links = (("cycle", one.cycle), ("based on", ", ".join(one.based_on)), ("replaced by", one.replaced_by))
    yield from ((word, text) for word, text in links if text)
    yield from (("known", text) for text in one.known)
    yield from (("not found", text) for text in one.not_found)
    yield "source", one.source
    yield "confidence", one.confidence
    if one.note:
        yield "note", one.note


def _local(screen: Console, pack: LocalPack) -> None:
    """A version of the local pack that carries the instrument out."""
    head = f"\n  local pack [bold]{pack.id}[/] in {pack.place}, for clocks that start {_period(pack.since, pack.until)}"
    screen.print(f"{head}  [dim]{pack.content_hash[:16]}[/]", soft_wrap=True)
    screen.print(f"    {escape(pack.note)}", soft_wrap=True)
    for row in pack.rule:
        screen.print(f"    [bold]{row.id}[/]  {escape(row.title.vi)} ({escape(row.title.en)})", soft_wrap=True)
        screen.print(f"      {_said(row)}", soft_wrap=True)
    for report in pack.report:
        when = f"before {report.before}" if report.before else f"every {report.every_months} months"
        screen.print(f"    [bold]{report.id}[/]  {escape(report.label.vi)}: {when}, to {report.to}", soft_wrap=True)


def _said(row: LocalRow) -> str:
    number = "no number, it only reminds" if row.amount is None else f"{row.amount} {row.unit}"
    told = f"; to be told: {', '.join(row.informs)}" if row.informs else ""
    return f"from {', '.join(row.starts_on)} until {', '.join(row.to)}; {number}{told}; {row.confidence}"
