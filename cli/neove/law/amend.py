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
        Path,
        typer.Argument(help="Folder of the changed pack; its id is that of an installed pack.", show_default=False),
    ],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amending.PROPOSER,
    signer: Signer = amending.SIGNER,
) -> None:
    """Propose another version of a pack for the running stack.

    The version is checked and installed beside the package's, and the due dates that would move are shown.

    A new law with its own date is a new pack and comes with a release; this command takes a new version of a pack.

    \b
    Example: copy the installed pack, change it, compare, propose.
      cp -r regulations/regulations/packs/law-53-2024 /tmp/law-53-2024
      nano /tmp/law-53-2024/pack.toml /tmp/law-53-2024/crime.toml
      .venv/bin/neove law check /tmp/law-53-2024
      .venv/bin/neove law diff law-53-2024 /tmp/law-53-2024
      .venv/bin/neove law amend /tmp/law-53-2024 --decision "QĐ 1/QĐ-TTg" --reason "Thời hạn mới"

    \b
    A pack is a folder of TOML files: pack.toml (id, version, dates, outcomes), one
    file for each family of lanes (states, rules), and the lists of the law
    (openings.toml, measures.toml, forms.toml ...). In pack.toml, raise the version:
      version = "2026.12.1"
    """
    way = Way(preview, sign, as_json, actor, signer)
    pack = checked(folder, way.screen)
    install_here(folder)
    fields = {"kind": "pack", "decision": decision, "reason": reason}
    bring({**fields, "pack_id": pack.id, "pack_hash": pack.content_hash}, way)


def checked(folder: Path, screen: Console) -> Pack:
    """The pack of a folder; prints what differs from the package's version.

    Raises:
        Failure: the checks found errors, or the package has no pack of this id.
    """
    pack, findings = check_law(folder, LIBRARY.world)
    check.show(screen, findings, quiet=True)
    if pack is None or any(finding.level == "error" for finding in findings):
        raise Failure(f"{folder} has errors; `neove law check {folder}` shows them.")
    before = LIBRARY.packs().get(pack.id)
    if before is None:
        raise Failure(f"The package has no pack {pack.id}: a new law comes with a release.")
    for finding in check.version_findings(folder.name, pack.numbered):
        if finding.level == "error":
            raise Failure(finding.message)
    if pack.content_hash == before.content_hash:
        screen.print("[dim]This is the package's own version: cases under an amended version would come back to it.[/]")
    diff.show(screen, before, pack)
    return pack


def install_here(folder: Path) -> None:
    """Install the pack as a version that every service of this stack can read.

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
