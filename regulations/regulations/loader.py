"""Reads one pack from its TOML files and checks it.

The files of a pack: `pack.toml` (the head, which names the lane files), a file for each lane or family of lanes
(`lanes.py`), `openings.toml`, `operational.toml` and the lists of `catalogue.py`. At the first mistake the loader stops
and names the file. The adapters of `formats.py` read older formats; `supplements.py` adds what no pack holds yet.
"""

from importlib.resources.abc import Traversable
from typing import Any

from regulations.checks.lists import supplement_mistakes
from regulations.checks.pack import check_pack
from regulations.formats import FILES_SINCE, FORMAT, adapted, format_of
from regulations.lanes import read_lanes
from regulations.pack import Pack
from regulations.supplements import SOURCE, load_supplements
from regulations.toml_files import PackError, content_hash, parse, read, root
from regulations.versions import check_number
from regulations.world import World

HEAD, OPENINGS, OPERATIONAL = "pack.toml", "openings.toml", "operational.toml"
ENDINGS, PURPOSES = "endings.toml", "purposes.toml"
FROM_PACKAGE = frozenset({ENDINGS, PURPOSES})
"""A version that was written before one of these files is read with that of the same pack in this package: a closing
ends in it, too, what the law lets it end, and nobody opens text in it without a purpose that the table gives."""
LISTS: dict[str, dict[str, tuple[str, str]]] = {
    "entitlements.toml": {"entitlement": ("entitlements", "kind")},
    "measures.toml": {"measure": ("measures", "code"), "risk": ("risks", "code")},
    "evidence.toml": {"source": ("evidence_sources", "code"), "ground": ("grounds", "code")},
    "forms.toml": {"form": ("forms", "code")},
    "reporting.toml": {"report": ("reporting", "id")},
    ENDINGS: {"ending": ("endings", "of"), "goes_on": ("goes_on", "code")},
    "confidentiality.toml": {"sight": ("confidentiality", "role"), "secrecy": ("secrecy", "code")},
    PURPOSES: {"purpose": ("purposes", "code")},
}
"""File → its tables → the field of the pack, and the key of a row."""


def read_pack(folder: Traversable, world: World) -> Pack:
    """The pack in a folder, checked. Its hash covers every TOML file in the folder.

    Args:
        folder: of the pack.
        world: the directory and the regimes that the pack must fit.

    Raises:
        PackError: a file is wrong; the message begins with the file's name.
    """
    pack = parsed_pack(folder)
    check_number(pack.version, f"{folder.name}/{HEAD}")
    check_regime(pack, folder.name, world)
    check_pack(pack, folder.name, world.directory.roles)
    check_supplements(pack, world)
    return pack


def parsed_pack(folder: Traversable) -> Pack:
    """The pack in a folder, not checked. Use it for a version that was checked when it was installed.

    Otherwise a check that was added later could make the law unreadable for the cases that are pinned to a version. A
    rule of before titles has the title of the same rule of this package.

    Raises:
        PackError: a file is missing or does not have the shape of its format.
    """
    return parse(Pack, _titled(pack_content(folder)), f"{folder.name}/{HEAD} and its lanes")


def pack_content(folder: Traversable) -> dict[str, Any]:
    """The files of a pack as one plain table of the newest format, not checked yet.

    Raises:
        PackError: a file is missing, is not TOML, has an unknown table, or was written by a later release.
    """
    head = read(folder / HEAD)
    written = format_of(head)
    head.pop("format", None)
    content = _as_written(folder, head, written)
    newest = adapted(content, written, lambda: _own_content(str(head["id"])))
    return {**newest, **load_supplements().of(str(head.get("id"))).fields()}


def _titled(content: dict[str, Any]) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = content["rules"]
    if all("title" in rule for rule in rules.values()) or not (root() / "packs" / str(content["id"])).is_dir():
        return content
    own = _own_content(content["id"])["rules"]
    named = {code: {"title": own[code]["title"]} for code in rules if "title" in own.get(code, {})}
    return {**content, "rules": {code: {**named.get(code, {}), **rule} for code, rule in rules.items()}}


def _own_content(pack_id: str) -> dict[str, Any]:
    folder = root() / "packs" / pack_id
    head = read(folder / HEAD)
    if format_of(head) != FORMAT:
        raise PackError(f"{pack_id}/{HEAD}: a pack of the package is of an older format")
    head.pop("format", None)
    return _as_written(folder, head, FORMAT)


def _as_written(folder: Traversable, head: dict[str, Any], written: int) -> dict[str, Any]:
    lanes, rules = read_lanes(folder, head.pop("lanes", []))
    return {
        **head,
        "lanes": lanes,
        "rules": rules,
        **_lists(folder, written),
        "openings": (entering := read(folder / OPENINGS)).get("opening", []),
        "route_changes": entering.get("route_change", []),
        "operational": _operational(read(folder / OPERATIONAL)),
        "content_hash": _hash(folder),
    }


def _hash(folder: Traversable) -> str:
    return content_hash({entry.name: read(entry) for entry in folder.iterdir() if entry.name.endswith(".toml")})


def _lists(folder: Traversable, written: int) -> dict[str, Any]:
    """Field of the pack → its rows by their code, without the files that the format does not have."""
    lists: dict[str, Any] = {}
    for file, tables in LISTS.items():
        if written < FILES_SINCE.get(file, 1):
            continue
        content = read(_folder_with(file, folder) / file)
        if unknown := content.keys() - tables.keys():
            raise PackError(f"{folder.name}/{file}: unknown tables {sorted(unknown)}")
        for table, (field, key) in tables.items():
            rows = content.get(table, [])
            lists[field] = {row.get(key): row for row in rows}
            if len(lists[field]) != len(rows):
                raise PackError(f"{folder.name}/{file}: {table} of one {key} stands twice")
    return lists


def _folder_with(file: str, folder: Traversable) -> Traversable:
    """The folder with a file of a pack: its own, or that of the package for one of `FROM_PACKAGE`."""
    if file not in FROM_PACKAGE or (folder / file).is_file():
        return folder
    return root() / "packs" / str(read(folder / HEAD)["id"])


def _operational(table: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a territory are the default numbers with those that it changes."""
    default = table.get("default", {})
    changed = {code: {**default, **numbers} for code, numbers in table.get("territory", {}).items()}
    return {"default": default, "territories": changed}


def check_regime(pack: Pack, name: str, world: World) -> None:
    """Refuse a pack if its id and dates differ from those in `regimes.toml`.

    Raises:
        PackError: they differ.
    """
    regime = world.regime(pack.id)
    if regime is None or (regime.valid_from, regime.valid_to) != (pack.valid_from, pack.valid_to):
        raise PackError(f"{name}/{HEAD}: id and dates differ from packs/regimes.toml")


def check_supplements(pack: Pack, world: World) -> None:
    """Refuse rows of `supplements.toml` that do not fit the pack that they are read with.

    Raises:
        PackError: the first mistake.
    """
    for mistake in supplement_mistakes(pack, world.directory.roles.keys()):
        raise PackError(f"{SOURCE}: {pack.id}: {mistake}")
