"""`neove law amend FOLDER`: propose another version of a pack for the running stack."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from neove.law import check, diff
from neove.law.shared import amending
from neove.law.shared.packs import LIBRARY, regulations_dir
from neove.law.shared.proposing import Actor, AsJson, Decision, Preview, Reason, Sign, Signer, Way, bring
from regulations import Library, Pack
from regulations.checks.law import check_law
from regulations.toml_files import PackError
from stack.config import Failure


def command(
    folder: Annotated[
        Path, typer.Argument(help="Of a pack with the id of an installed one: a new version of it.", show_default=False)
    ],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amending.PROPOSER,
    signer: Signer = amending.SIGNER,
) -> None:
    """Check a pack, install it beside the package's, propose it for the running stack, and show what would move.

    A law with a date of its own is a pack of its own and comes with a release; this is for a version of a pack.
    """
    way = Way(preview, sign, as_json, actor, signer)
    pack = checked(folder, way.screen)
    install_here(folder)
    fields = {"kind": "pack", "decision": decision, "reason": reason}
    bring({**fields, "pack_id": pack.id, "pack_hash": pack.content_hash}, way)


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
