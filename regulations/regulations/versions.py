"""The versions of the packs that were released: `packs/versions.toml`. A number of a version stands for one content.

Cases are pinned to the content, people and letters name the number. Where one number stood for two contents, nobody
could tell by which law a date was counted.
"""

import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from regulations.model import Part
from regulations.toml_files import PackError, parse, read, root

FILE = "packs/versions.toml"
_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")


class Version(Part):
    """A version of a pack, and the hash of its content."""

    pack: str
    version: str
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class VersionTaken(PackError):
    """The number of a version already stands for other content of the same pack."""

    def __init__(self, where: str, one: Version, other: Version) -> None:
        super().__init__(
            f"{where}/pack.toml: version {one.version} of {one.pack} already stands for other content "
            f"({other.content_hash[:16]}, and this is {one.content_hash[:16]}): give it a number of its own"
        )


class _Versions(Part):
    version: tuple[Version, ...]


def released() -> tuple[Version, ...]:
    """Every version that was released.

    Raises:
        PackError: the file is wrong, or has one number twice.
    """
    rows = parse(_Versions, read(root() / "packs" / "versions.toml"), FILE).version
    if len({(row.pack, _value(row.version)) for row in rows}) != len(rows):
        raise PackError(f"{FILE}: a version of a pack stands twice")
    return rows


def check_number(version: str, file: str) -> None:
    """Refuse a number of a version that can be written in another way: people would take two texts for one number.

    Raises:
        PackError: it is not made of whole numbers with dots between them, or one begins with a zero.
    """
    if not _NUMBER.fullmatch(version):
        raise PackError(
            f"{file}: version {version}: write whole numbers with dots between them, without a zero in front: 2027.1.3"
        )


def other_content(one: Version, known: Iterable[Version]) -> Iterator[Version]:
    """Known versions of the same pack and number that have other content; `2027.01.3` and `2027.1.3` are one number."""
    for row in known:
        same = row.pack == one.pack and _value(row.version) == _value(one.version)
        if same and row.content_hash != one.content_hash:
            yield row


def _value(version: str) -> tuple[int | str, ...]:
    """The parts of a number as numbers; versions of before this check may have other parts."""
    return tuple(int(part) if part.isdecimal() else part for part in version.split("."))
