"""Reads packs from their TOML files, checks them, and says which pack governs a date.

Files of a pack: `pack.toml` (head, names the lane files), one file per lane or family of lanes (`lanes.py`),
`openings.toml`, `operational.toml` and the lists of `catalogue.py`. A mistake stops the loading and names the file.
"""

from datetime import date, datetime
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.problems import Invalid
from contracts.regulations.arithmetic import legal_date
from contracts.regulations.checks import check_pack
from contracts.regulations.lanes import read_lanes
from contracts.regulations.pack import Pack
from contracts.regulations.toml import PackError, content_hash, parse, read, root

HEAD, OPENINGS, OPERATIONAL = "pack.toml", "openings.toml", "operational.toml"
LISTS: dict[str, dict[str, tuple[str, str]]] = {
    "entitlements.toml": {"entitlement": ("entitlements", "kind")},
    "measures.toml": {"measure": ("measures", "code"), "risk": ("risks", "code")},
    "evidence.toml": {"source": ("evidence_sources", "code"), "ground": ("grounds", "code")},
    "forms.toml": {"form": ("forms", "code")},
    "reporting.toml": {"report": ("reporting", "id")},
}
"""File → its tables → the field of the pack, and the key of a row."""


class NoPack(Invalid):
    """No pack is installed for this date. 422: the report is understood, but its law is not recorded here."""

    slug, title = "no-pack-for-this-date", "The regulation of this date is not installed"


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


@lru_cache
def load_pack(pack_id: str) -> Pack:
    """A pack by its id, loaded and checked once.

    Raises:
        NoPack: it is not installed.
        PackError: one of its files is wrong; the message begins with the file's name.
    """
    if pack_id not in _installed():
        raise NoPack(pack=pack_id)
    return read_pack(root() / "packs" / pack_id)


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
    pack = parse(Pack, pack_content(folder), f"{folder.name}/{HEAD} and its lanes")
    check_regime(pack, folder.name)
    check_pack(pack, folder.name)
    return pack


def pack_content(folder: Traversable) -> dict[str, Any]:
    """The files of a pack put together as one plain table, not yet checked.

    Raises:
        PackError: a file is missing, is not TOML, or has tables that do not belong there.
    """
    head = read(folder / HEAD)
    lanes, rules = read_lanes(folder, head.pop("lanes", []))
    return {
        **head,
        "lanes": lanes,
        "rules": rules,
        **_lists(folder),
        "openings": read(folder / OPENINGS).get("opening", []),
        "operational": _operational(read(folder / OPERATIONAL)),
        "content_hash": _hash(folder),
    }


def _hash(folder: Traversable) -> str:
    return content_hash({entry.name: read(entry) for entry in folder.iterdir() if entry.name.endswith(".toml")})


def _lists(folder: Traversable) -> dict[str, Any]:
    """Field of the pack → its rows by their code."""
    lists: dict[str, Any] = {}
    for file, tables in LISTS.items():
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
