"""`neove calendar import FILE`: propose days off, make-up days or plain days for the running stack."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field

from neove.law.shared import amending
from neove.law.shared.proposing import Actor, AsJson, Decision, Preview, Reason, Sign, Signer, Way, bring
from regulations.calendar import AmendedDay
from regulations.toml_files import PackError, parse, read
from stack.config import Failure


class DayRow(AmendedDay):
    """One day of a file, as in the package's calendar, or `plain`. A decision that it names is the amendment's."""

    decision: str | None = None


class Days(BaseModel):
    """A file of days. `year` and `edition` may stand in it, so that a file of the package can be brought as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int | None = None
    edition: str | None = None
    row: tuple[DayRow, ...] = Field(min_length=1)


def command(
    file: Annotated[Path, typer.Argument(help="TOML of `[[row]]`: date, kind, name, status.", show_default=False)],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amending.PROPOSER,
    signer: Signer = amending.SIGNER,
) -> None:
    """Propose days off, make-up days or plain days for the running stack, and show which due dates would move."""
    fields = {"kind": "calendar", "decision": decision, "reason": reason, "rows": rows_of(file, decision)}
    bring(fields, Way(preview, sign, as_json, actor, signer))


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
