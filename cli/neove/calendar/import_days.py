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
    """One day of a file. Where it names a decision, that is the decision of the amendment."""

    decision: str | None = None


class Days(BaseModel):
    """A file of days. `year` and `edition` are allowed, so that a file of the package can be imported as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int | None = None
    edition: str | None = None
    row: tuple[DayRow, ...] = Field(min_length=1)


def command(
    file: Annotated[Path, typer.Argument(help="TOML file of days; see the sample above.", show_default=False)],
    decision: Decision,
    reason: Reason,
    preview: Preview = True,
    sign: Sign = False,
    as_json: AsJson = False,
    actor: Actor = amending.PROPOSER,
    signer: Signer = amending.SIGNER,
) -> None:
    """Propose days off and make-up days for the running stack.

    The due dates that would move are shown.

    \b
    Example:
      .venv/bin/neove calendar import days.toml --decision "QĐ 1/QĐ-TTg" --reason "Bão số 14"
    """
    fields = {"kind": "calendar", "decision": decision, "reason": reason, "rows": rows_of(file, decision)}
    bring(fields, Way(preview, sign, as_json, actor, signer))


def rows_of(file: Path, decision: str) -> list[dict[str, Any]]:
    """The days of a file, as `propose_amendment` takes them.

    Raises:
        Failure: the file is wrong, or a row names another decision: one amendment has one decision.
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
