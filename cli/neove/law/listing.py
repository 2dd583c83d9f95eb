"""`neove law list`: a table of the rules and report dates of the packs."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from neove.law.shared.confidentiality import show
from neove.law.shared.packs import LIBRARY, chosen
from neove.law.show import PackOption
from neove.shared.terminal import console, plain_table
from regulations import Pack, Rule
from regulations.catalogue import ReportDate
from regulations.model import VERIFIED
from regulations.words import limit, read


def command(
    lane: Annotated[
        str | None, typer.Option(help="Only of this lane, or of a family of lanes, for example support.")
    ] = None,
    confidence: Annotated[
        str | None, typer.Option(help="Only of this confidence, for example 'not found'; the first letters are enough.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only of this kind, for example transition, duty, ceiling, lead_time, recurring.")
    ] = None,
    pack: PackOption = None,
    confidentiality: Annotated[
        bool, typer.Option("--confidentiality", help="Show instead which role may open which sealed text.")
    ] = False,
    codes: Annotated[
        bool, typer.Option("--codes", help="Show instead by which text routes, lanes, statuses and states have effect.")
    ] = False,
) -> None:
    """List rules and report dates with their title, limit and source.

    The list also shows how sure we are of each rule, and who compared it with the text.

    \b
    Example:
      .venv/bin/neove law list --lane crime --confidence inferred
    """
    packs = chosen([pack] if pack else None)
    if confidentiality:
        for held in packs.values():
            show(console(), held)
        return
    if codes:
        console().print(_codes(packs))
        return
    columns = ("Pack", "Rule", "Title", "Lane", "Kind", "Limit", "Confidence", "Verified", "Source")
    table = plain_table(*columns, wrapped=["Title", "Source"])
    count = 0
    for name, held in packs.items():
        for row in (*held.rules.values(), *held.reporting.values()):
            lanes = row.lanes if isinstance(row, Rule) else ("reports",)
            if _wanted(row.kind, row.confidence, lanes, kind, confidence, lane):
                count += 1
                doubt = "" if row.confidence == VERIFIED else "[yellow]"
                source, title = escape(row.citation), escape(title_of(row))
                cells = (name, row.id, title, _short(lanes), row.kind, _limit(row))
                table.add_row(*cells, f"{doubt}{row.confidence}", read(row), source)
    console().print(table)
    console().print(f"[dim]{count} rules[/]")


def _codes(packs: Mapping[str, Pack]) -> Table:
    table = plain_table("Pack", "Code", "Confidence", "Verified", "Source", "Note", wrapped=["Source", "Note"])
    for held in packs.values():
        for code, row in LIBRARY.code_citations.get(held.id, {}).items():
            doubt = "" if row.confidence == VERIFIED else "[yellow]"
            sure = f"{doubt}{row.confidence}"
            table.add_row(held.id, code, sure, read(row), escape(row.citation), escape(row.note))
    return table


def _wanted(
    kind: str, confidence: str, lanes: tuple[str, ...], kind_asked: str | None, sure: str | None, lane: str | None
) -> bool:
    if kind_asked is not None and kind != kind_asked:
        return False
    if sure is not None and not confidence.startswith(sure):
        return False
    return lane is None or any(lane in (code, code.partition(":")[0]) for code in lanes)


def title_of(row: Rule | ReportDate) -> str:
    """The short title of a rule or report date in Vietnamese; empty for a rule of before titles."""
    title = row.title if isinstance(row, Rule) else row.label
    return title.vi if title else ""


def _short(lanes: tuple[str, ...]) -> str:
    return lanes[0] if len(lanes) == 1 else f"{lanes[0]} +{len(lanes) - 1}"


def _limit(row: Rule | ReportDate) -> str:
    if isinstance(row, Rule):
        return limit(row)
    often = f"before {row.before}" if row.before else f"every {row.every_months} months"
    ended = f", ended before {row.valid_to}" if row.valid_to else ""
    return often + ended + (f", only in {', '.join(row.places)}" if row.places else "")
