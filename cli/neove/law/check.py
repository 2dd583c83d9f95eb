"""`neove law check [PACK…]`: every mistake of a pack, with file and line, and counts of what the packs hold."""

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from neove.law.shared.packs import LIBRARY
from neove.shared.terminal import console, plain_table
from regulations import Pack
from regulations.articles import Treated
from regulations.checks.codes import code_findings, effective
from regulations.checks.directory import directory_findings
from regulations.checks.law import Account, Finding, account, across, article_findings, check_law
from regulations.checks.local import local_findings
from regulations.code_citations import FILE as CITATIONS
from regulations.directory import Directory
from regulations.four_eyes import FILE as FOUR_EYES
from regulations.four_eyes import four_eyes_mistakes
from regulations.instruments import FILE as INSTRUMENTS
from regulations.instruments import load_instruments
from regulations.toml_files import PackError, root
from regulations.versions import FILE as VERSIONS
from regulations.versions import Version, VersionTaken, other_content, released
from stack.config import ROOT, Failure

READ_RULES = ROOT / "tests/unit/regulations/rule_ids.txt"
"""Every rule that was read from the texts of both laws."""
COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PACK]…", help="Ids, or folders of drafts; without it, all packs.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Leave out notes.")] = False,
) -> None:
    """Check packs, and show every mistake with file and line.

    Checked are the shape, the names, the graph, whether clocks can start and end, the offices on every date, and
    whether every rule of the law is accounted for.

    Exit code: 0 no error (a person judges the warnings); 1 errors.

    \b
    Example:
      .venv/bin/neove law check --quiet
    """
    screen = console()
    folders = _folders(names)
    directory = LIBRARY.world.directory
    findings = [Finding("error", file, None, mistake) for file, mistake in directory_findings(directory)]
    good: dict[str, Pack] = {}
    for name, folder in folders.items():
        pack, found = check_law(folder, LIBRARY.world)
        findings += found
        if pack is not None:
            good[name] = pack
            screen.print(f"[bold]{escape(pack.id)}[/] {pack.version}  [dim]{pack.content_hash[:16]}[/]")
    findings += _of_four_eyes(good)
    findings += _of_local() if not names else []
    findings += [finding for pack in good.values() for finding in _of_codes(pack)]
    findings += [finding for name, pack in good.items() for finding in version_findings(name, pack.numbered)]
    if len(good) > 1:
        first, *others = good.values()
        findings += [finding for other in others for finding in across(first, other)]
    accounts = [_account(pack) for pack in good.values()] if READ_RULES.is_file() else []
    findings += [finding for each in accounts for finding in each.findings()]
    articles = {law: rows for law, rows in _articles().items() if law in good}
    findings += [finding for law, rows in articles.items() for finding in article_findings(law, rows)]
    show(screen, findings, quiet=quiet)
    _counts(screen, good)
    _divisions(screen, directory)
    for law, rows in articles.items():
        held = sum(one.accounted for one in rows)
        screen.print(
            f"{law}: {held} of {len(rows)} articles are a rule, a row of a list, or have a reason", soft_wrap=True
        )
    if not any(finding.level == "error" for finding in findings):
        _coded_and_titled(screen, good)
    _accounts(screen, accounts, complete=len(good) == len(folders) and not names)
    raise typer.Exit(1 if any(finding.level == "error" for finding in findings) else 0)


def _of_four_eyes(packs: dict[str, Pack]) -> list[Finding]:
    """Rows of `four_eyes.toml` that no case of a pack could ever meet."""
    try:
        found = LIBRARY.four_eyes
    except PackError as error:
        return [Finding("error", FOUR_EYES, None, str(error))]
    return [
        Finding("error", FOUR_EYES, None, each) for pack in packs.values() for each in four_eyes_mistakes(found, pack)
    ]


def _of_local() -> list[Finding]:
    """What the local packs and the record of instruments have wrong."""
    try:
        laws, local, instruments = LIBRARY.packs(), LIBRARY.local, load_instruments()
    except PackError as error:
        return [Finding("error", "packs", None, str(error))]
    found = local_findings(local, laws, instruments, LIBRARY.world.directory)
    uncited = [
        Finding("warning", INSTRUMENTS, None, f"{rule} of {law} cites no instrument that is here")
        for law, rule in instruments.uncited(laws.values())
    ]
    return [*(Finding(level, file, None, message) for file, (level, message) in found), *uncited]


def _of_codes(pack: Pack) -> Iterator[Finding]:
    """Codes with a legal effect and without a citation."""
    try:
        cited = LIBRARY.code_citations.get(pack.id, {})
    except PackError as error:
        yield Finding("error", CITATIONS, None, str(error))
        return
    for level, message in code_findings(pack, cited):
        yield Finding(level, CITATIONS, None, f"{pack.id}: {message}")


