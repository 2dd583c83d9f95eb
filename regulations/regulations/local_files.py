"""Reads the local packs: `packs/local/<id>/<since>.toml`, one file for each version, and `packs/local/versions.toml`.

A version never changes, because clocks of open cases name its hash. `versions.toml` keeps the hash of each version that
a release had, and a file of another content is refused.
"""

from collections.abc import Iterator
from importlib.resources.abc import Traversable

from pydantic import BaseModel, ConfigDict

from regulations.local import LocalPack
from regulations.toml_files import PackError, content_hash, parse, read, root

VERSIONS = "versions.toml"


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: dict[str, str]


def load_local(folder: Traversable | None = None) -> tuple[LocalPack, ...]:
    """Every version of every local pack in a folder (default: those of this package), by id and first day.

    Raises:
        PackError: a file is wrong, or a version is missing, is unknown or has another content than a release had.
    """
    folder = folder or root() / "packs" / "local"
    found = dict(_read(folder))
    known = parse(_Known, read(folder / VERSIONS), f"local/{VERSIONS}").version
    for name in sorted(found.keys() | known.keys()):
        if name not in found:
            raise PackError(f"local/{name}.toml: a release had this version, so it must stay")
        if known.get(name) != found[name].content_hash:
            raise PackError(
                f"local/{name}.toml: its content is not that in {VERSIONS}. A version that a release had never "
                f"changes: write another version. For a new version, enter {found[name].content_hash}"
            )
    return tuple(sorted(found.values(), key=lambda one: (one.id, one.since)))


def _read(folder: Traversable) -> Iterator[tuple[str, LocalPack]]:
    for inside in (entry for entry in folder.iterdir() if entry.is_dir()):
        for file in (entry for entry in inside.iterdir() if entry.name.endswith(".toml")):
            yield _named(inside.name, file)


def _named(pack_id: str, file: Traversable) -> tuple[str, LocalPack]:
    name = f"{pack_id}/{file.name.removesuffix('.toml')}"
    content = read(file)
    pack = parse(LocalPack, {**content, "content_hash": content_hash(content)}, f"local/{name}.toml")
    if f"{pack.id}/{pack.since.isoformat()}" != name:
        raise PackError(f"local/{name}.toml: folder and file are named by `id` and `since`")
    return name, pack
