"""The offices of the demo directory."""

from contracts.regulations.directory import load_directory


def demo_offices() -> frozenset[str]:
    """`role/territory` of every office that ever was: a dissolved one may still enter what happened in its time."""
    return frozenset(load_directory().offices)
