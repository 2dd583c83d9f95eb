"""Finds units by name as people type it: without accents, with or without the kind, by the old name or the new one."""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator
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
        names: (id, name); a unit with several names stands several times.
        kinds_of: the kinds that a unit has or had.
    """

    def __init__(self, names: Iterable[tuple[str, str]], kinds_of: Callable[[str], Container[str]]) -> None:
        self._kinds_of = kinds_of
        self._found: dict[str, str] = {}
        for unit, name in names:
            folded = fold(name)
            known = self._found.get(folded)
            self._found[folded] = f"{known} {unit}" if known else unit

    def ids(self, typed: str) -> list[str]:
        """Ids of the units of this name. A kind that is typed chooses among them, if it fits one."""
        found: dict[str, None] = {}
        for kind, name in readings(typed):
            units = self._found.get(name, "").split()
            fitting = [unit for unit in units if kind is None or kind in self._kinds_of(unit)]
            found.update(dict.fromkeys(fitting or units))
        return list(found)
