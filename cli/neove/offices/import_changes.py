"""`neove offices import FILE`: propose that offices are founded, dissolved, merged, or given a role at a place."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field

from neove.law.shared import amending
from neove.law.shared.packs import LIBRARY
from neove.law.shared.proposing import Actor, AsJson, Decision, Preview, Reason, Sign, Signer, Way, bring
from regulations.office_changes import OfficeChange
from regulations.toml_files import PackError, parse, read
from stack.config import Failure


class Changes(BaseModel):
    """A file of changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    change: tuple[OfficeChange, ...] = Field(min_length=1)


def command(
    file: Annotated[Path, typer.Argument(help="TOML file of changes; see the sample above.", show_default=False)],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amending.PROPOSER,
    signer: Signer = amending.SIGNER,
) -> None:
    """Propose changes of the offices of the running stack.

    It shows what would come to another office: lanes, work, clocks, and rights to act. A change is signed on its day or
    later. All changes of a file are taken, or none.

    \b
    Example:
      .venv/bin/neove offices import offices.toml --decision "NQ 1/NQ-HĐND" --reason "Sáp nhập xã"
    """
    fields = {"kind": "offices", "decision": decision, "reason": reason, "changes": changes_of(file)}
    bring(fields, Way(preview, sign, as_json, actor, signer))


def changes_of(file: Path) -> list[dict[str, Any]]:
    """The changes of a file, as `propose_amendment` takes them.

    Raises:
        Failure: the file is wrong, or names a place that the directory does not have.
    """
    try:
        found = parse(Changes, read(file), file.name).change
    except PackError as error:
        raise Failure(f"{error}.") from None
    directory = LIBRARY.world.directory
    for one in found:
        for word in (getattr(one, name, None) for name in ("place", "into")):
            if word is not None and directory.place(word) is None:
                raise Failure(f"{file.name}: unknown place {word}.")
    return [one.model_dump(mode="json") for one in found]
