"""The offices of the demo directory."""

from regulations import Library


def demo_offices() -> frozenset[str]:
    """`role/territory` of every office, dissolved ones too: such an office may still enter facts of its time."""
    return frozenset(Library().world.directory.offices)
