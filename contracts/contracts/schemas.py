"""Writes `contracts/schemas/events/*.json` and `contracts/examples/*.json`: `python -m contracts.schemas`.

The files are committed. `tests/contract` fails if a file is not current; within a version a schema may only grow.
"""

import json
from pathlib import Path
from typing import Any

from contracts.envelope import Event
from contracts.events import EVENTS

ROOT = Path(__file__).resolve().parents[1]


def schema_of(event: type[Event]) -> dict[str, Any]:
    """JSON schema of the `data` of one event."""
    schema = event.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": event.dataschema(), **schema}


def text_of(document: dict[str, Any]) -> str:
    """A document as it is committed: sorted keys, two spaces, one newline at the end."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write(root: Path = ROOT) -> list[Path]:
    """Write every event schema below `root/schemas` and return the paths."""
    written: list[Path] = []
    for event in EVENTS:
        path = root / "schemas" / event.dataschema()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(schema_of(event)))
        written.append(path)
    return written


if __name__ == "__main__":
    write()
