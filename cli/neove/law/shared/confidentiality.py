"""`neove law list --confidentiality`: who may open which sealed text, what for, and the duties of secrecy behind it."""

from rich.console import Console
from rich.markup import escape

from contracts.codes import SealGroup
from neove.shared.terminal import plain_table
from regulations import Pack
from regulations.catalogue import PurposeGiven, Sight
from regulations.words import read

SIGNS = {"full": "[green]full[/]", "own": "own", "summary": "[dim]summary[/]", "none": "[dim]–[/]"}
LEGEND = "full: also before its turn; own: in its own part only; summary: states and codes, no text; –: nothing"


def show(screen: Console, pack: Pack) -> None:
    """Print the three tables of one pack."""
    screen.print(f"\n[bold]{escape(pack.id)}[/] {pack.version}  [dim]{LEGEND}[/]", soft_wrap=True)
    table = plain_table("Role", *map(str, SealGroup))
    for sight in pack.confidentiality.values():
        table.add_row(sight.role, *(SIGNS[sight.sees[group]] for group in SealGroup))
    screen.print(table)
    for sight in pack.confidentiality.values():
        line = f"{sight.role}: {sight.note} [{sight.citation}; {sight.confidence}]"
        screen.print(escape(line), style="dim", soft_wrap=True)
    screen.print()
    for given in pack.purposes.values():
        line = f"{given.code}: {given_in_words(given)}. {given.note} [{given.citation}; {given.confidence}]"
        screen.print(escape(line), style="dim", soft_wrap=True)
    screen.print()
    for duty in pack.secrecy.values():
        sure = f"{duty.confidence} {read(duty)}".rstrip()
        line = f"{duty.code}: {duty.label.vi}. {duty.note} [{duty.citation}; {sure}]"
        screen.print(escape(line), soft_wrap=True)


def in_words(sight: Sight) -> str:
    """One role in a line: `identity own, contact own, …`."""
    return ", ".join(f"{group} {sight.sees[group]}" for group in SealGroup)


def given_in_words(given: PurposeGiven) -> str:
    """One row of the purposes in a line: `support: identity, contact for commune, facility in support:*`."""
    groups, roles, lanes = (", ".join(words) for words in (given.groups, given.roles, given.lanes))
    return f"{given.purpose}: {groups} for {roles} in {lanes}"
