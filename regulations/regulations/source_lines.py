"""Finds the line of a pack file that an error message is about: TOML readers keep no line numbers.

Good for the layout of the packs, one `[[row]]` with its `id` or `code`; a row is found by that name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
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


def line_of(text: str, words: Sequence[str], *, last: bool = False) -> int | None:
    """The line of the row that one of `words` names; within it, the first line with another of the words.

    Where no row has such a name: a table called so, else the line that holds the last such word as a value.

    Args:
        text: of a TOML file.
        words: for instance a rule's id, then its field or a value that is wrong.
        last: of two rows of one name the later.
    """
    lines, tables = text.splitlines(), rows(text)
    known = {row.name: row for row in (tables if last else reversed(tables)) if row.name}
    row = next((known[word] for word in words if word in known), None)
    if row is None:
        return next((table.start for table in tables if table.table in words), None) or _value(lines, words)
    inside = range(row.start, row.end)
    for word in (word for word in words if word != row.name):
        for number in inside:
            if re.search(rf'^{re.escape(word)}\s*=|"{re.escape(word)}"', lines[number - 1]):
                return number
    return next(number for number in inside if f'"{row.name}"' in lines[number - 1])


def _value(lines: Sequence[str], words: Sequence[str]) -> int | None:
    for word in reversed(words):
        for number, line in enumerate(lines, 1):
            if f'"{word}"' in line:
                return number
    return None


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
    words = WORD.findall(told[named.end() :] if named else told)
    file = named[0] if named and named[0] in texts else _file_with(texts, words)
    line = line_of(texts[file], words, last="twice" in told) if file in texts else None
    return f"{folder.name}/{file}", line


def _file_with(texts: Mapping[str, str], words: Sequence[str]) -> str:
    """The file with a row of the first word that names one; the head of the pack where none does."""
    names = {file: {row.name for row in rows(text)} for file, text in texts.items()}
    found = (file for word in words for file, known in names.items() if word in known)
    return next(found, "pack.toml")
