"""Older formats of pack files, brought to the newest before the models read them.

A version of a pack that cases are pinned to stays as it was installed, for years; the models change. If a change of
the models makes older files unreadable, it also raises `FORMAT` by one, adds an adapter from the format before, and
writes `format = …` into `pack.toml` of the package's packs. The hash stays that of the files as they were written.
"""

from collections.abc import Callable
from typing import Any

from regulations.toml_files import PackError

FORMAT = 2
"""What the models read now."""
FILES_SINCE = {"confidentiality.toml": 2}
"""File of a pack → the first format that has it."""
Content = dict[str, Any]
"""A pack as one plain table, as `loader.pack_content` puts it together."""


def format_of(head: Content) -> int:
    """The format of a pack by the content of its `pack.toml`.

    The first two were written without a number: the second names its `readings`.

    Raises:
        PackError: the files are of a later release than this code.
    """
    found = head.get("format", 2 if "readings" in head else 1)
    if not isinstance(found, int) or not 1 <= found <= FORMAT:
        raise PackError(f"pack.toml: format {found!r}; this release reads the formats 1 to {FORMAT}")
    return found


def adapted(content: Content, written: int, own: Callable[[], Content]) -> Content:
    """The content of a pack in the newest format.

    Args:
        content: as its files say it.
        written: the format of the files.
        own: gives the content of the package's version of the same pack, which is always of the newest format. It
            fills in what the older format did not say.
    """
    if written == FORMAT:
        return content
    for step in range(written, FORMAT):
        content = ADAPTERS[step](content)
    return _completed(content, own())


def _from_first(content: Content) -> Content:
    """Format 1 said nothing of readings, of who may open which text, and of what may be stated with a step."""
    silent = {"readings", "confidentiality", "secrecy"}
    lanes = {code: _without(lane, {"attributes"}) for code, lane in content["lanes"].items()}
    return {**_without(content, silent), "lanes": lanes}


ADAPTERS: dict[int, Callable[[Content], Content]] = {1: _from_first}
"""Format → what brings a content of it to the next one. What a format did not say is left out, and completed last."""


def _completed(content: Content, own: Content) -> Content:
    lanes = {
        code: {**own["lanes"][code], **lane} if "attributes" not in lane and code in own["lanes"] else lane
        for code, lane in content["lanes"].items()
    }
    return {**own, **content, "lanes": lanes}


def _without(table: Content, names: set[str]) -> Content:
    return {name: value for name, value in table.items() if name not in names}
