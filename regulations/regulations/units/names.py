"""Finds units by name as people type it: without accents, with or without the kind, by the old name or the new one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulations.units.register import Unit

KINDS = {
    "tinh": "tỉnh",
    "t": "tỉnh",
    "thanh pho": "thành phố",
    "tp": "thành phố",
    "quan": "quận",
    "q": "quận",
    "huyen": "huyện",
    "h": "huyện",
    "thi xa": "thị xã",
    "tx": "thị xã",
    "xa": "xã",
    "x": "xã",
    "phuong": "phường",
    "p": "phường",
    "thi tran": "thị trấn",
    "tt": "thị trấn",
    "dac khu": "đặc khu",
    "dk": "đặc khu",
}
"""How a kind is typed → the kind."""
_NUMBERED = re.compile(r"(p|q)(\d+)")
_LETTERS = str.maketrans("đ–", "d-", "'’‘ʼ`´")
"""`đ` is a letter of its own, an apostrophe does not part words: `H’Mông`."""
_SEPARATORS = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


@dataclass(frozen=True, slots=True)
class Match:
    """A unit that was found by name.

    `named` has the name that was asked for. It is `unit` itself, or a unit of the other map that `unit` came from or
    became.
    """

    unit: "Unit"
    named: "Unit"


def fold(name: str) -> str:
    """A name as it is compared: small letters without accents, words with one space between, numbers without zeros.

    `Hoà` and `Hòa` become `hoa`, `Ea H’Leo` becomes `ea hleo`, `Phường 01` becomes `phuong 1`.
    """
    letters = unicodedata.normalize("NFD", name.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return " ".join(word.lstrip("0") or word for word in letters.translate(_SEPARATORS).split())


def readings(typed: str) -> Iterator[tuple[str | None, str]]:
    """How a typed name may be meant: (kind, folded name). `P. 4` is ward 4; `Quan Sơn` a name, or Sơn with a kind."""
    folded = fold(typed)
    if folded:
        yield None, folded
    if found := _NUMBERED.fullmatch(folded):
        yield KINDS[found[1]], found[2].lstrip("0")
    for word, kind in KINDS.items():
        if folded.startswith(f"{word} "):
            yield kind, folded.removeprefix(f"{word} ")


class NameIndex:
    """Folded name → ids of the units that have or had it.

    Args:
        names: (id, kinds that the unit has or had, names that it has or had).
    """

    def __init__(self, names: Iterable[tuple[str, Iterable[str], Iterable[str]]]) -> None:
        self._found: dict[str, str] = {}
        for unit, kinds, written in names:
            entry = f"{unit}:{','.join(sorted(set(kinds)))}"
            for name in sorted({fold(name) for name in written}):
                known = self._found.get(name)
                self._found[name] = f"{known};{entry}" if known else entry

    def ids(self, typed: str) -> list[str]:
        """Ids of the units of this name. A kind that is typed chooses among them, if it fits one."""
        found: dict[str, None] = {}
        for kind, name in readings(typed):
            entries = [entry.split(":") for entry in self._found.get(name, "").split(";") if entry]
            fitting = [unit for unit, kinds in entries if kind is None or kind in kinds.split(",")]
            found.update(dict.fromkeys(fitting or [unit for unit, _ in entries]))
        return list(found)
