"""Writes `docs/problems.md` from the refusals themselves; `make schemas` runs this."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

from contracts.problems import Problem
from stack.config import ROOT

PAGE = ROOT / "docs" / "problems.md"
HEAD = """# Problems

Every refusal is an RFC 9457 document (`application/problem+json`): `type` ends in the slug, with `title`, `status`,
`detail`, `instance` and `trace_id`. The slug is stable for ever and is the same word over HTTP, in parked messages and
in Temporal failures. Refusals come in the order 401, 404 unknown, 403 right, 422 input, 409 state; 503 says
`Retry-After`: repeat with the same `Idempotency-Key`. A refusal stores nothing. This page is made by `make schemas`.
"""


def kinds() -> Iterator[type[Problem]]:
    """Every kind of refusal of contracts, kit and the services, the general ones first."""
    services = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").is_file())
    for name in ("contracts", "regulations", "kit", "casefile", *services):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not re.search(r"\.(__main__|migrations|alembic)", module.name):
                importlib.import_module(module.name)
    found: list[type[Problem]] = [Problem]
    for kind in found:
        found.extend(kind.__subclasses__())
    return (
        kind
        for kind in found
        if kind.__module__.partition(".")[0] in ("contracts", "regulations", "kit", "casefile", *services)
    )


def text() -> str:
    """The whole page; a slug that several classes share is explained once, by the most general."""
    sections: dict[str, str] = {}
    for kind in sorted(kinds(), key=lambda kind: (len(kind.__mro__), kind.status, kind.slug, kind.__module__)):
        if kind is not Problem:
            what = (kind.__doc__ or "").strip().partition("\n\n")[0]
            sections.setdefault(kind.slug, f"{kind.status} · {kind.title}. {' '.join(what.split())}")
    order = sorted(sections, key=lambda slug: (sections[slug][:3], slug))
    return HEAD + "".join(f"\n## `{slug}`\n\n{sections[slug]}\n" for slug in order)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
