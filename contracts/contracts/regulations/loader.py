"""Reads packs from their TOML files, checks them, and says which pack governs a date.

Files of a pack: `pack.toml` (head, names the lane files), one file per lane or family of lanes (`lanes.py`),
`openings.toml`, `operational.toml` and the lists of `catalogue.py`. A mistake stops the loading and names the file.

Beside the packs of the package further *versions* of them may be installed, each in
`<folder>/packs/<id>/<content hash>/`. One is immutable: its folder is named by the hash of its content, checked when it
is read. A version was checked when it came in and is not checked again: a check that came later must not take the law
away from the cases that are pinned to it. Older formats are read by the adapters of `formats.py`. Versions that were
never installed, because their release could not do that yet, are brought by the package (`packs/earlier.zip`).
"""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.problems import Invalid, Unavailable
from contracts.regulations.arithmetic import legal_date
from contracts.regulations.checks import check_pack
from contracts.regulations.formats import FILES_SINCE, FORMAT, adapted, format_of
from contracts.regulations.lanes import read_lanes
from contracts.regulations.pack import Pack
from contracts.regulations.toml import PackError, content_hash, parse, read, root

HEAD, OPENINGS, OPERATIONAL = "pack.toml", "openings.toml", "operational.toml"
EARLIER = "earlier.zip"
"""In `packs/`: packs of releases that did not install their own, `<id>/<content hash>/*.toml` as they were written."""
LISTS: dict[str, dict[str, tuple[str, str]]] = {
    "entitlements.toml": {"entitlement": ("entitlements", "kind")},
    "measures.toml": {"measure": ("measures", "code"), "risk": ("risks", "code")},
    "evidence.toml": {"source": ("evidence_sources", "code"), "ground": ("grounds", "code")},
    "forms.toml": {"form": ("forms", "code")},
    "reporting.toml": {"report": ("reporting", "id")},
    "confidentiality.toml": {"sight": ("confidentiality", "role"), "secrecy": ("secrecy", "code")},
}
"""File → its tables → the field of the pack, and the key of a row."""


class NoPack(Invalid):
    """No pack is installed for this date. 422: the report is understood, but its law is not recorded here."""

    slug, title = "no-pack-for-this-date", "The regulation of this date is not installed"


class PackMissing(Unavailable):
    """This version of a regulation pack is not installed here (yet)."""

    slug, title = "pack-missing", "This version of the regulation pack is not installed here"