def version_findings(name: str, one: Version) -> Iterator[Finding]:
    """An error if its number already stands for other content, and a note if the list of releases does not have it."""
    try:
        rows = released()
    except PackError as error:
        yield Finding("error", VERSIONS, None, str(error))
        return
    for other in other_content(one, [*rows, LIBRARY.pack(one.pack).numbered]):
        yield Finding("error", f"{Path(name).name}/pack.toml", None, str(VersionTaken(Path(name).name, one, other)))
        return
    if one not in rows:
        row = f'[[version]] pack = "{one.pack}" version = "{one.version}" content_hash = "{one.content_hash}"'
        yield Finding("note", VERSIONS, None, f"not released yet; with its release add {row}")


def _folders(names: list[str] | None) -> dict[str, Traversable]:
    installed = {entry.name: entry for entry in sorted((root() / "packs").iterdir(), key=lambda entry: entry.name)}
    installed = {name: entry for name, entry in installed.items() if (entry / "pack.toml").is_file()}
    if not names:
        return installed
    drafts = {name: Path(name) for name in names if name not in installed}
    if wrong := [name for name, path in drafts.items() if not (path / "pack.toml").is_file()]:
        raise Failure(f"There is no pack {wrong[0]}; installed are {', '.join(installed)}.")
    return {name: drafts.get(name) or installed[name] for name in names}


def show(screen: Console, findings: list[Finding], *, quiet: bool = False) -> None:
    """One line a finding, errors first, then how many there are."""
    for level, colour in COLOURS.items():
        for finding in findings:
            if finding.level == level and not (quiet and level == "note"):
                line = f"[{colour}]{level:<8}[/] {escape(finding.where)}: {escape(finding.message)}"
                screen.print(line, soft_wrap=True)
    count = Counter(finding.level for finding in findings)
    screen.print(", ".join(f"{level}s: {count[level]}" for level in COLOURS), soft_wrap=True)


def _divisions(screen: Console, directory: Directory) -> None:
    screen.print()
    for one in directory.divisions:
        offices = sum(office.exists(one.valid_from) for office in directory.offices())
        found = len(directory.provinces_on(one.valid_from))
        source = f"[dim]{escape(one.citation)}, {one.confidence}[/]"
        screen.print(f"from {one.valid_from}: {found} provinces, {offices} offices  {source}", soft_wrap=True)


def _articles() -> dict[str, tuple[Treated, ...]]:
    try:
        return LIBRARY.articles
    except PackError as error:
        raise Failure(str(error)) from None


def _account(pack: Pack) -> Account:
    ids = frozenset(READ_RULES.read_text(encoding="utf-8").split())
    try:
        reasons = LIBRARY.not_clocks.keys()
    except PackError as error:
        raise Failure(str(error)) from None
    regime = LIBRARY.world.regime(pack.id)
    assert regime is not None, "a pack without a regime is a finding"
    return account(regime, pack.rules.keys() | pack.reporting.keys(), reasons, ids)


def _counts(screen: Console, packs: dict[str, Pack]) -> None:
    for title, words in (("Kind", _kinds), ("Confidence", _confidences)):
        counts = {name: Counter(words(pack)) for name, pack in packs.items()}
        table = plain_table()
        for column in (title, *packs):
            table.add_column(column, justify="left" if column == title else "right")
        for word in sorted({word for count in counts.values() for word in count}):
            table.add_row(word, *(str(count[word]) for count in counts.values()))
        table.add_row("[bold]rules and report dates[/]", *(str(count.total()) for count in counts.values()))
        screen.print()
        screen.print(table)


def _kinds(pack: Pack) -> Iterable[str]:
    return [*(rule.kind for rule in pack.rules.values()), *(report.kind for report in pack.reporting.values())]


def _confidences(pack: Pack) -> Iterable[str]:
    rows = (*pack.rules.values(), *pack.reporting.values())
    return [row.confidence for row in rows]


def _coded_and_titled(screen: Console, packs: dict[str, Pack]) -> None:
    for pack in packs.values():
        wanted = set(effective(pack))
        cited = len(wanted & LIBRARY.code_citations.get(pack.id, {}).keys())
        titled = sum(rule.title is not None for rule in pack.rules.values())
        codes = f"{cited} of {len(wanted)} codes without a row of their own are cited"
        screen.print(f"{pack.id}: {codes}; {titled} of {len(pack.rules)} rules have a title", soft_wrap=True)


def _accounts(screen: Console, accounts: list[Account], *, complete: bool) -> None:
    screen.print()
    if not accounts:
        screen.print("[dim]There is no list of the rules that were read, so the packs cannot be compared with it.[/]")
        return
    for each in accounts:
        parts = f"{len(each.in_pack)} in the pack + {len(each.reasoned)} in not_clocks.toml"
        screen.print(f"{each.law}: {parts} = {each.accounted} of {each.read} rules read", soft_wrap=True)
    if complete:
        accounted, read = sum(each.accounted for each in accounts), sum(each.read for each in accounts)
        screen.print(f"[bold]both laws: {accounted} of {read} rules accounted for[/]")
