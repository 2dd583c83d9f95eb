"""`neove law draw`: the pictures of the lanes; with `--case` those of one case, with the place where it is."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from contracts.regulations import Pack
from neove import played
from neove.commands_case import Refused, ask
from neove.commands_play import console
from neove.config import ROOT, Failure, endpoints, state_dir
from neove.law.pages import file_name, pages
from neove.law.picture import picture
from neove.law.svg import svg
from neove.law.words import chosen
from neove.scenario import ScenarioWrong
from neove.services import Services, Unreachable

PROCESS = ROOT / "docs/process"


def command(
    out: Annotated[
        Path | None, typer.Option(help="Folder; else docs/process, and for a case one in the state folder.")
    ] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="ID", help="Mark where this case is.")] = None,
    office: Annotated[
        str | None, typer.Option("--as", metavar="ROLE/TERRITORY", help="Who asks, as for `neove case`.")
    ] = None,
) -> None:
    """Draw every lane of every pack into docs/process (Markdown with Mermaid, and SVG), or the lanes of one case.

    Drawing works on files alone; `--case` asks the running stack as a signed-in office.
    """
    if case is not None:
        _draw_case(case, office, out or state_dir() / "process" / case)
        return
    folder = out or PROCESS
    files = pages(chosen())
    for path in stale(folder, files):
        path.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    console().print(f"{len(files)} files in {escape(str(folder))}", soft_wrap=True)


def stale(folder: Path, files: Iterable[str]) -> list[Path]:
    """Files of an earlier drawing that no pack makes any more."""
    kept = {folder / name for name in files}
    made = [*folder.glob("law-*/*.md"), *folder.glob("law-*/*.svg")]
    return sorted(path for path in made if path not in kept)


def _draw_case(case_id: str, office: str | None, folder: Path) -> None:
    asking = office or played.office_of(state_dir(), case_id)
    if asking is None:
        raise Failure("say which office asks, for example --as health_authority/lao-cai")
    try:
        where = endpoints()
        services = Services(where.services, where.issuer)
        found = ask(services, "get_case", case_id, asking)
        items = ask(services, "list_timeline", case_id, asking).get("items", [])
    except (Refused, ScenarioWrong, Unreachable) as error:
        raise Failure(f"{case_id} as {asking}: {error}") from None
    pack = chosen([str(found["regime_procedure"])])[str(found["regime_procedure"])]
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in case_pictures(pack, found, items).items():
        (folder / name).write_text(text, encoding="utf-8")
        console().print(escape(str(folder / name)), soft_wrap=True)


def case_pictures(pack: Pack, found: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """File → picture of each open lane of a case: where it is, and what is behind it.

    Args:
        pack: that the case is pinned to.
        found: answer of `get_case`.
        items: of `list_timeline`.
    """
    behind = {(str(item.get("lane")), str(item.get("state"))) for item in items}
    lanes: Mapping[str, Mapping[str, Any]] = found.get("lanes") or {}
    pictures: dict[str, str] = {}
    for code, lane in lanes.items():
        if code in pack.lanes:
            done = frozenset(state for other, state in behind if other == code)
            pictures[f"{file_name(code)}.svg"] = svg(picture(pack, code, str(lane.get("state")), done))
    return pictures
