"""The offices of the demo directory."""

from regulations import Library


def demo_offices() -> frozenset[str]:
    """`role/territory` of every office that ever was: a dissolved one may still enter what happened in its time."""
    return frozenset(Library().world.directory.offices)