class _Regime(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    valid_from: date
    valid_to: date | None = None


class _NotClock(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    reason: str


class _NotClocks(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: tuple[_NotClock, ...]


class _Regimes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    regime: tuple[_Regime, ...]


@lru_cache
def _regimes() -> tuple[_Regime, ...]:
    return parse(_Regimes, read(root() / "packs" / "regimes.toml"), "packs/regimes.toml").regime


def regime_for(occurred_at: datetime) -> str:
    """Id of the pack whose law governs what happens at this instant (a report, an identification).

    Never derived from today's date. The pack need not be installed: `load_pack` says so.

    Raises:
        NoPack: the instant lies before the first regime.
    """
    day = legal_date(occurred_at)
    for regime in _regimes():
        if regime.valid_from <= day and (regime.valid_to is None or day < regime.valid_to):
            return regime.id
    raise NoPack(date=day.isoformat())


def load_pack(pack_id: str, content_hash: str | None = None) -> Pack:
    """A pack by its id, loaded and checked once.

    Args:
        content_hash: of the version; None for the package's own.

    Raises:
        NoPack: the package has no pack of this id.
        PackMissing: this version is nowhere here. It is looked for again the next time.
        PackError: one of its files is wrong; the message begins with the file's name.
    """
    pack = _package_pack(pack_id)
    if content_hash is None or content_hash == pack.content_hash:
        return pack
    key = (pack_id, content_hash)
    if key not in _versions:
        _versions[key] = _read_version(*key)
    return _versions[key]


@lru_cache
def _package_pack(pack_id: str) -> Pack:
    if pack_id not in _installed():
        raise NoPack(pack=pack_id)
    return read_pack(root() / "packs" / pack_id)


_HASH = re.compile(r"[0-9a-f]{64}")
_folders: list[Path] = []
_versions: dict[tuple[str, str], Pack] = {}


def use_installed(folder: Path | None) -> None:
    """Look versions up in this folder, too, from now on in the whole process; None: only those of the package."""
    _folders[:] = [folder] if folder else []
    _versions.clear()


def installed_path(folder: Path, pack_id: str, content_hash: str) -> Path:
    """Where a version is, or would be, below a folder of installed packs."""
    return folder / "packs" / pack_id / content_hash


def _read_version(pack_id: str, wanted: str) -> Pack:
    path = next((path for path in _places(pack_id, wanted) if path.is_dir()), None)
    if path is None:
        raise PackMissing(pack=pack_id)
    pack = _parsed(path)
    if (pack.id, pack.content_hash) != (pack_id, wanted):
        raise PackError(f"{path.name}/{HEAD}: this is {pack.id} with the hash {pack.content_hash}")
    return pack


def _places(pack_id: str, wanted: str) -> Iterator[Traversable]:
    """Where a version may be: in the folder of installed ones, or among the earlier ones of the package."""
    if _HASH.fullmatch(wanted):
        yield from (installed_path(folder, pack_id, wanted) for folder in _folders)
        yield zipfile.Path(str(root() / "packs" / EARLIER)) / pack_id / wanted


def install_pack(source: Path, folder: Path) -> Pack:
    """Check the pack in a folder and keep its files as an installed version. Doing it again changes nothing.

    Raises:
        PackError: one of its files is wrong, or it is no version of a pack of the package; nothing is installed.
    """
    pack = read_pack(source)
    if pack.id not in _installed():
        raise PackError(f"{source.name}/{HEAD}: the package has no pack {pack.id}")
    target = installed_path(folder, pack.id, pack.content_hash)
    if target.is_dir():
        return pack
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    for file in source.glob("*.toml"):
        shutil.copyfile(file, beside / file.name)
    beside.chmod(0o755)
    with suppress(OSError):  # another process was first: the same content by its name
        beside.rename(target)
    if beside.is_dir():
        shutil.rmtree(beside)
    return pack


def install_package(folder: Path) -> None:
    """Install the package's own packs too: cases stay pinned to these versions when a later release brings others."""
    for pack_id in _installed():
        install_pack(Path(str(root() / "packs" / pack_id)), folder)


def packs() -> dict[str, Pack]:
    """Every installed pack by its id."""
    return {pack_id: load_pack(pack_id) for pack_id in _installed()}


@lru_cache
def not_clocks() -> dict[str, str]:
    """Rule id → why no pack holds it: what the law says that is no step, limit or duty of a case."""
    rows = parse(_NotClocks, read(root() / "packs" / "not_clocks.toml"), "packs/not_clocks.toml").rule
    reasons = {row.id: row.reason for row in rows}
    if len(reasons) != len(rows):
        raise PackError("packs/not_clocks.toml: a rule stands twice")
    return reasons


@lru_cache
def _installed() -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in (root() / "packs").iterdir() if (entry / HEAD).is_file()))


def read_pack(folder: Traversable) -> Pack:
    """The pack in a folder, checked. Its hash covers every TOML file of the folder.

    Raises:
        PackError: a file is wrong; the message begins with the file's name.
    """
    pack = _parsed(folder)
    check_regime(pack, folder.name)
    check_pack(pack, folder.name)
    return pack


def _parsed(folder: Traversable) -> Pack:
    return parse(Pack, pack_content(folder), f"{folder.name}/{HEAD} and its lanes")


def pack_content(folder: Traversable) -> dict[str, Any]:
    """The files of a pack put together as one plain table of the newest format, not yet checked.

    Raises:
        PackError: a file is missing, is not TOML, has tables that do not belong there, or is of a later release.
    """
    head = read(folder / HEAD)
    written = format_of(head)
    head.pop("format", None)
    content = _as_written(folder, head, written)
    return adapted(content, written, lambda: _own_content(str(head["id"])))


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
        "openings": read(folder / OPENINGS).get("opening", []),
        "operational": _operational(read(folder / OPERATIONAL)),
        "content_hash": _hash(folder),
    }


def _hash(folder: Traversable) -> str:
    return content_hash({entry.name: read(entry) for entry in folder.iterdir() if entry.name.endswith(".toml")})


def _lists(folder: Traversable, written: int) -> dict[str, Any]:
    """Field of the pack → its rows by their code; without files that the format does not have."""
    lists: dict[str, Any] = {}
    for file, tables in LISTS.items():
        if written < FILES_SINCE.get(file, 1):
            continue
        content = read(folder / file)
        if unknown := content.keys() - tables.keys():
            raise PackError(f"{folder.name}/{file}: unknown tables {sorted(unknown)}")
        for table, (field, key) in tables.items():
            rows = content.get(table, [])
            lists[field] = {row.get(key): row for row in rows}
            if len(lists[field]) != len(rows):
                raise PackError(f"{folder.name}/{file}: {table} of one {key} stands twice")
    return lists


def _operational(table: dict[str, Any]) -> dict[str, Any]:
    """Territories name only what they change."""
    default = table.get("default", {})
    changed = {code: {**default, **numbers} for code, numbers in table.get("territory", {}).items()}
    return {"default": default, "territories": changed}


def check_regime(pack: Pack, name: str) -> None:
    """Refuses a pack whose id and dates are not those of `regimes.toml`.

    Raises:
        PackError: they differ.
    """
    regime = next((regime for regime in _regimes() if regime.id == pack.id), None)
    if regime is None or (regime.valid_from, regime.valid_to) != (pack.valid_from, pack.valid_to):
        raise PackError(f"{name}/{HEAD}: id and dates differ from packs/regimes.toml")
