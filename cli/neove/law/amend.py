"""`neove law amend FOLDER` and `neove calendar import FILE`: change the law of a running stack, after a preview.

Both propose and show what would move. A second person of the coordinating office signs (`neove law sign`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field
from rich.console import Console

from neove.commands_play import console
from neove.law import amendments, calendar, check, diff, moves
from neove.law.finding import LIBRARY, regulations_dir
from regulations import Library, Pack
from regulations.calendar import AmendedDay
from regulations.checks.law import check_law
from regulations.toml_files import PackError, parse, read
from stack.config import Failure

calendar_app = typer.Typer(
    name="calendar",
    help="Days off and make-up days: show the package's, change a running stack's.",
    no_args_is_help=True,
)

Decision = Annotated[str, typer.Option(help="Number of the decision that orders it.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why; about no person: it is kept as plain text.", show_default=False)]
Preview = Annotated[bool, typer.Option("--preview/--no-preview", help="Show which clocks of which cases would move.")]
Sign = Annotated[
    bool, typer.Option("--sign", help="Sign it as well, as a second person, and wait until it is applied.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Only the preview, with all moves, as JSON.")]
Actor = Annotated[str, typer.Option(help="Which person of the coordinating office proposes.")]
Signer = Annotated[str, typer.Option(help="Which one signs, with --sign.")]


class DayRow(AmendedDay):
    """One day of a file, as in the package's calendar, or `plain`. A decision that it names is the amendment's."""

    decision: str | None = None


class Days(BaseModel):
    """A file of days. `year` and `edition` may stand in it, so that a file of the package can be brought as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int | None = None
    edition: str | None = None
    row: tuple[DayRow, ...] = Field(min_length=1)


@calendar_app.command("import")
def import_calendar(
    file: Annotated[Path, typer.Argument(help="TOML of `[[row]]`: date, kind, name, status.", show_default=False)],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amendments.PROPOSER,
    signer: Signer = amendments.SIGNER,
) -> None:
    """Propose days off, make-up days or plain days for the running stack, and show which due dates would move."""
    fields = {"kind": "calendar", "decision": decision, "reason": reason, "rows": rows_of(file, decision)}
    _bring(fields, _Way(preview, sign, as_json, actor, signer))


calendar_app.command("show")(calendar.command)


def amend_pack(
    folder: Annotated[
        Path, typer.Argument(help="Of a pack with the id of an installed one: a new version of it.", show_default=False)
    ],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amendments.PROPOSER,
    signer: Signer = amendments.SIGNER,
) -> None:
    """Check a pack, install it beside the package's, propose it for the running stack, and show what would move.

    A law with a date of its own is a pack of its own and comes with a release; this is for a version of a pack.
    """
    way = _Way(preview, sign, as_json, actor, signer)
    pack = checked(folder, way.screen)
    install_here(folder)
    fields = {"kind": "pack", "decision": decision, "reason": reason}
    _bring({**fields, "pack_id": pack.id, "pack_hash": pack.content_hash}, way)


@dataclass(frozen=True)
class _Way:
    """How an amendment is brought."""

    preview: bool
    sign: bool
    as_json: bool
    actor: str
    signer: str

    @property
    def screen(self) -> Console:
        """Where a person reads; the JSON has the standard output for itself."""
        return Console(stderr=True, highlight=False) if self.as_json else console()


def _bring(fields: Mapping[str, Any], way: _Way) -> None:
    """Propose, show what would move, and sign where that is asked."""
    screen, asked = way.screen, amendments.register(way.actor)
    proposed = asked.propose(fields)
    amendment_id, content = str(proposed["amendment_id"]), str(proposed["content_hash"])
    amendments.describe(screen, proposed)
    if way.preview or way.as_json:
        found = moves.gathered(asked.preview_pages(amendment_id))
        if way.as_json:
            told = {"amendment": proposed, "cases": found.cases, "cases_moved": found.cases_moved, "items": found.items}
            print(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            moves.show(screen, found)
    if way.sign:
        amendments.sign_and_follow(screen, amendments.register(way.signer), amendment_id, content)
    else:
        screen.print(f"\nNothing moved. A second person signs: neove law sign {amendment_id}", soft_wrap=True)


def rows_of(file: Path, decision: str) -> list[dict[str, Any]]:
    """The days of a file, as casework takes them.

    Raises:
        Failure: it is no such file, or a row names another decision: one amendment, one decision.
    """
    try:
        days = parse(Days, read(file), file.name)
    except PackError as error:
        raise Failure(f"{error}.") from None
    for row in days.row:
        if row.decision not in (None, decision):
            raise Failure(f"{file.name}: {row.date} names {row.decision}: one amendment has one decision.")
        if days.year not in (None, row.date.year):
            raise Failure(f"{file.name}: {row.date} is not of the year {days.year}.")
    return [row.model_dump(mode="json", exclude={"decision"}) for row in days.row]


def checked(folder: Path, screen: Console) -> Pack:
    """The pack of a folder, after telling what differs from the package's.

    Raises:
        Failure: the checks found errors, or the package has no such pack.
    """
    pack, findings = check_law(folder, LIBRARY.world)
    check.show(screen, findings, quiet=True)
    if pack is None or any(finding.level == "error" for finding in findings):
        raise Failure(f"{folder} has errors; `neove law check {folder}` shows all.")
    before = LIBRARY.packs().get(pack.id)
    if before is None:
        raise Failure(f"The package has no pack {pack.id}: a law of its own comes with a release.")
    if pack.content_hash == before.content_hash:
        screen.print("[dim]the package's own version: cases under an amended one would come back to it[/]")
    diff.show(screen, before, pack)
    return pack


def install_here(folder: Path) -> None:
    """Keep the pack as an installed version for every service of this stack.

    Raises:
        Failure: the folder of installed packs cannot be written, or the pack is wrong.
    """
    regulations = regulations_dir()
    try:
        Library(regulations).install(folder)
    except PackError as error:
        raise Failure(f"{error}.") from None
    except OSError as error:
        raise Failure(f"{regulations} cannot be written: {error.strerror}.") from None
