"""What the imports of days and of offices and `neove law amend` share: their options, the proposal and the preview."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console

from neove.law.shared import amending, moves
from neove.shared.terminal import console, error_console

Decision = Annotated[str, typer.Option(help="Number of the decision that orders it.", show_default=False)]
Reason = Annotated[
    str, typer.Option(help="Why. Write nothing about a person: it is kept as plain text.", show_default=False)
]
Preview = Annotated[bool, typer.Option("--preview/--no-preview", help="Show which clocks of which cases would move.")]
Sign = Annotated[bool, typer.Option("--sign", help="Sign it too, as a second person, and wait until it is applied.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print only the preview, with all moves, as JSON.")]
Actor = Annotated[str, typer.Option(help="The person of the coordinating office who proposes.")]
Signer = Annotated[str, typer.Option(help="The person who signs, with --sign.")]


@dataclass(frozen=True)
class Way:
    """The options of a proposal."""

    preview: bool
    sign: bool
    as_json: bool
    actor: str
    signer: str

    @property
    def screen(self) -> Console:
        """Where text for a person goes: the error stream where the JSON takes the standard output."""
        return error_console() if self.as_json else console()


def bring(fields: Mapping[str, Any], way: Way) -> None:
    """Propose an amendment, show what would move, and sign it where `--sign` was given."""
    screen, asked = way.screen, amending.register(way.actor)
    proposed = asked.propose(fields)
    amendment_id, content = str(proposed["amendment_id"]), str(proposed["content_hash"])
    amending.describe(screen, proposed)
    if way.preview or way.as_json:
        found = moves.gathered(asked.preview_pages(amendment_id))
        if way.as_json:
            document = {
                "amendment": proposed,
                "cases": found.cases,
                "cases_moved": found.cases_moved,
                "items": found.items,
                "offices": found.offices,
            }
            print(json.dumps(document, ensure_ascii=False, indent=1))
        else:
            moves.show(screen, found)
    if way.sign:
        amending.sign_and_follow(screen, amending.register(way.signer), amendment_id, content)
    else:
        screen.print(f"\nNothing moved. A second person signs: neove law sign {amendment_id}", soft_wrap=True)
