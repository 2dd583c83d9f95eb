"""Where in the text of a pack something stands: TOML readers keep no line numbers, people need them.

Good for the layout of the packs, one `[[row]]` with its `id` or `code`; a row is found by that name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

HEADER = re.compile(r"^\[\[?([\w.\"-]+)\]\]?\s*(?:#.*)?$")
NAMED = re.compile(r"^(?:id|code|kind)\s*=\s*\"([^\"]+)\"")
FILE = re.compile(r"[\w-]+\.toml")
OF_READER = re.compile(r"\(at line (\d+)")
WORD = re.compile(r"[A-Za-z_][\w-]*(?::[\w-]+)*")


@dataclass(frozen=True)
class Row:
    """One table of a file: its lines, counted from 1, the last excluded."""

    table: str
    name: str
    start: int
    end: int


def rows(text: str) -> list[Row]:
    """The tables of a TOML text in their order; `name` is the row's id or code, empty where it has none."""
    lines = text.splitlines()
    heads = [(number, found[1]) for number, line in enumerate(lines, 1) if (found := HEADER.match(line))]
    ends = [*(number for number, _ in heads[1:]), len(lines) + 1]
    return [
        Row(table, _name(lines[number : end - 1]), number, end)
        for (number, table), end in zip(heads, ends, strict=True)
    ]


def _name(lines: Iterable[str]) -> str:
    return next((found[1] for line in lines if (found := NAMED.match(line))), "")


def line_of(text: str, words: Sequence[str]) -> int | None:
    """The line of the row that one of `words` names; within it, the first line with another of the words.

    Args:
        text: of a TOML file.
        words: for instance a rule's id, then its field or a value that is wrong.
    """
    known = {row.name: row for row in reversed(rows(text)) if row.name}
    row = next((known[word] for word in words if word in known), None)
    if row is None:
        return None
    lines = text.splitlines()
    for word in (word for word in words if word != row.name):
        for number in range(row.start, row.end):
            if re.search(rf"(?:^|[\"\s\[]){re.escape(word)}(?:[\"\s=\]]|$)", lines[number - 1]):
                return number
    return next(number for number in range(row.start, row.end) if f'"{row.name}"' in lines[number - 1])


def place(folder: Traversable, told: str) -> tuple[str, int | None]:
    """File (`<pack>/<file>`) and line that a mistake is about, from its message or from the words that it names.

    Args:
        folder: of the pack.
        told: begins with the file where that is known; names rules, states and fields by their codes.
    """
    texts = {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
    named = FILE.search(told)
    if found := OF_READER.search(told):
        return f"{folder.name}/{named[0] if named else ''}", int(found[1])
    first = named[0] if named and named[0] in texts else ""
    words = WORD.findall(told[named.end() :] if named else told)
    for file in (first, *sorted(texts.keys() - {first})) if first in ("", "pack.toml") else (first,):
        if file and (line := line_of(texts[file], words)) is not None:
            return f"{folder.name}/{file}", line
    return f"{folder.name}/{first or 'pack.toml'}", None
