"""The versions of the packs that were released: `packs/versions.toml`. A number of a version stands for one content.

Cases are pinned to the content, people and letters name the number. Where one number stood for two contents, nobody
could tell by which law a date was counted.
"""

from collections.abc import Iterable, Iterator

from pydantic import Field

from regulations.model import Part
from regulations.toml_files import PackError, parse, read, root

FILE = "packs/versions.toml"


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
    if len({(row.pack, row.version) for row in rows}) != len(rows):
        raise PackError(f"{FILE}: a version of a pack stands twice")
    return rows


def other_content(one: Version, known: Iterable[Version]) -> Iterator[Version]:
    """Known versions of the same pack and number that have other content."""
    for row in known:
        if (row.pack, row.version) == (one.pack, one.version) and row.content_hash != one.content_hash:
            yield row
