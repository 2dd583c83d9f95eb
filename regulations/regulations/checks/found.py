"""What a check of a pack finds."""

from typing import Literal

Level = Literal["error", "warning", "note"]
Found = tuple[Level, str]
"""How grave a finding is, and what it says."""


def file_of(lane: str) -> str:
    """The file of a pack that holds a lane; the lanes `support:*` share one."""
    return f"{lane.partition(':')[0]}.toml"
