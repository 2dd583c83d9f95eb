"""`neove law show RULE`: one rule of the packs, with all it says."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from neove.law.shared.in_force import in_force
from neove.law.shared.packs import LIBRARY, holders_of
from neove.shared.terminal import console
from regulations import Pack, Rule
from regulations.local import LocalRule
from regulations.source_lines import line_of
from regulations.toml_files import root
from regulations.words import conditions, effect, limit, read

PackOption = Annotated[
    str | None, typer.Option("--pack", metavar="PACK", help="Only this pack: its id, or the folder of a draft.")
]


def command(
    rule: Annotated[str, typer.Argument(help="Id, for example B-SELF-04.", show_default=False)],
    pack: PackOption = None,
) -> None:
    """Show one rule with all that the packs say of it.

    What starts and ends it, its length, its holder, its source, and how sure we are. It is the rule of the law in force
    on the running stack; if no stack answers, of this package. The last line says which.

    \b
    Example:
      .venv/bin/neove law show B-SELF-04
    """
    law, screen = in_force(), console()
    for held, found in holders_of(rule, law.packs, pack):
        show(screen, held, found)
    screen.print(f"\n[dim]{escape(law.whose)}[/]", soft_wrap=True)


def show(screen: Console, pack: Pack, rule: Rule) -> None:
    """Print one rule."""
    screen.print(f"\n[bold]{rule.id}[/]  {pack.id} {pack.version}  [dim]{_where(pack, rule)}[/]", soft_wrap=True)
    if rule.title:
        screen.print(f"  {rule.title.vi} / {rule.title.en}", soft_wrap=True, markup=False)
    for word, text in _fields(pack, rule):
        screen.print(Text.assemble((f"  {word:<12}", "dim"), text), soft_wrap=True)


def _fields(pack: Pack, rule: Rule) -> Iterator[tuple[str, str]]:
    lane = pack.lanes[rule.lanes[0]]
    labels = {code: f"{state.label.vi} ({code})" for code, state in lane.by_code.items()}

    def named(codes: tuple[str, ...]) -> str:
        return ", ".join(labels.get(code, code) for code in codes)

    yield "lanes", ", ".join(f"{pack.lanes[code].label.vi} ({code})" for code in rule.lanes)
    yield "kind", f"{rule.kind}; binds only who wants what it asks for" if rule.conditional else rule.kind
    yield "limit", f"{limit(rule)} (counted by the {rule.profile} profile)"
    for other in rule.alternatives:
        yield "", f"or {other.amount} where {conditions(rule.model_copy(update={'applies': other.applies}))}"
    yield "starts on", named(rule.starts)
    if rule.counts_from:
        yield "counts from", labels.get(rule.counts_from, rule.counts_from)
    yield "met by", named(rule.stops)
    for word, codes in (("void after", rule.voids_on), ("runs on after", rule.resumes_on), ("unless", rule.unless)):
        if codes:
            yield word, named(codes)
    named_date = (f"the date stated as {rule.before_date}",) if rule.before_date else ()
    lead = "at end of" if rule.unit == "immediate" else "before"
    for word, ids in (("replaces", rule.replaces), (lead, rule.before + named_date)):
        if ids:
            yield word, ", ".join(ids)
    if said := conditions(rule):
        yield "applies", said
    if rule.by_analogy:
        yield "by analogy", f"{', '.join(rule.by_analogy)} (there it is inferred)"
    yield "holder", rule.whose or "the holder of the lane"
    yield from _local(rule)
    yield "source", rule.citation
    yield "confidence", f"{rule.confidence}{effect(rule.confidence)}"
    yield "verified", f"{read(rule)}. {pack.readings[rule.verified_by]}" if rule.verified_by else "by nobody"
    yield "note", rule.note


def _local(rule: Rule) -> Iterator[tuple[str, str]]:
    """Where and from when a local rule holds, and whom it names."""
    if isinstance(rule, LocalRule):
        yield "only in", ", ".join(f"{one.place}, from {one.since}" for one in rule.versions)
        yield "to be told", ", ".join(rule.informs)


def _where(pack: Pack, rule: Rule) -> str:
    """File and line of the rule in the package's pack; of another pack or version, the file only."""
    if isinstance(rule, LocalRule):
        return f"local/{rule.versions[-1].pack}/{rule.versions[-1].since}.toml"
    file = f"{rule.lanes[0].partition(':')[0]}.toml"
    source = root() / "packs" / pack.id / file
    shipped = pack.id in LIBRARY.ids and LIBRARY.pack(pack.id).content_hash == pack.content_hash
    line = line_of(source.read_text(encoding="utf-8"), [rule.id]) if shipped and source.is_file() else None
    return f"{pack.id}/{file}:{line}" if line else f"{pack.id}/{file}"
