"""Can every open case be folded: is the version of its pack installed, and does this release read it?"""

import asyncio
from collections.abc import Iterable
from typing import Any

from contracts.problems import Problem
from neove.doctor.finding import Finding
from neove.shared.databases import connection, database
from regulations import Library, PackError
from stack.stack import Stack

PINNED = "SELECT pack_id, pack_hash, count(*) AS cases FROM casework.cases WHERE NOT closed GROUP BY 1, 2 ORDER BY 1, 2"
BESIDE = """
SELECT pack_id, beside_hash, count(*) AS cases FROM casework.cases
WHERE NOT closed AND beside_hash IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""


async def findings(stack: Stack) -> list[Finding]:
    """One line for the packs of all open cases."""
    async with database(stack, "casework") as engine, connection(engine) as opened:
        rows, besides = await opened.fetch(PINNED), await opened.fetch(BESIDE)
    # Reading packs takes seconds of a busy machine; the other looks wait for their answers meanwhile.
    return [await asyncio.to_thread(_judged, Library(stack.regulations), rows, besides)]


def _judged(library: Library, rows: Iterable[Any], besides: Iterable[Any]) -> Finding:
    pinned = [(row["pack_id"], row["pack_hash"], row["cases"]) for row in rows]
    second = [(str(library.world.beside(row["pack_id"])), row["beside_hash"], row["cases"]) for row in besides]
    return packs_finding(library, [*pinned, *second])


def packs_finding(library: Library, pinned: Iterable[tuple[str, str, int]]) -> Finding:
    """Whether every open case can be folded.

    Args:
        library: of the packs that are installed here.
        pinned: pack, content hash of its version, and how many open cases are pinned to it.
    """
    versions, lost, reasons = 0, 0, list[str]()
    for pack_id, content_hash, cases in pinned:
        versions += 1
        try:
            library.pack(pack_id, content_hash)
        except (Problem, PackError) as error:
            lost += cases
            reasons.append(f"{pack_id} {content_hash[:12]} ({cases}): {error}")
    if reasons:
        return Finding("packs", "bad", f"{lost} open cases cannot be folded; {'; '.join(reasons)}")
    return Finding("packs", "ok", f"every open case can be folded, under {versions} versions of the packs")
