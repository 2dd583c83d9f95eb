"""Older formats of pack files, brought to the newest before the models read them.

A version of a pack that cases are pinned to stays as it was installed, for years, while the models change. If you
change the models so that they no longer read files that were right before, add one to `FORMAT`, add an adapter from the
format before, and write `format = …` into `pack.toml` of the packs in this package. The hash of a version remains that
of its files.
"""

from collections.abc import Callable
from typing import Any

from regulations.toml_files import PackError

FORMAT = 2
"""The format that the models read now."""
FILES_SINCE = {"confidentiality.toml": 2}
"""File of a pack → the first format that has it."""
Content = dict[str, Any]
"""A pack as one plain table, as `loader.pack_content` puts it together."""


def format_of(head: Content) -> int:
    """The format of a pack by the content of its `pack.toml`.

    The first two formats have no number; only the second names its `readings`.

    Raises:
        PackError: a later release wrote the files.
    """
    found = head.get("format", 2 if "readings" in head else 1)
    if not isinstance(found, int) or not 1 <= found <= FORMAT:
        raise PackError(f"pack.toml: format {found!r}; this release reads the formats 1 to {FORMAT}")
    return found


def adapted(content: Content, written: int, own: Callable[[], Content]) -> Content:
    """The content of a pack in the newest format.

    Args:
        content: of the pack, as its files have it.
        written: the format of the files.
        own: gives the content of the same pack in this package, which has the newest format. It fills in what the
            older format did not have.
    """
    if written == FORMAT:
        return content
    for step in range(written, FORMAT):
        content = ADAPTERS[step](content)
    return _completed(content, own())


def _from_first(content: Content) -> Content:
    """Format 1 had no readings, no table of who may open which text, and no attributes of a step."""
    silent = {"readings", "confidentiality", "secrecy"}
    lanes = {code: _without(lane, {"attributes"}) for code, lane in content["lanes"].items()}
    return {**_without(content, silent), "lanes": lanes}


ADAPTERS: dict[int, Callable[[Content], Content]] = {1: _from_first}
"""Format → the adapter to the next format. It leaves out what its format did not have; `_completed` adds that last."""


def _completed(content: Content, own: Content) -> Content:
    lanes = {
        code: {**own["lanes"][code], **lane} if "attributes" not in lane and code in own["lanes"] else lane
        for code, lane in content["lanes"].items()
    }
    return {**own, **content, "lanes": lanes}


def _without(table: Content, names: set[str]) -> Content:
    return {name: value for name, value in table.items() if name not in names}
