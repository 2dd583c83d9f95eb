"""No word about a person lies outside the vault, where it is sealed. A planted word is found in each place."""

import base64
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from temporalio.client import Client

from kit import topology
from stack import temporal
from stack.administrator import administrator
from stack.stack import Stack
from stack.trial import Trial, trial
from tests.e2e.scenario_files import OWN, Found, fixed_folder, found_in
from tests.load.figures import Row, Section
from tests.load.house import settled, sql
from tests.proof.needles import search
from tests.proof.scenarios import play

NAME = "leaks"
FIELDS = frozenset({"full_name", "name", "phone", "residence", "id_number", "narrative", "note", "summary", "reason"})
SHORTEST = 8
PLANTED = "Nguyễn Thị Rò Rỉ"
PLACES = ("NATS store", "Temporal database", "logs", "spans", "pg_dump")
NOTE = (
    "Every scenario is played; then names, telephones, papers, addresses, narratives, notes and reasons in "
    "them are looked for, composed and decomposed, as UTF-8, JSON escapes, base64 at three offsets, URL and "
    "hexadecimal digits. A planted name is then found."
)


async def prove() -> Section:
    """Search, plant, search again."""
    chosen = [found for folder in (fixed_folder(), OWN) for found in found_in(folder) if found.playable]
    texts = sorted({text for found in chosen for text in words_of(found)})
    with trial() as running:
        troubles = [trouble for found in chosen if (trouble := play(running, found))]
        troubles += await _unrest(running)
        clean = {place: _hits(running, place, texts) for place in PLACES}
        sizes = {place: sum(len(content) for _, content in contents(running, place)) for place in PLACES}
        await plant(running.stack)
        found = {place: _hits(running, place, [PLANTED]) for place in PLACES}
    rows = [Row("scenarios played; troubles on the way", f"{len(chosen)}, {len(troubles)}", "0 troubles", not troubles)]
    for place in PLACES:
        figure = f"{len(clean[place])} hits of {len(texts)} texts in {sizes[place] / 1e6:.1f} MB"
        detail = f" ({'; '.join(sorted(set(clean[place]))[:3])})" if clean[place] else ""
        rows.append(Row(f"{place}: searched", figure + detail, "0 hits", not clean[place]))
        planted = found[place][0].rpartition(": ")[2] if found[place] else "not found"
        rows.append(Row(f"{place}: planted leak", f"found as {planted}", "found", bool(found[place])))
    return Section(NAME, "Leaks", rows, NOTE)


def words_of(found: Found) -> Iterator[str]:
    """Every text about a person in a scenario's inputs."""
    for step in found.scenario.steps:
        yield from _texts(step.fields)


def contents(running: Trial, place: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of everything in a place."""
    stack = running.stack
    if place == "NATS store":
        yield from _files(stack.state / "nats")
    elif place == "Temporal database":
        yield from _files(stack.state / "temporal")
        yield from _sqlite(stack.state / "temporal/temporal.db")
    elif place == "logs":
        yield from ((name, content) for name, content in _files(stack.logs) if "spans.jsonl" not in name)
    elif place == "spans":
        yield from ((name, content) for name, content in _files(stack.logs) if "spans.jsonl" in name)
    else:
        yield from ((f"database {name}", _dump(stack, name)) for name in [*stack.service_names, "postgres"])


async def plant(stack: Stack) -> None:
    """Put a name into each place, each time in another form."""
    async with administrator(stack) as client:
        await topology.jetstream(client).publish("parked.proof", base64.b64encode(f"..{PLANTED}..".encode()))
    bare = await Client.connect(stack.temporal_address, namespace=temporal.NAMESPACE)
    await bare.start_workflow("Planted", id="planted", task_queue="nobody", memo={"who": PLANTED})
    with (stack.logs / "casework.log").open("a") as log:
        log.write(f"GET /people?name={quote(PLANTED)}\n")
    with stack.spans.open("a") as spans:
        spans.write(json.dumps({"name": PLANTED}) + "\n")
    await sql(stack, "intake", "CREATE TABLE public.planted (who bytea)")
    await sql(stack, "intake", "INSERT INTO public.planted VALUES ($1)", PLANTED.encode())


async def _unrest(running: Trial) -> list[str]:
    """What still goes round after the last scenario; the search goes on all the same."""
    try:
        await settled(running.stack)
    except AssertionError as unrest:
        print(unrest)
        return [str(unrest)]
    return []


def _hits(running: Trial, place: str, texts: list[str]) -> list[str]:
    return search(contents(running, place), texts)


def _texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _texts(inner, name)
    elif isinstance(value, str) and name in FIELDS and len(value) >= SHORTEST and (" " in value or value[0] in "+0"):
        yield value


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder.parent)), path.read_bytes()


def _sqlite(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every table: in the file a long value may be cut by the end of a page."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            rows = connection.execute(f'SELECT * FROM "{name}"')
            yield f"table {name}", b"\n".join(_bytes(value) for row in rows for value in row if value is not None)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _dump(stack: Stack, database: str) -> bytes:
    command = [stack.cluster.binary("pg_dump"), "--dbname", stack.postgres_url(database)]
    return subprocess.run(command, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"}).stdout
