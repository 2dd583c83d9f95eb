"""`neove law draw`: pictures of the lanes; with `--case`, pictures of one case that mark where it is."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from client.answers import mapping
from client.errors import ClientError
from client.services import Services
from neove.law.shared.packs import LIBRARY, chosen, regulations_dir
from neove.player import seen_cases
from neove.shared.one_case import Refused, ask
from neove.shared.terminal import console
from regulations import Library, NoPack, Pack, PackMissing
from regulations.pictures.pages import file_name, pages
from regulations.pictures.picture import picture
from regulations.pictures.svg import svg
from stack.config import ROOT, Failure, endpoints, state_dir

PROCESS = ROOT / "docs/process"


def command(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to; without it docs/process, and for a case a folder in the state directory."
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="ID", help="Draw the lanes of this case, and mark where it is.")
    ] = None,
    office: Annotated[
        str | None, typer.Option("--as", metavar="OFFICE", help="The office that asks, as for `neove case`.")
    ] = None,
) -> None:
    """Draw the lanes of all packs, or of one case.

    The pictures are Markdown with Mermaid, and SVG. It reads files only; with `--case` it asks the
    running stack as an office.

    \b
    Example:
      .venv/bin/neove law draw --out /tmp/process
    """
    if case is not None:
        _draw_case(case, office, out or state_dir() / "process" / case)
        return
    folder = out or PROCESS
    files = pages(chosen(), LIBRARY.articles)
    for path in stale(folder, files):
        path.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    console().print(f"{len(files)} files in {escape(str(folder))}", soft_wrap=True)


def stale(folder: Path, files: Iterable[str]) -> list[Path]:
    """Files of an earlier drawing that are not drawn any more."""
    kept = {folder / name for name in files}
    made = [*folder.glob("law-*/*.md"), *folder.glob("law-*/*.svg")]
    return sorted(path for path in made if path not in kept)


def _draw_case(case_id: str, office: str | None, folder: Path) -> None:
    asking = office or seen_cases.office_of(state_dir(), case_id)
    if asking is None:
        raise Failure("Name the office that asks, for example --as health_authority/lao-cai.")
    try:
        where = endpoints()
        services = Services(where.services, where.issuer)
        found = ask(services, "get_case", case_id, asking)
        items = ask(services, "list_timeline", case_id, asking).get("items", [])
    except (Refused, ClientError) as error:
        raise Failure(f"{case_id} as {asking}: {error}") from None
    pack = pinned(str(found["regime_procedure"]), items)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in case_pictures(pack, found, items).items():
        (folder / name).write_text(text, encoding="utf-8")
        console().print(escape(str(folder / name)), soft_wrap=True)


def pinned(pack_id: str, items: Sequence[Mapping[str, Any]]) -> Pack:
    """The version of the pack that a case is pinned to: the last one in its timeline, else the package's.

    Raises:
        Failure: this version is not installed here.
    """
    named = [str(hash_) for item in items if (hash_ := mapping(item.get("details")).get("hash"))]
    try:
        return Library(regulations_dir()).pack(pack_id, named[-1] if named else None)
    except (NoPack, PackMissing):
        raise Failure(f"{pack_id} is not installed here in the version that the case is pinned to.") from None


def behind(items: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    """(lane, state) of every step behind a case: facts that were stated and not withdrawn, and the opening states.

    Args:
        items: of `list_timeline`, oldest first. They also hold withdrawn facts and earlier states of the lanes.
    """
    opened: set[tuple[str, str]] = set()
    stated: dict[str, tuple[str, str]] = {}
    for item in items:
        kind, lane, step = item.get("kind"), item.get("lane"), (str(item.get("lane")), str(item.get("state")))
        if kind == "lane" and "from" not in mapping(item.get("details")):
            opened.add(step)
        elif kind == "lane_gone":
            opened = {one for one in opened if one[0] != lane}
        elif kind == "fact":
            stated[str(item.get("ref"))] = step
        elif kind == "fact_withdrawn":
            stated.pop(str(item.get("ref")), None)
    return frozenset(opened | set(stated.values()))


def case_pictures(pack: Pack, found: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """File → picture of each open lane of a case: where it is, and what is behind it.

    Args:
        pack: that the case is pinned to.
        found: answer of `get_case`.
        items: of `list_timeline`.
    """
    steps = behind(items)
    lanes: Mapping[str, Mapping[str, Any]] = found.get("lanes") or {}
    pictures: dict[str, str] = {}
    for code, lane in lanes.items():
        if code in pack.lanes:
            done = frozenset(state for other, state in steps if other == code)
            pictures[f"{file_name(code)}.svg"] = svg(picture(pack, code, str(lane.get("state")), done))
    return pictures
